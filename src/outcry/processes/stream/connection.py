"""One client's socket: what it says comes in whole, and what it is told never piles up.

While the socket takes what is written, frames are written as they come. When the client does not
read, what it may miss is left out, what may be put together is put together, and of what may not be
missed only so much is kept before the connection is given up.
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
    """Who is told of what happens on a connection."""

    def opened(self, connection: "Connection") -> None:
        """The client has connected."""

    def heard(self, connection: "Connection", message: bytes) -> None:
        """The client said something."""

    def closed(self, connection: "Connection") -> None:
        """The connection is gone."""


class Connection(WSListener):
    """A connection, from the handshake to its end."""

    def __init__(
        self, handler: ConnectionHandler, limits: Limits, *, now_s: Callable[[], float],
        now_us: Callable[[], int], deflates: bool = False,
    ) -> None:
        self.address = ""
        self.deflates = deflates  # It was agreed that messages may be compressed.
        self.channels: dict[tuple[AccountId | None, str], Channel] = {}
        self.api_keys: dict[str, AccountId] = {}  # Those that private streams were opened with.
        self.cookie: str | None = None  # What the browser sent, from a page that may use it.
        self.session: KnownSession | None = None  # The cookie's, once a private stream needed it.
        self.requests: deque[bytes] = deque()  # Said while an earlier request is worked on.
        self.working = False
        self.closing = False
        self.paused = False  # More is unread than should be.
        self.gave_up = False  # Because the client did not read.
        self._handler = handler
        self._limits = limits
        self._now_s = now_s
        self._now_us = now_us
        self._transport: WSTransport | None = None
        self._message = bytearray()  # Of a message in several parts, those that came.
        self._message_deflated = False
        self._in_parts = False
        self._said_s = 0.0  # When the second began in which so many requests came:
        self._said = 0
        self._pinged_s = 0.0
        self._ponged_s = 0.0
        self._out: list[bytes] = []
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._latest: dict[Channel, bytes] = {}
        self._merged: dict[Channel, MergedDepth] = {}

    @property
    def accounts(self) -> list[AccountId]:
        """Whose private streams it may have."""
        by_cookie = [] if self.session is None else [self.session.account_id]
        return [*self.api_keys.values(), *by_cookie]

    # What the client does.

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake is done."""
        self._transport = transport
        self._pinged_s = self._ponged_s = self._now_s()
        raw = transport.underlying_transport
        peer = raw.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        unread = self._limits.unread_bytes
        raw.set_write_buffer_limits(high=unread, low=unread // 4)
        # Else the system keeps megabytes that are old by the time a slow reader gets them.
        raw.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, unread)
        self._handler.opened(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame came."""
        if self.closing and frame.msg_type != WSMsgType.CLOSE:
            return
        if frame.msg_type in _DATA:
            self._hear(frame)
        elif frame.msg_type == WSMsgType.PING:
            if not self.paused:  # Who pings and does not read gets no answers to pile up.
                transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.PONG:
            self._ponged_s = self._now_s()
        else:
            if not transport.is_close_frame_sent:
                transport.send_close(WSCloseCode.OK)
            self.closing = True
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The socket is gone."""
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
        self._out += self._waiting
        self._out += [
            channel.framed(merged.message(now_us), deflates=self.deflates)
            for channel, merged in self._merged.items()
        ]
        self._out += self._latest.values()
        self._waiting = []
        self._waiting_bytes = 0
        self._latest.clear()
        self._merged.clear()
        self.write()

    # What the client is told.

    def tell(self, channel: Channel, frames: bytes) -> bool:
        """Pass on what a channel has to say; True when `write` is to be called after this."""
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
        """Write what was told since the last time, in one go."""
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
        """What waits of a channel is no longer wanted."""
        self._latest.pop(channel, None)
        self._merged.pop(channel, None)

    def beat(self, now_s: float) -> None:
        """Ping when it is time, and give up on who does not answer."""
        if self.closing or self._transport is None:
            return
        if now_s - self._ponged_s >= self._limits.ping_s + self._limits.pong_s:
            self.close(WSCloseCode.GOING_AWAY, "no pong")
        elif now_s - self._pinged_s >= self._limits.ping_s:
            self._pinged_s = now_s
            if not self.paused:
                self._transport.send_ping()

    def close(self, code: WSCloseCode, reason: str) -> None:
        """Say goodbye; a client that does not answer it is cut off soon after.

        Until then it is listened to: were the socket closed while more of the client's is on its
        way, the goodbye would be lost.
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
        """Put messages that come in parts together, within the limits of one frame."""
        if self._in_parts != (frame.msg_type == WSMsgType.CONTINUATION):
            self.close(WSCloseCode.PROTOCOL_ERROR, "parts of messages out of order")
            return
        self._in_parts = not frame.fin
        if frame.rsv1:
            # The first part says it for all of them.
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
            if self._counts_too_many():
                self.close(WSCloseCode.POLICY_VIOLATION, "too many requests")
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

    def _counts_too_many(self) -> bool:
        now_s = self._now_s()
        if now_s - self._said_s >= 1.0:
            self._said_s = now_s
            self._said = 0
        self._said += 1
        return self._said > self._limits.requests_per_second

    def _wait(self, frames: bytes) -> None:
        self._waiting.append(frames)
        self._waiting_bytes += len(frames)
        if self._waiting_bytes > self._limits.waiting_bytes:
            self._give_up()

    def _give_up(self) -> None:
        """Cut off a client that does not read; no goodbye would reach it."""
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
