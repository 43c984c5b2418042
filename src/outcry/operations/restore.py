"""Carries out a plan of recovery: the venue starts afterward, or nothing was changed.

The log is changed last, and each step before it can be repeated, so an interrupted restore can be
run again.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import NamedTuple, Protocol

import structlog

from outcry.engine import snapshot
from outcry.engine.events import Outcome
from outcry.engine.image import StateImage, decode_image
from outcry.engine.snapshot import SnapshotVersionUnknown
from outcry.engine.state import State
from outcry.log.archive import Archive, ArchiveSource
from outcry.log.chain import Pair
from outcry.log.follower import LogPosition
from outcry.log.replay import ReplayResult, by_entry, replay
from outcry.operations.restore_plan import Plan, Situation
from outcry.operations.restore_survey import (
    PAGE_END,
    Survey,
    SurveyedArchive,
    SurveyedLog,
    SurveyedSnapshots,
    read_snapshot,
    usable_in_log,
)
from outcry.ports.log import JournalReader, LogBroken
from outcry.ports.snapshots import Snapshot
from outcry.projections.state_rows import StateRows, state_rows
from outcry.wire.journal import (
    NOTHING_YET,
    EntryId,
    EventsEntry,
    JournalEntry,
    encode_commands,
    encode_outcome,
)

log = structlog.get_logger()


class LogBootstrap(Protocol):
    """Makes the log anew."""

    async def begin_again(
        self, command: JournalEntry, events: EventsEntry, *, above: EntryId,
        quarantined: Sequence[tuple[EntryId, int]],
    ) -> None:
        """Replace both streams by one entry each, all at once; new ids will be above `above`."""


class RetirableSnapshots(SurveyedSnapshots, Protocol):
    """A snapshot store that can set snapshots aside."""

    def set_aside_above(self, entry_id: EntryId) -> Sequence[EntryId]:
        """Never use the snapshots above an id again; returns their ids, oldest first."""


class RebasedDatabase(Protocol):
    """The database of the recorder."""

    async def rebase(self, snapshot: Snapshot, pair: Pair, rows: StateRows) -> None:
        """Put everything at a snapshot's entry, all at once, and note the gap before it."""


class Restored(NamedTuple):
    """The result of a restore."""

    position: LogPosition
    replayed: ReplayResult | None  # None when a snapshot had the state.
    began_at: EntryId  # Entry of the snapshot that was replayed from; `NOTHING_YET` for none.
    state_hash: str
    set_aside: Sequence[EntryId]  # Snapshots taken above the restored entry.
    lost: Sequence[str]  # Losses that those snapshots show, a line each.


class Recovery:
    """The parts that a restore reads and changes."""

    def __init__(
        self, *, event_log: SurveyedLog, archive: SurveyedArchive,
        snapshots: RetirableSnapshots, maker: LogBootstrap, database: RebasedDatabase,
        on_begin: Callable[[EntryId, EntryId], None] = lambda *_: None,
        on_entry: Callable[[EntryId], None] = lambda _: None,
    ) -> None:
        """`on_begin` is given the first and the last entry of a replay."""
        self._event_log = event_log
        self._archive = archive
        self._snapshots = snapshots
        self._maker = maker
        self._database = database
        self._on_begin = on_begin
        self._on_entry = on_entry

    async def carry_out(self, plan: Plan, found: Survey) -> Restored:
        """Do what a plan says.

        Raises `LogBroken` when the archive contradicts itself or this engine, `VersionUnknown`
        when its entries need another build, and `DatabaseUnavailable`, `LogUnavailable`.
        """
        assert plan.target is not None, "a plan that acts"
        if plan.situation is Situation.DATABASE_BEHIND:
            return await self._rebase_onto_log(found)
        if plan.base is not None:
            return await self._continue_snapshot(plan.base, found)
        return await self._replay(plan, found)

    async def _rebase_onto_log(self, found: Survey) -> Restored:
        """Set the database to the oldest snapshot that the log continues."""
        kept = await usable_in_log(
            self._snapshots, self._event_log, found.log.first, found.log.top
        )
        if kept is None:
            raise LogBroken("the snapshot that the log continues is gone")
        commands = await self._event_log.read_journal(kept.entry_id, kept.entry_id)
        events = await self._event_log.read_range(kept.entry_id, kept.entry_id)
        await self._database.rebase(kept, (commands[0], events[0]), _rows(kept))
        return _kept(kept, ())

    async def _continue_snapshot(self, base: Snapshot, found: Survey) -> Restored:
        """Begin log and database again at a snapshot, whose own entry nothing has any more."""
        pair = stand_in(base)
        self._snapshots.write(base)
        await self._database.rebase(base, pair, _rows(base))
        set_aside = self._snapshots.set_aside_above(base.entry_id)  # None of them can be used.
        await self._begin_log(pair, found, await self._archive.quarantined())
        return _kept(base, set_aside)

    async def _replay(self, plan: Plan, found: Survey) -> Restored:
        """Replay to the last archived entry, and keep the state there."""
        end = found.archive.end
        start = await self._start(end.id)
        began_at = NOTHING_YET if start is None else start.entry_id
        self._on_begin(began_at, end.id)
        quarantined = await self._archive.quarantined()
        replayed = await replay(
            ArchiveSource(self._archive), start=start, until=end.id,
            quarantined=by_entry(quarantined), snapshot_hashes={}, on_entry=self._on_entry,
        )
        if LogPosition(replayed.position, replayed.digest) != end:
            raise LogBroken(f"the archive ends at {replayed.position}, not at {end.id}")
        ahead = [entry_id for entry_id in self._snapshots.ids() if entry_id > end.id]
        lost = _lost(replayed.state, self._snapshots, ahead)
        self._snapshots.write(Snapshot(end.id, end.digest, snapshot.dump(replayed.state)))
        set_aside: Sequence[EntryId] = ()
        if plan.situation is Situation.LOG_LOST:
            set_aside = self._snapshots.set_aside_above(end.id)
            pair = (await self._archive.pairs(end.id.before, end.id))[-1]
            await self._begin_log(pair, found, quarantined)
        return Restored(end, replayed, began_at, replayed.state_hash, set_aside, lost)

    async def _begin_log(
        self, pair: Pair, found: Survey, quarantined: Sequence[tuple[EntryId, int]]
    ) -> None:
        """New ids are above every id that was ever given, so that none names two entries."""
        given = (*self._snapshots.ids(), *found.snapshots.ids, *self._snapshots.aside())
        await self._maker.begin_again(
            *pair, above=max(pair[0].id, found.log.top, found.log.journal_top, *given),
            quarantined=quarantined,
        )

    async def _start(self, not_above: EntryId) -> Snapshot | None:
        """The newest snapshot that is of the archived history and that this engine can read.

        Without one it is the state after the archive's gap, or None: the first entry.
        """
        base = await self._archive.base()
        for entry_id in reversed([each for each in self._snapshots.ids() if each <= not_above]):
            kept, why = read_snapshot(self._snapshots, entry_id)
            if kept is None:
                log.error("snapshot cannot be used", entry=str(entry_id), error=why)
            elif await self._archive.digest_at(entry_id) != kept.digest:
                log.error("snapshot is of another history", entry=str(entry_id))
            else:
                return kept
        return base


async def unarchived(event_log: JournalReader, archive: Archive) -> AsyncIterator[JournalEntry]:
    """Journal entries that the log has and the archive does not, oldest first."""
    after = NOTHING_YET
    while page := await event_log.read_journal(after.next, PAGE_END):
        last, known = page[-1].id, set[JournalEntry]()
        while archived := await archive.pairs(after, last):
            known.update(command for command, _ in archived)
            after = archived[-1][0].id
        for entry in page:
            if entry not in known:
                yield entry
        after = last


def stand_in(base: Snapshot) -> Pair:
    """The pair of a snapshot's entry, without the commands and events that nothing has any more.

    It is the log's first entry, whose digest later entries continue and nobody proves.
    """
    empty = encode_outcome(Outcome(answers=[], balances=[], books=[]))
    return (
        JournalEntry(base.entry_id, 0, 0, encode_commands([])),
        EventsEntry(base.entry_id, 0, 0, empty, base.entry_id.before, base.digest),
    )


def _rows(kept: Snapshot) -> StateRows:
    return state_rows(decode_image(kept.state), kept.entry_id)


def _kept(base: Snapshot, set_aside: Sequence[EntryId]) -> Restored:
    return Restored(
        LogPosition(base.entry_id, base.digest), None, base.entry_id,
        snapshot.hash_of(base.state), set_aside, (),
    )


def _lost(
    restored: State, snapshots: SurveyedSnapshots, ahead: Sequence[EntryId]
) -> list[str]:
    """The newest of the snapshots ahead compared with the restored state, a line for each loss."""
    if not ahead:
        return []
    try:
        kept = snapshots.newest(ahead[-1])
        if kept is None or kept.entry_id not in ahead:
            return []
        later = decode_image(kept.state)
    except SnapshotVersionUnknown:
        return []
    lines = [f"a snapshot shows that the venue had reached {kept.entry_id}"]
    return lines + _losses(snapshot.image_of(restored), later)


def _losses(state: StateImage, later: StateImage) -> list[str]:
    lines = []
    if later.last_order_id > state.last_order_id:
        lines.append(f"orders {state.last_order_id + 1} to {later.last_order_id}")
    if later.last_account_id > state.last_account_id:
        lines.append(f"accounts {state.last_account_id + 1} to {later.last_account_id}")
    before = {
        (account.account_id, balance.asset_id): balance.free + balance.locked
        for account in state.accounts for balance in account.balances
    }
    symbols = {asset.asset_id: asset for asset in later.assets}
    for account in later.accounts:
        for balance in account.balances:
            had = before.get((account.account_id, balance.asset_id), 0)
            change = balance.free + balance.locked - had
            if change:
                asset = symbols[balance.asset_id]
                lines.append(
                    f"account {account.account_id}: {change:+} units (10^-{asset.decimals})"
                    f" of {asset.symbol}"
                )
    return lines
