"""The headers of pages: the content that a browser may load and run for them."""

import hashlib
import re
from base64 import b64encode
from typing import Final
from urllib.parse import urlsplit

_HOST: Final = re.compile(r"[A-Za-z0-9.\-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")
_INLINE: Final = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def page_headers(
    host: str | None, stream_url: str | None, stream_port: int | None, *, page: bytes = b""
) -> dict[str, str]:
    """The headers of a page that is reached by a `Host` header, and connects to the stream.

    Scripts come from the venue's own files; of scripts inside a `page`, these very ones may run.
    Styles may be inline, as the charts need.
    """
    scripts = " ".join(["'self'", *(
        f"'sha256-{b64encode(hashlib.sha256(script).digest()).decode()}'"
        for script in _INLINE.findall(page)
    )])
    connects = " ".join(["'self'", *_streams(host, stream_url, stream_port)])
    policy = (
        "default-src 'none'", f"script-src {scripts}", "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:", "font-src 'self'",
        f"connect-src {connects}",
        "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy), "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def _streams(host: str | None, stream_url: str | None, stream_port: int | None) -> list[str]:
    """The origins of the stream, as the terminal finds them (`web/src/api/stream-url.ts`).

    It takes the host of its own page where the venue names no other, or an address that only the
    venue's machine can reach.
    """
    name = _HOST.match(host or "")
    authorities = [] if name is None or stream_port is None else [f"{name[0]}:{stream_port}"]
    if stream_url is not None:
        named = urlsplit(stream_url)
        authorities.append(named.netloc)
        if name is not None:
            authorities.append(f"{name[0]}:{named.port}" if named.port else name[0])
    return [f"{scheme}://{each}" for each in dict.fromkeys(authorities) for scheme in ("ws", "wss")]
