"""A recorded feed, played back: CSV, gzip allowed, with the header `time_ms,symbol,bid,ask`.

Every row is played, in order; the distances between the rows are kept, divided by the speed. The
times are today's, since a quote that old would be refused.

A price holds until the next row of its symbol, so the player repeats it every second until then. A
row without bid and ask ends that: from its time on the feed was silent about the symbol.
"""

import asyncio
import csv
import gzip
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple, TextIO

from outcry.ports.prices import QUOTE_DECIMALS, Quote
from outcry.runtime.clock import clock_ms
from outcry.wire.decimals import NotADecimal, TooManyDecimals, format_decimal, parse_decimal

HEADER = ["time_ms", "symbol", "bid", "ask"]
REPEAT_MS = 1_000  # An unchanged quote is recorded and played this often.
SILENCE_MS = 3_000  # A feed that has not repeated a quote for this long is recorded as silent.


class TapeUnreadable(Exception):
    """The file is no tape; the message says which line is wrong."""


class TapeUnwritable(Exception):
    """The file cannot be written, or is there already; the message says why."""


class TapeRow(NamedTuple):
    """One line of a tape: a quote, or the silence of a feed, without bid and ask."""

    time_ms: int
    symbol: str
    bid: int | None  # 10^-`QUOTE_DECIMALS`.
    ask: int | None


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
            async with aclosing(self._one_round()) as quotes:
                async for quote in quotes:
                    yield quote
            self._rounds += 1
            if not self._loop:
                return
            await asyncio.sleep(1 / self._speed)  # A tape of one moment must not spin.

    async def _one_round(self) -> AsyncGenerator[Quote, None]:
        started_ms, first_ms = self._clock_ms(), None
        held: dict[str, Quote] = {}  # By symbol that is not silent: what was played last.
        for row in read_tape(self._path):
            first_ms = row.time_ms if first_ms is None else first_ms
            due_ms = started_ms + (row.time_ms - first_ms) // self._speed
            async for quote in self._until(due_ms, held):
                yield quote
            if row.symbol not in self._symbols:
                continue
            if row.bid is None or row.ask is None:
                held.pop(row.symbol, None)
            else:
                held[row.symbol] = Quote(row.symbol, row.bid, row.ask, self._clock_ms())
                yield held[row.symbol]

    async def _until(self, due_ms: int, held: dict[str, Quote]) -> AsyncGenerator[Quote, None]:
        """Wait until a time, and repeat every second what holds until then."""
        await asyncio.sleep(0)  # Also a tape that lags lets others run.
        while (now_ms := self._clock_ms()) < due_ms:
            for symbol, quote in held.items():
                if now_ms - quote.source_ms >= REPEAT_MS:
                    held[symbol] = quote._replace(source_ms=now_ms)
                    yield held[symbol]
            oldest_ms = min((quote.source_ms for quote in held.values()), default=due_ms)
            wait_ms = min(due_ms, oldest_ms + REPEAT_MS) - self._clock_ms()
            await asyncio.sleep(max(0, wait_ms) / 1000)

    def facts(self) -> Mapping[str, object]:
        """Which file, how fast, and how often it has been played."""
        return {
            "source": f"tape:{self._path.name}", "simulated": True, "speed": self._speed,
            "loop": self._loop, "rounds": self._rounds,
        }


class TapeWriter:
    """Writes a tape: each change of a quote, each second that it still holds, and each silence."""

    def __init__(self, text: TextIO) -> None:
        self._rows = csv.writer(text, lineterminator="\n")
        self._rows.writerow(HEADER)
        self._heard_ms: dict[str, int] = {}  # By symbol that is not silent.
        self._last: dict[str, Quote] = {}  # The rows that were written last.
        self.written = 0

    def add(self, quote: Quote) -> None:
        """Write a quote down, unless it only repeats the one before it too soon."""
        self._add_silences(quote.source_ms)
        self._heard_ms[quote.symbol] = quote.source_ms
        last = self._last.get(quote.symbol)
        if (
            last is not None and (quote.bid, quote.ask) == (last.bid, last.ask)
            and quote.source_ms - last.source_ms < REPEAT_MS
        ):
            return
        self._last[quote.symbol] = quote
        bid, ask = (format_decimal(price, QUOTE_DECIMALS) for price in (quote.bid, quote.ask))
        self._rows.writerow([quote.source_ms, quote.symbol, bid, ask])
        self.written += 1

    def _add_silences(self, now_ms: int) -> None:
        """Write down which symbols have become silent, in the order of time."""
        silent = sorted(
            (heard_ms + SILENCE_MS, symbol) for symbol, heard_ms in self._heard_ms.items()
            if heard_ms + SILENCE_MS < now_ms
        )
        for time_ms, symbol in silent:
            self._rows.writerow([time_ms, symbol, "", ""])
            del self._heard_ms[symbol], self._last[symbol]


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
        if not bid and not ask:
            return TapeRow(int(time_ms), symbol, None, None)
        bid_price, ask_price = (parse_decimal(side, QUOTE_DECIMALS) for side in (bid, ask))
        if not 0 < bid_price <= ask_price:
            raise TapeUnreadable(f"{path}, line {line}: not 0 < bid <= ask")
        return TapeRow(int(time_ms), symbol, bid_price, ask_price)
    except (NotADecimal, TooManyDecimals, ValueError) as error:
        raise TapeUnreadable(f"{path}, line {line}: {error}") from error
