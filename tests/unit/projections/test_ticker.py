"""Tickers: any trades at any times come to what adding them up each time gives."""

from hypothesis import given
from hypothesis import strategies as st

from outcry.engine.units import InstrumentId
from outcry.projections.candles import DAY_MS, MINUTE_MS
from outcry.projections.history import CandleRow
from outcry.projections.ticker import Tickers, TickerView
from outcry.wire.journal import EntryId

ONE = InstrumentId(1)
START_MS = 20_000 * DAY_MS


def add(tickers: Tickers, ms: int, price: int, quantity: int = 1) -> None:
    tickers.fold(
        EntryId(ms, 0), ONE, price=price, quantity=quantity, quote_amount=10 * price * quantity
    )
    tickers.advance(ms)


def test_without_a_trade_there_is_none() -> None:
    tickers = Tickers()
    tickers.advance(START_MS)

    assert tickers.view(ONE) is None


def test_trades_add_up() -> None:
    tickers = Tickers()
    add(tickers, START_MS, 100, 2)
    add(tickers, START_MS + 5_000, 90)
    add(tickers, START_MS + 90_000, 110)

    assert TickerView(
        first=100, last=110, high=110, low=90, volume=4, quote_volume=4_000, trades=3
    ) == tickers.view(ONE)


def test_what_left_the_day_leaves_its_price() -> None:
    """The first price is then the last from before; after a day without trades it is all."""
    tickers = Tickers()
    add(tickers, START_MS, 100)
    add(tickers, START_MS + 10_000, 105)
    add(tickers, START_MS + 2 * MINUTE_MS, 120)
    tickers.advance(START_MS + DAY_MS)

    assert TickerView(105, 120, 120, 120, 1, 1_200, 1) == tickers.view(ONE)

    tickers.advance(START_MS + DAY_MS + 2 * MINUTE_MS)
    assert TickerView(120, 120, 120, 120, 0, 0, 0) == tickers.view(ONE)


def test_spans_differ() -> None:
    tickers = Tickers(("1d", "1w"))
    add(tickers, START_MS, 100)
    add(tickers, START_MS + 2 * DAY_MS, 120)

    day, week = tickers.view(ONE, "1d"), tickers.view(ONE, "1w")
    assert day is not None
    assert week is not None
    assert (1, 2) == (day.trades, week.trades)
    assert (100, 100) == (day.first, week.first)


def candle(start_ms: int, opened: int, high: int, low: int, close: int) -> CandleRow:
    return CandleRow(
        instrument_id=ONE, interval="1m", start_ms=start_ms, open=opened, high=high, low=low,
        close=close, volume=10, quote_volume=1_000, trades=4,
    )


def test_history_comes_first_and_is_not_counted_twice() -> None:
    """Candles that hold up to an entry; what is folded at or below it is in them."""
    tickers = Tickers()
    minute = START_MS + DAY_MS
    tickers.prime(
        ONE, [candle(START_MS - DAY_MS, 50, 50, 50, 50), candle(minute, 100, 130, 80, 90)],
        EntryId(minute + 30_000, 5),
    )
    tickers.fold(EntryId(minute + 30_000, 5), ONE, price=500, quantity=9, quote_amount=9)
    tickers.fold(EntryId(minute + 30_000, 6), ONE, price=95, quantity=2, quote_amount=30)
    tickers.advance(minute + 40_000)

    assert TickerView(50, 95, 130, 80, 12, 1_030, 5) == tickers.view(ONE)


trades = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 900, MINUTE_MS, 7 * MINUTE_MS, DAY_MS // 3, DAY_MS, 2 * DAY_MS)),
        st.integers(1, 20), st.integers(1, 5),
    ),
    min_size=1, max_size=40,
)


@given(trades, st.sampled_from((0, 59_999, MINUTE_MS, DAY_MS // 2, DAY_MS, 3 * DAY_MS)))
def test_random_trades(steps: list[tuple[int, int, int]], pause_ms: int) -> None:
    """Whole minutes leave a day of 1440 of them; the naive sum says the same at every step."""
    tickers = Tickers()
    now_ms = START_MS + 17_000
    made: list[tuple[int, int, int]] = []
    for step_ms, price, quantity in steps:
        now_ms += step_ms
        made.append((now_ms, price, quantity))
        add(tickers, now_ms, price, quantity)
        assert naive(made, now_ms) == tickers.view(ONE)
    now_ms += pause_ms
    tickers.advance(now_ms)
    assert naive(made, now_ms) == tickers.view(ONE)


def naive(made: list[tuple[int, int, int]], now_ms: int) -> TickerView:
    since_ms = now_ms - now_ms % MINUTE_MS - DAY_MS + MINUTE_MS
    before = [price for ms, price, _ in made if ms < since_ms]
    inside = [(price, quantity) for ms, price, quantity in made if ms >= since_ms]
    prices = [price for price, _ in inside]
    last = made[-1][1]
    return TickerView(
        first=before[-1] if before else prices[0],
        last=last,
        high=max(prices, default=last),
        low=min(prices, default=last),
        volume=sum(quantity for _, quantity in inside),
        quote_volume=sum(10 * price * quantity for price, quantity in inside),
        trades=len(inside),
    )
