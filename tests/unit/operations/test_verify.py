"""Verifying: whatever does not fit a replay is found, and named."""

import asyncio
from collections.abc import Sequence

import pytest

from outcry.adapters.memory.log import MemoryLog
from outcry.engine.snapshot import dump, state_hash
from outcry.log.archive import WholeHistory
from outcry.log.chain import Pair
from outcry.operations import verify as verifying
from outcry.operations.verify import Balances, Verified, verify
from outcry.ports.log import LogBroken
from outcry.ports.snapshots import Snapshot
from outcry.projections.rows import Group
from outcry.wire.journal import EntryId
from rigs.kept_archive import KeptArchive
from rigs.venue_log import VenueLog

PLACE = 60  # Entries before the snapshot,
ENTRIES = 150  # and in all.
RECORDED = 120


class Past:
    """A venue's log with a snapshot on the way, and what PostgreSQL has of it."""

    def __init__(self, recorded: int = RECORDED) -> None:
        self.venue = VenueLog(21)
        self.venue.trade(PLACE - len(self.venue.entries))
        self.snapshot = self._snapshot()
        self.venue.trade(recorded - PLACE)
        self.kept = KeptInMemory(self.venue)
        self.venue.trade(ENTRIES - recorded)
        self.hashes = {self._snapshot().entry_id: state_hash(self.venue.script.engine.state)}

    def _snapshot(self) -> Snapshot:
        script = self.venue.script
        return Snapshot(script.top, script.digest, dump(script.engine.state))

    def verify(self, *, start: bool) -> Verified:
        """Verify from the first entry, or from the snapshot."""
        log = MemoryLog(lambda: 5)
        log.journal = [command for command, _ in self.venue.entries]
        log.events = [events for _, events in self.venue.entries]
        return asyncio.run(verify(
            WholeHistory(events=log, journal=log, archive=KeptArchive([])), self.kept,
            start=None if start else self.snapshot, until=self.venue.at, quarantined={},
            snapshot_hashes=self.hashes, on_entry=lambda _: None,
        ))


class KeptInMemory:
    """What PostgreSQL would have of a venue as it is now."""

    def __init__(self, venue: VenueLog) -> None:
        self.pairs = list(venue.entries)
        self.amounts: Balances = {
            (account_id, asset_id): (balance.free, balance.locked)
            for account_id, account in venue.script.engine.state.accounts.items()
            for asset_id, balance in account.balances.items()
        }
        self.differs: str | None = None
        self.beside: list[Group] = []

    async def recorded(self) -> EntryId:
        return self.pairs[-1][0].id

    async def archived(self, after: EntryId, until: EntryId) -> Sequence[Pair]:
        return [pair for pair in self.pairs if after < pair[0].id <= until][:7]

    async def balances(self) -> Balances:
        return self.amounts

    async def put_beside(self, group: Group) -> None:
        self.beside.append(group)

    async def difference(self) -> str | None:
        return self.differs


@pytest.mark.parametrize("start", [True, False])
def test_a_sound_venue_is_found_sound(start: bool) -> None:
    past = Past()
    verified = past.verify(start=start)
    assert past.venue.at == verified.replayed.position
    assert state_hash(past.venue.script.engine.state) == verified.replayed.state_hash
    assert (RECORDED if start else RECORDED - PLACE) == verified.archived
    assert 1 == verified.replayed.snapshots
    assert start == verified.rows


def test_rows_are_set_beside_in_groups_that_follow_one_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verifying, "GROUP_ENTRIES", 1)
    monkeypatch.setattr("rigs.kept_archive.PAGE", 16)
    monkeypatch.setattr("outcry.adapters.memory.log.RANGE_MAX", 16)
    past = Past()
    past.verify(start=True)
    groups = past.kept.beside
    assert len(groups) > 3
    assert [group.upto for group in groups[:-1]] == [group.after for group in groups[1:]]
    assert past.kept.pairs[-1][0].id == groups[-1].upto


@pytest.mark.parametrize("start", [True, False])
@pytest.mark.parametrize("stream", [0, 1], ids=["journal", "events"])
def test_an_archived_entry_that_was_changed_is_named(start: bool, stream: int) -> None:
    past = Past()
    pair = list(past.kept.pairs[PLACE + 10])
    field = ("commands", "outcome")[stream]
    pair[stream] = pair[stream]._replace(**{field: getattr(pair[stream], field) + b"\0"})
    past.kept.pairs[PLACE + 10] = (pair[0], pair[1])
    which = ("journal", "events")[stream]
    with pytest.raises(LogBroken, match=f"the archived {which} entry {pair[0].id}"):
        past.verify(start=start)


def test_an_entry_missing_in_the_archive_is_named() -> None:
    past = Past()
    gone = past.kept.pairs.pop(PLACE + 10)
    with pytest.raises(LogBroken, match=f"entry {gone[0].id} is not in the archive"):
        past.verify(start=False)


def test_an_archive_that_ends_before_the_offset_is_named() -> None:
    past = Past()
    last = past.kept.pairs[-1]
    past.kept.pairs = past.kept.pairs[:-5]

    async def recorded() -> EntryId:
        return last[0].id

    past.kept.recorded = recorded  # type: ignore[method-assign]
    with pytest.raises(LogBroken, match="recorded but not in the archive"):
        past.verify(start=False)


@pytest.mark.parametrize("by", [(1, 0), (0, 1)], ids=["free", "locked"])
def test_a_balance_that_differs_is_named(by: tuple[int, int]) -> None:
    past = Past()
    place = (account_id, asset_id) = max(past.kept.amounts)
    free, locked = past.kept.amounts[place]
    past.kept.amounts[place] = (free + by[0], locked + by[1])
    with pytest.raises(LogBroken, match=f"balance of asset {asset_id} of account {account_id}"):
        past.verify(start=False)


def test_a_row_that_differs_is_named() -> None:
    past = Past()
    past.kept.differs = "spot_orders lacks something"
    with pytest.raises(LogBroken, match="spot_orders lacks something"):
        past.verify(start=True)


def test_a_snapshot_of_another_state_is_named() -> None:
    past = Past()
    past.hashes = dict.fromkeys(past.hashes, "another")
    with pytest.raises(LogBroken, match="is not the state replayed to"):
        past.verify(start=False)


def test_a_database_behind_the_snapshot_is_no_difference() -> None:
    """Its recorder has been away for long; there is nothing yet to compare."""
    past = Past()
    past.kept.pairs = past.kept.pairs[: PLACE - 10]
    past.kept.amounts.clear()
    verified = past.verify(start=False)
    assert 0 == verified.archived
    assert verified.recorded < past.snapshot.entry_id
