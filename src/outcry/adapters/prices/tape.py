"""A recorded feed, played back: CSV, gzip allowed, with the header `time_ms,symbol,bid,ask`.

The distances between the rows are kept, divided by the speed; the times are today's, since a quote
that old would be refused.
"""

import asyncio
import csv
import gzip
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple, TextIO

from outcry.ports.prices import QUOTE_DECIMALS, Quote
from outcry.runtime.clock import clock_ms
from outcry.wire.decimals import NotADecimal, TooManyDecimals, format_decimal, parse_decimal

HEADER = ["time_ms", "symbol", "bid", "ask"]


class TapeUnreadable(Exception):
    """The file is no tape; the message says which line is wrong."""


class TapeUnwritable(Exception):
    """The file cannot be written, or is there already; the message says why."""


class TapeRow(NamedTuple):
    """One line of a tape."""

    time_ms: int
    symbol: str
    bid: int  # 10^-`QUOTE_DECIMALS`.
    ask: int


class TapePrices:
    """Quotes of a file, `speed` times as fast as they were recorded."""

    def __init__(
        self, path: Path, *, speed: int = 1, loop: bool = False,
        clock_ms: Callable[[], int] = clock_ms,
    ) -> None:
        if speed < 1:
            raise TapeUnreadable(f"speed must be 1 or more, was {speed}")
        next(read_tape(path))  # A wrong file should be told now, not in the first minute.
        self._path = path
        self._speed = speed
        self._loop = loop
        self._clock_ms = clock_ms
        self._symbols: set[str] = set()
        self._rounds = 0

    def watch(self, symbol: str, mark: int | None) -> None:
        """Play this symbol's rows too; others are passed over."""
        self._symbols.add(symbol)

    async def quotes(self) -> AsyncGenerator[Quote, None]:
        """The tape's quotes at their times: once, or again and again."""
        while True:
            started_ms, first_ms = self._clock_ms(), None
            for row in read_tape(self._path):
                first_ms = row.time_ms if first_ms is None else first_ms
                due_ms = started_ms + (row.time_ms - first_ms) // self._speed
                wait_ms = due_ms - self._clock_ms()
                if wait_ms > 0:
                    await asyncio.sleep(wait_ms / 1000)
                if row.symbol in self._symbols:
                    yield Quote(row.symbol, row.bid, row.ask, self._clock_ms())
            self._rounds += 1
            if not self._loop:
                return
            await asyncio.sleep(1 / self._speed)  # A tape of one moment must not spin.

    def facts(self) -> Mapping[str, object]:
        """Which file, how fast, and how often it has been played."""
        return {
            "source": f"tape:{self._path.name}", "simulated": True, "speed": self._speed,
            "loop": self._loop, "rounds": self._rounds,
        }


class TapeWriter:
    """Writes a tape; a quote that repeats the one before it of its symbol is left out."""

    def __init__(self, text: TextIO) -> None:
        self._rows = csv.writer(text, lineterminator="\n")
        self._rows.writerow(HEADER)
        self._last: dict[str, tuple[int, int]] = {}
        self.written = 0

    def add(self, quote: Quote) -> None:
        """Write a quote down, unless it says nothing new."""
        prices = (quote.bid, quote.ask)
        if self._last.get(quote.symbol) == prices:
            return
        self._last[quote.symbol] = prices
        bid, ask = (format_decimal(price, QUOTE_DECIMALS) for price in prices)
        self._rows.writerow([quote.source_ms, quote.symbol, bid, ask])
        self.written += 1


@contextmanager
def new_tape(path: Path) -> Iterator[TapeWriter]:
    """Begin a tape, gzipped if its name ends so; raises `TapeUnwritable`, also when it is there."""
    try:
        with path.open("xb") as raw:
            packed = gzip.GzipFile(fileobj=raw, mode="wb") if path.suffix == ".gz" else raw
            with TextIOWrapper(packed, encoding="ascii", newline="") as text:
                yield TapeWriter(text)
    except OSError as error:
        raise TapeUnwritable(f"{path}: {error.strerror or error}") from error


def read_tape(path: Path) -> Iterator[TapeRow]:
    """The rows of a tape in order; raises `TapeUnreadable`."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as raw, TextIOWrapper(raw, encoding="ascii", newline="") as text:
            rows = csv.reader(text)
            if next(rows, None) != HEADER:
                raise TapeUnreadable(f"{path}: the header must be {','.join(HEADER)}")
            played = 0
            for row in rows:
                yield _parse_row(path, rows.line_num, row)
                played += 1
            if not played:
                raise TapeUnreadable(f"{path}: there is no quote in it")
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise TapeUnreadable(f"{path}: {error}") from error


def _parse_row(path: Path, line: int, row: list[str]) -> TapeRow:
    try:
        time_ms, symbol, bid, ask = row
        parsed = TapeRow(
            int(time_ms), symbol, parse_decimal(bid, QUOTE_DECIMALS),
            parse_decimal(ask, QUOTE_DECIMALS),
        )
    except (NotADecimal, TooManyDecimals, ValueError) as error:
        raise TapeUnreadable(f"{path}, line {line}: {error}") from error
    if not 0 < parsed.bid <= parsed.ask:
        raise TapeUnreadable(f"{path}, line {line}: not 0 < bid <= ask")
    return parsed
