"""The follower: every entry once and in order, or a named error."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from outcry.adapters.memory.log import MemoryLog
from outcry.engine.events import Outcome
from outcry.log import follower
from outcry.log.follower import START, EventConsumer, LogPosition
from outcry.ports.log import LogBroken, LogTrimmed, LogUnavailable
from outcry.wire.journal import NOTHING_YET, EntryId, EventsEntry
from rigs.memory_venue import engine_on, new_log, order, run_to_the_end, write, write_orders
from rigs.patience import PATIENCE_S

ENTRIES = 30


def published_log() -> MemoryLog:
    log = new_log()
    write_orders(log, ENTRIES)
    run_to_the_end(engine_on(log), log)
    return log


class Reader:
    """The event stream of a log, a few entries at a time, and out of reach when told so."""

    def __init__(self, log: MemoryLog, *, at_once: int = 7) -> None:
        self.log = log
        self.at_once = at_once
        self.unavailable = 0  # So many calls fail.
        self.calls: list[str] = []
        self.answered = asyncio.Event()

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.unavailable:
            self.unavailable -= 1
            raise LogUnavailable("for a while")
        self.answered.set()

    async def top(self) -> EntryId:
        self._call("top")
        return await self.log.top()

    async def read_after(
        self, after: EntryId, *, block_ms: int, count: int = 512
    ) -> Sequence[EventsEntry]:
        self._call("read_after")
        return await self.log.read_after(after, block_ms=5, count=min(count, self.at_once))

    async def read_range(self, first: EntryId, last: EntryId) -> Sequence[EventsEntry]:
        self._call("read_range")
        return await self.log.read_range(first, last)


class Collector:
    """What a follower handed on."""

    def __init__(self) -> None:
        self.entries: list[EventsEntry] = []
        self.grew = asyncio.Event()

    def __call__(self, entries: list[tuple[EventsEntry, Outcome]]) -> None:
        assert entries
        self.entries += [entry for entry, _ in entries]
        self.grew.set()

    async def reach(self, entry_id: EntryId) -> None:
        """Wait until this entry was handed on."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.entries or self.entries[-1].id < entry_id:
                self.grew.clear()
                await self.grew.wait()


def at(entry: EventsEntry) -> LogPosition:
    return LogPosition(entry.id, entry.digest)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconnects come at once."""
    monkeypatch.setattr(follower, "RETRY_FIRST_S", 0.0)
    monkeypatch.setattr(follower, "RETRY_MAX_S", 0.0)


@asynccontextmanager
async def following(
    reader: Reader, position: LogPosition
) -> AsyncIterator[tuple[EventConsumer, Collector]]:
    """A follower that runs, and what it hands on."""
    seen = Collector()
    tested = EventConsumer(reader, position, seen)
    stop = asyncio.Event()
    running = asyncio.create_task(tested.run(stop))
    try:
        yield tested, seen
    finally:
        stop.set()
        await running


async def to_the_top(tested: EventConsumer, seen: Collector, log: MemoryLog) -> None:
    await seen.reach(log.events[-1].id)
    assert at(log.events[-1]) == tested.position


async def test_it_hands_on_every_entry_in_order_and_then_what_comes_later() -> None:
    log = published_log()
    async with following(Reader(log), START) as (tested, seen):
        await to_the_top(tested, seen, log)
        write(log, 900, [order(900)])
        run_to_the_end(engine_on(log, session=2), log)
        await to_the_top(tested, seen, log)
    assert log.events == seen.entries


async def test_it_goes_on_after_its_position() -> None:
    log = published_log()
    async with following(Reader(log), at(log.events[9])) as (tested, seen):
        await to_the_top(tested, seen, log)
    assert log.events[10:] == seen.entries


async def test_a_position_at_the_top_has_nothing_to_hand_on() -> None:
    log = published_log()
    seen = Collector()
    await EventConsumer(Reader(log), at(log.events[-1]), seen).catch_up()
    assert [] == seen.entries


async def test_catching_up_goes_to_the_top_and_no_further() -> None:
    log = published_log()
    seen = Collector()
    tested = EventConsumer(Reader(log), START, seen)
    await tested.catch_up()
    assert log.events == seen.entries
    assert at(log.events[-1]) == tested.position


async def test_catching_up_on_an_empty_stream_ends() -> None:
    log = new_log()
    tested = EventConsumer(Reader(log), START, Collector())
    await tested.catch_up()
    assert NOTHING_YET == tested.position.id


def type_of_break(reader: Reader, position: LogPosition) -> type[LogBroken]:
    """The kind of error with which a follower ends."""
    try:
        broken(reader, position, LogTrimmed)
    except LogBroken as other:
        return type(other)
    return LogTrimmed


def broken(
    reader: Reader, position: LogPosition, kind: type[LogBroken] = LogBroken
) -> str:
    """The message with which a follower ends."""

    async def run() -> None:
        tested = EventConsumer(reader, position, Collector())
        async with asyncio.timeout(PATIENCE_S):
            await tested.run(asyncio.Event())

    with pytest.raises(kind) as caught:
        asyncio.run(run())
    return str(caught.value)


def test_a_gap_is_noticed() -> None:
    log = published_log()
    gone = log.events.pop(12)
    message = broken(Reader(log), START)
    assert str(gone.id) in message


def test_a_gap_is_noticed_where_two_reads_meet() -> None:
    log = published_log()
    del log.events[7]
    broken(Reader(log, at_once=7), START)


def test_a_stream_trimmed_at_its_start_is_noticed() -> None:
    log = published_log()
    del log.events[:3]
    assert "the log was trimmed to" in broken(Reader(log), START, LogTrimmed)


def test_a_stream_trimmed_beyond_the_position_is_noticed() -> None:
    log = published_log()
    position = at(log.events[4])
    del log.events[:5]
    assert "the log was trimmed to" in broken(Reader(log), position, LogTrimmed)


async def test_one_that_lags_behind_what_is_trimmed_hears_so() -> None:
    """It is connected all the while, so that it never looks for its own last entry."""
    log = published_log()
    reader = Reader(log)
    tested = EventConsumer(reader, START, Collector())
    await tested.verify()
    await tested._follow_on(block_ms=1)
    del log.events[:20]
    with pytest.raises(LogTrimmed, match=f"trimmed to {log.events[0].id}"):
        await tested.run(asyncio.Event())


def test_a_hole_is_not_taken_for_trimming() -> None:
    """What is before the position is still there: nobody trims in the middle."""
    log = published_log()
    position = at(log.events[4])
    del log.events[4]
    assert LogBroken is type_of_break(Reader(log), position)
    log = published_log()
    position = at(log.events[4])
    del log.events[5]
    assert LogBroken is type_of_break(Reader(log), position)


async def test_an_entry_that_stays_as_the_boundary_is_still_found() -> None:
    log = published_log()
    position = at(log.events[4])
    del log.events[:4]
    seen = Collector()
    tested = EventConsumer(Reader(log), position, seen)
    await tested.catch_up()
    assert log.events[1:] == seen.entries


async def test_a_stream_trimmed_up_to_the_position_is_fine() -> None:
    log = published_log()
    position = at(log.events[4])
    del log.events[:4]
    async with following(Reader(log), position) as (tested, seen):
        await to_the_top(tested, seen, log)
    assert log.events[1:] == seen.entries


def test_another_entry_under_the_same_id_is_noticed() -> None:
    """A server that lost its data accepts old ids with new content."""
    log = published_log()
    position = LogPosition(log.events[4].id, bytes(32))
    assert "not the one" in broken(Reader(log), position)


def test_a_position_above_the_top_is_noticed() -> None:
    log = published_log()
    position = at(log.events[-1])
    del log.events[-5:]
    assert "gone" in broken(Reader(log), position)


async def test_catching_up_notices_it_too() -> None:
    log = published_log()
    position = LogPosition(log.events[4].id, bytes(32))
    with pytest.raises(LogBroken):
        await EventConsumer(Reader(log), position, Collector()).catch_up()
    del log.events[12]
    with pytest.raises(LogBroken):
        await EventConsumer(Reader(log), START, Collector()).catch_up()


async def test_it_reconnects_and_reads_its_own_last_entry_again() -> None:
    log = published_log()
    reader = Reader(log)
    async with following(reader, START) as (tested, seen):
        await to_the_top(tested, seen, log)
        reader.calls.clear()
        reader.unavailable = 4
        reader.answered.clear()
        await reader.answered.wait()
        write(log, 900, [order(900)])
        run_to_the_end(engine_on(log, session=2), log)
        await to_the_top(tested, seen, log)
    assert log.events == seen.entries
    # It fails to read on, then three times to look, then looks, and only then reads on.
    assert ["read_after", *["read_range"] * 4, "read_after"] == reader.calls[:6]


async def test_a_server_that_lost_data_meanwhile_is_noticed_when_it_reconnects() -> None:
    log = published_log()
    reader = Reader(log)
    seen = Collector()
    running = asyncio.create_task(EventConsumer(reader, START, seen).run(asyncio.Event()))
    await seen.reach(log.events[-1].id)
    del log.events[-1]
    reader.unavailable = 1
    with pytest.raises(LogBroken):
        async with asyncio.timeout(PATIENCE_S):
            await running


async def test_what_was_not_taken_in_is_not_counted_as_reached() -> None:
    """When the reader's own view fails, the position stays before the entries it failed on."""
    log = published_log()

    def fail(_entries: list[tuple[EventsEntry, Outcome]]) -> None:
        raise ZeroDivisionError

    tested = EventConsumer(Reader(log), START, fail)
    with pytest.raises(ZeroDivisionError):
        await tested.run(asyncio.Event())
    assert START == tested.position
