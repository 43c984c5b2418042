"""`outcry bench core`: the engine alone, compiled and interpreted, beside a same-run ceiling.

It measures the engine's work on the bytes of an entry: decode, check, match, settle,
encode. The ceiling is an engine that decodes the same entries and answers each command with one
ready-made event, in the same loop: the cost of the codec alone.
"""

import gc
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable

import msgspec
from rich.console import Console
from rich.progress import track
from rich.table import Table

from outcry.bench.machine import conditions, measure_in_process_of, percentiles, table_of
from outcry.bench.workload import REPLACING, SHAPES, MarketShape, flow, opening, packed, resting
from outcry.engine.commands import Batch, Command
from outcry.engine.engine import Engine
from outcry.engine.events import ClockTicked, Outcome
from outcry.engine.snapshot import state_hash
from outcry.engine.state import State
from outcry.wire.journal import decode_outcome, encode_commands

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
    shapes: dict[tuple[str, str], list[float]] = {}
    rounds = [(run, build) for run in range(RUNS) for build in ("compiled", "interpreted")]
    for _, build in track(rounds, description="measuring", console=console):
        measured = measure_in_process_of(build, "outcry.bench.core")
        for row in measured["sizes"]:
            results.setdefault((build, int(row["size"])), []).append(row)
        for name, rate in measured["shapes"].items():
            shapes.setdefault((build, name), []).append(rate)
    console.print(_table(results))
    console.print(_shapes_table(shapes))
    mix = results["compiled", ENTRY_SIZES[0]][0]
    console.print(
        f"{COMMANDS:,} commands a run, median of {RUNS} runs, seed {SEED}; "
        f"{mix['events']:.2f} events and {mix['bytes']:.0f} bytes a command out; "
        f"{mix['trades']:.0%} trades, {mix['rejected']:.0%} refused"
    )


def measure() -> None:
    """Measure the build this process runs, and print one JSON line for `main`."""
    measured = {
        "sizes": [_row(size) for size in ENTRY_SIZES],
        "shapes": {name: _shape_rate(shape) for name, shape in SHAPES.items()},
    }
    sys.stdout.write(json.dumps(measured) + "\n")


def _shape_rate(shape: MarketShape) -> float:
    """Commands a second of a flow that also replaces, in a market of this shape."""
    engine = _opened_engine([*opening(), *resting(shape)])
    commands = flow(COMMANDS, seed=SEED, mix=REPLACING, shape=shape)
    seconds, _ = _timed(_apply_of(engine), packed(commands, ENTRY_SIZES[0]))
    return COMMANDS / sum(seconds)


def _row(size: int) -> dict[str, float]:
    entries = packed(flow(COMMANDS, seed=SEED), size)
    engine = _opened_engine(opening())
    seconds, outcomes = _timed(_apply_of(engine), entries)
    ceiling = sum(_timed(_echo(), entries)[0])
    names = Counter(
        type(event).__name__
        for outcome in outcomes
        for answer in decode_outcome(outcome).answers
        for event in answer
    )
    p50, p99 = percentiles(seconds, 50, 99)
    return {
        "size": size,
        "rate": COMMANDS / sum(seconds),
        "ceiling": COMMANDS / ceiling,
        "p50_us": 1e6 * p50,
        "p99_us": 1e6 * p99,
        "bytes": sum(map(len, outcomes)) / COMMANDS,
        "events": names.total() / COMMANDS,
        "trades": names["Traded"] / COMMANDS,
        "rejected": names["CommandRejected"] / COMMANDS,
        "hash": int(state_hash(engine.state)[:8], 16),
    }


def _opened_engine(commands: list[Command]) -> Engine:
    engine = Engine(State())
    engine.apply(
        entry_ms=1, writer=1, number=1, commands=encode_commands(commands), quarantined=[]
    )
    return engine


def _apply_of(engine: Engine) -> Apply:
    return lambda number, entry: engine.apply(
        entry_ms=number, writer=1, number=number, commands=entry, quarantined=[]
    )


def _timed(apply: Apply, entries: list[bytes]) -> tuple[list[float], list[bytes]]:
    """Seconds of each entry, and its outcome; without the cyclic collector, as in production."""
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
    table = table_of(
        "engine core: decode, check, match, settle, encode", "engine", "commands an entry",
        "commands/s", "ceiling (echo)", "entry p50", "entry p99",
    )
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


def _shapes_table(shapes: dict[tuple[str, str], list[float]]) -> Table:
    table = table_of(
        "the same with 10 % replaces, by the shape of the market",
        "engine", "market", "commands/s", "of the calm one", words=2,
    )
    for (build, name), rates in shapes.items():
        rate, calm = statistics.median(rates), statistics.median(shapes[build, "calm"])
        table.add_row(build, name, f"{rate:,.0f}", f"{rate / calm:.2f}")
    return table


def _median(rows: list[dict[str, float]], key: str) -> float:
    return statistics.median(row[key] for row in rows)


