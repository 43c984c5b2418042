"""Triggers by mark price, and orders for a share of what an account has free."""

import pytest

from domain.floor import Floor, marked
from outcry.engine.commands import Trigger
from outcry.engine.units import (
    FALLS,
    RISES,
)


def floor(last: int = 100, **rules: int) -> Floor:
    """A floor where the last trade was at this price and nobody has an order."""
    made = Floor(**rules)
    made.rich("alice", "bob", "carol")
    made.trade(last)
    return made


def test_a_share_is_taken_of_what_is_free_when_it_fires() -> None:
    f = floor()
    f.deposit("dave", sol=11)
    f.sell("dave", 2, at=200)
    half = Trigger(price=95, share_rate=500_000)
    order_id = f.sell("dave", 0, at=150, when=half).order_id
    f.deposit("dave", sol=4)
    f.trade(95)
    assert 6 == f.terms(order_id).quantity  # Of 13 free, rounded down.
    assert 8 == f.locked("dave", "SOL")


def test_shares_of_everything_leave_nothing_for_the_next() -> None:
    f = floor()
    f.deposit("dave", usdc=1_000)
    whole = Trigger(price=95, share_rate=1_000_000)
    first, second, third = (
        f.buy("dave", 0, at=90, when=whole).order_id,
        f.buy_market("dave", when=whole).order_id,
        f.sell_market("dave", when=whole).order_id,
    )
    f.buy("bob", 1, at=95)
    answer = f.sell_market("carol", 1)
    # 1,000 buy 11 lots at 90; of the 10 left a market order finds nothing to buy.
    assert [first, second] == answer.accepted[1:]
    assert [(second, "insufficient_liquidity")] == answer.canceled
    assert [(third, "quantity_invalid")] == answer.failed
    assert "| 11 @ 90" == f.book()


def test_a_market_buy_by_share_spends_that_much() -> None:
    f = floor()
    f.deposit("dave", usdc=1_001)
    f.sell("bob", 20, at=100)
    answer = f.buy_market("dave", when=Trigger(price=100, share_rate=800_000))
    assert "8 @ 100" == answer.fills
    assert 201 == f.balance("dave", "USDC")


def test_a_share_is_no_more_than_one_order_may_have() -> None:
    f = floor(quantity_max=10)
    f.sell("alice", 0, at=150, when=Trigger(price=100, share_rate=1))
    assert "10 @ 150 |" == f.book()


def test_triggers_and_shares_out_of_range_are_refused() -> None:
    f = floor(price_max=1_000)
    for trigger in (
        Trigger(price=0), Trigger(price=-5), Trigger(price=1_001), Trigger(price=95, follows=0),
        Trigger(price=95, follows=3), Trigger(price=95, direction=2),
        Trigger(price=95, direction=-2),
    ):
        assert "trigger_invalid" == f.buy("alice", 1, at=90, when=trigger).rejected
    for share_rate in (-1, 1_000_001):
        trigger = Trigger(price=95, share_rate=share_rate)
        assert "trigger_invalid" == f.buy("alice", 0, at=90, when=trigger).rejected
    share = Trigger(price=95, share_rate=1)
    assert "quantity_invalid" == f.buy("alice", 1, at=90, when=share).rejected
    assert "quantity_invalid" == f.buy_market("alice", spend=5, when=share).rejected
    assert "price_invalid" == f.buy("alice", 0, at=0, when=share).rejected
    assert "price_invalid" == f.buy("alice", 0, at=1_001, when=share).rejected
    assert "quantity_invalid" == f.buy("alice", 0, at=90, when=95).rejected
    assert "price_invalid" == f.buy("alice", 1, at=1_001, when=95).rejected
    assert "quantity_invalid" == f.buy_market("alice", when=95).rejected


@pytest.mark.parametrize(
    ("price", "direction", "fires"),
    [(104, RISES, True), (105, RISES, False), (105, FALLS, True), (104, FALLS, False)],
)
def test_a_mark_between_two_ticks_has_reached_neither_that_it_has_not(
    price: int, direction: int, fires: bool
) -> None:
    f = floor()
    order_id = f.buy("alice", 1, at=50, when=marked(price, direction=direction)).order_id
    assert [] == f.waiting("bob")
    answer = f.quote(104, 105)
    assert ([order_id] if fires else []) == answer.accepted


def test_a_mark_below_the_first_tick_is_a_price_too() -> None:
    f = floor(mark_decimals=2)
    f.quote(40)
    order_id = f.buy("alice", 1, at=50, when=marked(1)).order_id
    assert [order_id] == f.waiting("alice")
    assert [order_id] == f.quote(100).accepted


def test_mark_and_last_price_do_not_stand_in_for_each_other() -> None:
    f = floor()
    f.quote(100)
    by_mark = f.buy("alice", 1, at=50, when=marked(95)).order_id
    by_last = f.buy("alice", 1, at=50, when=94).order_id
    f.trade(95)
    assert [by_mark, by_last] == f.waiting("alice")
    assert [by_mark] == f.quote(90).accepted
    assert [by_last] == f.waiting("alice")


def test_a_mark_fires_the_nearest_to_the_mark_before() -> None:
    f = floor()
    f.quote(60)
    rising = [f.buy("alice", 1, at=50, when=marked(price)).order_id for price in (80, 70, 90, 70)]
    assert [rising[1], rising[3], rising[0], rising[2]] == f.quote(95).accepted
    falling = [f.buy("alice", 1, at=50, when=marked(price)).order_id for price in (80, 70, 90)]
    assert [falling[2], falling[0], falling[1]] == f.quote(65).accepted


def test_what_a_mark_sets_off_goes_on_by_last_price() -> None:
    f = floor()
    f.quote(100)
    f.buy("bob", 1, at=90)
    by_mark = f.sell_market("alice", 1, when=marked(95)).order_id
    by_last = f.buy("alice", 1, at=50, when=90).order_id
    answer = f.quote(94)
    assert [by_mark, by_last] == answer.accepted
    assert "1 @ 90" == answer.fills
