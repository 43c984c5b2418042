"""Killed servers and killed recorders: nothing is lost and nothing is written twice."""

import asyncio
import random
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from outcry.launcher.servers import EmbeddedPostgres, EmbeddedValkey
from outcry.launcher.servers.child import start, stop
from outcry.ports.log import LogBroken
from outcry.processes.recorder.recorder import AnotherRecorder
from outcry.runtime.exit_status import STOP_FOR_A_PERSON
from outcry.runtime.secrets import SecretsFile
from rigs import patience
from rigs.patience import PATIENCE_S
from rigs.recorder_bench import Bench, reached, until
from rigs.venue_log import VenueLog
from twin.tables import naive_tables


def test_a_recorder_killed_at_random_moments_records_exactly_once(
    bench: Bench, tmp_path: Path
) -> None:
    """SIGKILL while groups are being written, again and again; the tables do not show it."""
    log = VenueLog(11)
    log.trade(3000, commands_max=4)
    bench.publish(log.entries)
    dice = random.Random(11)
    killed_midway = 0
    for _ in range(6):
        before = bench.offset()
        process = bench.process(tmp_path)
        bench.wait_until(lambda offset, before=before: offset > before, process)
        with pytest.raises(subprocess.TimeoutExpired):  # It lives until it is killed.
            process.wait(dice.uniform(0.0, 0.15))
        process.kill()
        process.wait()
        killed_midway += bench.offset() < log.at
        bench.publish(log.trade(700, commands_max=4))
    process = bench.process(tmp_path)
    bench.wait_until(lambda offset: offset == log.at, process)
    process.send_signal(signal.SIGTERM)
    assert 0 == process.wait(PATIENCE_S)
    assert killed_midway >= 3, "the kills came too late to prove anything"
    assert naive_tables(log.entries) == asyncio.run(bench.tables())


async def test_of_two_recorders_one_ends_loudly(bench: Bench) -> None:
    """Two at once: the guard lets one go on, the other stops with a named error."""
    log = VenueLog(12)
    bench.publish(log.entries)
    async with (
        bench.database() as database,
        bench.recorder(database) as (first, records),
        bench.recorder(database) as (second, _),
    ):
        await until(lambda: reached(records, log.at))

        async def one_ended() -> bool:
            bench.publish(log.trade(5))
            return first.done() or second.done()

        await until(one_ended)
        loser, winner = (first, second) if first.done() else (second, first)
        with pytest.raises(AnotherRecorder):
            loser.result()
        await until(lambda: reached(records, log.at), winner)
    assert naive_tables(log.entries) == await bench.tables()


def test_a_second_recorder_process_ends_with_an_error(bench: Bench, tmp_path: Path) -> None:
    """The process that lost the offset to another says so and exits with a failure."""
    log = VenueLog(13)
    bench.publish(log.entries)
    processes = [bench.process(tmp_path), bench.process(tmp_path)]
    try:

        def one_has_ended() -> bool:
            bench.publish(log.trade(3))
            return any(process.poll() is not None for process in processes)

        patience.until(one_has_ended, "one of two recorders to end")
        loser, winner = processes if processes[1].poll() is None else reversed(processes)
        assert 1 == loser.returncode
        bench.wait_until(lambda offset: offset == log.at, winner)
    finally:
        for process in processes:
            process.terminate()
            process.wait()
    assert b"another recorder" in (tmp_path / "recorder.log").read_bytes()
    assert naive_tables(log.entries) == asyncio.run(bench.tables())


@pytest.mark.parametrize("change", ["outcome", "commands"])
async def test_a_changed_entry_stops_the_recorder(bench: Bench, change: str) -> None:
    """One changed byte in either stream breaks the chain, and everything before it stays."""
    log = VenueLog(14)
    whole = list(log.entries)
    command, entry = log.trade(1, jumps=False)[0]
    if change == "outcome":
        entry = entry._replace(outcome=entry.outcome + b"\0")
    else:
        command = command._replace(commands=command.commands + b"\0")
    bench.publish(whole)
    async with bench.database() as database, bench.recorder(database) as (running, records):
        await until(lambda: reached(records, whole[-1][0].id), running)
        bench.publish([(command, entry)])
        await asyncio.wait([running], timeout=PATIENCE_S)
        with pytest.raises(LogBroken, match=f"digest of entry {entry.id} does not hold"):
            running.result()
    assert naive_tables(whole) == await bench.tables()


def test_a_broken_log_ends_the_process_for_good(bench: Bench, tmp_path: Path) -> None:
    """The exit status says that starting again would not help, and the log says why."""
    log = VenueLog(18)
    command, entry = log.entries[-1]
    bench.publish([*log.entries[:-1], (command, entry._replace(digest=bytes(32)))])
    process = bench.process(tmp_path)
    assert STOP_FOR_A_PERSON == process.wait(PATIENCE_S)
    said = (tmp_path / "recorder.log").read_text()
    assert f"LogBroken: the digest of entry {entry.id} does not hold" in said


async def test_a_log_that_was_cut_stops_a_starting_recorder(bench: Bench) -> None:
    """What is recorded must still be in the log: its own last entry is read again first."""
    log = VenueLog(15)
    bench.publish(log.entries)
    await bench.record(log.at)
    other = Bench(bench.redis_url, bench.database_url)

    with redis.Redis.from_url(bench.redis_url) as client:
        client.flushall()
    bench.publish(log.entries[:-1])
    async with other.database() as database, other.recorder(database) as (running, _):
        await asyncio.wait([running], timeout=PATIENCE_S)
        with pytest.raises(LogBroken, match=f"entry {log.at} is recorded and not in the log"):
            running.result()


def test_a_killed_postgresql_comes_back_and_nothing_is_missing(
    fresh_valkey: str, tmp_path: Path
) -> None:
    """The recorder outlives its database: it waits, looks where it was, and goes on."""
    postgres = EmbeddedPostgres(tmp_path / "postgres", SecretsFile(tmp_path / "secrets.json"))
    child = start(postgres)
    bench = Bench(fresh_valkey, postgres.url)
    process = bench.process(tmp_path)
    log = VenueLog(16)
    try:
        bench.publish(log.entries)
        for _ in range(3):
            before = bench.offset()
            bench.publish(log.trade(1500, commands_max=4))
            bench.wait_until(lambda offset, before=before: offset > before, process)
            child.kill()
            child.wait()
            bench.publish(log.trade(50))
            child = start(postgres)
        bench.wait_until(lambda offset: offset == log.at, process)
        assert process.poll() is None, "the recorder ended"
        process.terminate()
        assert 0 == process.wait(PATIENCE_S)
        assert naive_tables(log.entries) == asyncio.run(bench.tables())
    finally:
        process.kill()
        process.wait()
        stop(child, postgres.stop_signal)


def test_a_killed_valkey_comes_back_and_nothing_is_missing(
    fresh_database: Callable[[], str], tmp_path: Path
) -> None:
    """The recorder outlives the log server: it proves its place in the log and goes on."""
    valkey = EmbeddedValkey(tmp_path / "valkey", maxmemory="256mb")
    child = start(valkey)
    bench = Bench(valkey.url, fresh_database())
    process = bench.process(tmp_path)
    log = VenueLog(17)
    try:
        bench.publish(log.entries)
        for _ in range(3):
            before = bench.offset()
            bench.publish(log.trade(1000, commands_max=4))
            bench.wait_until(lambda offset, before=before: offset > before, process)
            child.kill()
            child.wait()
            child = start(valkey)
        bench.publish(log.trade(50))
        bench.wait_until(lambda offset: offset == log.at, process)
        assert process.poll() is None, "the recorder ended"
        process.terminate()
        assert 0 == process.wait(PATIENCE_S)
        assert naive_tables(log.entries) == asyncio.run(bench.tables())
    finally:
        process.kill()
        process.wait()
        stop(child, valkey.stop_signal)


def test_a_recorder_without_a_database_still_stops_when_told(
    fresh_valkey: str, tmp_path: Path
) -> None:
    """Waiting for a server that is away never keeps a process from ending cleanly."""
    bench = Bench(fresh_valkey, "postgresql://outcry@127.0.0.1:1/outcry")
    process = bench.process(tmp_path)
    log_file = tmp_path / "recorder.log"
    patience.until(
        lambda: b"waiting for the database" in log_file.read_bytes(), "the recorder to say so"
    )
    process.terminate()
    assert 0 == process.wait(PATIENCE_S)
