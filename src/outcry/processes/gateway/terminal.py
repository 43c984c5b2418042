"""The terminal's files, as they were built, and its pages, each of which is the same file."""

import mimetypes
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from outcry.api.backpack.errors import not_found
from outcry.processes.gateway.page_headers import page_headers
from outcry.processes.gateway.routes.venue import VenueDescription

# The routes of the terminal (`web/src/views/app.tsx`). Any other path is an unknown page.
PAGES: Final = re.compile(r"/(?:|markets|spot/[^/]+|cfd/[^/]+|wallet|system|sign-in)/?")
PATH_MAX: Final = 255
# Files below `assets` have a hash of their content in their names.
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))

_NOT_BUILT: Final = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Outcry</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}
code{background:#8882;padding:.1em .3em;border-radius:.2em}</style>
<h1>The venue is running</h1>
<p>Its terminal has not been built. With Node.js 20 or newer installed, <code>make up</code> builds
it and starts the venue again.</p>
<p>The API does not need it: try <a href="/api/v1/markets">/api/v1/markets</a> or read
<a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p></html>
"""


class _File(NamedTuple):
    """A file as it was when it had this time of change."""

    changed_ns: int
    body: bytes


class StaticFile(NamedTuple):
    """Something a browser shows or loads."""

    media_type: str
    cache: str
    body: bytes
    encoding: str | None = None
    status: int = 200


class Terminal:
    """A folder of built files, read when they are first asked for or have changed.

    The build compresses them; a browser that accepts it gets the compressed file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._files: dict[Path, _File] = {}

    @property
    def is_built(self) -> bool:
        """Whether the terminal is built."""
        return (self._folder / "index.html").is_file()

    def page(self, path: str, accepted: str = "") -> StaticFile | None:
        """The file or page of a path; None if there is no such file.

        An unknown page is the terminal's page too, with another status: it says so to people.
        """
        file = self._file_named(path)
        if file is None:
            return None
        if file.is_file():
            cache = FOR_EVER if path.startswith("/assets/") else ASK_AGAIN
            return self._read(file, cache, accepted)
        if file.suffix and not PAGES.fullmatch(path):
            return None
        status = 200 if PAGES.fullmatch(path) else 404
        index = self._read(self._folder / "index.html", ASK_AGAIN, accepted)
        if index is None:
            return StaticFile("text/html", ASK_AGAIN, _NOT_BUILT, status=status)
        return index._replace(status=status)

    def _file_named(self, path: str) -> Path | None:
        """The file of a path inside the folder; None for a path that can name none."""
        # Asking the system for these is an error.
        if "\0" in path or len(path.encode(errors="replace")) > PATH_MAX:
            return None
        file = (self._folder / path.lstrip("/")).resolve()
        return file if file.is_relative_to(self._folder) else None

    def _read(self, file: Path, cache: str, accepted: str) -> StaticFile | None:
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        for encoding, suffix in ENCODINGS:
            if accepts(accepted, encoding):
                body = self._body(file.with_name(file.name + suffix))
                if body is not None:
                    return StaticFile(media_type, cache, body, encoding)
        body = self._body(file)
        return None if body is None else StaticFile(media_type, cache, body)

    def _body(self, file: Path) -> bytes | None:
        try:
            changed_ns = file.stat().st_mtime_ns
            known = self._files.get(file)
            if known is None or known.changed_ns != changed_ns:
                known = self._files[file] = _File(changed_ns, file.read_bytes())
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        return known.body


def accepts(header: str, encoding: str) -> bool:
    """Whether an `Accept-Encoding` header names an encoding, and does not refuse it."""
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == encoding:
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


class TerminalRoutes(Controller):
    """Every path that no other route has."""

    include_in_schema = False

    @get(["/", "/{path:path}"])
    async def show(
        self, request: Request[Any, Any, Any], terminal: NamedDependency[Terminal],
        about: NamedDependency[VenueDescription], path: FromPath[str] = "/",
    ) -> Response[bytes]:
        """A file, or the page that the terminal is."""
        accepted = request.headers.get("accept-encoding", "")
        page = terminal.page(path, accepted)
        if page is None:
            raise not_found()
        return shown(page, request.headers.get("host"), about)


def shown(
    page: StaticFile, host: str | None, about: VenueDescription, **more: str
) -> Response[bytes]:
    """The answer with a file; a page comes with the rules for its content."""
    headers = {"Cache-Control": page.cache, "Vary": "Accept-Encoding"}
    if page.encoding is not None:
        headers["Content-Encoding"] = page.encoding
    if page.media_type == "text/html":
        headers |= page_headers(
            host, about.stream_url, about.stream_port,
            page=b"" if page.encoding else page.body,
        )
    return Response(
        page.body, status_code=page.status, media_type=page.media_type, headers=headers | more
    )
