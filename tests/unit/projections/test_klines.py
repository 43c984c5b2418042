"""Open candles: at any moment what a naive sum over all trades says, and closed once each."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.engine.units import InstrumentId
from outcry.projections.candles import (
    DAY_MS,
    HOUR_MS,
    INTERVALS,
    MINUTE_MS,
    candle_of_trade,
    end_of,
    rolled_up,
    start_of,
)
from outcry.projections.history import CandleRow
from outcry.projections.klines import Klines
from outcry.wire.journal import EntryId

ONE = InstrumentId(1)
START_MS = 1_709_250_000_000  # The evening of 29 February 2024.


def row(interval: str, start_ms: int, *prices: int, volume: int = 1) -> CandleRow:
    """A candle of one trade of `volume` at each price."""
    return CandleRow(
        instrument_id=ONE, interval=interval, start_ms=start_ms, open=prices[0],
        high=max(prices), low=min(prices), close=prices[-1], volume=volume * len(prices),
        quote_volume=sum(10 * price * volume for price in prices), trades=len(prices),
    )


def fold(klines: Klines, ms: int, price: int, seq: int = 0) -> list[CandleRow]:
    closed = klines.advance(ms)
    klines.fold(EntryId(ms, seq), price=price, quantity=1, quote_amount=10 * price)
    return closed


def test_before_the_first_trade_there_is_none() -> None:
    klines = Klines(ONE)

    assert [] == klines.advance(START_MS + 10 * MINUTE_MS)
    assert klines.open_candle("1m") is None


def test_a_candle_closes_by_the_clock() -> None:
    """Also one without a trade, which stands at the close before it."""
    klines = Klines(ONE)
    fold(klines, START_MS + 100, 100)
    fold(klines, START_MS + 200, 90)

    assert [row("1s", START_MS, 100, 90)] == klines.advance(START_MS + 1_000)
    still = [
        candle for second in range(2, 60)
        for candle in klines.advance(START_MS + second * 1_000)
    ]
    assert {"1s"} == {candle.interval for candle in still}
    assert [(90, 0)] == sorted({(candle.open, candle.trades) for candle in still})
    closed = klines.advance(START_MS + MINUTE_MS)
    assert ["1s", "1m"] == [candle.interval for candle in closed]
    assert row("1m", START_MS, 100, 90) == closed[1]
    assert [] == klines.advance(START_MS + MINUTE_MS)


def test_time_that_leaps_closes_what_was_open_and_no_more() -> None:
    klines = Klines(ONE)
    fold(klines, START_MS, 100)
    closed = klines.advance(START_MS + 40 * DAY_MS)

    assert list(INTERVALS) == [candle.interval for candle in closed]
    assert {100} == {candle.close for candle in closed}
    assert {1} == {candle.trades for candle in closed}
    for interval in INTERVALS:
        candle = klines.open_candle(interval)
        assert candle is not None
        assert start_of(interval, START_MS + 40 * DAY_MS) == candle.start_ms
        assert (100, 0) == (candle.open, candle.trades)


def test_history_comes_first_and_is_not_counted_twice() -> None:
    klines = Klines(ONE)
    now_ms = START_MS + 90_000
    minute = start_of("1m", now_ms)
    klines.prime(
        minutes=[
            row("1m", minute - 2 * DAY_MS, 1), row("1m", minute - HOUR_MS, 50, 55),
            row("1m", minute, 70),
        ],
        days=[
            row("1d", start_of("1d", now_ms) - 2 * DAY_MS, 40, 30),
            row("1d", start_of("1d", now_ms), 999),
        ],
        up_to=EntryId(now_ms, 3),
    )
    for seq, price in ((3, 500), (4, 80)):
        fold(klines, now_ms, price, seq)

    assert row("1m", minute, 70, 80) == klines.open_candle("1m")
    assert row("1h", start_of("1h", now_ms), 70, 80) == klines.open_candle("1h")
    day = klines.open_candle("1d")
    assert row("1d", start_of("1d", now_ms), 50, 55, 70, 80) == day
    month = klines.open_candle("1month")
    assert row("1month", start_of("1month", now_ms), 40, 30, 50, 55, 70, 80) == month


def test_without_a_trade_today_the_last_close_is_carried() -> None:
    klines = Klines(ONE)
    klines.prime(
        minutes=[row("1m", START_MS - 3 * DAY_MS, 44)], days=[], up_to=EntryId(START_MS, 0)
    )
    candle = klines.open_candle("1h")

    assert candle is not None
    assert (44, 0) == (candle.close, candle.trades)


def test_a_history_without_trades_leaves_none() -> None:
    klines = Klines(ONE)
    klines.prime(minutes=[], days=[], up_to=EntryId(START_MS, 0))

    assert klines.open_candle("1h") is None
    fold(klines, START_MS, 7, seq=1)
    assert row("1h", start_of("1h", START_MS), 7) == klines.open_candle("1h")


steps = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 250, 999, 1_000, 59_000, MINUTE_MS, 17 * MINUTE_MS, HOUR_MS,
                         5 * HOUR_MS, DAY_MS, 3 * DAY_MS, 31 * DAY_MS)),
        st.one_of(st.none(), st.integers(1, 9)),
    ),
    min_size=1, max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(steps, st.integers(0, 29))
def test_random_trades(moves: list[tuple[int, int | None]], primed: int) -> None:
    """From the beginning or from history anywhere, open and closed candles are the naive ones."""
    klines = Klines(ONE)
    now_ms = START_MS
    trades: list[tuple[int, int]] = []
    for place, (step_ms, price) in enumerate(moves):
        now_ms += step_ms
        closed = klines.advance(now_ms)
        for candle in closed:
            assert now_ms >= end_of(candle.interval, candle.start_ms)
            if candle.interval != "1s" or place <= primed:  # History has no seconds.
                assert naive(trades, candle.interval, candle.start_ms) == candle
        if price is not None:
            klines.fold(EntryId(now_ms, place), price=price, quantity=1, quote_amount=10 * price)
            trades.append((now_ms, price))
        if place == primed:
            klines = from_history(trades, EntryId(now_ms, place))
        for interval in INTERVALS:
            expected = naive(trades, interval, start_of(interval, now_ms)) if trades else None
            if interval == "1s" and place >= primed and expected is not None:
                continue
            assert expected == klines.open_candle(interval)


def from_history(trades: list[tuple[int, int]], up_to: EntryId) -> Klines:
    klines = Klines(ONE)
    each = [
        candle_of_trade(ONE, "1m", traded_ms=ms, price=price, quantity=1, quote_amount=10 * price)
        for ms, price in trades
    ]
    klines.prime(minutes=rolled_up(each, "1m"), days=rolled_up(each, "1d"), up_to=up_to)
    return klines


def naive(trades: list[tuple[int, int]], interval: str, start_ms: int) -> CandleRow:
    inside = [price for ms, price in trades if start_of(interval, ms) == start_ms]
    if inside:
        return row(interval, start_ms, *inside)
    before = [price for ms, price in trades if ms < start_ms][-1]
    flat = row(interval, start_ms, before)
    return msgspec.structs.replace(flat, volume=0, quote_volume=0, trades=0)
