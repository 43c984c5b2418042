"""CORS: pages of other origins may call the API with a key.

Any origin may. To `*` a browser hides the answer to a request with a cookie from the page, and a
request with a cookie from a foreign page changes nothing.
"""

from typing import Final

from outcry.processes.gateway.http import Application, Message, Receive, Scope, Send

_ANY_ORIGIN: Final = (b"access-control-allow-origin", b"*")
_EXPOSED: Final = (
    b"access-control-expose-headers",
    b"X-PAGE-COUNT, X-CURRENT-PAGE, X-PAGE-SIZE, X-TOTAL, Retry-After, "
    b"X-RateLimit-Remaining, X-RateLimit-Reset",
)
_PREFLIGHT: Final = [
    _ANY_ORIGIN,
    (b"access-control-allow-methods", b"GET, POST, DELETE, PATCH, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"Content-Type, X-API-Key, X-Signature, X-Signature-Version, X-Timestamp, X-Window, "
        b"X-Broker-Id, X-Broker-Key",
    ),
    (b"access-control-max-age", b"600"),
    (b"content-length", b"0"),
]


class Cors:
    """Answers preflights, and marks the answers to requests that have an origin."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless it is a preflight."""
        if scope["type"] != "http" or not any(name == b"origin" for name, _ in scope["headers"]):
            await self._application(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], _ANY_ORIGIN, _EXPOSED]
            await send(message)

        await self._application(scope, receive, send_marked)
