"""A database in memory that a restore can set to a snapshot."""

from collections.abc import Sequence

from outcry.log.chain import Pair
from outcry.ports.snapshots import Snapshot
from outcry.projections.state_rows import StateRows
from outcry.wire.journal import EntryId
from rigs.kept_archive import KeptArchive
from rigs.venue_log import Entry


class KeptDatabase(KeptArchive):
    """An archive with a gap where it was set to a snapshot."""

    def __init__(self, entries: Sequence[Entry], recorded: int | None = None) -> None:
        super().__init__(entries, recorded)
        self._base: Snapshot | None = None
        self.rows: StateRows | None = None

    async def base(self) -> Snapshot | None:
        return self._base

    async def rebase(self, snapshot: Snapshot, pair: Pair, rows: StateRows) -> None:
        self.entries.append(pair)
        self._base, self.rows = snapshot, rows

    async def pairs(self, after: EntryId, until: EntryId) -> Sequence[Pair]:
        """As PostgreSQL states them: each follows the one stored before it."""
        found, previous = [], after
        for command, events in await super().pairs(after, until):
            before = events.previous if self._base is None else previous
            found.append((command, events._replace(previous=before)))
            previous = events.id
        return found
