"""A socket that writes down what it is given, for tests of the stream without a network."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from outcry.processes.stream.connection import ClientConnection
from outcry.processes.stream.limits import Limits


class RawSocket:
    """The transport below the WebSocket."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.high = 0
        self.paused = False

    def get_extra_info(self, name: str) -> Any:
        return ("192.0.2.1", 5000) if name == "peername" else self

    def setsockopt(self, *_: object) -> None:
        """Sizes of buffers make no difference here."""

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        self.high = high

    def pause_reading(self) -> None:
        self.paused = True

    def writelines(self, parts: Iterable[bytes]) -> None:
        self.writes.append(b"".join(parts))


class FakeSocket:
    """The WebSocket transport."""

    def __init__(self) -> None:
        self.underlying_transport = RawSocket()
        self.pings = 0
        self.pongs: list[bytes] = []
        self.closed: Any = None
        self.disconnected = False
        self.aborted = False
        self.is_close_frame_sent = False

    def send_ping(self) -> None:
        self.pings += 1

    def send_pong(self, payload: bytes) -> None:
        self.pongs.append(payload)

    def send_close(self, code: int, reason: str = "") -> None:
        self.closed = (code, reason)
        self.is_close_frame_sent = True

    def disconnect(self, graceful: bool = True) -> None:
        self.disconnected = True
        self.aborted = self.aborted or not graceful


class Heard:
    """A handler that writes down what it is told."""

    def __init__(self) -> None:
        self.open: list[ClientConnection] = []
        self.messages: list[bytes] = []

    def opened(self, connection: ClientConnection) -> None:
        self.open.append(connection)

    def heard(self, connection: ClientConnection, message: bytes) -> None:
        self.messages.append(message)

    def closed(self, connection: ClientConnection) -> None:
        self.open.remove(connection)


class Listener:
    """A connection over a fake socket, and the frames it was given."""

    def __init__(
        self, limits: Limits | None = None, handler: Any = None, *, deflates: bool = False
    ) -> None:
        self.now_s = 1_000.0
        self.handler = handler or Heard()
        self.connection = ClientConnection(
            self.handler, limits or Limits(), now_s=lambda: self.now_s, now_us=lambda: 7,
            deflates=deflates,
        )
        self.socket = FakeSocket()
        self.connection.on_ws_connected(self.socket)  # type: ignore[arg-type]

    @property
    def writes(self) -> list[bytes]:
        """What went to the socket, write by write."""
        return self.socket.underlying_transport.writes

    def frames(self) -> list[dict[str, Any]]:
        """Everything the client was sent since this was last asked."""
        received = b"".join(self.writes)
        self.writes.clear()
        return [msgspec.json.decode(message) for message in messages_of(received)]

    def data(self, stream: str) -> list[dict[str, Any]]:
        """What came on one stream since `frames` or this was last asked; other frames are lost."""
        return [frame["data"] for frame in self.frames() if frame.get("stream") == stream]


def messages_of(received: bytes) -> Iterator[bytes]:
    """Take unmasked WebSocket text frames apart, those that are compressed too."""
    place = 0
    while place < len(received):
        assert received[place] in (0x81, 0xC1)
        compressed = received[place] == 0xC1
        size = received[place + 1]
        place += 2
        if size == 126:
            size = int.from_bytes(received[place : place + 2])
            place += 2
        elif size == 127:
            size = int.from_bytes(received[place : place + 8])
            place += 8
        payload = received[place : place + size]
        if compressed:
            payload = zlib.decompressobj(-15).decompress(payload + b"\x00\x00\xff\xff")
        yield payload
        place += size
    assert place == len(received)
