"""Requests and answers straight on ASGI: no framework on the hot path."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from outcry.api.backpack.bodies import BODY_BYTES_MAX
from outcry.api.backpack.errors import ApiError, Code, invalid

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

Clock: TypeAlias = Callable[[], int]  # Milliseconds since 1970.

JSON_TYPE = "application/json; charset=utf-8"
QUERY_FIELDS_MAX: Final = 50
API_PREFIXES: Final = ("/api/", "/wapi/")
NO_STORE: Final = (b"cache-control", b"no-store")
NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")

_encoder = msgspec.json.Encoder()
_JSON = JSON_TYPE.encode()


class RequestOrigin(NamedTuple):
    """The address, method and headers of a request."""

    address: str
    method: str
    headers: Mapping[bytes, bytes]
    scope: Scope

    @property
    def is_https(self) -> bool:
        """Whether the client came over TLS, as far as is known."""
        return bool(self.scope["scheme"] == "https")

    def header(self, name: bytes) -> str | None:
        """A header by its name in lower case."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


class Answer(NamedTuple):
    """The answer to a request."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


def json_answer(value: object, status: int = 200, *, retry_after_s: int | None = None) -> Answer:
    """An answer in JSON."""
    if retry_after_s is None:
        return Answer(status, _encoder.encode(value))
    return Answer(status, _encoder.encode(value), ((b"retry-after", b"%d" % retry_after_s),))


def error_answer(error: ApiError) -> Answer:
    """An error in the documented shape."""
    return json_answer(error.body, error.status, retry_after_s=error.retry_after_s)


def database_away() -> ApiError:
    """The error while PostgreSQL cannot be reached."""
    return ApiError(
        503, Code.MAINTENANCE, "The database cannot be asked right now", retry_after_s=1
    )


def unexpected() -> ApiError:
    """The error for a fault of the venue, which is in the log."""
    return ApiError(500, Code.SERVER_ERROR, "An unexpected error; it has been logged")


def stopping() -> ApiError:
    """The error for a request in progress when the gateway stops."""
    return ApiError(503, Code.TIMEOUT, "The gateway stops; what was asked for may have been done")


class Interruptible:
    """An application that answers also a request that is canceled: the server stops over it."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        begun = False

        async def send_noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._application(scope, receive, send_noted)
        except asyncio.CancelledError:
            if scope["type"] != "http":
                raise
            if not begun:
                await send_answer(send, error_answer(stopping()))


def caller_of(scope: Scope) -> RequestOrigin:
    """The caller of a request; of a header that is sent twice the last counts."""
    return RequestOrigin(address_of(scope), scope["method"], dict(scope["headers"]), scope)


def address_of(scope: Scope) -> str:
    """The address of a request."""
    client = scope["client"]
    return str(client[0]) if client else ""


def query_of(query_string: bytes) -> dict[str, str]:
    """The decoded parameters of a query; raises `ApiError` when one occurs twice."""
    if not query_string:
        return {}
    try:
        pairs = parse_qsl(
            query_string.decode(), keep_blank_values=True, errors="strict",
            max_num_fields=QUERY_FIELDS_MAX,
        )
    except ValueError:
        raise invalid("Invalid query string") from None
    query = dict(pairs)
    if len(query) != len(pairs):
        raise invalid("A query parameter occurs twice")
    return query


async def read_body(receive: Receive) -> bytes:
    """Read a request's body to its end; raises `ApiError` when it is too large, or has no end."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        if len(body) > BODY_BYTES_MAX:
            break
        message = await receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise invalid("The connection ended before the request did")
    if len(body) > BODY_BYTES_MAX:
        raise ApiError(413, Code.INVALID_CLIENT_REQUEST, "The request's body is too large")
    return body


async def send_answer(send: Send, answer: Answer) -> None:
    """Send an answer."""
    headers = [
        (b"content-type", _JSON), (b"content-length", str(len(answer.body)).encode()),
        NO_STORE, NO_SNIFFING, *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
