"""A channel: one stream as one set of subscribers sees it, and what it has to tell them next."""

from collections.abc import Iterable
from enum import Enum, auto
from typing import TYPE_CHECKING

from outcry.protocol.backpack.stream_frames import envelope
from outcry.services.stream.merged_depth import MergedDepth

if TYPE_CHECKING:
    from outcry.services.stream.connection import Connection

_TEXT = 0x81  # A whole text message; a server's frames are not masked.


class Reading(Enum):
    """What a reader that falls behind may miss."""

    EVERYTHING_COUNTS = auto()  # Nothing: it is disconnected when too much waits for it.
    LATEST_COUNTS = auto()  # All frames but the latest.
    MERGED = auto()  # Nothing, but changes of depth may be put together.


class Channel:
    """One stream. Each frame is built once and its bytes are shared by all subscribers."""

    def __init__(self, name: str, reading: Reading) -> None:
        self.name = name
        self.reading = reading
        self.subscribers: dict[Connection, None] = {}
        self.frames: list[bytes] = []  # Since the last flush.
        self.merged: MergedDepth | None = None  # The same, where changes may be put together.
        self._head, self._tail = envelope(name)

    def framed(self, message: bytes) -> bytes:
        """A message of this stream as it goes over the socket."""
        return websocket_frame((self._head, message, self._tail))


def websocket_frame(parts: Iterable[bytes]) -> bytes:
    """A text message with its WebSocket header, which is the same for every reader."""
    payload = b"".join(parts)
    size = len(payload)
    if size < 126:
        return bytes((_TEXT, size)) + payload
    if size < 1 << 16:
        return bytes((_TEXT, 126)) + size.to_bytes(2) + payload
    return bytes((_TEXT, 127)) + size.to_bytes(8) + payload
