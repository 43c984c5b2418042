"""The methods of each path: HEAD as GET without a body, OPTIONS, and 405 with `Allow`."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from outcry.api.backpack.errors import ApiError, Code, not_found
from outcry.processes.gateway.http import (
    API_PREFIXES,
    Application,
    Message,
    Receive,
    Scope,
    Send,
    error_answer,
    send_answer,
)

_PAGES: Final = ("GET", "HEAD", "OPTIONS")  # Of every path that is no route of the API.


class Methods:
    """Answers requests by their method alone, and passes the others on.

    It stands behind the routes that are served straight on ASGI, so it costs them nothing.
    """

    def __init__(self, application: Application, methods: Mapping[str, set[str]]) -> None:
        self._application = application
        self._of = methods  # By path.
        self._patterns = [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path)
            for path in self._of if "{" in path
        ]
        self.whole: Application = application  # The routes in front as well, for HEAD.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        method = scope["method"]
        allowed = self.allowed(scope["path"])
        if not allowed:
            await send_answer(send, error_answer(not_found()))
        elif method == "HEAD" and "HEAD" in allowed:
            await self.whole({**scope, "method": "GET"}, receive, _without_body(send))
        elif method == "OPTIONS":
            headers = [(b"allow", ", ".join(allowed).encode()), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        elif method not in allowed:
            error = ApiError(405, Code.INVALID_CLIENT_REQUEST, "Method Not Allowed")
            answer = error_answer(error)
            allow = (b"allow", ", ".join(allowed).encode())
            await send_answer(send, answer._replace(headers=(*answer.headers, allow)))
        else:
            await self._application(scope, receive, send)

    def allowed(self, path: str) -> Sequence[str]:
        """The methods of a path; none if it is an unknown one of the API."""
        methods = self._of.get(path)
        if methods is None:
            methods = next((
                self._of[written] for pattern, written in self._patterns
                if pattern.fullmatch(path)
            ), None)
        if methods is None:
            return () if f"{path}/".startswith(API_PREFIXES) else _PAGES
        return sorted({*methods, "OPTIONS", *(("HEAD",) if "GET" in methods else ())})


def _without_body(send: Send) -> Send:
    """Sends an answer without its body, with the length that the body would have."""
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head
