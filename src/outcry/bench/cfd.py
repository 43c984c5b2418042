"""`outcry bench cfd`: the cost of a quote with a million positions open, and of a cascade.

It measures the engine's work on the bytes of an entry, compiled and interpreted.
"""

import gc
import json
import random
import statistics
import sys
import time

from rich.console import Console
from rich.progress import track

from outcry.bench.machine import conditions, measure_in_process_of, table_of
from outcry.bench.workload import opening
from outcry.engine.commands import (
    ChangeContract,
    ClosePosition,
    Command,
    OpenPosition,
    SetQuote,
    SetQuoteRules,
)
from outcry.engine.engine import Engine
from outcry.engine.state import State
from outcry.engine.units import FIRST_USER_ACCOUNT, LONG, SHORT, AccountId, InstrumentId, PositionId
from outcry.operations.genesis import SPOT
from outcry.wire.journal import decode_outcome, encode_commands

OPEN_POSITIONS = 1_000_000
CASCADE_POSITIONS = 100_000
QUOTES = 20_000
CLOSES = 50_000
ACCOUNTS = 20
RUNS = 5
SEED = 7
CONTRACT_ID = InstrumentId(len(SPOT) + 1)
PRICE = 200_000_000  # 10^-6.
MARGIN = 1_000_000
SPREAD = 10_000
FALL = PRICE // 5
ENTRY_SIZE = 256
FIRST_MS = 1_000


def main() -> None:
    """Measure both builds in turn and print the medians."""
    console = Console()
    console.print(conditions())
    rows: dict[str, list[dict[str, float]]] = {"compiled": [], "interpreted": []}
    rounds = [build for _ in range(RUNS) for build in rows]
    for build in track(rounds, description="measuring", console=console):
        rows[build].append(measure_in_process_of(build, "outcry.bench.cfd"))
    table = table_of("CFDs: decode, check, settle, encode", "", *rows)
    for key, label, unit in (
        ("opened_s", f"opened, {ENTRY_SIZE} an entry", "/s"),
        ("quote_us", f"a quote, {OPEN_POSITIONS:,} open, none to fire", " µs"),
        ("closed_s", f"closed by their owners, {ENTRY_SIZE} an entry", "/s"),
        ("cascade_ms", f"a fall of 20 % that closes {CASCADE_POSITIONS:,}", " ms"),
        ("cascade_s", "closed by it", "/s"),
    ):
        medians = [statistics.median(row[key] for row in runs) for runs in rows.values()]
        table.add_row(label, *(f"{median:,.1f}{unit}" for median in medians))
    console.print(table)
    console.print(f"median of {RUNS} runs, seed {SEED}")


def measure() -> None:
    """Measure the build this process runs, and print one JSON line for `main`."""
    engine = _CfdEngine()
    gc.disable()
    opened = engine.apply(_openings(CASCADE_POSITIONS, near=True))
    fall = SetQuote(
        instrument_id=CONTRACT_ID, bid=PRICE - FALL, ask=PRICE - FALL + SPREAD, source_ms=FIRST_MS
    )
    cascade, outcome = engine.apply_one(fall)
    closed = len(decode_outcome(outcome).answers[0]) - 1
    assert closed == CASCADE_POSITIONS, closed
    engine.apply_one(_quote(random.Random(SEED)))  # noqa: S311 - a workload, not a secret
    engine.apply(_openings(OPEN_POSITIONS, near=False))
    gc.freeze()
    dice = random.Random(SEED)  # noqa: S311 - a workload, not a secret
    quotes = [engine.apply_one(_quote(dice))[0] for _ in range(QUOTES)]
    assert len(engine.engine.state.positions) == OPEN_POSITIONS
    closing = engine.apply([
        ClosePosition(
            account_id=AccountId(FIRST_USER_ACCOUNT + number % ACCOUNTS),
            position_id=PositionId(CASCADE_POSITIONS + 1 + number),
        )
        for number in range(CLOSES)
    ])
    sys.stdout.write(json.dumps({
        "opened_s": CASCADE_POSITIONS / opened,
        "quote_us": 1e6 * statistics.median(quotes),
        "closed_s": CLOSES / closing,
        "cascade_ms": 1e3 * cascade,
        "cascade_s": CASCADE_POSITIONS / cascade,
    }) + "\n")


class _CfdEngine:
    """An engine with accounts, money and a price, and the numbers of its entries."""

    def __init__(self) -> None:
        self.engine = Engine(State())
        self._number = 0
        self.apply_one(*opening(), ChangeContract(
            instrument_id=CONTRACT_ID, positions_max=OPEN_POSITIONS, exposure_max=0,
            house_exposure_max=0,
        ), SetQuoteRules(instrument_id=CONTRACT_ID, band_rate=0))  # A fall of 20 % is no doubt.
        self.apply_one(
            SetQuote(
                instrument_id=CONTRACT_ID, bid=PRICE, ask=PRICE + SPREAD, source_ms=FIRST_MS
            )
        )

    def apply(self, commands: list[Command]) -> float:
        """Apply commands in entries of the usual size; seconds it took."""
        return sum(
            self.apply_one(*commands[start : start + ENTRY_SIZE])[0]
            for start in range(0, len(commands), ENTRY_SIZE)
        )

    def apply_one(self, *commands: Command) -> tuple[float, bytes]:
        """Apply one entry: seconds it took, and its outcome."""
        self._number += 1
        packed = encode_commands(commands)
        started = time.perf_counter()
        outcome = self.engine.apply(
            entry_ms=FIRST_MS, writer=1, number=self._number, commands=packed, quarantined=[]
        )
        return time.perf_counter() - started, outcome


def _openings(count: int, *, near: bool) -> list[Command]:
    """Longs at 10x and, unless all are to go in the fall, shorts; prices to fire at all differ."""
    return [
        OpenPosition(
            account_id=AccountId(FIRST_USER_ACCOUNT + number % ACCOUNTS),
            instrument_id=CONTRACT_ID,
            direction=LONG if near or number % 2 == 0 else SHORT,
            margin=MARGIN,
            leverage=100 if near else 20 + number % 10,
            stop_loss=PRICE - FALL // 2 - number if near else 0,
            take_profit=PRICE * 2 + number if near else 0,
        )
        for number in range(count)
    ]


def _quote(dice: random.Random) -> SetQuote:
    """A quote within a hundredth of the price, which reaches nobody."""
    bid = PRICE + dice.randrange(-PRICE // 100, PRICE // 100)
    return SetQuote(
        instrument_id=CONTRACT_ID, bid=bid, ask=bid + SPREAD, source_ms=FIRST_MS
    )
