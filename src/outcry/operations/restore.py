"""Brings a venue back from the archive after the log server has lost data.

The state at the last archived entry is replayed from a snapshot and kept as a new snapshot, and the
log begins again at that entry. Everything after it is lost, and is listed as far as it is known.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import NamedTuple, Protocol

import structlog

from outcry.engine import snapshot
from outcry.engine.image import StateImage, decode_image
from outcry.engine.snapshot import SnapshotVersionUnknown
from outcry.log.archive import Archive, ArchiveSource
from outcry.log.follower import LogPosition
from outcry.log.replay import ReplayResult, by_entry, replay
from outcry.ports.log import EventReader, JournalReader, LogBroken
from outcry.ports.snapshots import Snapshot, SnapshotStore
from outcry.wire.journal import NOTHING_YET, EntryId, EventsEntry, JournalEntry

PAGE_END = EntryId(2**63 - 1, 0)

log = structlog.get_logger()


class LogInspection(EventReader, JournalReader, Protocol):
    """A log that may have lost data. Raises `LogUnavailable`."""

    async def journal_top(self) -> EntryId:
        """Id of the newest journal entry; `NOTHING_YET` when there is none."""


class LogBootstrap(Protocol):
    """Makes the log anew."""

    async def begin_again(
        self, command: JournalEntry, events: EventsEntry, *, above: EntryId,
        quarantined: Sequence[tuple[EntryId, int]],
    ) -> None:
        """Replace both streams by one entry each, all at once; new ids will be above `above`."""


class RetirableSnapshots(SnapshotStore, Protocol):
    """A snapshot store that can set snapshots aside."""

    def set_aside_above(self, entry_id: EntryId) -> Sequence[EntryId]:
        """Never use the snapshots above an id again; returns their ids, oldest first."""


class LogLoss(NamedTuple):
    """The log ends before the archive does, or has another entry at the archive's end."""

    archived: LogPosition
    top: EntryId  # Newest events entry of the log.
    journal_top: EntryId

    def __str__(self) -> str:
        if self.top == self.journal_top == NOTHING_YET:
            return f"the log is empty, and entries up to {self.archived.id} are archived"
        if self.top < self.archived.id:
            return f"the log ends at {self.top}, and entries up to {self.archived.id} are archived"
        return f"entry {self.archived.id} is archived, and is not the same in the log"


class Restored(NamedTuple):
    """The result of a restore."""

    replayed: ReplayResult
    began_at: EntryId  # Entry of the snapshot that was replayed from; `NOTHING_YET` for none.
    set_aside: Sequence[EntryId]  # Snapshots taken above the last archived entry.
    lost: Sequence[str]  # Losses that those snapshots show, a line each.


async def find_loss(event_log: LogInspection, archive: Archive) -> LogLoss | None:
    """The log's loss of archived entries; None when it has all of them, or nothing is archived."""
    archived = LogPosition(*await archive.reached())
    if archived.id == NOTHING_YET:
        return None
    events = await event_log.read_range(archived.id, archived.id)
    commands = await event_log.read_journal(archived.id, archived.id)
    if events and commands and events[0].digest == archived.digest:
        return None
    return LogLoss(archived, await event_log.top(), await event_log.journal_top())


async def unarchived(event_log: LogInspection, archive: Archive) -> AsyncIterator[JournalEntry]:
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


async def restore(
    loss: LogLoss, *, archive: Archive, snapshots: RetirableSnapshots, maker: LogBootstrap,
    on_begin: Callable[[EntryId, EntryId], None], on_entry: Callable[[EntryId], None],
) -> Restored:
    """Replay to the last archived entry, keep the state there, and begin the log again.

    `on_begin` is given the first and the last entry of the replay. The log is changed last, so an
    interrupted restore can be run again. Raises `LogBroken` when the archive contradicts itself or
    this engine, `VersionUnknown` when its entries need another build, and `DatabaseUnavailable`,
    `LogUnavailable`.
    """
    end = loss.archived
    quarantined = await archive.quarantined()
    start = await _start(snapshots, archive, end.id)
    began_at = NOTHING_YET if start is None else start.entry_id
    on_begin(began_at, end.id)
    replayed = await replay(
        ArchiveSource(archive), start=start, until=end.id, quarantined=by_entry(quarantined),
        snapshot_hashes={}, on_entry=on_entry,
    )
    if LogPosition(replayed.position, replayed.digest) != end:
        raise LogBroken(f"the archive ends at {replayed.position}, not at {end.id}")
    state = snapshot.image_of(replayed.state)
    ahead = [entry_id for entry_id in snapshots.ids() if entry_id > end.id]
    lost = _lost(state, snapshots, ahead)
    snapshots.write(Snapshot(end.id, end.digest, snapshot.dump(replayed.state)))
    set_aside = snapshots.set_aside_above(end.id)
    command, events = (await archive.pairs(end.id.before, end.id))[-1]
    await maker.begin_again(
        command, events, above=max(end.id, loss.top, loss.journal_top, *ahead),
        quarantined=quarantined,
    )
    return Restored(replayed, began_at, set_aside, lost)


async def _start(
    snapshots: SnapshotStore, archive: Archive, not_above: EntryId
) -> Snapshot | None:
    """The newest snapshot that is of the archived history and that this engine can read."""
    for entry_id in reversed([each for each in snapshots.ids() if each <= not_above]):
        try:
            kept = snapshots.newest(entry_id)
            if kept is None or kept.entry_id != entry_id:
                continue  # Damaged; the store has logged it.
            if await archive.digest_at(entry_id) != kept.digest:
                log.error("snapshot is of another history", entry=str(entry_id))
                continue
            snapshot.load(kept.state)
        except SnapshotVersionUnknown as error:
            log.error("snapshot cannot be read", entry=str(entry_id), error=str(error))
            continue
        return kept
    return None


def _lost(
    state: StateImage, snapshots: SnapshotStore, ahead: Sequence[EntryId]
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
