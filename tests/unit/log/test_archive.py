"""The whole history, wherever the log begins: each entry once, in order, and proven."""

import asyncio
from collections.abc import Sequence

import pytest

from outcry.adapters.memory.log import MemoryLog
from outcry.log.archive import ArchiveSource, WholeHistory
from outcry.log.chain import Pair
from outcry.log.follower import START, LogPosition
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogBroken
from outcry.wire.journal import NOTHING_YET, EntryId
from rigs.kept_archive import KeptArchive
from rigs.venue_log import VenueLog

ENTRIES = 900  # More than one page of log and archive each.


@pytest.fixture(scope="module")
def venue() -> VenueLog:
    venue = VenueLog(9)
    venue.trade(ENTRIES - len(venue.entries), commands_max=2)
    return venue


def log_of(venue: VenueLog, first: int = 0) -> MemoryLog:
    """The log, trimmed to begin with an entry."""
    log = MemoryLog(lambda: 5)
    log.journal = [command for command, _ in venue.entries[first:]]
    log.events = [entry for _, entry in venue.entries[first:]]
    return log


def read(
    log: MemoryLog, archive: KeptArchive, at: LogPosition = START, until: EntryId | None = None
) -> list[Pair]:
    async def run() -> list[Pair]:
        whole = WholeHistory(events=log, journal=log, archive=archive)
        last = log.events[-1].id if until is None else until
        return [pair async for page in whole.pages(at, last) for pair in page]

    return asyncio.run(run())


@pytest.mark.parametrize("first", [0, 1, 63, 64, 65, 512, 800, ENTRIES - 1])
@pytest.mark.parametrize("recorded", [None, 800])
def test_it_is_the_same_wherever_the_log_begins(
    venue: VenueLog, first: int, recorded: int | None
) -> None:
    """Archive and log overlap, or the log begins with the entry after the last archived one."""
    if recorded is not None and first > recorded:
        return
    assert venue.entries == read(log_of(venue, first), KeptArchive(venue.entries, recorded))


def test_the_archive_is_not_asked_for_what_the_log_has(venue: VenueLog) -> None:
    archive = KeptArchive(venue.entries)
    archive.away = True
    assert venue.entries == read(log_of(venue), archive)
    with pytest.raises(DatabaseUnavailable):
        read(log_of(venue, 1), archive)


def test_it_begins_after_a_position_and_ends_at_an_id(venue: VenueLog) -> None:
    _, start = venue.entries[99]
    _, last = venue.entries[699]
    found = read(
        log_of(venue, 300), KeptArchive(venue.entries), LogPosition(start.id, start.digest), last.id
    )
    assert venue.entries[100:700] == found


def test_an_id_that_is_no_entrys_ends_with_the_one_before(venue: VenueLog) -> None:
    ms, seq = venue.entries[400][0].id
    found = read(log_of(venue, 300), KeptArchive(venue.entries), until=EntryId(ms, seq + 10**6))
    assert venue.entries[:401] == found[:401]
    assert found[-1][0].id <= (ms, seq + 10**6)


async def test_a_log_that_is_trimmed_meanwhile_is_followed_into_the_archive(
    venue: VenueLog
) -> None:
    log = log_of(venue)
    found: list[Pair] = []
    whole = WholeHistory(events=log, journal=log, archive=KeptArchive(venue.entries))
    async for page in whole.pages(START, venue.at):
        found.extend(page)
        if len(found) < 600:
            await log.trim(venue.entries[600][0].id)
    assert venue.entries == found


def test_a_hole_between_archive_and_log_is_named(venue: VenueLog) -> None:
    """They do not meet: what is between them is nowhere."""
    name = f"what follows {venue.entries[499][0].id}"
    with pytest.raises(LogBroken, match=name):
        read(log_of(venue, 501), KeptArchive(venue.entries, 500))


def test_a_log_that_continues_another_history_is_noticed(venue: VenueLog) -> None:
    """The ids fit, and the chain does not."""
    log = log_of(venue, 500)
    log.events[0] = log.events[0]._replace(digest=bytes(32))
    with pytest.raises(LogBroken, match=f"digest of entry {log.events[0].id} does not hold"):
        read(log, KeptArchive(venue.entries, 500))


def test_a_changed_archive_is_noticed(venue: VenueLog) -> None:
    archive = KeptArchive(venue.entries)
    command, entry = archive.entries[120]
    archive.entries[120] = (command._replace(commands=b""), entry)
    with pytest.raises(LogBroken, match=f"digest of entry {entry.id} does not hold"):
        read(log_of(venue, 500), archive)


def test_a_lost_journal_entry_is_noticed(venue: VenueLog) -> None:
    """Of the two streams one lacks an entry, and the archive has not come so far."""
    log = log_of(venue, 500)
    del log.journal[100]
    with pytest.raises(LogBroken):
        read(log, KeptArchive(venue.entries, 550))


async def test_the_archive_alone_is_read_the_same_way(venue: VenueLog) -> None:
    async def run(archive: KeptArchive) -> Sequence[Pair]:
        pages = ArchiveSource(archive).pages(START, venue.at)
        return [pair async for page in pages for pair in page]

    archive = KeptArchive(venue.entries)
    assert venue.entries == await run(archive)
    assert (venue.at, venue.entries[-1][1].digest) == await archive.reached()
    del archive.entries[300]
    with pytest.raises(LogBroken):
        await run(archive)
    assert NOTHING_YET == (await KeptArchive([]).reached())[0]
