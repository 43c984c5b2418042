"""`outcry bench core`: the engine alone, compiled and interpreted, beside a same-run ceiling.

Measured is what the engine process does with the bytes of an entry: decode, check, match, settle,
encode. The ceiling is an engine that decodes the same entries and answers each command with one
ready-made event, in the same loop: what the codec alone costs.
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable

import msgspec
from rich.console import Console
from rich.progress import track
from rich.table import Table

from outcry.bench.machine import conditions
from outcry.bench.workload import flow, opening
from outcry.engine.commands import Batch
from outcry.engine.engine import Engine
from outcry.engine.events import ClockTicked, Outcome
from outcry.engine.snapshot import state_hash
from outcry.engine.state import State
from outcry.protocol.journal import decode_outcome, encode_commands

COMMANDS = 200_000
ENTRY_SIZES = (256, 64, 1)
RUNS = 5
SEED = 7

Apply = Callable[[int, bytes], bytes]


def main() -> None:
    """Measure both builds in turn, several times, and print the medians."""
    console = Console()
    console.print(conditions())
    results: dict[tuple[str, int], list[dict[str, float]]] = {}
    rounds = [(run, build) for run in range(RUNS) for build in ("compiled", "interpreted")]
    for _, build in track(rounds, description="measuring", console=console):
        for row in _measure_in_process_of(build):
            results.setdefault((build, int(row["size"])), []).append(row)
    console.print(_table(results))
    mix = results["compiled", ENTRY_SIZES[0]][0]
    console.print(
        f"{COMMANDS:,} commands a run, median of {RUNS} runs, seed {SEED}; "
        f"{mix['events']:.2f} events and {mix['bytes']:.0f} bytes a command out; "
        f"{mix['trades']:.0%} trades, {mix['rejected']:.0%} refused"
    )


def measure() -> None:
    """Measure the build this process runs, and print one JSON line for `main`."""
    sys.stdout.write(json.dumps([_row(size) for size in ENTRY_SIZES]) + "\n")


def _measure_in_process_of(build: str) -> list[dict[str, float]]:
    """Every measurement has a process of its own: a build is chosen at import."""
    done = subprocess.run(
        [sys.executable, "-c", "from outcry.bench.core import measure; measure()"],
        env={**os.environ, "OUTCRY_ENGINE": build}, capture_output=True, text=True, check=False,
    )
    if done.returncode != 0:
        sys.exit(done.stderr)
    rows: list[dict[str, float]] = json.loads(done.stdout)
    return rows


def _row(size: int) -> dict[str, float]:
    entries = _entries(size)
    engine = Engine(State())
    engine.apply(
        entry_ms=1, writer=1, number=1, commands=encode_commands(opening()), quarantined=[]
    )
    seconds, outcomes = _timed(
        lambda number, entry: engine.apply(
            entry_ms=number, writer=1, number=number, commands=entry, quarantined=[]
        ),
        entries,
    )
    ceiling = sum(_timed(_echo(), entries)[0])
    names = Counter(
        type(event).__name__
        for outcome in outcomes
        for answer in decode_outcome(outcome).answers
        for event in answer
    )
    ordered = sorted(seconds)
    return {
        "size": size,
        "rate": COMMANDS / sum(seconds),
        "ceiling": COMMANDS / ceiling,
        "p50_us": 1e6 * ordered[len(ordered) // 2],
        "p99_us": 1e6 * ordered[len(ordered) * 99 // 100],
        "bytes": sum(map(len, outcomes)) / COMMANDS,
        "events": names.total() / COMMANDS,
        "trades": names["Traded"] / COMMANDS,
        "rejected": names["CommandRejected"] / COMMANDS,
        "hash": int(state_hash(engine.state)[:8], 16),
    }


def _entries(size: int) -> list[bytes]:
    commands = flow(COMMANDS, seed=SEED)
    return [
        encode_commands(commands[start : start + size]) for start in range(0, COMMANDS, size)
    ]


def _timed(apply: Apply, entries: list[bytes]) -> tuple[list[float], list[bytes]]:
    """Seconds each entry took, and what came of it; without the cyclic collector, as always."""
    seconds: list[float] = []
    outcomes: list[bytes] = []
    gc.collect()
    gc.freeze()
    gc.disable()
    for number, entry in enumerate(entries, start=2):
        started = time.perf_counter()
        outcome = apply(number, entry)
        seconds.append(time.perf_counter() - started)
        outcomes.append(outcome)
    gc.enable()
    return seconds, outcomes


def _echo() -> Apply:
    decoder = msgspec.msgpack.Decoder(Batch)
    encoder = msgspec.msgpack.Encoder()

    def apply(_number: int, entry: bytes) -> bytes:
        batch = decoder.decode(entry)
        return encoder.encode(
            Outcome(answers=[[ClockTicked()] for _ in batch.commands], balances=[], books=[])
        )

    return apply


def _table(results: dict[tuple[str, int], list[dict[str, float]]]) -> Table:
    table = Table(title="engine core: decode, check, match, settle, encode")
    for heading in ("engine", "commands an entry", "commands/s", "ceiling (echo)", "entry p50",
                    "entry p99"):
        table.add_column(heading, justify="left" if heading == "engine" else "right")
    hashes = {row["hash"] for rows in results.values() for row in rows}
    assert len(hashes) == len(ENTRY_SIZES), "builds came to different states"
    for (build, size), rows in sorted(results.items(), key=lambda item: (item[0][0], -item[0][1])):
        table.add_row(
            build,
            str(size),
            f"{_median(rows, 'rate'):,.0f}",
            f"{_median(rows, 'ceiling'):,.0f}",
            f"{_median(rows, 'p50_us'):,.1f} µs",
            f"{_median(rows, 'p99_us'):,.1f} µs",
        )
    return table


def _median(rows: list[dict[str, float]], key: str) -> float:
    return statistics.median(row[key] for row in rows)


