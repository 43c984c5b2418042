"""An archive in memory, of a venue's entries up to a place."""

from collections.abc import Sequence

from outcry.ports.database import DatabaseUnavailable
from outcry.ports.snapshots import Snapshot
from outcry.projections.rows import quarantined_in
from outcry.wire.journal import (
    FIRST_DIGEST,
    NOTHING_YET,
    EntryId,
    EventsEntry,
    JournalEntry,
    decode_outcome,
)
from rigs.venue_log import Entry

PAGE = 64


class KeptArchive:
    """What a recorder has written of so many entries; `away` makes it unreachable."""

    def __init__(self, entries: Sequence[Entry], recorded: int | None = None) -> None:
        self.entries = list(entries[:recorded])
        self.away = False
        self.pages = 0
        self._quarantined = [
            (events.id, index) for _, events in self.entries
            for index in quarantined_in(decode_outcome(events.outcome))
        ]

    async def reached(self) -> tuple[EntryId, bytes]:
        self._ask()
        if not self.entries:
            return NOTHING_YET, FIRST_DIGEST
        _, last = self.entries[-1]
        return last.id, last.digest

    async def pairs(
        self, after: EntryId, until: EntryId
    ) -> Sequence[tuple[JournalEntry, EventsEntry]]:
        self._ask()
        self.pages += 1
        return [pair for pair in self.entries if after < pair[0].id <= until][:PAGE]

    async def digest_at(self, entry_id: EntryId) -> bytes | None:
        self._ask()
        found = (events.digest for _, events in self.entries if events.id == entry_id)
        return next(found, None)

    async def base(self) -> Snapshot | None:
        return None

    async def quarantined(self) -> Sequence[tuple[EntryId, int]]:
        return self._quarantined

    def _ask(self) -> None:
        if self.away:
            raise DatabaseUnavailable("the test says so")
