"""The simulated market: repeatable, lively, and as volatile as it says."""

import math
from functools import cache
from itertools import pairwise

import pytest

from outcry.adapters.prices.walk import MARKETS, STEP_MS, PriceWalk
from outcry.ports.prices import Quote

START_MS = 1_700_000_000_000
YEAR_S = 365 * 24 * 3600


def walk_for(seconds: int, *, seed: int = 1, marks: dict[str, int] | None = None) -> list[Quote]:
    walk = PriceWalk(seed)
    for symbol in MARKETS:
        walk.watch(symbol, (marks or {}).get(symbol))
    quotes = []
    for now_ms in range(START_MS, START_MS + seconds * 1000, STEP_MS):
        quotes += walk.quotes_at(now_ms)
    return quotes


@cache
def long_walk() -> list[Quote]:
    return walk_for(6 * 3600)


def returns_of(symbol: str, quotes: list[Quote], *, every: int) -> list[float]:
    mids = [math.log(q.bid + q.ask) for q in quotes if q.symbol == symbol][::every]
    return [later - earlier for earlier, later in pairwise(mids)]


def correlation(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True)) / math.sqrt(
        sum(x * x for x in a) * sum(y * y for y in b)
    )


def test_the_same_seed_gives_the_same_quotes() -> None:
    """Two walks of one seed agree to the last unit, and another seed walks elsewhere."""
    assert walk_for(60) == walk_for(60)
    assert walk_for(60) != walk_for(60, seed=2)


def test_a_restart_goes_on_from_the_last_quote_and_does_not_relive_the_day() -> None:
    """The first quote is next to the mark given, and the steps after it are new ones."""
    first = walk_for(60)
    marks = {q.symbol: (q.bid + q.ask) // 2 for q in first}
    again = walk_for(60, marks=marks)
    for quote in again[:3]:
        assert marks[quote.symbol] == pytest.approx((quote.bid + quote.ask) // 2, rel=0.001)
    assert returns_of("BTC_USDC", first, every=1) != pytest.approx(
        returns_of("BTC_USDC", again, every=1), rel=0.01
    )


def test_quotes_are_never_crossed_and_lie_on_the_feeds_ticks() -> None:
    """Every quote is a quote: above zero, at least one tick wide, in whole ticks."""
    for quote in walk_for(600):
        tick = MARKETS[quote.symbol].tick
        assert 0 < quote.bid < quote.ask
        assert 0 == quote.bid % tick
        assert 0 == quote.ask % tick


@pytest.mark.parametrize("symbol", MARKETS)
def test_volatility_is_what_the_table_says(symbol: str) -> None:
    """Over six hours the annualised volatility comes out within a quarter of the table's."""
    steps = returns_of(symbol, long_walk(), every=40)
    annual = math.sqrt(sum(r * r for r in steps) / len(steps) * YEAR_S / 10)
    assert MARKETS[symbol].volatility == pytest.approx(annual, rel=0.25)


def test_prices_move_together_and_volatility_clusters() -> None:
    """Bitcoin and ether are strongly correlated; a big move is likelier after a big move."""
    quotes = long_walk()
    bitcoin = returns_of("BTC_USDC", quotes, every=20)
    ether = returns_of("ETH_USDC", quotes, every=20)
    assert 0.6 < correlation(bitcoin, ether) < 0.98
    sizes = [abs(r) for r in bitcoin]
    mean = sum(sizes) / len(sizes)
    centred = [size - mean for size in sizes]
    assert correlation(centred[1:], centred[:-1]) > 0.05


def test_the_spread_is_a_basis_point_or_so() -> None:
    """The usual spread of bitcoin lies between half a basis point and three."""
    widths = sorted(
        (q.ask - q.bid) / q.bid for q in walk_for(1800) if q.symbol == "BTC_USDC"
    )
    assert 0.00005 < widths[len(widths) // 2] < 0.0003


def test_no_step_is_due_twice_and_a_long_pause_is_not_made_up_for() -> None:
    """Within a step nothing is quoted; after a night asleep the price is still near."""
    walk = PriceWalk(1)
    walk.watch("SOL_USDC", None)
    (before,) = walk.quotes_at(START_MS)
    assert [] == walk.quotes_at(START_MS + STEP_MS - 1)
    (after,) = walk.quotes_at(START_MS + 8 * 3600 * 1000)
    assert before.bid == pytest.approx(after.bid, rel=0.02)


def test_a_symbol_nobody_knows_is_left_alone() -> None:
    """Only the symbols of the table are simulated."""
    walk = PriceWalk(1)
    walk.watch("DOGE_USDC", None)
    assert [] == walk.quotes_at(START_MS)
