"""Quotes surround the mark, never cross, and lean against what the maker holds."""

import math
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.client.models import Filters, Market, PriceFilter, QuantityFilter
from outcry.market_maker.quoting import (
    QuoteLevel,
    QuotingParameters,
    Rules,
    Volatility,
    desired_levels,
    rules_of,
)

RULES = Rules(
    symbol="SOL_USDC", base="SOL", quote="USDC", tick_size=Decimal("0.01"),
    lot_size=Decimal("0.01"), unit_value=0.0001, price_max=10_000_000, quantity_min=1,
    quantity_max=100_000_000,
)


def crossed(levels: list[QuoteLevel]) -> bool:
    """Whether any bid among the levels would meet an ask."""
    bids = [level.price for level in levels if level.side == "Bid"]
    asks = [level.price for level in levels if level.side == "Ask"]
    return bool(bids and asks) and max(bids) >= min(asks)


def levels(
    mark: float = 14_000.0, *, inventory: float = 0.0, volatility: float = 0.0001, seed: int = 1,
    base_lots: int = 10**9, quote: float = 1e9, rules: Rules = RULES,
    style: QuotingParameters | None = None,
) -> list[QuoteLevel]:
    return desired_levels(
        rules, style or QuotingParameters(), mark=mark, volatility=volatility, inventory=inventory,
        base_lots=base_lots, quote_funds=quote, random=Random(seed),
    )


def side(all_levels: list[QuoteLevel], name: str) -> list[QuoteLevel]:
    return [level for level in all_levels if level.side == name]


@given(
    mark=st.floats(1.0, 9e6), inventory=st.floats(-3, 3), volatility=st.floats(0, 0.02),
    seed=st.integers(0, 1000),
)
def test_quotes_never_cross_and_get_no_better_with_depth(
    mark: float, inventory: float, volatility: float, seed: int
) -> None:
    """Whatever the price, the mood and the dice: bids below asks, each level beyond the last."""
    quoted = levels(mark, inventory=inventory, volatility=volatility, seed=seed)
    assert not crossed(quoted)
    bids, asks = side(quoted, "Bid"), side(quoted, "Ask")
    assert [b.price for b in bids] == sorted({b.price for b in bids}, reverse=True)
    assert [a.price for a in asks] == sorted({a.price for a in asks})
    for level in quoted:
        assert 0 < level.price <= RULES.price_max
        assert RULES.quantity_min <= level.quantity <= RULES.quantity_max
        assert level.slack >= 1


def test_ten_levels_on_each_side_that_widen_and_grow() -> None:
    """The last level is many times as far away and as large as the first."""
    quoted = levels()
    for name in ("Bid", "Ask"):
        one = side(quoted, name)
        assert 10 == len(one)
        assert abs(one[-1].price - 14_000) > 10 * abs(one[0].price - 14_000)
        assert one[-1].quantity > 2 * one[0].quantity


def test_a_livelier_market_gets_a_wider_spread() -> None:
    """The distance of the best quotes follows volatility, and has a least."""
    calm, lively = levels(volatility=0.0), levels(volatility=0.002)
    assert side(lively, "Ask")[0].price > side(calm, "Ask")[0].price > 14_000
    assert side(lively, "Bid")[0].price < side(calm, "Bid")[0].price < 14_000


def test_inventory_moves_the_quotes_and_in_the_end_stops_one_side() -> None:
    """Too much of the base: everything a little lower, and fewer bids; at the limit no bid."""
    flat, long = levels(1e6), levels(1e6, inventory=0.5)
    assert side(long, "Ask")[0].price < side(flat, "Ask")[0].price
    assert side(long, "Bid")[0].price < side(flat, "Bid")[0].price
    assert sum(b.quantity for b in side(long, "Bid")) < sum(b.quantity for b in side(flat, "Bid"))
    assert [] == side(levels(inventory=1.0), "Bid")
    assert [] == side(levels(inventory=-1.0), "Ask")
    assert 10 == len(side(levels(inventory=1.0), "Ask"))


@given(st.floats(0, 1e5), st.integers(0, 100_000), st.integers(0, 100))
def test_quotes_never_cost_more_than_there_is(quote: float, base_lots: int, seed: int) -> None:
    """All bids together fit the quote asset, all asks the base asset."""
    quoted = levels(base_lots=base_lots, quote=quote, seed=seed)
    assert sum(b.price * b.quantity for b in side(quoted, "Bid")) * RULES.unit_value <= quote + 1e-6
    assert sum(a.quantity for a in side(quoted, "Ask")) <= base_lots


def test_the_same_dice_give_the_same_levels() -> None:
    """Quoting is a function of its arguments."""
    assert levels(seed=7) == levels(seed=7)
    assert levels(seed=7) != levels(seed=8)


def test_volatility_finds_the_deviation_of_a_second() -> None:
    """From quotes every quarter of a second, within a tenth after ten minutes."""
    random, volatility, price = Random(1), Volatility(half_life_s=300), 100.0
    for step in range(4 * 1800):
        price *= math.exp(random.gauss(0.0, 0.0004 * math.sqrt(0.25)))
        volatility.on_mark(price, step / 4)
    assert 0.0004 == pytest.approx(volatility.per_second, rel=0.1)


def test_rules_are_read_from_the_market() -> None:
    """Ticks and lots come from the filters, without floats where it counts."""
    market = Market(
        symbol="BTC_USDC", base_symbol="BTC", quote_symbol="USDC", market_type="SPOT",
        filters=Filters(
            price=PriceFilter(
                tick_size=Decimal("0.1"), min_price=Decimal("0.1"), max_price=Decimal(1_000_000)
            ),
            quantity=QuantityFilter(
                step_size=Decimal("0.00001"), min_quantity=Decimal("0.00002"),
                max_quantity=Decimal(10),
            ),
        ),
    )
    rules = rules_of(market)
    assert (10_000_000, 2, 1_000_000) == (rules.price_max, rules.quantity_min, rules.quantity_max)
    assert 0.000001 == pytest.approx(rules.unit_value)
