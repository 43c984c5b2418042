"""One client's socket: whole messages come in, and frames that go out never pile up.

Frames are written as they come, for as long as the socket accepts them. When the client does not
read, each channel's lag policy applies: frames are dropped, merged, or kept up to a limit beyond
which the connection is closed.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from outcry.engine.units import AccountId
from outcry.people.sessions import KnownSession
from outcry.processes.stream.channel import Channel, LagPolicy, websocket_frame
from outcry.processes.stream.deflate import NotDeflated, TooLong, inflated
from outcry.processes.stream.limits import Limits
from outcry.processes.stream.merged_depth import MergedDepth

_DATA: Final = (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION)


class ConnectionHandler(Protocol):
    """Receives the events of connections."""

    def opened(self, connection: "ClientConnection") -> None:
        """The client has connected."""

    def heard(self, connection: "ClientConnection", message: bytes) -> None:
        """The client sent a message."""

    def closed(self, connection: "ClientConnection") -> None:
        """The connection has ended."""


class ClientConnection(WSListener):
    """A connection, from the handshake to its end."""

    def __init__(
        self, handler: ConnectionHandler, limits: Limits, *, now_s: Callable[[], float],
        now_us: Callable[[], int], deflates: bool = False,
    ) -> None:
        self.address = ""
        self.forwarded_for: str | None = None  # The header, which only trusted proxies may set.
        self.deflates = deflates  # The handshake agreed on compressed messages.
        self.channels: dict[tuple[AccountId | None, str], Channel] = {}
        self.api_keys: dict[str, AccountId] = {}  # Those that opened private streams.
        self.cookie: str | None = None  # As the browser sent it, from a permitted page.
        self.session: KnownSession | None = None  # The cookie's, once it was needed.
        self.requests: deque[bytes] = deque()  # Those that came during an earlier request.
        self.working = False
        self.closing = False
        self.paused = False  # The client has too much unread.
        self.gave_up = False  # Because the client did not read.
        self._handler = handler
        self._limits = limits
        self._now_s = now_s
        self._now_us = now_us
        self._transport: WSTransport | None = None
        self._message = bytearray()  # The parts of a fragmented message so far.
        self._message_deflated = False
        self._in_parts = False
        self._second_s = 0.0  # Start of the current second, and the input since then:
        self._said = 0
        self._frames = 0
        self._bytes = 0
        self._pinged_s = 0.0
        self._ponged_s = 0.0
        self._out: list[bytes] = []
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._latest: dict[Channel, bytes] = {}
        self._merged: dict[Channel, MergedDepth] = {}

    @property
    def accounts(self) -> list[AccountId]:
        """Accounts whose private streams it may subscribe to."""
        by_cookie = [] if self.session is None else [self.session.account_id]
        return [*self.api_keys.values(), *by_cookie]

    # Input from the client.

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake is done."""
        self._transport = transport
        self._pinged_s = self._ponged_s = self._now_s()
        raw = transport.underlying_transport
        peer = raw.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        unread = self._limits.unread_bytes
        raw.set_write_buffer_limits(high=unread, low=unread // 4)
        # Otherwise the system buffers megabytes that are old when a slow reader receives them.
        raw.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, unread)
        self._handler.opened(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame came."""
        if self.closing and frame.msg_type != WSMsgType.CLOSE:
            return
        if self._brings_too_much(frame.payload_size):
            self._turn_away("too many frames")
        elif frame.msg_type in _DATA:
            self._hear(frame)
        elif frame.msg_type == WSMsgType.PING:
            if not self.paused:  # Pongs must not pile up for a client that does not read.
                transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.PONG:
            self._ponged_s = self._now_s()
        else:
            if not transport.is_close_frame_sent:
                transport.send_close(WSCloseCode.OK)
            self.closing = True
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The socket is closed."""
        self.closing = True
        self._forget_output()
        self._handler.closed(self)

    def pause_writing(self) -> None:
        """The client reads more slowly than it is written to."""
        self.paused = True

    def resume_writing(self) -> None:
        """The client has read on."""
        self.paused = False
        if self.closing:
            return
        now_us = self._now_us()
        merged = [
            channel.framed(depth.message(now_us), deflates=self.deflates)
            for channel, depth in self._merged.items()
        ]
        out = [*self._out, *self._waiting, *merged, *self._latest.values()]
        self._forget_output()
        self._out = out
        self.write()

    # Output to the client.

    def tell(self, channel: Channel, frames: bytes) -> bool:
        """Pass on frames of a channel; True when `write` is to be called after this."""
        if self.closing:
            return False
        if not self.paused:
            self._out.append(frames)
            return len(self._out) == 1
        if channel.lag_policy is LagPolicy.KEEP_ALL:
            self._wait(frames)
        elif channel.lag_policy is LagPolicy.KEEP_LATEST:
            told = channel.deflated_frames if self.deflates else channel.frames
            self._latest[channel] = told[-1]
        else:
            assert channel.merged is not None
            merged = self._merged.get(channel)
            if merged is None:
                merged = self._merged[channel] = MergedDepth(channel.merged.instrument)
            merged.add_merged(channel.merged)
            if sum(part.level_count for part in self._merged.values()) > (
                self._limits.waiting_levels
            ):
                self._give_up()
        return False

    def write(self) -> None:
        """Write everything that was passed on since the last call, at once."""
        out, self._out = self._out, []
        if self.closing or not out:
            return
        assert self._transport is not None
        self._transport.underlying_transport.writelines(out)

    def say(self, message: bytes) -> None:
        """Answer the client."""
        if self.closing:
            return
        frame = websocket_frame(message)
        if self.paused:
            self._wait(frame)
        else:
            self._out.append(frame)
            self.write()

    def leave(self, channel: Channel) -> None:
        """Drop the waiting frames of a channel."""
        self._latest.pop(channel, None)
        self._merged.pop(channel, None)

    def beat(self, now_s: float) -> None:
        """Ping when it is time, and close the connection when no pong came."""
        if self.closing or self._transport is None:
            return
        if now_s - self._ponged_s >= self._limits.ping_s + self._limits.pong_s:
            self.close(WSCloseCode.GOING_AWAY, "no pong")
        elif now_s - self._pinged_s >= self._limits.ping_s:
            self._pinged_s = now_s
            if not self.paused:
                self._transport.send_ping()

    def close(self, code: WSCloseCode, reason: str) -> None:
        """Send a close frame; a client that does not answer is disconnected soon after.

        Until then input is read: if the socket were closed while more input is on its way, the
        close frame would be lost.
        """
        if self.closing or self._transport is None:
            return
        self.closing = True
        self._forget_output()
        transport = self._transport
        transport.send_close(code, reason)
        asyncio.get_running_loop().call_later(
            self._limits.goodbye_s, lambda: transport.disconnect(graceful=False)
        )

    def _hear(self, frame: WSFrame) -> None:
        """Assemble fragmented messages, within the size limit of one frame."""
        if self._in_parts != (frame.msg_type == WSMsgType.CONTINUATION):
            self.close(WSCloseCode.PROTOCOL_ERROR, "parts of messages out of order")
            return
        self._in_parts = not frame.fin
        if frame.rsv1:
            # The first part states it for all of them.
            if not self.deflates or frame.msg_type == WSMsgType.CONTINUATION:
                self.close(WSCloseCode.PROTOCOL_ERROR, "not agreed to be compressed")
                return
            self._message_deflated = True
        self._message += frame.get_payload_as_bytes()
        if len(self._message) > self._limits.frame_bytes:
            self.close(WSCloseCode.MESSAGE_TOO_BIG, "message too big")
        elif frame.fin:
            message = self._take_message()
            if message is None:
                return
            self._said += 1
            if self._said > self._limits.requests_per_second:
                self._turn_away("too many requests")
            else:
                self._handler.heard(self, message)

    def _take_message(self) -> bytes | None:
        """The message that is complete now; None when it ended the connection."""
        message = bytes(self._message)
        self._message.clear()
        if not self._message_deflated:
            return message
        self._message_deflated = False
        try:
            return inflated(message, self._limits.frame_bytes)
        except TooLong:
            self.close(WSCloseCode.MESSAGE_TOO_BIG, "message too big")
        except NotDeflated:
            self.close(WSCloseCode.INVALID_TEXT, "not compressed data")
        return None

    def _brings_too_much(self, size: int) -> bool:
        """Count a frame of any kind: a ping or a part of a message costs as much as a request."""
        now_s = self._now_s()
        if now_s - self._second_s >= 1.0:
            self._second_s = now_s
            self._said = self._frames = self._bytes = 0
        self._frames += 1
        self._bytes += size
        return (
            self._frames > self._limits.frames_per_second
            or self._bytes > self._limits.bytes_per_second
        )

    def _turn_away(self, reason: str) -> None:
        """Close, and read nothing more of what a flood has sent already."""
        self.close(WSCloseCode.POLICY_VIOLATION, reason)
        if self._transport is not None:
            self._transport.underlying_transport.pause_reading()

    def _wait(self, frames: bytes) -> None:
        self._waiting.append(frames)
        self._waiting_bytes += len(frames)
        if self._waiting_bytes > self._limits.waiting_bytes:
            self._give_up()

    def _give_up(self) -> None:
        """Disconnect a client that does not read; no close frame would reach it."""
        assert self._transport is not None
        self.closing = True
        self.gave_up = True
        self._forget_output()
        self._transport.disconnect(graceful=False)

    def _forget_output(self) -> None:
        self._out = []
        self._waiting = []
        self._waiting_bytes = 0
        self._latest.clear()
        self._merged.clear()
