"""A venue that lost a part: noticed, told apart, and brought back with whatever is left."""

import random
from typing import NamedTuple

import pytest

from outcry.adapters.memory.log import MemoryLog, MemorySnapshots
from outcry.engine.commands import CreateAccount, Deposit
from outcry.engine.engine import Engine
from outcry.engine.snapshot import dump, load, state_hash
from outcry.engine.state import State
from outcry.log.archive import WholeHistory
from outcry.log.follower import START, EventConsumer
from outcry.log.replay import replay
from outcry.operations.restore import Recovery, Restored, unarchived
from outcry.operations.restore_plan import Plan, Situation, plan_for
from outcry.operations.restore_survey import survey
from outcry.ports.log import LogBroken, LogTrimmed
from outcry.ports.snapshots import Snapshot
from outcry.wire.journal import NOTHING_YET, EntryId, decode_commands, encode_commands
from rigs.kept_database import KeptDatabase
from rigs.memory_venue import engine_on
from rigs.venue_log import USDC, VenueLog

ENTRIES = 300


@pytest.fixture
def venue() -> VenueLog:
    venue = VenueLog(21)
    venue.trade(ENTRIES - len(venue.entries), jumps=False)
    return venue


def log_of(venue: VenueLog, entries: int = ENTRIES, first: int = 0) -> MemoryLog:
    log = MemoryLog(lambda: 5)
    log.journal = [command for command, _ in venue.entries[first:entries]]
    log.events = [entry for _, entry in venue.entries[first:entries]]
    return log


def state_after(venue: VenueLog, entries: int) -> State:
    """The state of an engine that never stopped."""
    engine = Engine(State())
    for command, _ in venue.entries[:entries]:
        engine.apply(
            entry_ms=command.id.ms, writer=command.writer, number=command.number,
            commands=command.commands, quarantined=[],
        )
    return engine.state


def snapshots(venue: VenueLog, *entries: int, kept: int = 10) -> MemorySnapshots:
    store = MemorySnapshots(kept=kept)
    for count in entries:
        _, last = venue.entries[count - 1]
        store.write(Snapshot(last.id, last.digest, dump(state_after(venue, count))))
    return store


class Left(NamedTuple):
    """The parts that are left of a venue."""

    log: MemoryLog
    database: KeptDatabase
    store: MemorySnapshots

    async def plan(self, *, trust_database: bool = False) -> Plan:
        found = await survey(self.log, self.database, self.store)
        return plan_for(found, trust_database=trust_database)

    async def restored(self, *, trust_database: bool = False) -> Restored:
        found = await survey(self.log, self.database, self.store)
        recovery = Recovery(
            event_log=self.log, archive=self.database, snapshots=self.store, maker=self.log,
            database=self.database,
        )
        plan = plan_for(found, trust_database=trust_database)
        done = await recovery.carry_out(plan, found)
        assert Situation.HEALTHY is (await self.plan()).situation
        return done

    def starts(self) -> State:
        """Start an engine, let it lead, and give it a command; returns its state before that."""
        loop = engine_on(self.log, snapshots=self.store)
        loop.restore()
        state = load(dump(loop.engine.state))
        self.log.beat(writer=5, number=1, commands=encode_commands([CreateAccount(user_key=77)]))
        assert self.log.take_lease(token=loop._token, ttl_ms=10**9)
        loop.step()
        loop._log.confirm()
        assert self.log.events[-1].id == self.log.journal[-1].id
        return state


@pytest.mark.parametrize(("kept", "lost"), [
    ((0, 0), "the log is empty, and entries up to {last} are archived"),
    ((0, 200), "the log ends at {top}, and entries up to {last} are archived"),
    ((100, 299), "the log ends at {top}, and entries up to {last} are archived"),
    ((0, 300), None), ((250, 300), None), ((299, 300), None),
])
async def test_a_loss_is_noticed(venue: VenueLog, kept: tuple[int, int], lost: str | None) -> None:
    """Whatever is trimmed is no loss, and whatever is missing at the end is one."""
    first, entries = kept
    log = log_of(venue, entries, first)
    plan = await Left(log, KeptDatabase(venue.entries), snapshots(venue, 300)).plan()
    if lost is None:
        assert Situation.HEALTHY is plan.situation, plan
    else:
        assert Situation.LOG_LOST is plan.situation
        assert lost.format(last=venue.at, top=log.events_top()) == plan.finding


@pytest.mark.parametrize("recorded", [0, 1, 200, 299])
async def test_a_recorder_that_is_behind_is_no_loss(venue: VenueLog, recorded: int) -> None:
    plan = await Left(
        log_of(venue), KeptDatabase(venue.entries[:recorded]), snapshots(venue, 290)
    ).plan()
    assert Situation.HEALTHY is plan.situation
    assert "the recorder has to catch up" in plan.finding


async def test_nothing_anywhere_is_a_new_venue(venue: VenueLog) -> None:
    plan = await Left(log_of(venue, 0), KeptDatabase([]), MemorySnapshots()).plan()
    assert Situation.NEW is plan.situation
    unanswered = log_of(venue, 1)
    unanswered.events.clear()
    plan = await Left(unanswered, KeptDatabase([]), MemorySnapshots()).plan()
    assert Situation.HEALTHY is plan.situation


@pytest.mark.parametrize("recorded", [0, 150])
async def test_an_older_database_keeps_every_command_of_log_and_snapshots(
    venue: VenueLog, recorded: int
) -> None:
    """It is no reason to give anything up that the log has."""
    left = Left(
        log_of(venue, first=200), KeptDatabase(venue.entries[:recorded]),
        snapshots(venue, 100, 220, 250, 280),
    )
    plan = await left.plan()
    assert Situation.DATABASE_BEHIND is plan.situation
    assert (recorded == 0) == any("users" in what for what in plan.lost)
    events, ids = list(left.log.events), left.store.ids()
    done = await left.restored()
    assert (events, ids) == (left.log.events, left.store.ids())
    # The oldest that the log has: most of the log is recorded after it.
    assert venue.entries[219][0].id == done.position.id
    assert left.database.entries[-1][1].id == done.position.id
    assert state_hash(state_after(venue, ENTRIES)) == state_hash(left.starts())


async def test_without_a_usable_snapshot_one_is_made_from_the_archive(venue: VenueLog) -> None:
    """The log was trimmed: an engine that began with nothing would contradict it."""
    left = Left(log_of(venue, first=250), KeptDatabase(venue.entries[:280]), MemorySnapshots())
    loop = engine_on(left.log, snapshots=left.store)
    with pytest.raises(LogBroken, match=r"no usable snapshot.*`outcry restore`"):
        loop.restore()
    assert Situation.NO_SNAPSHOT is (await left.plan()).situation
    events = list(left.log.events)
    await left.restored()
    assert events == left.log.events
    assert [venue.entries[279][0].id] == left.store.ids()
    assert state_hash(state_after(venue, ENTRIES)) == state_hash(left.starts())


async def test_snapshots_from_before_the_log_lead_to_one_that_it_has(venue: VenueLog) -> None:
    left = Left(log_of(venue, first=250), KeptDatabase(venue.entries), snapshots(venue, 100))
    done = await left.restored()
    assert venue.entries[99][0].id == done.began_at
    left.starts()


@pytest.mark.parametrize("recorded", [0, 100])
@pytest.mark.parametrize("top", [0, 120])
async def test_a_snapshot_that_is_the_newest_part_is_continued(
    venue: VenueLog, recorded: int, top: int
) -> None:
    """Log and database are gone or older copies; what the snapshot has is not given up."""
    left = Left(
        log_of(venue, top), KeptDatabase(venue.entries[:recorded]), snapshots(venue, 90, 280)
    )
    plan = await left.plan()
    assert Situation.LOG_LOST is plan.situation
    assert plan.finding.endswith(f"a snapshot has reached {venue.entries[279][0].id}")
    await left.restored()
    assert state_hash(state_after(venue, 280)) == state_hash(left.starts())
    assert left.log.journal[-1].id > venue.entries[279][0].id
    rows = left.database.rows
    assert rows is not None
    assert {1, 2, 3} <= {asset.asset_id for asset in rows.assets}


async def test_after_a_gap_the_archive_can_be_replayed_and_the_log_lost_again(
    venue: VenueLog
) -> None:
    left = Left(log_of(venue, 0), KeptDatabase(venue.entries[:100]), snapshots(venue, 280))
    await left.restored()
    left.starts()
    left.database.entries += zip(left.log.journal[1:], left.log.events[1:], strict=True)
    again = Left(log_of(venue, 0), left.database, MemorySnapshots())
    done = await again.restored()
    assert venue.entries[279][0].id == done.began_at
    assert left.log.events[-1].digest == done.position.digest


async def test_different_histories_are_for_a_person(venue: VenueLog) -> None:
    log = log_of(venue)
    log.events[-1] = log.events[-1]._replace(digest=bytes(32))
    left = Left(log, KeptDatabase(venue.entries), snapshots(venue, 290))
    plan = await left.plan()
    assert (Situation.DIFFERENT_HISTORIES, False) == (plan.situation, plan.acts)
    assert f"entry {venue.at} is archived, and is not the same in the log" == plan.finding
    assert "--trust-database" in plan.advice
    done = await left.restored(trust_database=True)
    assert venue.at == done.position.id
    left.starts()


async def test_a_log_with_other_entries_at_its_end_is_another_history(venue: VenueLog) -> None:
    other = VenueLog(22)
    other.trade(20, jumps=False)
    log = log_of(other)
    left = Left(log, KeptDatabase(venue.entries), snapshots(venue, 290))
    plan = await left.plan()
    assert not plan.acts
    assert plan.situation is Situation.DIFFERENT_HISTORIES, plan


async def test_a_lost_journal_is_a_lost_log(venue: VenueLog) -> None:
    log = log_of(venue)
    log.journal.clear()
    plan = await Left(log, KeptDatabase(venue.entries), MemorySnapshots()).plan()
    assert Situation.LOG_LOST is plan.situation
    assert "the journal and the events do not have the same entries" in plan.finding


async def test_a_flipped_byte_inside_the_log_is_found(venue: VenueLog) -> None:
    place = random.Random(4).randrange(20, 280)
    log = log_of(venue, first=10)
    entry = log.events[place]
    log.events[place] = entry._replace(outcome=entry.outcome[:-1] + b"\xff")
    left = Left(log, KeptDatabase(venue.entries), snapshots(venue, 15))
    plan = await left.plan()
    assert f"the log contradicts itself: the digest of entry {entry.id}" in plan.finding
    await left.restored()
    assert state_hash(state_after(venue, ENTRIES)) == state_hash(left.starts())


async def test_too_little_is_left(venue: VenueLog) -> None:
    """Without entries before the log, and without a snapshot, there is no state."""
    plan = await Left(log_of(venue, first=50), KeptDatabase([]), MemorySnapshots()).plan()
    assert (Situation.BEYOND_REPAIR, False) == (plan.situation, plan.acts)
    assert "`outcry restore --from FILE`" in plan.advice


@pytest.mark.parametrize("taken", [(), (100,), (100, 250), (300,)])
async def test_the_state_is_that_of_the_last_archived_entry(
    venue: VenueLog, taken: tuple[int, ...]
) -> None:
    """From whichever snapshot, or none."""
    left = Left(log_of(venue, 0), KeptDatabase(venue.entries), snapshots(venue, *taken))
    done = await left.restored()
    assert state_hash(state_after(venue, ENTRIES)) == done.state_hash
    assert (venue.entries[taken[-1] - 1][0].id if taken else NOTHING_YET) == done.began_at
    newest = left.store.newest(EntryId(2**62, 0))
    assert newest is not None
    assert (venue.at, venue.entries[-1][1].digest) == newest[:2]
    assert dump(state_after(venue, ENTRIES)) == newest.state


async def test_an_engine_goes_on_as_if_nothing_had_happened(venue: VenueLog) -> None:
    """Its chain continues, new ids are above the old ones, and all of it can be replayed."""
    left = Left(log_of(venue, 0), KeptDatabase(venue.entries), snapshots(venue, 100))
    await left.restored()
    left.starts()
    assert left.log.journal[-1].id > venue.at
    whole = WholeHistory(
        events=left.log, journal=left.log, archive=KeptDatabase(venue.entries)
    )
    replayed = await replay(
        whole, until=left.log.events_top(), quarantined={}, snapshot_hashes={},
        on_entry=lambda _: None,
    )
    assert ENTRIES + len(left.log.events) - 1 == replayed.entries


async def test_snapshots_of_a_history_that_is_given_up_say_what_it_had(venue: VenueLog) -> None:
    """A person decides for the database; there are more snapshots above than a store keeps."""
    venue.append(CreateAccount(user_key=4711))
    account = venue.script.outcomes[-1].answers[0][0].account_id  # type: ignore[union-attr]
    venue.append(Deposit(account_id=account, asset_id=USDC, amount=5_000_000, key=10**9))
    venue.trade(5, jumps=False)
    taken = len(venue.entries)
    store = snapshots(venue, 200, *range(taken - 4, taken + 1), kept=3)
    left = Left(log_of(venue, 0), KeptDatabase(venue.entries, 300), store)
    ahead = venue.entries[-1][0].id
    done = await left.restored(trust_database=True)
    assert ahead in done.set_aside
    assert ahead in store.aside()
    assert f"a snapshot shows that the venue had reached {ahead}" == done.lost[0]
    assert f"accounts {account} to {account}" in done.lost
    assert venue.entries[299][0].id == max(store.ids())
    left.starts()
    assert left.log.journal[-1].id > ahead, "an id never names two entries"


async def test_a_snapshot_of_another_history_is_passed_over(venue: VenueLog) -> None:
    store = snapshots(venue, 100, 250)
    foreign = venue.entries[249][0].id
    store.write(Snapshot(foreign, bytes(32), dump(state_after(venue, 250))))
    left = Left(log_of(venue, 0), KeptDatabase(venue.entries), store)
    assert venue.entries[99][0].id == (await left.restored()).began_at


async def test_an_archive_that_contradicts_itself_leaves_everything_alone(venue: VenueLog) -> None:
    place = random.Random(3).randrange(150, 290)
    database = KeptDatabase(venue.entries)
    command, entry = database.entries[place]
    database.entries[place] = (command, entry._replace(outcome=entry.outcome + b"\0"))
    left = Left(log_of(venue, 200), database, snapshots(venue, 100))
    before = list(left.log.events), left.store.ids()
    with pytest.raises(LogBroken, match=f"digest of entry {entry.id} does not hold"):
        await left.restored()
    assert before == (left.log.events, left.store.ids())


async def test_what_only_the_log_has_is_found(venue: VenueLog) -> None:
    """Entries above the archive, and those that differ from it."""
    log = log_of(venue)
    log.journal[40] = log.journal[40]._replace(commands=encode_commands([]))
    found = [each async for each in unarchived(log, KeptDatabase(venue.entries, 290))]
    assert [log.journal[40], *log.journal[290:]] == found
    assert [] == list(decode_commands(found[0].commands).commands)


async def test_a_reader_without_a_snapshot_hears_that_the_log_was_trimmed(venue: VenueLog) -> None:
    """After a restore the log does not begin with the first entry."""
    left = Left(log_of(venue, 0), KeptDatabase(venue.entries), MemorySnapshots())
    await left.restored()
    with pytest.raises(LogTrimmed):
        await EventConsumer(left.log, START, lambda _: None).catch_up()
