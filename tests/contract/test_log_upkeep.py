"""What is done to a log as a whole: one suite for the double in memory and for Valkey."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from outcry.adapters.memory.log import MemoryLog
from outcry.adapters.valkey.streams import RedisEngineLog, RedisLog
from outcry.adapters.valkey.upkeep import RedisUpkeep
from outcry.log.follower import EventConsumer, LogPosition
from outcry.ports.log import LogBroken
from outcry.wire.journal import NOTHING_YET, EntryId
from rigs.recorder_bench import Bench
from rigs.venue_log import VenueLog

LAST = EntryId(2**62, 0)

Log = MemoryLog | RedisLog
Upkeep = MemoryLog | RedisUpkeep
Use = Callable[[VenueLog, Log, Upkeep], Awaitable[None]]


@pytest.fixture
def venue() -> VenueLog:
    """The entries that the log begins with."""
    venue = VenueLog(3)
    venue.trade(300)
    return venue


@pytest.fixture(params=["memory", "valkey"])
async def logs(
    request: pytest.FixtureRequest, venue: VenueLog
) -> AsyncIterator[tuple[Log, Upkeep]]:
    if request.param == "memory":
        memory = MemoryLog(lambda: 5)
        memory.journal = [command for command, _ in venue.entries]
        memory.events = [entry for _, entry in venue.entries]
        yield memory, memory
        return
    url = request.getfixturevalue("fresh_valkey")
    Bench(url, "").publish(venue.entries)
    log, upkeep = RedisLog(url), RedisUpkeep(url)
    yield log, upkeep
    await log.close()
    await upkeep.close()


@pytest.fixture
def log(logs: tuple[Log, Upkeep]) -> Log:
    return logs[0]


@pytest.fixture
def upkeep(logs: tuple[Log, Upkeep]) -> Upkeep:
    return logs[1]


async def test_trimming_keeps_the_boundary_in_both_streams(
    venue: VenueLog, log: Log, upkeep: Upkeep
) -> None:
    assert venue.entries[0][0].id == await upkeep.oldest()
    boundary = venue.entries[120][0].id
    await upkeep.trim(boundary)
    kept = venue.entries[120:]
    assert [entry for _, entry in kept] == list(await log.read_range(NOTHING_YET, LAST))
    assert [entry for entry, _ in kept] == list(await log.read_journal(NOTHING_YET, LAST))
    assert boundary == await upkeep.oldest()
    await upkeep.trim(boundary)
    assert boundary == await upkeep.oldest()
    assert venue.at == await log.top() == await log.journal_top()


@pytest.mark.parametrize("where", ["between two", "above the top", "below the first"])
async def test_nothing_is_trimmed_to_what_is_not_there(
    venue: VenueLog, log: Log, upkeep: Upkeep, where: str
) -> None:
    ms, seq = venue.entries[50][0].id
    boundary = {
        "between two": EntryId(ms, seq + 1_000), "above the top": EntryId(venue.at.ms + 1, 0),
        "below the first": EntryId(1, 1),
    }[where]
    with pytest.raises(LogBroken, match=f"no entry {boundary}"):
        await upkeep.trim(boundary)
    assert len(venue.entries) == len(await log.read_range(NOTHING_YET, LAST))
    assert len(venue.entries) == len(await log.read_journal(NOTHING_YET, LAST))


async def test_readers_of_what_is_kept_notice_nothing(
    venue: VenueLog, log: Log, upkeep: Upkeep
) -> None:
    """Their own last entry is there to be read again, the boundary itself included."""
    for place in (100, 101, 250, len(venue.entries) - 1):
        await upkeep.trim(venue.entries[100][0].id)
        _, entry = venue.entries[place]
        follower = EventConsumer(log, LogPosition(entry.id, entry.digest), lambda _: None)
        await follower.catch_up()
        assert venue.at == follower.position.id


async def test_a_log_begins_again_with_one_entry(venue: VenueLog, log: Log, upkeep: Upkeep) -> None:
    """New ids are above all that ever were, and it can be read from that entry on."""
    command, entry = venue.entries[200]
    above = EntryId(venue.at.ms + 10**12, 4)
    await upkeep.begin_again(command, entry, above=above, quarantined=[(command.id, 3)])
    assert [entry] == list(await log.read_range(NOTHING_YET, LAST))
    assert [command] == list(await log.read_journal(NOTHING_YET, LAST))
    assert entry.id == await log.top() == await upkeep.oldest()
    await log.append(writer=9, number=1, commands=b"next")
    [_, later] = await log.read_journal(NOTHING_YET, LAST)
    assert (later.id, later.commands) == ((above.ms, above.seq + 1), b"next")
    follower = EventConsumer(log, LogPosition(entry.id, entry.digest), lambda _: None)
    await follower.verify()


async def test_the_quarantine_begins_again_too(fresh_valkey: str) -> None:
    venue = VenueLog(4)
    command, entry = venue.entries[-1]
    upkeep = RedisUpkeep(fresh_valkey)
    await upkeep.begin_again(command, entry, above=NOTHING_YET, quarantined=[(entry.id, 3)])
    await upkeep.close()
    engine_log = RedisEngineLog(fresh_valkey)
    assert [(entry.id, 3)] == list(engine_log.quarantined())
    engine_log.close()
