"""HTTP with bounds: connections, headers, bodies, pipelined requests, and the time for each.

uvicorn's protocol has a bound for idle connections only. This one refuses a request as soon as it
exceeds a bound, before the application starts. A sweep each second looks at the times, so an
honest request costs no timer.
"""

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec
from uvicorn import Config
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from outcry.api.backpack.bodies import BODY_BYTES_MAX
from outcry.api.backpack.errors import Code, ErrorBody
from outcry.processes.gateway.http import JSON_TYPE
from outcry.runtime.connections import ConnectionGate
from outcry.runtime.stopping import pause

SWEEP_S: Final = 1.0
GOODBYE_S: Final = 1.0  # The time for a client to read why it is refused.

_encode: Final = msgspec.json.encode
_CODE: Final = Code.INVALID_CLIENT_REQUEST.value


class HttpBounds(NamedTuple):
    """The bounds of one connection. Exceeding one ends it."""

    head_bytes: int = 16 * 1024  # Request line and headers.
    headers: int = 100
    body_bytes: int = BODY_BYTES_MAX
    pipelined: int = 64  # Requests behind one that is being answered.
    head_s: float = 10.0  # Until the headers are complete.
    request_s: float = 30.0  # Until the body is complete.
    unread_s: float = 30.0  # For an answer that the client does not read.


class _Refusal(NamedTuple):
    """The answer to a request that exceeds a bound."""

    status: bytes
    message: str
    retryable: bool = False


_MALFORMED: Final = _Refusal(b"400 Bad Request", "Invalid HTTP request received")
_TOO_SLOW: Final = _Refusal(b"408 Request Timeout", "The request was not complete in time", True)
_BODY: Final = _Refusal(b"413 Content Too Large", "The request's body is too large")
_HEAD: Final = _Refusal(
    b"431 Request Header Fields Too Large", "The request line and headers are too large"
)
_PIPELINE: Final = _Refusal(b"429 Too Many Requests", "Too many requests wait on one connection")
_CROWDED: Final = _Refusal(b"429 Too Many Requests", "Too many connections", True)


class _Exceeded(Exception):
    """A bound is exceeded: the parser must not go on."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection within its bounds."""

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None, *, gate: ConnectionGate,
        bounds: HttpBounds,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._gate = gate
        self._bounds = bounds
        self._counted = False
        self._refusal: _Refusal | None = None
        # The request that the application has now, or had last. `cycle` is the newest one, which
        # may wait behind it.
        self._running: RequestResponseCycle | None = None
        self._head_bytes = 0
        self._body_bytes = 0
        self._in_head = False
        self._in_message = False
        self._since_s = 0.0  # The start of the connection, or of the request that comes in.
        self._unread_since_s: float | None = None
        self._is_astray = False

    @property
    def _address(self) -> str:
        return str(self.client[0]) if self.client else ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody has connected."""
        super().connection_made(transport)
        self._since_s = self.loop.time()
        self._counted = self._gate.enter(self._address)
        if not self._counted:
            self._refuse(_CROWDED)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        if self._counted:
            self._counted = False
            self._gate.leave(self._address)
        self.pipeline.clear()
        self._abandon()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._refusal is not None:
            return
        if not self._in_message or self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > self._bounds.head_bytes:
            self.headers.clear()  # Thousands of short ones are megabytes.
            self._refuse(_HEAD)

    def send_400_response(self, msg: str) -> None:
        """Answer a request that cannot be parsed, or that a bound refused."""
        self._refuse(_MALFORMED if self._refusal is None else self._refusal)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head = self._in_message = True
        self._body_bytes = 0
        self._since_s = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A request's headers are complete; nothing has been done for it yet."""
        self._in_head = False
        if self._head_bytes > self._bounds.head_bytes and (
            len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
            > self._bounds.head_bytes
        ):
            self.headers.clear()
            self._exceed(_HEAD)
        self._head_bytes = 0
        if len(self.headers) > self._bounds.headers:
            self.headers.clear()
            self._exceed(_HEAD)
        if len(self.pipeline) >= self._bounds.pipelined:
            self._exceed(_PIPELINE)
        for name, value in self.headers:
            if name == b"content-length" and int(value) > self._bounds.body_bytes:
                self._exceed(_BODY)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body came; its length may not have been stated."""
        self._body_bytes += len(body)
        if self._body_bytes > self._bounds.body_bytes:
            self._exceed(_BODY)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._in_message = False
        super().on_message_complete()

    def check_times(self, now_s: float) -> None:
        """End the connection if the client is too slow."""
        if self._refusal is not None or self.transport.is_closing():
            return
        if self._in_message:
            patience_s = self._bounds.head_s if self._in_head else self._bounds.request_s
            if now_s - self._since_s > patience_s:
                self._refuse(_TOO_SLOW)
        elif self._running is None:
            if now_s - self._since_s > self._bounds.head_s:
                self._refuse(_TOO_SLOW)
        elif not self._running.response_complete:
            self._check_reading(now_s)
        elif self.timeout_keep_alive_task is None:
            # Empty lines between requests end uvicorn's wait for the next one.
            if self._is_astray:
                self.transport.close()
            self._is_astray = True
            return
        self._is_astray = False

    def _check_reading(self, now_s: float) -> None:
        if not self.flow.write_paused:
            self._unread_since_s = None
        elif self._unread_since_s is None:
            self._unread_since_s = now_s
        elif now_s - self._unread_since_s > self._bounds.unread_s:
            self.transport.abort()

    def _abandon(self) -> None:
        """Nothing more is to be sent."""
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _exceed(self, refusal: _Refusal) -> None:
        """Stop the parser, which then asks for the answer."""
        self._refusal = refusal
        raise _Exceeded

    def _refuse(self, refusal: _Refusal) -> None:
        """Answer, read nothing more, and end the connection.

        Closed at once, it would be reset while the client still sends, and the answer lost.
        """
        self._refusal = refusal
        transport = self.transport
        if transport.is_closing():
            return
        cycle = self._running
        if cycle is None or cycle.response_complete or not cycle.response_started:
            transport.write(_answer(refusal))
        self.pipeline.clear()
        self._abandon()
        transport.pause_reading()
        self.loop.call_later(GOODBYE_S, transport.abort)


def _answer(refusal: _Refusal) -> bytes:
    body = _encode(ErrorBody(_CODE, refusal.message, refusal.retryable))
    head = (
        f"content-type: {JSON_TYPE}\r\ncontent-length: {len(body)}\r\n"
        "cache-control: no-store\r\nconnection: close\r\n\r\n"
    )
    return b"HTTP/1.1 " + refusal.status + b"\r\n" + head.encode() + body


def bounded_protocol(
    gate: ConnectionGate, bounds: HttpBounds
) -> Callable[..., asyncio.Protocol]:
    """Makes the protocol of each connection, for `uvicorn.Config`."""
    return partial(BoundedProtocol, gate=gate, bounds=bounds)


async def sweep(connections: Collection[object], stop: asyncio.Event) -> None:
    """Once a second, end the connections of clients that are too slow."""
    loop = asyncio.get_running_loop()
    while not stop.is_set():
        for connection in list(connections):
            assert isinstance(connection, BoundedProtocol)
            connection.check_times(loop.time())
        await pause(stop, SWEEP_S)
