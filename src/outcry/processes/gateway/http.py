"""Requests and answers of the order routes, straight on ASGI: no framework on the hot path."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple, TypeAlias

import msgspec

from outcry.api.backpack.bodies import BODY_BYTES_MAX
from outcry.api.backpack.errors import ApiError, Code
from outcry.processes.gateway.sign_in import Caller, caller_of

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

Clock: TypeAlias = Callable[[], int]  # Milliseconds since 1970.

JSON_TYPE = "application/json; charset=utf-8"

_encoder = msgspec.json.Encoder()
_JSON = JSON_TYPE.encode()


class Call(NamedTuple):
    """A request, read whole."""

    caller: Caller
    query: bytes
    body: bytes


class Answer(NamedTuple):
    """What goes back."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


def json_answer(value: object, status: int = 200) -> Answer:
    """An answer in JSON."""
    return Answer(status, _encoder.encode(value))


def error_answer(error: ApiError) -> Answer:
    """An error in the documented shape."""
    wait = error.retry_after_s
    headers = ((b"retry-after", str(wait).encode()),) if wait is not None else ()
    return Answer(error.status, _encoder.encode(error.body), headers)


def unexpected() -> ApiError:
    """What a client learns of a mistake of ours, which is in the log."""
    return ApiError(500, Code.SERVER_ERROR, "An unexpected error; it has been logged")


def stopping() -> ApiError:
    """What a client learns whose request was not done when the gateway had to stop."""
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


async def read_call(scope: Scope, receive: Receive) -> Call:
    """Read a request to its end; raises `ApiError` when it is too large."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        if len(body) > BODY_BYTES_MAX:
            break
        message = await receive()
        body += message.get("body", b"")
    if len(body) > BODY_BYTES_MAX:
        raise ApiError(413, Code.INVALID_CLIENT_REQUEST, "The request's body is too large")
    return Call(caller_of(scope), scope["query_string"], body)


async def send_answer(send: Send, answer: Answer) -> None:
    """Send an answer."""
    headers = [
        (b"content-type", _JSON), (b"content-length", str(len(answer.body)).encode()),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
