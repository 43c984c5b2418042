"""The recorder against a log and a database that fail in every way they can."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from outcry.adapters.memory.log import MemoryLog
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogBroken, LogUnavailable
from outcry.processes.recorder import recorder as module
from outcry.processes.recorder.recorder import AnotherRecorder, Recorder
from outcry.projections.rows import Group, RecorderState
from outcry.wire.journal import FIRST_DIGEST, NOTHING_YET, EntryId, EventsEntry
from rigs.patience import PATIENCE_S
from rigs.venue_log import VenueLog


class Log(MemoryLog):
    """A log in memory that can be out of reach for so many reads."""

    def __init__(self, log: VenueLog) -> None:
        super().__init__(lambda: log.at.ms)
        self.journal = [command for command, _ in log.entries]
        self.events = [entry for _, entry in log.entries]
        self.failures = 0

    async def read_after(
        self, after: EntryId, *, block_ms: int, count: int = 512
    ) -> Sequence[EventsEntry]:
        # Read twice or not at all: an answer can be lost on its way.
        entries = await super().read_after(after, block_ms=block_ms, count=count)
        if self.failures:
            self.failures -= 1
            raise LogUnavailable("unplugged")
        return entries


class Records:
    """A database in memory; what happens to each write is said before."""

    def __init__(self, *fates: str) -> None:
        self.fates = list(fates)
        self.fate = "written"  # Of every write after those.
        self.groups: list[Group] = []
        self.place = (NOTHING_YET, FIRST_DIGEST)
        self.away = 0
        self.written = asyncio.Event()

    async def recorded(self) -> RecorderState:
        if self.away:
            self.away -= 1
            raise DatabaseUnavailable("starting up")
        last = self.groups[-1].rows.transfers_total if self.groups else 0
        return RecorderState(
            entry_id=self.place[0], digest=self.place[1],
            assets=[asset for group in self.groups for asset in group.rows.assets],
            instruments=[row for group in self.groups for row in group.rows.instruments],
            transfers_total=last,
        )

    async def write(self, group: Group) -> bool:
        await asyncio.sleep(0)
        fate = self.fates.pop(0) if self.fates else self.fate
        if fate == "moved by another":
            self.place = (EntryId(1, 1), bytes(32))
        if fate == "lost before":
            raise DatabaseUnavailable("killed")
        if self.place != (group.after, group.after_digest):
            return False
        self.groups.append(group)
        self.place = (group.upto, group.upto_digest)
        self.written.set()
        if fate == "lost after":
            self.away = 2
            raise DatabaseUnavailable("killed")
        if fate == "lost and moved":
            self.place = (EntryId(1, 1), bytes(32))
            raise DatabaseUnavailable("killed")
        return True


def recorder_of(log: Log, records: Records) -> Recorder:
    return Recorder(events=log, journal=log, records=records, board=log, pid=1)


async def reached(
    records: Records, entry_id: EntryId, running: "asyncio.Task[None]"
) -> None:
    """Wait until an entry is recorded, or the recorder has ended."""
    while records.place[0] != entry_id and not running.done():
        records.written.clear()
        waiting = asyncio.create_task(records.written.wait())
        await asyncio.wait([waiting, running], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()


def record(log: Log, records: Records) -> None:
    """Run a recorder until it has come to the end of the log."""
    async def run() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(recorder_of(log, records).run(stop))
        async with asyncio.timeout(PATIENCE_S):
            await reached(records, log.events[-1].id, running)
            stop.set()
            await running

    asyncio.run(run())


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait as often as ever, and no longer than needed."""
    monkeypatch.setattr(module, "BACKOFF_S", (0.001,))
    monkeypatch.setattr(module, "BLOCK_MS", 5)
    monkeypatch.setattr(module, "GROUP_PAUSE_S", 0.001)
    monkeypatch.setattr(module, "GROUP_ENTRIES_MAX", 100)


@pytest.fixture
def venue() -> VenueLog:
    """A log of a few hundred entries."""
    log = VenueLog(31)
    log.trade(700, commands_max=3)
    return log


def assert_recorded_once(records: Records, venue: VenueLog) -> None:
    journal = [entry for group in records.groups for entry in group.journal]
    events = [entry for group in records.groups for entry in group.events]
    assert venue.entries == list(zip(journal, events, strict=True))
    for before, group in pairwise(records.groups):
        assert (before.upto, before.upto_digest) == (group.after, group.after_digest)


def test_groups_continue_each_other(venue: VenueLog) -> None:
    """All entries, each in one group, each group where the one before it ended."""
    log, records = Log(venue), Records()
    record(log, records)
    assert_recorded_once(records, venue)
    assert len(records.groups) > 1


def test_memory_is_bounded_by_the_size_of_a_group(
    venue: VenueLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large entries come in small groups."""
    monkeypatch.setattr(module, "GROUP_BYTES_MAX", 5_000)
    log, records = Log(venue), Records()
    record(log, records)
    assert_recorded_once(records, venue)
    for group in records.groups:
        assert sum(len(entry.outcome) for entry in group.events[:-1]) < 5_000


@pytest.mark.parametrize("fate", ["lost before", "lost after"])
def test_a_lost_answer_is_settled_by_the_offset(venue: VenueLog, fate: str) -> None:
    """Whether the group was recorded or not, it is in the end, and once."""
    log, records = Log(venue), Records(fate, "written", fate)
    record(log, records)
    assert_recorded_once(records, venue)
    assert records.fates == []


@pytest.mark.parametrize("fate", ["moved by another", "lost and moved"])
def test_an_offset_that_moved_by_itself_ends_the_recorder(venue: VenueLog, fate: str) -> None:
    """Seen by the guard, or when it is read again after a lost answer."""
    log, records = Log(venue), Records("written", fate)
    with pytest.raises(AnotherRecorder):
        record(log, records)


def test_one_that_slept_while_another_recorded_and_trimmed_is_not_told_of_a_broken_log(
    venue: VenueLog,
) -> None:
    """What it would go on from is gone, and for a good reason."""
    log, records = Log(venue), Records()

    async def written(group: Group) -> bool:
        records.place = (log.events[-1].id, log.events[-1].digest)
        log.failures = 1
        del log.journal[:-1], log.events[:-1]
        return True

    records.write = written  # type: ignore[method-assign]
    with pytest.raises(AnotherRecorder):
        record(log, records)


def test_a_failed_write_is_noticed_though_nothing_more_comes() -> None:
    """A venue may be silent for long; a recorder that lost its place is not."""
    log, records = Log(VenueLog(1)), Records("moved by another")
    with pytest.raises(AnotherRecorder):
        record(log, records)


def test_a_log_out_of_reach_is_waited_for(venue: VenueLog) -> None:
    """Lost answers of the log lose nothing."""
    log, records = Log(venue), Records()
    log.failures = 3
    record(log, records)
    assert_recorded_once(records, venue)
    assert log.failures == 0


async def test_a_log_replaced_while_out_of_reach_ends_the_recorder(venue: VenueLog) -> None:
    """After every reconnect the last entry is read again and must be what it was."""
    log, records = Log(venue), Records()
    running = asyncio.create_task(recorder_of(log, records).run(asyncio.Event()))
    async with asyncio.timeout(PATIENCE_S):
        await reached(records, venue.at, running)
        log.events[-1] = log.events[-1]._replace(digest=bytes(32))
        log.failures = 1
        with pytest.raises(LogBroken, match="differs from the entry that was recorded"):
            await running


async def test_a_log_that_lost_its_end_is_noticed_while_nothing_comes(venue: VenueLog) -> None:
    """A connection can be made anew unseen: silence is a reason to look again."""
    log, records = Log(venue), Records()
    stop = asyncio.Event()
    running = asyncio.create_task(recorder_of(log, records).run(stop))
    async with asyncio.timeout(PATIENCE_S):
        await reached(records, venue.at, running)
        del log.events[-3:]
        with pytest.raises(LogBroken, match="is recorded and not in the log"):
            await running


def hole(log: Log) -> None:
    del log.events[300]
    del log.journal[300]


def unanswered(log: Log) -> None:
    del log.events[300]


def out_of_nowhere(log: Log) -> None:
    del log.journal[300]


def no_last_command(log: Log) -> None:
    del log.journal[-1]


def another_commands(log: Log) -> None:
    log.journal[300] = log.journal[300]._replace(commands=b"\x92\x00\x90")


def another_outcome(log: Log) -> None:
    log.events[300] = log.events[300]._replace(outcome=b"\x93\x90\x90\x90")


def another_writer(log: Log) -> None:
    log.events[300] = log.events[300]._replace(writer=7)


def another_id(log: Log) -> None:
    entry = log.journal[300]
    log.journal[300] = entry._replace(id=EntryId(entry.id.ms, entry.id.seq + 1))


@pytest.mark.parametrize(("damage", "why"), [
    (hole, "follows"),
    (unanswered, "follows|answer"),
    (out_of_nowhere, "answer"),
    (no_last_command, "answer"),
    (another_commands, "digest"),
    (another_outcome, "digest"),
    (another_writer, "another writer"),
    (another_id, "no journal entry"),
])
def test_a_damaged_log_stops_the_recorder(
    venue: VenueLog, damage: Callable[[Log], None], why: str
) -> None:
    """Every kind of damage has its own words, and nothing of it is recorded."""
    log, records = Log(venue), Records()
    damage(log)
    with pytest.raises(LogBroken, match=why):
        record(log, records)
    recorded = [entry for group in records.groups for entry in group.events]
    proper = [entry for _, entry in venue.entries]
    assert len(recorded) < len(proper)
    assert proper[: len(recorded)] == recorded


async def test_a_recorder_without_its_database_stops_when_told(venue: VenueLog) -> None:
    """Neither a start nor a write that cannot be done keeps it from ending."""
    async def run(records: Records) -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(recorder_of(Log(venue), records).run(stop))
        await asyncio.sleep(0.05)
        assert not running.done()
        stop.set()
        await asyncio.wait_for(running, timeout=PATIENCE_S)

    never = Records()
    never.away = 10**9
    await run(never)
    assert [] == never.groups
    down = Records()
    down.fate = "lost before"
    await run(down)
