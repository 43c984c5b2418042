"""A channel: one stream, its subscribers, and its frames for the next flush."""

from enum import Enum, auto
from typing import Protocol

from outcry.api.backpack.stream_frames import envelope
from outcry.processes.stream.deflate import deflated
from outcry.processes.stream.merged_depth import MergedDepth

_TEXT = 0x81  # A whole text message; a server's frames are not masked.
_DEFLATED = 0x40  # It is compressed.


class LagPolicy(Enum):
    """Which frames a client that falls behind may miss."""

    KEEP_ALL = auto()  # None: the client is disconnected when too much waits for it.
    KEEP_LATEST = auto()  # All frames but the latest.
    MERGE = auto()  # None, but changes of depth may be merged.


class Subscriber(Protocol):
    """A client's connection, as far as channels need it."""

    @property
    def deflates(self) -> bool:
        """Whether it takes compressed frames."""

    def tell(self, channel: "Channel", frames: bytes) -> bool:
        """Pass on frames of a channel; True when `write` is to be called after this."""

    def write(self) -> None:
        """Write everything that was passed on since the last call."""


class Channel:
    """One stream. Each frame is built once and its bytes are shared by all subscribers.

    Subscribers that take compressed frames share others, which are built only for them.
    """

    def __init__(self, name: str, lag_policy: LagPolicy) -> None:
        self.name = name
        self.lag_policy = lag_policy
        self.subscribers: dict[Subscriber, None] = {}
        self.newcomers: list[Subscriber] = []  # Those that were sent no candle yet.
        self.deflating = 0  # How many of them take compressed frames.
        self.frames: list[bytes] = []  # Since the last flush.
        self.deflated_frames: list[bytes] = []  # The same, compressed.
        self.merged: MergedDepth | None = None  # The same, where changes may be merged.
        self._head, self._tail = envelope(name)

    def add(self, subscriber: Subscriber) -> None:
        """Add a subscriber."""
        self.subscribers[subscriber] = None
        self.deflating += subscriber.deflates

    def remove(self, subscriber: Subscriber) -> None:
        """Remove a subscriber."""
        del self.subscribers[subscriber]
        if subscriber in self.newcomers:
            self.newcomers.remove(subscriber)
        self.deflating -= subscriber.deflates

    def put(self, message: bytes) -> None:
        """Send a message with the next flush."""
        whole = self._whole(message)
        self.frames.append(websocket_frame(whole))
        if self.deflating:
            self.deflated_frames.append(websocket_frame(deflated(whole), deflated=True))

    def clear(self) -> None:
        """Drop the frames, which have been sent."""
        self.frames = []
        self.deflated_frames = []
        self.merged = None

    def framed(self, message: bytes, *, deflates: bool) -> bytes:
        """A message of this stream as the frame for one socket."""
        whole = self._whole(message)
        return websocket_frame(deflated(whole) if deflates else whole, deflated=deflates)

    def _whole(self, message: bytes) -> bytes:
        return self._head + message + self._tail


def websocket_frame(payload: bytes, *, deflated: bool = False) -> bytes:
    """A text message with its WebSocket header, which is the same for every reader."""
    first = _TEXT | _DEFLATED if deflated else _TEXT
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 1 << 16:
        return bytes((first, 126)) + size.to_bytes(2) + payload
    return bytes((first, 127)) + size.to_bytes(8) + payload
