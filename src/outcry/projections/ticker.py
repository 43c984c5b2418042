"""Tickers: summaries of the trades of the last day, or week, folded minute by minute."""

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from outcry.engine.units import InstrumentId
from outcry.projections.candles import DAY_MS, MINUTE_MS
from outcry.projections.history import CandleRow
from outcry.wire.journal import NOTHING_YET, EntryId

SPANS_MS: Final = {"1d": DAY_MS, "1w": 7 * DAY_MS}


class TickerView(NamedTuple):
    """One span of an instrument: prices in ticks, volume in lots and in quote units.

    `first` is the last price before the span, or the first ever. Without a trade in the span
    all prices are the last one.
    """

    first: int
    last: int
    high: int
    low: int
    volume: int
    quote_volume: int
    trades: int


class _Minute:
    """The summary of one minute's trades."""

    __slots__ = ("close", "high", "low", "open", "quote_volume", "start_ms", "trades", "volume")

    def __init__(self, start_ms: int, price: int) -> None:
        self.start_ms = start_ms
        self.open = price
        self.high = price
        self.low = price
        self.close = price
        self.volume = 0
        self.quote_volume = 0
        self.trades = 0


class RollingTicker:
    """A span that ends now. Whole minutes leave it: it is up to one minute short of its length.

    The highest and lowest are found without a search: of the minutes that may still become the
    highest, each is lower than the one before it, so the highest is always the first.
    """

    def __init__(self, span_ms: int) -> None:
        self._span_ms = span_ms
        self._minutes: deque[_Minute] = deque()
        self._highs: deque[_Minute] = deque()
        self._lows: deque[_Minute] = deque()
        self._volume = 0
        self._quote_volume = 0
        self._trades = 0
        self._before = 0  # Last price before the span; 0 when there was none.

    def add(
        self, traded_ms: int, *, high: int, low: int, close: int, volume: int,
        quote_volume: int, trades: int, opened: int,
    ) -> None:
        """Take in trades of one minute, none of them older than those before."""
        start_ms = traded_ms - traded_ms % MINUTE_MS
        minutes = self._minutes
        if minutes and minutes[-1].start_ms == start_ms:
            minute = minutes[-1]
        else:
            assert not minutes or minutes[-1].start_ms < start_ms
            self.advance(start_ms)
            minute = _Minute(start_ms, opened)
            minutes.append(minute)
        minute.close = close
        minute.high = max(minute.high, high)
        minute.low = min(minute.low, low)
        minute.volume += volume
        minute.quote_volume += quote_volume
        minute.trades += trades
        self._volume += volume
        self._quote_volume += quote_volume
        self._trades += trades
        highs = self._highs
        while highs and highs[-1].high <= minute.high:
            highs.pop()
        if not highs or highs[-1] is not minute:
            highs.append(minute)
        lows = self._lows
        while lows and lows[-1].low >= minute.low:
            lows.pop()
        if not lows or lows[-1] is not minute:
            lows.append(minute)

    def advance(self, now_ms: int) -> None:
        """Drop the minutes that have left the span."""
        oldest_ms = now_ms - now_ms % MINUTE_MS - self._span_ms
        minutes = self._minutes
        while minutes and minutes[0].start_ms <= oldest_ms:
            minute = minutes.popleft()
            self._before = minute.close
            self._volume -= minute.volume
            self._quote_volume -= minute.quote_volume
            self._trades -= minute.trades
            if self._highs[0] is minute:
                self._highs.popleft()
            if self._lows[0] is minute:
                self._lows.popleft()

    def view(self) -> TickerView | None:
        """The ticker of the span; None when there never was a trade."""
        if not self._minutes:
            price = self._before
            return TickerView(price, price, price, price, 0, 0, 0) if price else None
        return TickerView(
            first=self._before or self._minutes[0].open,
            last=self._minutes[-1].close,
            high=self._highs[0].high,
            low=self._lows[0].low,
            volume=self._volume,
            quote_volume=self._quote_volume,
            trades=self._trades,
        )


class Tickers:
    """Every instrument's tickers, one for each span."""

    def __init__(self, spans: Iterable[str] = ("1d",)) -> None:
        self.spans = tuple(spans)
        self.longest_ms = max(SPANS_MS[span] for span in self.spans)
        self.now_ms = 0
        self._tickers: dict[InstrumentId, dict[str, RollingTicker]] = {}
        self._primed_to: dict[InstrumentId, EntryId] = {}

    def prime(
        self, instrument_id: InstrumentId, candles: Iterable[CandleRow], up_to: EntryId
    ) -> None:
        """Start from history: candles of `1m`, oldest first, that hold up to an entry.

        They should reach back over the longest span, and one further for the price before it.
        """
        assert instrument_id not in self._tickers
        tickers = self._of(instrument_id)
        self._primed_to[instrument_id] = up_to
        self.now_ms = max(self.now_ms, up_to.ms)
        for candle in candles:
            assert candle.interval == "1m"
            for ticker in tickers.values():
                ticker.add(
                    candle.start_ms, opened=candle.open, high=candle.high, low=candle.low,
                    close=candle.close, volume=candle.volume,
                    quote_volume=candle.quote_volume, trades=candle.trades,
                )

    def fold(
        self, entry_id: EntryId, instrument_id: InstrumentId, *, price: int, quantity: int,
        quote_amount: int,
    ) -> None:
        """Take in the next trade, unless history had it."""
        if entry_id <= self._primed_to.get(instrument_id, NOTHING_YET):
            return
        for ticker in self._of(instrument_id).values():
            ticker.add(
                entry_id.ms, opened=price, high=price, low=price, close=price,
                volume=quantity, quote_volume=quote_amount, trades=1,
            )

    def advance(self, now_ms: int) -> None:
        """Advance the time to an entry's."""
        self.now_ms = max(self.now_ms, now_ms)

    def view(self, instrument_id: InstrumentId, span: str = "1d") -> TickerView | None:
        """An instrument's ticker; None when it never traded."""
        assert span in self.spans
        tickers = self._tickers.get(instrument_id)
        if tickers is None:
            return None
        ticker = tickers[span]
        ticker.advance(self.now_ms)
        return ticker.view()

    def _of(self, instrument_id: InstrumentId) -> dict[str, RollingTicker]:
        tickers = self._tickers.get(instrument_id)
        if tickers is None:
            tickers = self._tickers[instrument_id] = {
                span: RollingTicker(SPANS_MS[span]) for span in self.spans
            }
        return tickers
