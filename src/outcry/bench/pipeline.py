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

from outcry.adapters.snapshots.files import FileSnapshots
from outcry.adapters.valkey.streams import EVENTS, JOURNAL, RedisEngineLog
from outcry.bench.machine import conditions, percentiles, table_of
from outcry.bench.workload import flow, opening, packed
from outcry.launcher.servers import EmbeddedValkey, running
from outcry.processes.engine.loop import EngineLoop
from outcry.processes.engine.snapshotter import Snapshotter
from outcry.runtime.config import Settings
from outcry.wire.journal import JournalEntry, encode_commands

COMMANDS = 200_000
ENTRY_SIZE = 64
IN_FLIGHT = 32
SINGLES = 2_000
RUNS = 5
SEED = 7
WRITER = b"1"


class EchoLoop(EngineLoop):
    """The engine's loop around an engine whose outcome is a copy of the commands."""

    def _apply_entry(self, entry: JournalEntry) -> bytes:
        return entry.commands


def serve(kind: str) -> None:
    """Run an engine of this kind until SIGTERM, in the measured process."""
    settings = Settings()
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    store = FileSnapshots(settings.snapshot_dir)
    loop = (EchoLoop if kind == "echo" else EngineLoop)(
        RedisEngineLog(settings.log_server),
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
    table = table_of(
        f"pipeline: {ENTRY_SIZE} commands an entry, {IN_FLIGHT} entries in flight",
        "engine", "commands/s", "one at a time p50", "p99",
    )
    for kind in kinds:
        table.add_row(
            "echo (ceiling)" if kind == "echo" else kind,
            f"{statistics.median(rates[kind]):,.0f}",
            *(f"{each:.2f} ms" for each in percentiles(singles[kind], 50, 99)),
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


class CommandProducer:
    """Appends ready-made entries and reads the events, as cheaply as possible.

    It shares the machine with the measured process, so entries are packed before the clock starts.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._journal: Any = client.connection_pool.get_connection()
        self._events: Any = client.connection_pool.get_connection()
        self._last = b"0-0"
        self._unread = 0  # Answers to appended entries that wait in the socket.

    def packed(self, number: int, commands: bytes) -> bytes:
        """An entry as it goes to the server."""
        return b"".join(
            self._journal.pack_command(
                "XADD", JOURNAL, "*", "w", WRITER, "n", number, "c", commands, "v", 1
            )
        )

    def append(self, entries: list[bytes]) -> None:
        """Append packed entries."""
        for _ in range(self._unread):
            self._journal.read_response()
        self._journal.send_packed_command([b"".join(entries)])
        self._unread = len(entries)

    def answers(self) -> int:
        """Wait for events; returns how many of our entries they answer."""
        self._events.send_command(
            "XREAD", "COUNT", IN_FLIGHT, "BLOCK", 5000, "STREAMS", EVENTS, self._last
        )
        reply = self._events.read_response()
        if not reply:
            sys.exit("the engine does not answer")
        [entries] = reply.values()
        self._last = entries[-1][0]
        return sum(1 for _, fields in entries if fields[1] == WRITER)


def _drive(client: redis.Redis) -> tuple[float, list[float]]:
    writer = CommandProducer(client)
    commands = packed(flow(COMMANDS, seed=SEED), ENTRY_SIZE)
    entries = [writer.packed(number, each) for number, each in enumerate(commands, start=2)]
    writer.append([writer.packed(1, encode_commands(opening()))])
    while not writer.answers():
        pass
    started = time.perf_counter()
    sent = answered = 0
    while answered < len(entries):
        if due := entries[sent : answered + IN_FLIGHT]:
            writer.append(due)
            sent += len(due)
        answered += writer.answers()
    rate = COMMANDS / (time.perf_counter() - started)
    singles = flow(SINGLES, seed=SEED + 1)
    milliseconds = []
    for number, command in enumerate(singles, start=len(entries) + 2):
        entry = writer.packed(number, encode_commands([command]))
        asked = time.perf_counter()
        writer.append([entry])
        while not writer.answers():
            pass
        milliseconds.append(1000 * (time.perf_counter() - asked))
    return rate, milliseconds
