"""A log that lost data: noticed, brought back to what is archived, and what is lost is named."""

import random

import pytest

from outcry.adapters.memory.log import MemoryLog, MemorySnapshots
from outcry.engine.commands import CreateAccount, Deposit
from outcry.engine.engine import Engine
from outcry.engine.snapshot import dump, state_hash
from outcry.engine.state import State
from outcry.log.archive import ArchiveThenLog
from outcry.log.follower import START, EventConsumer
from outcry.log.replay import replay
from outcry.operations.restore import LogLoss, Restored, find_loss, restore, unarchived
from outcry.ports.log import LogBroken, LogTrimmed
from outcry.ports.snapshots import Snapshot
from outcry.wire.journal import NOTHING_YET, EntryId, decode_commands, encode_commands
from rigs.kept_archive import KeptArchive
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


def snapshots(venue: VenueLog, *entries: int) -> MemorySnapshots:
    store = MemorySnapshots()
    for count in entries:
        _, last = venue.entries[count - 1]
        store.write(Snapshot(last.id, last.digest, dump(state_after(venue, count))))
    return store


async def restored(
    venue: VenueLog, log: MemoryLog, store: MemorySnapshots, recorded: int = ENTRIES
) -> Restored:
    archive = KeptArchive(venue.entries, recorded)
    loss = await find_loss(log, archive)
    assert loss is not None
    done = await restore(
        loss, archive=archive, snapshots=store, maker=log, on_begin=lambda *_: None,
        on_entry=lambda _: None,
    )
    assert None is await find_loss(log, archive)
    return done


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
    found = await find_loss(log, KeptArchive(venue.entries))
    if lost is None:
        assert None is found
    else:
        assert lost.format(last=venue.at, top=log.events_top()) == str(found)


async def test_a_recorder_that_is_behind_is_no_loss(venue: VenueLog) -> None:
    log = log_of(venue)
    assert None is await find_loss(log, KeptArchive(venue.entries, 200))
    assert None is await find_loss(log, KeptArchive([]))


async def test_another_history_and_a_lost_journal_are_losses(venue: VenueLog) -> None:
    log = log_of(venue)
    log.events[-1] = log.events[-1]._replace(digest=bytes(32))
    found = await find_loss(log, KeptArchive(venue.entries))
    assert f"entry {venue.at} is archived, and is not the same in the log" == str(found)
    log = log_of(venue)
    log.journal.clear()
    assert isinstance(await find_loss(log, KeptArchive(venue.entries)), LogLoss)


@pytest.mark.parametrize("taken", [(), (100,), (100, 250), (300,)])
async def test_the_state_is_that_of_the_last_archived_entry(
    venue: VenueLog, taken: tuple[int, ...]
) -> None:
    """From whichever snapshot, or none."""
    log, store = log_of(venue, 0), snapshots(venue, *taken)
    done = await restored(venue, log, store)
    assert state_hash(state_after(venue, ENTRIES)) == done.replayed.state_hash
    assert (venue.entries[taken[-1] - 1][0].id if taken else NOTHING_YET) == done.began_at
    newest = store.newest(EntryId(2**62, 0))
    assert newest is not None
    assert (venue.at, venue.entries[-1][1].digest) == newest[:2]
    assert dump(state_after(venue, ENTRIES)) == newest.state


async def test_an_engine_goes_on_as_if_nothing_had_happened(venue: VenueLog) -> None:
    """Its chain continues, new ids are above the old ones, and all of it can be replayed."""
    log, store = log_of(venue, 0), snapshots(venue, 100)
    await restored(venue, log, store)
    log.beat(writer=5, number=1, commands=encode_commands([CreateAccount(user_key=77)]))
    assert log.journal[-1].id > venue.at
    loop = engine_on(log, snapshots=store)
    loop.restore()
    assert log.take_lease(token=loop._token, ttl_ms=10**9)
    loop.step()
    loop._log.confirm()
    assert log.events[-1].id == log.journal[-1].id
    whole = ArchiveThenLog(events=log, journal=log, archive=KeptArchive(venue.entries))
    replayed = await replay(
        whole, until=log.events_top(), quarantined={}, snapshot_hashes={},
        on_entry=lambda _: None,
    )
    assert ENTRIES + len(log.events) - 1 == replayed.entries


async def test_snapshots_of_the_lost_history_are_set_aside_and_say_what_it_had(
    venue: VenueLog
) -> None:
    venue.append(CreateAccount(user_key=4711))
    account = venue.script.outcomes[-1].answers[0][0].account_id  # type: ignore[union-attr]
    venue.append(Deposit(account_id=account, asset_id=USDC, amount=5_000_000, key=10**9))
    taken = len(venue.entries)
    store = snapshots(venue, 200, 300, taken)
    log = log_of(venue, 0)
    ahead = venue.entries[-1][0].id
    done = await restored(venue, log, store)
    assert [ahead] == list(done.set_aside)
    assert f"a snapshot shows that the venue had reached {ahead}" == done.lost[0]
    assert f"accounts {account} to {account}" in done.lost
    assert f"account {account}: +5000000 units (10^-6) of USDC" in done.lost
    assert ahead not in store.ids()
    log.beat(writer=5, number=1, commands=b"")
    assert log.journal[-1].id > ahead, "an id never names two entries"


async def test_a_snapshot_of_another_history_is_passed_over(venue: VenueLog) -> None:
    store = snapshots(venue, 100, 250)
    foreign = venue.entries[249][0].id
    store.write(Snapshot(foreign, bytes(32), b"whatever"))
    assert venue.entries[99][0].id == (await restored(venue, log_of(venue, 0), store)).began_at


async def test_an_archive_that_contradicts_itself_leaves_everything_alone(venue: VenueLog) -> None:
    place = random.Random(3).randrange(150, 290)
    archive = KeptArchive(venue.entries)
    command, entry = archive.entries[place]
    archive.entries[place] = (command, entry._replace(outcome=entry.outcome + b"\0"))
    log, store = log_of(venue, 200), snapshots(venue, 100, 300)
    before = list(log.events), store.ids()
    loss = await find_loss(log, archive)
    assert loss is not None
    with pytest.raises(LogBroken, match=f"digest of entry {entry.id} does not hold"):
        await restore(
            loss, archive=archive, snapshots=snapshots(venue, 100), maker=log,
            on_begin=lambda *_: None, on_entry=lambda _: None,
        )
    assert before == (log.events, store.ids())


async def test_what_only_the_log_has_is_found(venue: VenueLog) -> None:
    """Entries above the archive, and those that differ from it."""
    log = log_of(venue)
    log.journal[40] = log.journal[40]._replace(commands=encode_commands([]))
    found = [each async for each in unarchived(log, KeptArchive(venue.entries, 290))]
    assert [log.journal[40], *log.journal[290:]] == found
    assert [] == list(decode_commands(found[0].commands).commands)


async def test_a_reader_without_a_snapshot_hears_that_the_log_was_trimmed(venue: VenueLog) -> None:
    """After a restore the log does not begin with the first entry."""
    log = log_of(venue, 0)
    await restored(venue, log, MemorySnapshots())
    with pytest.raises(LogTrimmed):
        await EventConsumer(log, START, lambda _: None).catch_up()
