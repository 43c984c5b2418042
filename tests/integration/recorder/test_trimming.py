"""The recorder trims a real log behind real snapshots, and nothing is ever missing."""

import asyncio
import random
import signal
import subprocess
from pathlib import Path

import msgspec
import pytest
import redis

from outcry.adapters.postgres.archive import PAGE, PostgresArchive
from outcry.adapters.postgres.pool import Database
from outcry.adapters.snapshots.files import FileSnapshots
from outcry.adapters.valkey.streams import EVENTS, JOURNAL, RedisLog
from outcry.engine.commands import Heartbeat
from outcry.engine.events import CommandRejected, Event, Outcome
from outcry.engine.rejects import RejectReason
from outcry.log.archive import WholeHistory
from outcry.log.chain import Pair
from outcry.log.follower import START
from outcry.ports.snapshots import Snapshot
from outcry.runtime.exit_status import STOP_FOR_A_PERSON
from outcry.wire.journal import (
    NOTHING_YET,
    EntryId,
    EventsEntry,
    JournalEntry,
    chain_digest,
    encode_commands,
)
from rigs.kept_archive import KeptArchive
from rigs.patience import PATIENCE_S
from rigs.recorder_bench import Bench, wait_for
from rigs.venue_log import VenueLog
from twin.tables import naive_tables

ROUNDS = 6


def take_snapshot(store: FileSnapshots, log: VenueLog) -> EntryId:
    """Of the newest entry; nobody looks into it here."""
    _, last = log.entries[-1]
    store.write(Snapshot(last.id, last.digest, b"the state"))
    return last.id


def lengths(bench: Bench) -> tuple[int, int]:
    with redis.Redis.from_url(bench.redis_url) as client:
        return int(client.xlen(JOURNAL)), int(client.xlen(EVENTS))


async def whole(bench: Bench, until: EntryId) -> list[Pair]:
    """Everything, as `outcry replay` reads it."""
    log = RedisLog(bench.redis_url)
    try:
        async with bench.database() as database:
            history = WholeHistory(events=log, journal=log, archive=PostgresArchive(database))
            return [pair async for page in history.pages(START, until) for pair in page]
    finally:
        await log.close()


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FileSnapshots:
    """Recorder processes that trim each second all they may, behind the snapshots of this store."""
    monkeypatch.setenv("OUTCRY_DATA_DIR", str(tmp_path / "venue"))
    monkeypatch.setenv("OUTCRY_LOG_KEPT_S", "0")
    monkeypatch.setenv("OUTCRY_TRIM_INTERVAL_S", "1")
    monkeypatch.setenv("OUTCRY_SNAPSHOTS_KEPT", "2")
    return FileSnapshots(tmp_path / "venue" / "snapshots", kept=2)


def test_a_recorder_killed_at_random_moments_trims_nothing_that_is_needed(
    bench: Bench, tmp_path: Path, eager: FileSnapshots
) -> None:
    """Log and archive together have every entry at every moment, byte for byte."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    log = VenueLog(31)
    bench.publish(log.entries)
    for number in range(ROUNDS):
        bench.publish(log.trade(400))
        take_snapshot(eager, log)
        bench.publish(log.trade(300, commands_max=4))
        take_snapshot(eager, log)  # Of two that are kept, so there is something to trim each time.
        bench.publish(log.trade(50))
        process = bench.process(tmp_path)
        before = lengths(bench)
        try:
            if number % 2:  # It is killed while it trims, or a moment after that.
                wait_for(
                    lambda before=before: lengths(bench) < before, process, pause_s=0.002
                )
            else:
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(dice.uniform(1.0, 4.0))
        finally:
            process.kill()
            process.wait()
        assert log.entries == asyncio.run(whole(bench, log.at))
    bench.publish(log.trade(50))
    process = bench.process(tmp_path)
    bench.wait_until(lambda offset: offset == log.at, process)
    process.send_signal(signal.SIGTERM)
    assert 0 == process.wait(PATIENCE_S)
    assert naive_tables(log.entries) == asyncio.run(bench.tables())


async def test_both_streams_keep_the_snapshot_s_entry_and_what_follows(
    bench: Bench, tmp_path: Path, eager: FileSnapshots
) -> None:
    log = VenueLog(32)
    bench.publish(log.entries)
    bench.publish(log.trade(1000))
    boundary = take_snapshot(eager, log)
    bench.publish(log.trade(100))
    take_snapshot(eager, log)
    process = bench.process(tmp_path)
    try:
        wait_for(lambda: lengths(bench) == (101, 101), process)
    finally:
        process.terminate()
        assert 0 == process.wait(PATIENCE_S)
    with redis.Redis.from_url(bench.redis_url) as client:
        for stream in (JOURNAL, EVENTS):
            [[first, _]] = client.xrange(stream, count=1)
            assert str(boundary).encode() == first
    assert log.entries == await whole(bench, log.at)


async def test_a_changed_archive_stops_the_recorder_before_it_trims(
    bench: Bench, tmp_path: Path, eager: FileSnapshots
) -> None:
    """One byte in PostgreSQL is not what was written: it is not let go of in the log."""
    log = VenueLog(33)
    bench.publish(log.entries)
    bench.publish(log.trade(700))
    await bench.record(log.at)
    changed = log.entries[600][0].id
    async with bench.database() as database:
        await database.execute(
            "UPDATE events SET outcome = outcome || '\\x00'::bytea WHERE ms = $1 AND seq = $2",
            *changed,
        )
    take_snapshot(eager, log)
    process = bench.process(tmp_path)
    assert STOP_FOR_A_PERSON == process.wait(PATIENCE_S)
    said = (tmp_path / "recorder.log").read_text()
    assert f"the digest of entry {changed} does not hold" in said
    kept = len(log.entries) - lengths(bench)[1]
    assert kept <= 600 // PAGE * PAGE


async def test_the_archive_in_postgresql_is_read_like_the_one_in_memory(bench: Bench) -> None:
    log = VenueLog(34)
    log.trade(900, commands_max=2)
    bench.publish(log.entries)
    await bench.record(log.at)
    kept = KeptArchive(log.entries)
    async with bench.database() as database:
        archive = PostgresArchive(database)
        assert await kept.reached() == await archive.reached()
        assert await kept.quarantined() == await archive.quarantined()
        for first, last in ((0, 20), (5, 6), (100, 899), (899, 899)):
            after, until = log.entries[first][0].id, log.entries[last][0].id
            assert log.entries[first + 1 : last + 1][:PAGE] == await archive.pairs(after, until)
        assert log.entries[:PAGE] == await archive.pairs(NOTHING_YET, log.at)
        assert [] == await archive.pairs(log.at, EntryId(2**62, 0))
        for entry_id in (log.entries[7][0].id, EntryId(1, 1)):
            assert await kept.digest_at(entry_id) == await archive.digest_at(entry_id)


async def test_the_quarantine_is_archived_with_its_entries(bench: Bench) -> None:
    """A replay after the loss of the log needs the same list."""
    log = VenueLog(35)
    (_, last), packed = log.entries[-1], encode_commands([Heartbeat()] * 3)
    place = EntryId(last.id.ms + 1, 0)
    answers: list[list[Event]] = [
        [CommandRejected(reason=int(reason))]
        for reason in (RejectReason.ENGINE_ERROR, RejectReason.MALFORMED, RejectReason.ENGINE_ERROR)
    ]
    outcome = msgspec.msgpack.encode(Outcome(answers=answers, balances=[], books=[]))
    command = JournalEntry(place, 5, 1, packed)
    digest = chain_digest(last.digest, command, outcome)
    bench.publish([*log.entries, (command, EventsEntry(place, 5, 1, outcome, last.id, digest))])
    await bench.record(place)
    async with bench.database() as database:
        assert [(place, 0), (place, 2)] == await PostgresArchive(database).quarantined()


async def test_a_database_without_tables_has_archived_nothing(bench: Bench) -> None:
    async with Database(bench.database_url, application="test") as database:
        assert (NOTHING_YET, bytes(32)) == await PostgresArchive(database).reached()
