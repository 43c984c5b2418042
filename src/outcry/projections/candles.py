"""Candles: the interval that a moment belongs to, and the sum of its trades.

Intervals are UTC and start at whole multiples of their length since 1970, except that a week starts
on Monday and a month on its first day. Each interval above `1s` is a union of whole shorter ones,
so long candles are merged from short ones and a trade is folded once.
"""

from collections.abc import Collection, Iterable
from typing import Final

import msgspec

from outcry.engine.units import InstrumentId
from outcry.projections.history import CandleRow

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60 * SECOND_MS
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

_LENGTHS_MS: Final = {
    "1s": SECOND_MS,
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "2h": 2 * HOUR_MS,
    "4h": 4 * HOUR_MS,
    "6h": 6 * HOUR_MS,
    "8h": 8 * HOUR_MS,
    "12h": 12 * HOUR_MS,
    "1d": DAY_MS,
    "3d": 3 * DAY_MS,
    "1w": 7 * DAY_MS,
}
_FIRST_MONDAY_MS: Final = 4 * DAY_MS  # 1970 began on a Thursday.

# Shortest first. The recorder keeps those from `1m` on.
INTERVALS: Final = (*_LENGTHS_MS, "1month")
RECORDED_INTERVALS: Final = INTERVALS[1:]


def start_of(interval: str, moment_ms: int) -> int:
    """Start of the interval that a moment lies in; raises `KeyError` for an unknown interval."""
    if interval == "1month":
        day = moment_ms // DAY_MS
        return (day - _day_of_month(day) + 1) * DAY_MS
    length_ms = _LENGTHS_MS[interval]
    if interval == "1w":
        return (moment_ms - _FIRST_MONDAY_MS) // length_ms * length_ms + _FIRST_MONDAY_MS
    return moment_ms // length_ms * length_ms


def end_of(interval: str, start_ms: int) -> int:
    """End of the interval that starts at `start_ms`, which is the start of the next one."""
    if interval == "1month":
        # 31 days after the first of a month is always in the next one.
        return start_of(interval, start_ms + 31 * DAY_MS)
    return start_ms + _LENGTHS_MS[interval]


def _day_of_month(day: int) -> int:
    """Day of the month, from 1, of a day counted since 1970 in the Gregorian calendar.

    Counted in eras of 400 years that begin on a 1 March, so that a leap day ends its year.
    """
    day_of_era = (day + 719_468) % 146_097
    year_of_era = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    return day_of_year - (153 * month_from_march + 2) // 5 + 1


def candle_of_trade(
    instrument_id: InstrumentId, interval: str, *, traded_ms: int, price: int, quantity: int,
    quote_amount: int,
) -> CandleRow:
    """The candle of one single trade. `quote_amount` is in smallest units of the quote asset."""
    return CandleRow(
        instrument_id=instrument_id, interval=interval, start_ms=start_of(interval, traded_ms),
        open=price, high=price, low=price, close=price,
        volume=quantity, quote_volume=quote_amount, trades=1,
    )


def merged(earlier: CandleRow, later: CandleRow) -> CandleRow:
    """One candle of two parts of the same interval, the first of which came before the second."""
    assert earlier.instrument_id == later.instrument_id
    assert earlier.interval == later.interval
    assert earlier.start_ms == later.start_ms
    return CandleRow(
        instrument_id=earlier.instrument_id, interval=earlier.interval, start_ms=earlier.start_ms,
        open=earlier.open, high=max(earlier.high, later.high), low=min(earlier.low, later.low),
        close=later.close, volume=earlier.volume + later.volume,
        quote_volume=earlier.quote_volume + later.quote_volume,
        trades=earlier.trades + later.trades,
    )


def rolled_up(candles: Iterable[CandleRow], interval: str) -> list[CandleRow]:
    """Merge candles of a shorter interval, oldest first for each instrument, into longer ones."""
    longer: dict[tuple[InstrumentId, int], CandleRow] = {}
    for candle in candles:
        part = msgspec.structs.replace(
            candle, interval=interval, start_ms=start_of(interval, candle.start_ms)
        )
        key = (part.instrument_id, part.start_ms)
        known = longer.get(key)
        longer[key] = part if known is None else merged(known, part)
    return list(longer.values())


def without_gaps(
    candles: Collection[CandleRow], interval: str, *, start_ms: int, end_ms: int
) -> list[CandleRow]:
    """A candle for each interval that starts in [start, end), oldest first.

    A candle without a trade has the close before it and no volume. The close of the last of the
    `candles` from before `start_ms` is carried first. The time before the first candle has none,
    because no price is known there.
    """
    found = {candle.start_ms: candle for candle in candles}
    assert len(found) == len(candles)
    before = [found[moment_ms] for moment_ms in sorted(found) if moment_ms < start_ms]
    last = before[-1] if before else None
    bucket_ms = start_of(interval, start_ms)
    if bucket_ms < start_ms:
        bucket_ms = end_of(interval, bucket_ms)
    complete: list[CandleRow] = []
    while bucket_ms < end_ms:
        candle = found.get(bucket_ms)
        if candle is None and last is not None:
            candle = flat_candle(last.instrument_id, interval, bucket_ms, close=last.close)
        if candle is not None:
            complete.append(candle)
            last = candle
        bucket_ms = end_of(interval, bucket_ms)
    return complete


def flat_candle(
    instrument_id: InstrumentId, interval: str, start_ms: int, *, close: int
) -> CandleRow:
    """The candle of an interval without a trade: all its prices are the close before it."""
    return CandleRow(
        instrument_id=instrument_id, interval=interval, start_ms=start_ms, open=close, high=close,
        low=close, close=close, volume=0, quote_volume=0, trades=0,
    )


class CandleFold:
    """Folds trades, in their order, into candles of one interval. Starts empty."""

    def __init__(self, interval: str) -> None:
        self.interval = interval
        self._candles: dict[tuple[InstrumentId, int], list[int]] = {}

    def add(
        self, instrument_id: InstrumentId, *, traded_ms: int, price: int, quantity: int,
        quote_amount: int,
    ) -> None:
        """Take in a trade."""
        key = (instrument_id, start_of(self.interval, traded_ms))
        candle = self._candles.get(key)
        if candle is None:
            self._candles[key] = [price, price, price, price, quantity, quote_amount, 1]
            return
        if price > candle[1]:
            candle[1] = price
        if price < candle[2]:
            candle[2] = price
        candle[3] = price
        candle[4] += quantity
        candle[5] += quote_amount
        candle[6] += 1

    def rows(self) -> list[CandleRow]:
        """The candles, by instrument in order of time."""
        return [
            CandleRow(
                instrument_id=instrument_id, interval=self.interval, start_ms=start_ms,
                open=opened, high=high, low=low, close=close,
                volume=volume, quote_volume=quote_volume, trades=trades,
            )
            for (instrument_id, start_ms), (opened, high, low, close, volume, quote_volume, trades)
            in self._candles.items()
        ]
