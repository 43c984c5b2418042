"""`outcry bench recovery`: the time an engine takes to come back, and the cost of snapshots.

Recovery runs from the start of an engine process to its first publication: load the newest
snapshot, replay the journal after it, compare every entry with the published one, take the lease.
The pause of a snapshot is the longest answer while snapshots are taken, beside the longest while
none is: a fork stops the engine, and pages copied on writing slow it down.
"""

import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis
from rich.console import Console
from rich.progress import track

from outcry.adapters.snapshots.files import FileSnapshots
from outcry.adapters.valkey.streams import EVENTS, JOURNAL, LEASE
from outcry.bench.generated_history import GeneratedHistory
from outcry.bench.machine import conditions, percentiles, table_of
from outcry.bench.workload import limit_order
from outcry.engine.units import BUY
from outcry.launcher.servers import EmbeddedValkey, running
from outcry.wire.journal import encode_commands

# (accounts, open orders, commands to replay).
SIZES = (
    (1_000, 2_000, 10_000), (10_000, 20_000, 100_000),
    (100_000, 200_000, 0), (100_000, 200_000, 1_000_000),
)
SEED = 7
WRITER = 2
PROBES_S = 20.0
PROBE_COMMANDS = 16
PATIENCE_S = 120.0
NEVER_S = 86_400

Client = Any  # redis-py's, whose answers have no useful types.


def main() -> None:
    """Measure every size, then the pauses at the largest, and print two tables."""
    console = Console()
    recovery = table_of(
        "recovery: from the start of the process to its first publication", "accounts",
        "open orders", "commands to replay", "snapshot", "recovery", words=0,
    )
    pauses: dict[str, tuple[int, list[float]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        console.print(conditions(Path(scratch)))
        for number, size in enumerate(track(SIZES, description="recovering", console=console)):
            folder = Path(scratch) / str(number)
            with _venue(folder, *size) as (url, snapshot_bytes):
                with _engine(url, folder, every_s=NEVER_S) as seconds:
                    recovery.add_row(
                        *(f"{each:,}" for each in size), f"{snapshot_bytes / 1e6:,.1f} MB",
                        f"{seconds:.2f} s",
                    )
                if number == len(SIZES) - 1:
                    pauses = _pauses(url, folder, size[0])
    console.print(recovery)
    table = table_of(
        f"longest answer in {PROBES_S:.0f} s, {PROBE_COMMANDS} orders at a time",
        "", "snapshots", "p50", "p99", "longest",
    )
    for name, (snapshots, took) in pauses.items():
        figures = (f"{each:.1f} ms" for each in percentiles(took, 50, 99, 100))
        table.add_row(name, str(snapshots), *figures)
    console.print(table)


@contextlib.contextmanager
def _venue(folder: Path, accounts: int, orders: int, commands: int) -> Iterator[tuple[str, int]]:
    """A log server with a past, and the bytes of the snapshot it begins at."""
    server = EmbeddedValkey(folder / "valkey")
    store = FileSnapshots(folder / "snapshots")
    with running(server):
        past = GeneratedHistory(server.url, accounts=accounts, seed=SEED)
        store.write(past.settle(orders))
        past.go_on(commands)
        [(_, _, size)] = store.described()
        yield server.url, size


@contextlib.contextmanager
def _engine(url: str, folder: Path, *, every_s: int) -> Iterator[float]:
    """An engine that leads, with snapshots as often as that, and the seconds it took to lead."""
    client: Client = redis.Redis.from_url(url, socket_timeout=2 * PATIENCE_S)
    client.delete(LEASE)
    top = client.xrevrange(EVENTS, count=1)[0][0]
    started = time.perf_counter()
    with _process(url, folder, every_s):
        if not client.xread({EVENTS: top}, block=int(1000 * PATIENCE_S), count=1):
            sys.exit("the engine did not come back")
        yield time.perf_counter() - started


@contextlib.contextmanager
def _process(url: str, folder: Path, every_s: int) -> Iterator[None]:
    environment = {
        **os.environ, "OUTCRY_REDIS_URL": url, "OUTCRY_DATA_DIR": str(folder),
        "OUTCRY_SNAPSHOT_INTERVAL_S": str(every_s), "OUTCRY_LOG_LEVEL": "error",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "outcry", "run", "engine"], env=environment,
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            yield
        finally:
            process.terminate()


def _pauses(url: str, folder: Path, accounts: int) -> dict[str, tuple[int, list[float]]]:
    """By taker of the snapshots: their number, and milliseconds of every answer meanwhile."""
    found = {}
    for name, every_s, standby in (
        ("no snapshots", NEVER_S, False), ("leader alone", 5, False), ("with a standby", 5, True),
    ):
        with contextlib.ExitStack() as stack:
            stack.enter_context(_engine(url, folder, every_s=NEVER_S if standby else every_s))
            if standby:
                stack.enter_context(_process(url, folder, every_s))
            before = set(FileSnapshots(folder / "snapshots").ids())
            milliseconds = _probe(url, accounts)
            taken = set(FileSnapshots(folder / "snapshots").ids()) - before
            found[name] = (len(taken), milliseconds)
    return found


def _probe(url: str, accounts: int) -> list[float]:
    """Place orders of all accounts, one entry after the other; milliseconds of each answer."""
    client: Client = redis.Redis.from_url(url, socket_timeout=PATIENCE_S)
    dice = random.Random(SEED)  # noqa: S311 - a workload, not a secret
    last = client.xrevrange(EVENTS, count=1)[0][0]
    number = time.time_ns()  # Above those of an earlier probe.
    milliseconds = []
    stop_at = time.perf_counter() + PROBES_S
    while time.perf_counter() < stop_at:
        orders = [
            limit_order(
                account=dice.randrange(accounts), side=BUY, price=dice.randrange(1, 10_000),
                quantity=1,
            )
            for _ in range(PROBE_COMMANDS)
        ]
        number += 1
        entry = {"w": WRITER, "n": number, "c": encode_commands(orders), "v": 1}
        asked = time.perf_counter()
        ours = client.xadd(JOURNAL, entry)
        while last != ours:
            reply = client.xread({EVENTS: last}, block=5_000, count=1)
            if not reply:
                sys.exit("the engine does not answer")
            last = reply[0][1][-1][0] if isinstance(reply, list) else _last_of(reply)
        milliseconds.append(1000 * (time.perf_counter() - asked))
    return milliseconds


def _last_of(reply: dict[bytes, Any]) -> bytes:
    [[entries]] = reply.values()
    last: bytes = entries[-1][0]
    return last
