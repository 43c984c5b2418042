"""The price band around the last trade, and how far a market order may move the price."""

from typing import Any

import pytest

from domain.floor import Floor
from outcry.engine.commands import UseRules
from outcry.engine.units import FOK

TEN_PERCENT = 100_000


def traded_at_100(**rules: Any) -> Floor:
    f = Floor(**rules)
    f.rich("alice", "bob")
    f.sell("alice", 1, at=100)
    f.buy("bob", 1, at=100)
    return f


def test_before_the_first_trade_there_is_no_band() -> None:
    f = Floor(price_band_rate=TEN_PERCENT)
    f.rich("alice")
    assert None is f.buy("alice", 1, at=1).rejected
    assert None is f.sell("alice", 1, at=1_000_000).rejected


def test_a_limit_price_may_be_as_far_from_the_last_trade_as_the_band_allows() -> None:
    f = traded_at_100(price_band_rate=TEN_PERCENT)
    assert None is f.buy("alice", 1, at=90).rejected
    assert None is f.sell("alice", 1, at=110).rejected
    for price in (89, 111, 1, 1_000_000):
        assert "price_too_far" == f.buy("alice", 1, at=price).rejected
        assert "price_too_far" == f.sell("alice", 1, at=price).rejected


def test_the_band_is_kept_to_the_millionth() -> None:
    f = Floor(price_max=2_000_000, price_band_rate=1)
    f.rich("alice", "bob")
    f.sell("alice", 1, at=1_000_000)
    f.buy("bob", 1, at=1_000_000)
    assert None is f.buy("alice", 1, at=999_999).rejected
    assert None is f.sell("alice", 1, at=1_000_001).rejected
    assert "price_too_far" == f.buy("alice", 1, at=999_998).rejected
    assert "price_too_far" == f.sell("alice", 1, at=1_000_002).rejected
    f.sell("bob", 1, at=999_999)
    assert "price_too_far" == f.buy("alice", 1, at=999_998).rejected


def test_the_band_moves_with_the_last_trade() -> None:
    f = traded_at_100(price_band_rate=TEN_PERCENT)
    f.sell("alice", 1, at=110)
    f.buy("bob", 1, at=110)
    assert None is f.sell("alice", 1, at=121).rejected
    assert "price_too_far" == f.buy("alice", 1, at=98).rejected
    f.restart()
    assert "price_too_far" == f.buy("alice", 1, at=98).rejected


def test_no_band_is_no_bound() -> None:
    f = traded_at_100()
    assert None is f.sell("alice", 1, at=1_000_000).rejected


def test_a_market_order_stops_at_the_impact_bound_to_the_tick() -> None:
    f = Floor(impact_rate=TEN_PERCENT)
    f.rich("alice", "bob")
    for price in (100, 110, 111):
        f.sell("alice", 1, at=price)
    for price in (50, 45, 44):
        f.buy("alice", 1, at=price)

    bought = f.buy_market("bob", 3)
    assert ("1 @ 100, 1 @ 110", "price_impact") == (bought.fills, bought.ended)
    sold = f.sell_market("bob", 3)
    assert ("1 @ 50, 1 @ 45", "price_impact") == (sold.fills, sold.ended)
    assert "1 @ 111 | 1 @ 44" == f.book()


def test_the_bound_is_rounded_toward_the_best_price() -> None:
    """10 % of 105 is 10.5: up to 115 when buying, down to 95 when selling."""
    f = Floor(impact_rate=TEN_PERCENT)
    f.rich("alice", "bob")
    for price in (105, 115, 116):
        f.sell("alice", 1, at=price)
    assert "1 @ 105, 1 @ 115" == f.buy_market("bob", 3).fills
    f.cancel_all("alice")
    for price in (105, 95, 94):
        f.buy("alice", 1, at=price)
    assert "1 @ 105, 1 @ 95" == f.sell_market("bob", 3).fills


def test_an_order_filled_within_the_bound_is_filled() -> None:
    f = Floor(impact_rate=TEN_PERCENT)
    f.rich("alice", "bob")
    f.sell("alice", 2, at=100)
    f.sell("alice", 2, at=200)
    assert [] == f.buy_market("bob", 2).canceled
    f.sell("alice", 2, at=100)
    assert [] == f.buy_market("bob", spend=200).canceled


def test_the_bound_holds_for_amounts_and_for_fok_too() -> None:
    f = Floor(impact_rate=TEN_PERCENT)
    f.rich("alice", "bob")
    f.sell("alice", 2, at=100)
    f.sell("alice", 2, at=200)
    killed = f.do(f.market("bob", 1, 3, tif=FOK))
    assert ("", "fill_or_kill") == (killed.fills, killed.ended)
    spent = f.buy_market("bob", spend=1_000)
    assert ("2 @ 100", "price_impact") == (spent.fills, spent.ended)


def test_limit_orders_know_no_impact_bound() -> None:
    f = Floor(impact_rate=TEN_PERCENT)
    f.rich("alice", "bob")
    f.sell("alice", 1, at=100)
    f.sell("alice", 1, at=200)
    assert "1 @ 100, 1 @ 200" == f.buy("bob", 2, at=200).fills


def test_a_bound_of_more_than_everything_is_no_bound_for_a_sell() -> None:
    f = Floor(impact_rate=2_000_000)
    f.rich("alice", "bob")
    f.buy("alice", 1, at=100)
    f.buy("alice", 1, at=1)
    assert "1 @ 100, 1 @ 1" == f.sell_market("bob", 2).fills


@pytest.mark.parametrize(("version", "age_s", "doubted", "taken"), [
    (1, 0, False, False), (2, 0, False, True), (2, 5, False, True), (2, 6, False, False),
    (2, 0, True, False),
])
def test_the_band_is_around_a_fresh_and_certain_mark_as_well(
    version: int, age_s: int, doubted: bool, taken: bool
) -> None:
    """A market that stood still while the outside price moved can follow it."""
    f = traded_at_100(price_band_rate=TEN_PERCENT)
    f.do(UseRules(version=version))
    f.quote_rules(band_rate=TEN_PERCENT)
    f.quote(150)
    f.pass_time(s=age_s)
    if doubted:
        f.quote(300)
    for price, near in ((100, True), (90, True), (134, False), (135, taken), (165, taken),
                        (166, False), (89, False)):
        resting = f.buy("alice", 1, at=price)
        assert (None if near else "price_too_far") == resting.rejected, price
        if near:
            f.cancel("alice", resting.order_id or 0)
