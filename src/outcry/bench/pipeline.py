"""`outcry bench pipeline`: journal → engine → events, every write synced, beside an echo engine.

A writer keeps a number of entries under way and appends the next as answers come back. The ceiling
is the same loop, at the same depth, around an engine that only copies: what the log and this
machine allow.
"""

import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import redis
from rich.console import Console
from rich.progress import track
from rich.table import Table

from outcry.adapters.redis_streams import EVENTS, JOURNAL, RedisEngineLog
from outcry.adapters.servers import EmbeddedValkey, running
from outcry.adapters.snapshots import FileSnapshots
from outcry.bench.machine import conditions
from outcry.bench.workload import flow, opening
from outcry.config import Settings
from outcry.protocol.journal import JournalEntry, encode_commands
from outcry.services.engine_loop import EngineLoop
from outcry.services.snapshotter import Snapshotter

COMMANDS = 200_000
ENTRY_SIZE = 64
IN_FLIGHT = 32
SINGLES = 2_000
RUNS = 2
SEED = 7


class EchoLoop(EngineLoop):
    """The engine's loop around an engine that answers with what it was asked."""

    def _apply_entry(self, entry: JournalEntry) -> bytes:
        return entry.commands


def serve(kind: str) -> None:
    """Run an engine of this kind until SIGTERM: what the measured process does."""
    settings = Settings()
    assert settings.redis_url is not None
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    store = FileSnapshots(settings.snapshot_dir)
    loop = (EchoLoop if kind == "echo" else EngineLoop)(
        RedisEngineLog(settings.redis_url),
        store,
        session=secrets.randbits(63),
        lease_ms=settings.lease_ms,
        heartbeat_ms=settings.heartbeat_ms,
        on_published=Snapshotter(store, interval_s=3600),
    )
    loop.run(lambda: bool(stopping))


def main() -> None:
    """Measure each engine in turn, several times, and print the medians."""
    console = Console()
    with tempfile.TemporaryDirectory() as scratch:
        console.print(conditions(Path(scratch)))
        rates: dict[str, list[float]] = {}
        singles: dict[str, list[float]] = {}
        kinds = ("compiled", "interpreted", "echo")
        rounds = [(run, kind) for run in range(RUNS) for kind in kinds]
        for run, kind in track(rounds, description="measuring", console=console):
            rate, milliseconds = _measure(kind, Path(scratch) / f"{kind}-{run}")
            rates.setdefault(kind, []).append(rate)
            singles.setdefault(kind, []).extend(milliseconds)
    table = Table(title=f"pipeline: {ENTRY_SIZE} commands an entry, {IN_FLIGHT} entries in flight")
    for heading in ("engine", "commands/s", "one at a time p50", "p99"):
        table.add_column(heading, justify="left" if heading == "engine" else "right")
    for kind in kinds:
        ordered = sorted(singles[kind])
        table.add_row(
            "echo (ceiling)" if kind == "echo" else kind,
            f"{statistics.median(rates[kind]):,.0f}",
            f"{ordered[len(ordered) // 2]:.2f} ms",
            f"{ordered[len(ordered) * 99 // 100]:.2f} ms",
        )
    console.print(table)
    console.print(
        f"{COMMANDS:,} commands a run, median of {RUNS} runs, seed {SEED}; "
        f"appendfsync always; writer, Valkey and engine share this machine"
    )


def _measure(kind: str, folder: Path) -> tuple[float, list[float]]:
    """Commands a second, and the milliseconds of single commands, with an engine of this kind."""
    server = EmbeddedValkey(folder / "valkey")
    with running(server):
        client = redis.Redis.from_url(server.url)
        _append(client, 1, encode_commands(opening()))
        environment = {
            **os.environ,
            "OUTCRY_REDIS_URL": server.url,
            "OUTCRY_DATA_DIR": str(folder),
            "OUTCRY_ENGINE": "interpreted" if kind == "interpreted" else "auto",
        }
        engine = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-c", f"from outcry.bench.pipeline import serve; serve({kind!r})"],
            env=environment, stdout=subprocess.DEVNULL,
        )
        try:
            return _drive(client)
        finally:
            engine.terminate()
            engine.wait()


def _drive(client: redis.Redis) -> tuple[float, list[float]]:
    commands = flow(COMMANDS, seed=SEED)
    entries = [
        encode_commands(commands[start : start + ENTRY_SIZE])
        for start in range(0, COMMANDS, ENTRY_SIZE)
    ]
    writer = b"1"
    last = _wait_for(client, "0-0", 1, writer)
    started = time.perf_counter()
    sent = answered = 0
    while answered < len(entries):
        batch = client.pipeline(transaction=False)
        while sent < len(entries) and sent - answered < IN_FLIGHT:
            batch.xadd(JOURNAL, {"w": 1, "n": sent + 2, "c": entries[sent], "v": 1})
            sent += 1
        if len(batch):
            batch.execute()
        last, count = _answers(client, last, writer)
        answered += count
    rate = COMMANDS / (time.perf_counter() - started)
    milliseconds = []
    for number, command in enumerate(flow(SINGLES, seed=SEED + 1), start=len(entries) + 2):
        asked = time.perf_counter()
        _append(client, number, encode_commands([command]))
        last = _wait_for(client, last, 1, writer)
        milliseconds.append(1000 * (time.perf_counter() - asked))
    return rate, milliseconds


def _append(client: redis.Redis, number: int, commands: bytes) -> None:
    client.xadd(JOURNAL, {"w": 1, "n": number, "c": commands, "v": 1})


def _wait_for(client: redis.Redis, last: str, count: int, writer: bytes) -> str:
    while count > 0:
        last, answered = _answers(client, last, writer)
        count -= answered
    return last


def _answers(client: redis.Redis, last: str, writer: bytes) -> tuple[str, int]:
    """Read events after an id; returns where that ends and how many of them answer the writer."""
    reply: Any = client.xread({EVENTS: last}, count=IN_FLIGHT, block=5000)
    if not reply:
        sys.exit("the engine does not answer")
    [(_, entries)] = reply
    return entries[-1][0].decode(), sum(1 for _, fields in entries if fields[b"w"] == writer)
