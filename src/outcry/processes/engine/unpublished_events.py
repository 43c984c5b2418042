"""Events entries an engine has made that are not known to be in the stream."""

from outcry.ports.log import EngineLog, LogBroken
from outcry.wire.journal import NOTHING_YET, EntryId, EventsEntry


class UnpublishedEvents:
    """Entries in order, and the entry of the stream that they follow.

    They leave by being published, or by being found published by another engine.
    """

    def __init__(self, log: EngineLog, after: EntryId, digest: bytes) -> None:
        self._log = log
        self._entries: list[EventsEntry] = []
        self._sent = 0  # How many of them the publication under way holds.
        self.after = after
        self._digest = digest

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def first(self) -> EntryId | None:
        """Id of the oldest entry."""
        return self._entries[0].id if self._entries else None

    def add(self, entry: EventsEntry) -> None:
        """Keep one more."""
        self._entries.append(entry)

    def publish(self, *, token: str, ttl_ms: int) -> None:
        """Send all of them; the last publication has been confirmed."""
        assert not self._sent
        self._log.publish(self._entries[:], after=self.after, token=token, ttl_ms=ttl_ms)
        self._sent = len(self._entries)

    def confirm(self) -> None:
        """Wait for the result of the publication under way, if there is one.

        After `LeaseLost` its entries are kept; after `LogUnavailable` it is unknown, and `compare`
        tells.
        """
        sent, self._sent = self._sent, 0
        self._log.confirm()
        self._drop(sent)

    def forget_sent(self) -> None:
        """The connection broke: the result of the publication under way will never come."""
        self._sent = 0

    def compare(self) -> int:
        """Drop those that are in the stream by now, published by any engine; returns how many.

        Raises `LogBroken` when the stream has something else in their place, or no longer has the
        entry they follow.
        """
        last = self._entries[-1].id if self._entries else self.after
        published = self._log.events_range(self.after, last, len(self._entries) + 1)
        if self.after != NOTHING_YET:
            if not published or published[0].id != self.after:
                raise LogBroken(f"events entry {self.after} is gone from the stream")
            if published[0].digest != self._digest:
                raise LogBroken(f"events entry {self.after} is not the one this engine follows")
            published = published[1:]
        for ours, theirs in zip(self._entries, published, strict=False):
            if ours.id != theirs.id or ours.digest != theirs.digest:
                raise LogBroken(f"applying {ours.id} gives other events than were published")
        self._drop(len(published))
        return len(published)

    def _drop(self, count: int) -> None:
        if count:
            self.after, self._digest = self._entries[count - 1].id, self._entries[count - 1].digest
            del self._entries[:count]
