"""Makes a venue from a backup, up to its end or to an earlier moment.

Every entry is applied by the engine again and compared with the published events, and its rows are
derived as the recorder derives them. So a backup of an older build fills the tables of this one.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import NamedTuple, Protocol

from outcry.engine import snapshot
from outcry.engine.image import decode_image
from outcry.log.chain import Pair, prove
from outcry.log.follower import LogPosition
from outcry.log.replay import ReplayResult, by_entry, replay
from outcry.operations.backup_files import BackupDirectory, Manifest
from outcry.operations.restore import LogBootstrap, RebasedDatabase, stand_in
from outcry.ports.log import LogBroken
from outcry.ports.snapshots import Snapshot, SnapshotStore
from outcry.projections.rows import Group, RowsFold, quarantined_in
from outcry.projections.state_rows import state_rows
from outcry.runtime.errors import OperatorError
from outcry.wire.journal import EntryId, decode_outcome

GROUP_ENTRIES = 2_048


class Records(Protocol):
    """The database, as the recorder writes it. Raises `DatabaseUnavailable`."""

    async def write(self, group: Group) -> bool:
        """Record a whole group; False, and nothing recorded, when another was recorded."""


class LoadedPeople(Protocol):
    """The tables that no entry leads to. Raises `DatabaseUnavailable`."""

    async def load(self, packed: bytes) -> None:
        """Fill them; they are empty."""


class FromBackup(NamedTuple):
    """The result."""

    manifest: Manifest
    position: LogPosition
    replayed: ReplayResult


class BackupRestore:
    """The empty parts of a new venue."""

    def __init__(
        self, *, directory: BackupDirectory, records: Records, database: RebasedDatabase,
        people: LoadedPeople, snapshots: SnapshotStore, maker: LogBootstrap,
        unpack: Callable[[EntryId, bytes], Snapshot],
        on_entry: Callable[[EntryId], None] = lambda _: None,
    ) -> None:
        self._directory = directory
        self._records = records
        self._database = database
        self._people = people
        self._snapshots = snapshots
        self._maker = maker
        self._unpack = unpack
        self._on_entry = on_entry

    async def run(self, manifest: Manifest, until: EntryId) -> FromBackup:
        """Fill everything up to an entry. The log comes last: without it, no venue starts.

        Raises `OperatorError` for a damaged file, `LogBroken` when entries contradict each other
        or this engine, `VersionUnknown`, `DatabaseUnavailable` and `LogUnavailable`.
        """
        last = EntryId.parse(manifest.last)
        base = self._base(manifest)
        source = _Recorded(self._directory, manifest, base, self._records, self._on_entry)
        if base is not None:
            rows = state_rows(decode_image(base.state), base.entry_id)
            await self._database.rebase(base, stand_in(base), rows)
        quarantined = [(EntryId.parse(text), index) for text, index in manifest.quarantined]
        replayed = await replay(
            source, start=base, until=min(until, last), quarantined=by_entry(quarantined),
            snapshot_hashes=self._hashes(manifest), on_entry=lambda _: None,
        )
        end = LogPosition(replayed.position, replayed.digest)
        if source.last is None:
            raise OperatorError(f"the backup has nothing up to {until}: it begins later")
        if until >= last and end != (last, bytes.fromhex(manifest.digest)):
            raise LogBroken(f"the backup ends at {end.id}, but its manifest says {last}")
        await self._people.load(self._directory.read(manifest.people))
        self._snapshots.write(Snapshot(end.id, end.digest, snapshot.dump(replayed.state)))
        await self._maker.begin_again(
            *source.last, above=last,
            quarantined=[place for place in quarantined if place[0] <= end.id],
        )
        return FromBackup(manifest, end, replayed)

    def _base(self, manifest: Manifest) -> Snapshot | None:
        if manifest.base is None or manifest.base_entry is None:
            return None
        content = self._directory.read(manifest.base)
        return self._unpack(EntryId.parse(manifest.base_entry), content)

    def _hashes(self, manifest: Manifest) -> dict[EntryId, str]:
        """The state that the backup's snapshot has at its entry."""
        if manifest.snapshot is None or manifest.snapshot_entry is None:
            return {}
        entry_id = EntryId.parse(manifest.snapshot_entry)
        kept = self._unpack(entry_id, self._directory.read(manifest.snapshot))
        return {entry_id: snapshot.hash_of(kept.state)}


class _Recorded:
    """The entries of a backup, each proven and recorded before it is handed on."""

    def __init__(
        self, directory: BackupDirectory, manifest: Manifest, base: Snapshot | None,
        records: Records, on_entry: Callable[[EntryId], None],
    ) -> None:
        image = None if base is None else decode_image(base.state)
        self._directory = directory
        self._manifest = manifest
        self._records = records
        self._on_entry = on_entry
        self._fold = RowsFold() if image is None else RowsFold(
            assets=image.assets, instruments=image.instruments
        )
        self.last: Pair | None = None

    async def pages(self, at: LogPosition, until: EntryId) -> AsyncIterator[Sequence[Pair]]:
        """Everything after a position up to an id."""
        for segment in self._directory.pairs(self._manifest):
            for first in range(0, len(segment), GROUP_ENTRIES):
                group = [pair for pair in segment[first : first + GROUP_ENTRIES]
                         if at.id < pair[0].id <= until]
                if group:
                    at = await self._record(at, group)
                    yield group

    async def _record(self, at: LogPosition, group: Sequence[Pair]) -> LogPosition:
        after, quarantined = at, list[tuple[EntryId, int]]()
        for pair in group:
            at = prove(at, pair)
            outcome = decode_outcome(pair[1].outcome)
            self._fold.fold_pair(pair[0], outcome)
            quarantined += [(at.id, index) for index in quarantined_in(outcome)]
        if not await self._records.write(Group(
            after=after.id, after_digest=after.digest, upto=at.id, upto_digest=at.digest,
            journal=[command for command, _ in group], events=[events for _, events in group],
            quarantined=quarantined, rows=self._fold.take(),
        )):
            raise OperatorError("the database is not empty: restore into another")
        self.last = group[-1]
        self._on_entry(at.id)
        return at
