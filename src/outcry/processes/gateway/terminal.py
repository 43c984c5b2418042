"""The terminal's files, as they were built: every path that is no file is the page itself."""

import mimetypes
from pathlib import Path
from typing import Final, NamedTuple

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from outcry.api.backpack.errors import not_found

API_PREFIXES: Final = ("/api/", "/wapi/")
# Files below `assets` have a hash of their content in their names.
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"

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


class Terminal:
    """A folder of built files, read when they are first asked for or have changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._files: dict[Path, _File] = {}

    @property
    def is_built(self) -> bool:
        """Whether the terminal is built."""
        return (self._folder / "index.html").is_file()

    def page(self, path: str) -> StaticFile | None:
        """The file or page of a path; None if there is no such file."""
        if "\0" in path:  # No file can be named so, and asking for one is an error.
            return None
        file = (self._folder / path.lstrip("/")).resolve()
        if not file.is_relative_to(self._folder):
            return None
        body = self._read(file)
        if body is not None:
            media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            cache = FOR_EVER if path.startswith("/assets/") else ASK_AGAIN
            return StaticFile(media_type, cache, body)
        if file.suffix:
            return None
        index = self._read(self._folder / "index.html")
        return StaticFile("text/html", ASK_AGAIN, _NOT_BUILT if index is None else index)

    def _read(self, file: Path) -> bytes | None:
        try:
            changed_ns = file.stat().st_mtime_ns
            known = self._files.get(file)
            if known is None or known.changed_ns != changed_ns:
                known = self._files[file] = _File(changed_ns, file.read_bytes())
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        return known.body


class TerminalRoutes(Controller):
    """Every path that no other route has."""

    include_in_schema = False

    @get(["/", "/{path:path}"])
    async def show(self, terminal: NamedDependency[Terminal], path: FromPath[str] = "/"
    ) -> Response[bytes]:
        """A file, or the page that the terminal is."""
        page = None if f"{path}/".startswith(API_PREFIXES) else terminal.page(path)
        if page is None:
            raise not_found()
        return Response(
            page.body, media_type=page.media_type, headers={
                "Cache-Control": page.cache, "X-Content-Type-Options": "nosniff",
            },
        )
