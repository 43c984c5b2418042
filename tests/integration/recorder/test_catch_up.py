"""A recorder that is far behind: it catches up in bounded steps, and the engine hardly notices.

`make catch-up` measures with a million entries what the normal run only samples.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import redis

from outcry.engine.commands import Heartbeat
from rigs.patience import PATIENCE_S, until
from rigs.recorder_bench import Bench
from rigs.venue_log import Entry, VenueLog

ENTRIES = int(os.environ.get("CATCH_UP_ENTRIES", "15000"))
PUBLISHED_AT_ONCE = 2_000
LEASE_MS = 1_000
RSS_GROWTH_MAX = 200 << 20
ROUND_TRIPS = 200
PROGRESS_S = 5.0


class Engine(threading.Thread):
    """Appends small entries to a stream of its own, one after the other, and times each."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._told = threading.Event()
        self.took_ms: list[float] = []

    def run(self) -> None:
        with redis.Redis.from_url(self._url) as client:
            while not self._told.is_set():
                began = time.perf_counter()
                client.xadd("probe", {"e": b"x" * 300}, maxlen=1000)
                self.took_ms.append(1000 * (time.perf_counter() - began))
                self._told.wait(0.002)

    def finish(self) -> list[float]:
        self._told.set()
        self.join()
        return sorted(self.took_ms)


def share(sorted_ms: Sequence[float], part: float) -> float:
    return sorted_ms[min(len(sorted_ms) - 1, int(part * len(sorted_ms)))]


def undisturbed(url: str) -> list[float]:
    engine = Engine(url)
    engine.start()
    until(lambda: len(engine.took_ms) >= ROUND_TRIPS or not engine.is_alive(), "the appends")
    assert engine.is_alive()
    return engine.finish()


def test_the_log_server_answers_the_engine_while_a_recorder_catches_up(
    bench: Bench, tmp_path: Path
) -> None:
    """No answer takes as long as the lease lives, and the recorder's memory does not grow."""
    log = VenueLog(41)
    opened = log.at
    publish(bench, log)
    before = undisturbed(bench.redis_url)
    began = time.monotonic()
    process = recorder_process(bench, tmp_path)
    engine = Engine(bench.redis_url)
    try:
        engine.start()
        bench.wait_until(lambda offset: offset >= opened, process)
        inside = psutil.Process(process.pid)
        rss, most = inside.memory_info().rss, 0
        said = Progress("recorded, in milliseconds of journal time", log.at.ms - opened.ms)
        while (offset := bench.offset()) < log.at:
            assert process.poll() is None, "the recorder ended"
            most = max(most, inside.memory_info().rss)
            said.at(offset.ms - opened.ms)
        took_s = time.monotonic() - began
    finally:
        during = engine.finish()
        process.terminate()
        process.wait(PATIENCE_S)
    print(
        f"{ENTRIES} entries in {took_s:.1f} s ({ENTRIES / took_s:,.0f}/s)\n"
        f"append alone:  p50 {share(before, 0.5):.2f} ms, p99 {share(before, 0.99):.2f} ms\n"
        f"append beside: p50 {share(during, 0.5):.2f} ms, p99 {share(during, 0.99):.2f} ms, "
        f"max {during[-1]:.1f} ms\n"
        f"recorder's memory: {rss >> 20} MiB, at most {most >> 20} MiB"
    )
    assert share(during, 0.99) < LEASE_MS / 4
    assert most - rss < RSS_GROWTH_MAX


class Progress:
    """A line now and then, for whoever waits for a long form of the test."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._next = time.monotonic() + PROGRESS_S

    def at(self, reached: int) -> None:
        """How far it is."""
        if time.monotonic() >= self._next:
            self._next += PROGRESS_S
            print(f"{self._what}: {reached:,} of {self._total:,}", flush=True)


def publish(bench: Bench, log: VenueLog) -> None:
    """Write the venue's opening and so many entries; only the end of the log is kept here."""
    bench.publish(log.entries)
    said = Progress("entries written", ENTRIES)
    for published in range(0, ENTRIES, PUBLISHED_AT_ONCE):
        bench.publish(traffic(log, min(PUBLISHED_AT_ONCE, ENTRIES - published)))
        for kept in (log.entries, log.script.journal, log.script.entries, log.script.outcomes):
            del kept[:-1]
        said.at(published)


def recorder_process(bench: Bench, directory: Path) -> "subprocess.Popen[bytes]":
    """As `outcry up` runs it, with groups of their usual size."""
    with (directory / "recorder.log").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "outcry", "run", "recorder"], cwd=directory,
            stdout=output, stderr=output, env={
                **os.environ, "OUTCRY_REDIS_URL": bench.redis_url,
                "OUTCRY_DATABASE_URL": bench.database_url,
            },
        )


def traffic(log: VenueLog, count: int) -> Sequence[Entry]:
    """Orders, as many as there is patience for, and beats, which cost the engine little."""
    return [*log.trade(count // 10, jumps=False),
            *(log.append(Heartbeat()) for _ in range(count - count // 10))]
