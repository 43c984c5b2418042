"""Compares a venue's streams, snapshots, archive and rows with a replay."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from outcry.engine.image import decode_image
from outcry.log.chain import Pair
from outcry.log.follower import START, LogPosition
from outcry.log.replay import EntrySource, ReplayResult, replay
from outcry.ports.log import LogBroken
from outcry.ports.snapshots import Snapshot
from outcry.projections.rows import Group, RowsFold
from outcry.wire.journal import EntryId, decode_outcome

Balances = dict[tuple[int, int], tuple[int, int]]  # (account, asset) → (free, locked).

GROUP_ENTRIES = 4_096  # Entries whose rows are derived together.


class RecordedState(Protocol):
    """The contents of PostgreSQL at one moment. Raises `DatabaseUnavailable`."""

    async def recorded(self) -> EntryId:
        """The last entry that is recorded."""

    async def archived(self, after: EntryId, until: EntryId) -> Sequence[Pair]:
        """The next archived entries after an id, up to another: a page of them."""

    async def balances(self) -> Balances:
        """Every balance."""

    async def put_beside(self, group: Group) -> None:
        """Set the rows of a replay beside the kept rows."""

    async def difference(self) -> str | None:
        """The first difference between the kept rows and the rows beside them; None when equal."""


class Verified(NamedTuple):
    """The extent of a verification that found no difference."""

    replayed: ReplayResult
    archived: int  # Entries compared with the archive.
    recorded: EntryId  # Up to which PostgreSQL was compared.
    rows: bool  # Whether every row was derived again; else balances alone were compared.


async def verify(
    history: EntrySource, kept: RecordedState, *, start: Snapshot | None, until: EntryId,
    quarantined: Mapping[EntryId, list[int]], snapshot_hashes: Mapping[EntryId, str],
    on_entry: Callable[[EntryId], None],
) -> Verified:
    """Replay from a snapshot, or from the first entry, and compare everything on the way.

    From the first entry every row of PostgreSQL is derived again; from a snapshot only its
    balances are. Raises `LogBroken` at the first difference.
    """
    at = START if start is None else LogPosition(start.entry_id, start.digest)
    recorded = min(await kept.recorded(), until)
    sides: _Rows | _Balances = _Rows(kept) if start is None else _Balances(kept, start)
    compared = _ComparedSource(history, kept, recorded, sides)
    replayed = await replay(
        compared, until=until, quarantined=quarantined, snapshot_hashes=snapshot_hashes,
        on_entry=on_entry, start=start,
    )
    if replayed.position < until:
        raise LogBroken(f"history ends at {replayed.position}, but the log at {until}")
    if recorded >= at.id:
        await sides.compare()
    return Verified(replayed, compared.archived, recorded, start is None)


class _Rows:
    """Derives every row again."""

    def __init__(self, kept: RecordedState) -> None:
        self._kept = kept
        self._fold = RowsFold()
        self._pending = 0
        self._at = START  # Up to where rows were set beside,
        self._folded = START  # and up to where they are derived.

    async def take(self, pairs: Sequence[Pair]) -> None:
        """Take in entries, all of them recorded."""
        for journal, events in pairs:
            self._fold.fold_pair(journal, decode_outcome(events.outcome))
            self._folded = LogPosition(events.id, events.digest)
            self._pending += 1
        if self._pending >= GROUP_ENTRIES:
            await self._put_beside()

    async def compare(self) -> None:
        """Raise `LogBroken` with the first row that differs."""
        if self._pending:
            await self._put_beside()
        difference = await self._kept.difference()
        if difference is not None:
            raise LogBroken(difference)

    async def _put_beside(self) -> None:
        await self._kept.put_beside(Group(
            after=self._at.id, after_digest=self._at.digest, upto=self._folded.id,
            upto_digest=self._folded.digest, journal=[], events=[], quarantined=[],
            rows=self._fold.take(),
        ))
        self._at, self._pending = self._folded, 0


class _Balances:
    """Carries a snapshot's balances on."""

    def __init__(self, kept: RecordedState, start: Snapshot) -> None:
        self._kept = kept
        self._balances: Balances = {
            (account.account_id, held.asset_id): (held.free, held.locked)
            for account in decode_image(start.state).accounts for held in account.balances
        }

    async def take(self, pairs: Sequence[Pair]) -> None:
        """Take in entries, all of them recorded."""
        for _, events in pairs:
            for after in decode_outcome(events.outcome).balances:
                self._balances[after.account_id, after.asset_id] = (after.free, after.locked)

    async def compare(self) -> None:
        """Raise `LogBroken` with the first balance that differs; a missing balance is 0."""
        kept = await self._kept.balances()
        for place in sorted(kept.keys() | self._balances.keys()):
            ours, theirs = self._balances.get(place, (0, 0)), kept.get(place, (0, 0))
            if ours != theirs:
                raise LogBroken(
                    f"balance of asset {place[1]} of account {place[0]} is {theirs} (free, locked)"
                    f" in PostgreSQL, but {ours} in the replay"
                )


class _ComparedSource:
    """A history that compares its entries with the archive as they are read."""

    def __init__(
        self, history: EntrySource, kept: RecordedState, recorded: EntryId, sides: _Rows | _Balances
    ) -> None:
        self._history = history
        self._kept = kept
        self._recorded = recorded
        self._sides = sides
        self.archived = 0

    async def pages(self, at: LogPosition, until: EntryId) -> AsyncIterator[Sequence[Pair]]:
        """Everything after a position up to an id."""
        async for page in self._history.pages(at, until):
            recorded = [pair for pair in page if pair[0].id <= self._recorded]
            if recorded:
                await self._compare(at.id, recorded)
                await self._sides.take(recorded)
            yield page
            at = LogPosition(page[-1][1].id, page[-1][1].digest)

    async def _compare(self, after: EntryId, pairs: Sequence[Pair]) -> None:
        expected = iter(pairs)
        while after < pairs[-1][0].id:
            archived = await self._kept.archived(after, pairs[-1][0].id)
            for ours, theirs in _beside(expected, archived, after):
                if ours != theirs:
                    raise LogBroken(_which(ours, theirs))
                after = ours[0].id
                self.archived += 1


def _beside(
    expected: Iterator[Pair], archived: Sequence[Pair], after: EntryId
) -> Iterator[tuple[Pair, Pair]]:
    if not archived:
        raise LogBroken(f"the entry after {after} is recorded but not in the archive")
    for theirs in archived:
        ours = next(expected, None)
        if ours is None:
            raise LogBroken(f"entry {theirs[0].id} is in the archive but not in the log")
        yield ours, theirs


def _which(ours: Pair, theirs: Pair) -> str:
    """The difference between a pair and the archived one, in words."""
    if ours[0].id != theirs[0].id:
        return f"entry {ours[0].id} is not in the archive, which goes on with {theirs[0].id}"
    stream = "journal" if ours[0] != theirs[0] else "events"
    return f"the archived {stream} entry {ours[0].id} is not the one in the log"
