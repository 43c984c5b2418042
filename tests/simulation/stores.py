"""Snapshots that may be torn, and a database in memory that the recorder writes to."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from outcry.adapters.memory.history import MemoryHistory
from outcry.adapters.snapshots.format import FormatUnknown, SnapshotDamaged, outdated, pack, unpack
from outcry.engine.events import AssetListed, InstrumentListed
from outcry.log.chain import Pair
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.snapshots import Snapshot
from outcry.projections.rows import Group, RecorderState
from outcry.wire.journal import FIRST_DIGEST, NOTHING_YET, EntryId

if TYPE_CHECKING:
    from simulation.processes import Process
    from simulation.world import World

PAGE = 16


class TornSnapshots:
    """A folder of snapshots, as bytes; some are cut short or changed when they are written."""

    def __init__(self, world: "World", *, kept: int) -> None:
        self._world = world
        self._kept = kept
        self._held: EntryId | None = None
        self._files: dict[EntryId, bytes] = {}
        self.takes_s = 0.0  # What the last writing takes.

    def write(self, snapshot: Snapshot) -> None:
        """Begin to write; it is there some time later, or never."""
        chances = self._world.chances
        self.takes_s = chances.between(0.001, 0.2)
        if chances.strikes("failed snapshot"):
            raise OSError("no space left")
        content = pack(snapshot)
        if chances.strikes("torn snapshot"):
            place = chances.random.randrange(len(content))
            torn = bytes([content[place] ^ 1])
            content = chances.random.choice(
                (content[:place], content[:place] + torn + content[place + 1 :])
            )
        self._world.loop.call_later(self.takes_s, self._land, snapshot.entry_id, content)

    def put(self, snapshot: Snapshot) -> None:
        """Have a snapshot at once."""
        self._land(snapshot.entry_id, pack(snapshot))

    def _land(self, entry_id: EntryId, content: bytes) -> None:
        self._files.setdefault(entry_id, content)  # One that is whole is not written again.
        for old in outdated(
            self.ids(), newest=self._kept, held=self._held, written=entry_id
        ):
            del self._files[old]

    def newest(self, not_above: EntryId) -> Snapshot | None:
        for entry_id in reversed(self.ids()):
            if entry_id <= not_above:
                try:
                    return unpack(entry_id, self._files[entry_id])
                except (FormatUnknown, SnapshotDamaged):
                    self._world.chances.note("snapshot passed over")
        return None

    def ids(self) -> list[EntryId]:
        return sorted(self._files)

    def hold(self, entry_id: EntryId) -> bool:
        if entry_id not in self._files:
            return False
        self._held = entry_id
        return True


class MemoryRecords:
    """The recorder's tables: groups written whole, guarded by the offset."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.pairs: list[Pair] = []
        self.at = (NOTHING_YET, FIRST_DIGEST)
        self.history = MemoryHistory(None)
        self.balances: dict[tuple[int, int], tuple[int, int]] = {}
        self.quarantine: list[tuple[EntryId, int]] = []
        self._assets: list[AssetListed] = []
        self._instruments: dict[int, InstrumentListed] = {}
        self._transfers_total = 0

    def recorded(self) -> RecorderState:
        return RecorderState(
            entry_id=self.at[0], digest=self.at[1], assets=list(self._assets),
            instruments=list(self._instruments.values()), transfers_total=self._transfers_total,
        )

    def write(self, group: Group) -> bool:
        """One transaction."""
        if not self._move_offset(group):
            return False
        self.pairs += zip(group.journal, group.events, strict=True)
        self.quarantine += group.quarantined
        rows = group.rows
        self._assets += rows.assets
        self._instruments |= {each.instrument_id: each for each in rows.instruments}
        self._transfers_total = rows.transfers_total
        for after in rows.balances:
            self.balances[after.account_id, after.asset_id] = (after.free, after.locked)
        self.history.record(group.upto, rows)
        self._world.observe_archive()
        return True

    def _move_offset(self, group: Group) -> bool:
        if self.at != (group.after, group.after_digest):
            return False
        self.at = (group.upto, group.upto_digest)
        return True

    def page(self, after: EntryId, until: EntryId) -> list[Pair]:
        return [pair for pair in self.pairs if after < pair[0].id <= until][:PAGE]


class DatabaseLine:
    """The database as a recorder has it: its tables, and the archive in them."""

    def __init__(self, world: "World", process: "Process") -> None:
        self._world = world
        self._records = world.records
        self._process = process

    async def recorded(self) -> RecorderState:
        await self._reach()
        return self._records.recorded()

    async def write(self, group: Group) -> bool:
        await self._reach()
        chances = self._world.chances
        if chances.strikes("database loses"):
            if chances.random.random() < 0.5:
                self._world.loop.call_later(chances.between(0, 1), self._records.write, group)
            await asyncio.sleep(chances.between(0, 0.05))
            raise DatabaseUnavailable("the answer to a commit was lost")
        written = self._records.write(group)
        await asyncio.sleep(chances.between(0, 0.005))
        await self._process.gate()
        return written

    async def reached(self) -> tuple[EntryId, bytes]:
        await self._reach()
        return self._records.at

    async def pairs(self, after: EntryId, until: EntryId) -> Sequence[Pair]:
        await self._reach()
        return self._records.page(after, until)

    async def digest_at(self, entry_id: EntryId) -> bytes | None:
        await self._reach()
        found = (events.digest for _, events in self._records.pairs if events.id == entry_id)
        return next(found, None)

    async def quarantined(self) -> Sequence[tuple[EntryId, int]]:
        await self._reach()
        return list(self._records.quarantine)

    async def _reach(self) -> None:
        await self._process.gate()
        await asyncio.sleep(self._world.chances.between(0, 0.005))
        await self._process.gate()
        if self._world.records.history.away:
            raise DatabaseUnavailable("the database is away")
