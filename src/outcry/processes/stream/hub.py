"""Subscriptions, and the sending of frames: one write a turn of the loop to each subscriber."""

from outcry.api.backpack.stream import PRIVATE, SILENT, Kind, StreamName
from outcry.engine.units import AccountId
from outcry.processes.stream.channel import Channel, LagPolicy, Subscriber
from outcry.processes.stream.connection import ClientConnection
from outcry.processes.stream.merged_depth import MergedDepth

_KEEP_LATEST = frozenset({
    Kind.BOOK_TICKER, Kind.TICKER, Kind.MARK_PRICE, Kind.CFD_QUOTE,
})


class Hub:
    """All channels. A channel exists for as long as it has subscribers."""

    def __init__(self) -> None:
        self.frames_sent = 0
        self.bytes_sent = 0
        self.subscriptions = 0
        self._public: dict[str, Channel] = {}
        self._private: dict[AccountId, dict[str, Channel]] = {}
        self._touched: list[Channel] = []

    def channel(self, name: str) -> Channel | None:
        """The public channel of a stream; None without subscribers."""
        return self._public.get(name)

    def account_channels(self, account_id: AccountId) -> dict[str, Channel] | None:
        """An account's channels by name; None without subscribers."""
        return self._private.get(account_id)

    def subscribe(
        self, connection: ClientConnection, stream: StreamName, account_id: AccountId | None = None
    ) -> None:
        """Subscribe a connection; private streams need their account."""
        assert (stream.kind in PRIVATE) == (account_id is not None)
        key = (account_id, stream.text)
        if stream.kind in SILENT or key in connection.channels or connection.closing:
            return
        channels = (
            self._public if account_id is None else self._private.setdefault(account_id, {})
        )
        channel = channels.get(stream.text)
        if channel is None:
            channel = channels[stream.text] = Channel(stream.text, _lag_policy(stream))
        channel.add(connection)
        if stream.kind is Kind.KLINE:
            channel.newcomers.append(connection)
        connection.channels[key] = channel
        self.subscriptions += 1

    def unsubscribe(self, connection: ClientConnection, text: str) -> None:
        """Unsubscribe a connection from a stream, of whichever account."""
        for account_id in (None, *connection.accounts):
            if (account_id, text) in connection.channels:
                self._leave(connection, account_id, text)

    def drop(self, connection: ClientConnection) -> None:
        """Unsubscribe a connection that has ended."""
        for account_id, text in list(connection.channels):
            self._leave(connection, account_id, text)

    def publish(self, channel: Channel, message: bytes) -> None:
        """Send a message on a channel with the next flush."""
        if not channel.frames:
            self._touched.append(channel)
        channel.put(message)

    def publish_merged(self, channel: Channel, merged: MergedDepth, now_us: int) -> None:
        """Send merged changes, at most once between two flushes."""
        assert channel.merged is None
        channel.merged = merged
        self.publish(channel, merged.message(now_us))

    def greet(self, channel: Channel, message: bytes) -> None:
        """Send a message at once to a channel's newcomers alone."""
        newcomers, channel.newcomers = channel.newcomers, []
        for connection in newcomers:
            if connection.tell(channel, channel.framed(message, deflates=connection.deflates)):
                connection.write()

    def flush(self) -> None:
        """Send the messages since the last flush, with one write to each subscriber."""
        if not self._touched:
            return
        to_write: list[Subscriber] = []
        for channel in self._touched:
            plain = _joined(channel.frames)
            deflated = _joined(channel.deflated_frames)
            to_write += [
                connection for connection in channel.subscribers
                if connection.tell(channel, deflated if connection.deflates else plain)
            ]
            listeners, deflating = len(channel.subscribers), channel.deflating
            self.frames_sent += len(channel.frames) * listeners
            self.bytes_sent += len(plain) * (listeners - deflating) + len(deflated) * deflating
            channel.clear()
        self._touched = []
        for connection in to_write:
            connection.write()

    def _leave(self, connection: ClientConnection, account_id: AccountId | None, text: str) -> None:
        channel = connection.channels.pop((account_id, text))
        connection.leave(channel)
        channel.remove(connection)
        self.subscriptions -= 1
        if channel.subscribers:
            return
        if account_id is None:
            del self._public[text]
            return
        channels = self._private[account_id]
        del channels[text]
        if not channels:
            del self._private[account_id]


def _joined(frames: list[bytes]) -> bytes:
    return frames[0] if len(frames) == 1 else b"".join(frames)


def _lag_policy(stream: StreamName) -> LagPolicy:
    if stream.kind is Kind.DEPTH and stream.variant:
        return LagPolicy.MERGE
    return LagPolicy.KEEP_LATEST if stream.kind in _KEEP_LATEST else LagPolicy.KEEP_ALL
