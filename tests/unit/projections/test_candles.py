"""Interval arithmetic and folding, against a calendar and the trades themselves."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.engine.units import InstrumentId
from outcry.projections.candles import (
    INTERVALS,
    CandleFold,
    candle_of_trade,
    end_of,
    merged,
    rolled_up,
    start_of,
    without_gaps,
)
from outcry.projections.history import CandleRow
from twin.tables import naive_start

SOL = InstrumentId(1)
YEAR_9000_MS = 221_845_392_000_000
moments = st.integers(min_value=0, max_value=YEAR_9000_MS)
intervals = st.sampled_from(INTERVALS)


def ms(*date: int) -> int:
    return int(datetime(*date, tzinfo=UTC).timestamp()) * 1000  # type: ignore[misc]


def flat(start_ms: int, close: int) -> CandleRow:
    return CandleRow(
        instrument_id=SOL, interval="1m", start_ms=start_ms, open=close, high=close, low=close,
        close=close, volume=0, quote_volume=0, trades=0,
    )


@given(interval=intervals, moment_ms=moments)
def test_intervals_start_where_the_calendar_says(interval: str, moment_ms: int) -> None:
    """Pure integer arithmetic agrees with datetime for every interval and moment."""
    assert naive_start(interval, moment_ms) == start_of(interval, moment_ms)


@given(interval=intervals, moment_ms=moments)
def test_an_interval_ends_where_the_next_one_starts(interval: str, moment_ms: int) -> None:
    """No moment lies between two intervals, or in two of them."""
    start_ms = start_of(interval, moment_ms)
    end_ms = end_of(interval, start_ms)
    assert start_ms <= moment_ms < end_ms
    assert start_ms == start_of(interval, end_ms - 1)
    assert end_ms == start_of(interval, end_ms)


def test_months_of_four_hundred_years_start_on_their_first() -> None:
    """Every day of a whole cycle of the calendar, its centuries and leap days included."""
    wrong = [
        day for day in range(146_097)
        if naive_start("1month", day * 86_400_000) != start_of("1month", day * 86_400_000)
    ]
    assert [] == wrong


def test_weeks_start_on_monday_and_months_on_the_first() -> None:
    """The two intervals that do not start at multiples of their length, at a leap day."""
    leap_day = ms(2024, 2, 29, 23, 59, 59)
    assert ms(2024, 2, 26) == start_of("1w", leap_day)
    assert ms(2024, 2, 1) == start_of("1month", leap_day)
    assert ms(2024, 3, 1) == end_of("1month", ms(2024, 2, 1))


def test_an_unknown_interval_is_refused() -> None:
    """An interval there is not has no start."""
    with pytest.raises(KeyError):
        start_of("2m", 0)


@given(seed=st.integers(0, 2**32), interval=intervals, count=st.integers(1, 60))
def test_candles_say_what_their_trades_were(seed: int, interval: str, count: int) -> None:
    """Folded at once, merged trade by trade, or rolled up from shorter ones: the same candles."""
    dice = random.Random(seed)
    at_ms = ms(2024, 2, 28)
    trades = []
    for _ in range(count):
        at_ms += dice.choice((0, 1, 999, 59_000, 3_600_000, 86_400_000))
        trades.append((at_ms, dice.randint(1, 50), dice.randint(1, 9)))
    short, folded = CandleFold("1s"), CandleFold(interval)
    one_by_one: dict[int, CandleRow] = {}
    for traded_ms, price, quantity in trades:
        for fold in (short, folded):
            fold.add(
                SOL, traded_ms=traded_ms, price=price, quantity=quantity,
                quote_amount=7 * price * quantity,
            )
        candle = candle_of_trade(
            SOL, interval, traded_ms=traded_ms, price=price, quantity=quantity,
            quote_amount=7 * price * quantity,
        )
        known = one_by_one.get(candle.start_ms)
        one_by_one[candle.start_ms] = candle if known is None else merged(known, candle)
    expected = []
    for start_ms in sorted({naive_start(interval, traded_ms) for traded_ms, _, _ in trades}):
        inside = [trade for trade in trades if naive_start(interval, trade[0]) == start_ms]
        prices = [price for _, price, _ in inside]
        expected.append(CandleRow(
            instrument_id=SOL, interval=interval, start_ms=start_ms, open=prices[0],
            high=max(prices), low=min(prices), close=prices[-1],
            volume=sum(quantity for _, _, quantity in inside),
            quote_volume=sum(7 * price * quantity for _, price, quantity in inside),
            trades=len(inside),
        ))
    assert expected == folded.rows()
    assert expected == list(one_by_one.values())
    assert expected == rolled_up(short.rows(), interval)


def test_empty_intervals_carry_the_close_before_them() -> None:
    """A chart has no holes once there was a first trade."""
    minute = 60_000
    first = candle_of_trade(
        SOL, "1m", traded_ms=2 * minute + 5, price=10, quantity=1, quote_amount=1
    )
    second = candle_of_trade(
        SOL, "1m", traded_ms=4 * minute, price=12, quantity=1, quote_amount=1
    )
    expected = [first, flat(3 * minute, 10), second, flat(5 * minute, 12)]
    assert expected == without_gaps([first, second], "1m", start_ms=0, end_ms=6 * minute)


def test_the_candle_before_the_range_fills_its_beginning() -> None:
    """The last close before the range is what an empty range shows; it is not shown itself."""
    minute = 60_000
    older = candle_of_trade(SOL, "1m", traded_ms=0, price=9, quantity=1, quote_amount=1)
    before = candle_of_trade(SOL, "1m", traded_ms=minute, price=10, quantity=1, quote_amount=1)
    expected = [flat(7 * minute, 10), flat(8 * minute, 10)]
    complete = without_gaps([older, before], "1m", start_ms=6 * minute + 1, end_ms=9 * minute)
    assert expected == complete


def test_nothing_is_invented_before_the_first_trade() -> None:
    """Without any trade there is no candle at all."""
    assert [] == without_gaps([], "1h", start_ms=0, end_ms=ms(2024, 1, 1) // 100)
