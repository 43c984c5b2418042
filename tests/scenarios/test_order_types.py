"""What becomes of what an order does not fill: GTC, IOC, FOK, post-only and market orders."""

from typing import Any

import msgspec
import pytest

from domain.floor import Floor
from outcry.engine.commands import Deposit, PlaceOrder
from outcry.engine.units import (
    BUY,
    EXTERNAL,
    FEES,
    FOK,
    GTC,
    HOUSE,
    IOC,
    LIMIT,
    MARKET,
    SELL,
)


def floor() -> Floor:
    """Alice asks 2 each at 101, 102 and 103, and bids 2 each at 99, 98 and 97."""
    made = Floor()
    made.rich("alice", "bob", "carol")
    for step in (1, 2, 3):
        made.sell("alice", 2, at=100 + step)
        made.buy("alice", 2, at=100 - step)
    return made


def test_ioc_over_several_levels_cancels_its_remainder() -> None:
    f = floor()
    answer = f.buy("bob", 5, at=102, tif=IOC)

    assert "2 @ 101, 2 @ 102" == answer.fills
    assert [(answer.order_id, "immediate_or_cancel")] == answer.canceled
    assert "2 @ 103 | 2 @ 99, 2 @ 98, 2 @ 97" == f.book()
    assert 0 == f.locked("bob", "USDC")


def test_ioc_to_the_exact_boundary_is_filled() -> None:
    f = floor()
    answer = f.sell("bob", 4, at=98, tif=IOC)

    assert "2 @ 99, 2 @ 98" == answer.fills
    assert [] == answer.canceled


def test_an_ioc_remainder_never_rests_even_on_an_empty_side() -> None:
    f = Floor()
    f.rich("bob")
    for answer in (f.buy("bob", 1, at=100, tif=IOC), f.sell("bob", 1, at=100, tif=IOC)):
        assert None is answer.rejected
        assert "immediate_or_cancel" == answer.ended
    assert "|" == f.book()
    assert (0, 0) == (f.locked("bob", "USDC"), f.locked("bob", "SOL"))


def test_fok_that_is_exactly_fillable_fills() -> None:
    f = floor()
    answer = f.buy("bob", 4, at=102, tif=FOK)
    assert "2 @ 101, 2 @ 102" == answer.fills
    assert [] == answer.canceled


def test_fok_one_lot_short_changes_nothing() -> None:
    f = floor()
    before = f.book()
    answer = f.buy("bob", 5, at=102, tif=FOK)

    assert "" == answer.fills
    assert [(answer.order_id, "fill_or_kill")] == answer.canceled
    assert before == f.book()
    assert (10**15, 0) == (f.balance("bob", "USDC"), f.locked("bob", "USDC"))


def test_a_market_order_may_be_fok() -> None:
    f = floor()
    short = f.do(f.market("bob", BUY, 7, tif=FOK))
    assert ("", "fill_or_kill") == (short.fills, short.ended)
    assert "2 @ 101, 2 @ 102, 2 @ 103" == f.do(f.market("bob", BUY, 6, tif=FOK)).fills


def test_post_only_is_refused_when_it_would_take() -> None:
    f = floor()
    assert "post_only_would_take" == f.buy("bob", 1, at=101, post_only=True).rejected
    assert "post_only_would_take" == f.buy("bob", 1, at=105, post_only=True).rejected
    assert "post_only_would_take" == f.sell("bob", 1, at=99, post_only=True).rejected

    assert "" == f.buy("bob", 1, at=100, post_only=True).fills
    assert "2 @ 103, 2 @ 102, 2 @ 101 | 1 @ 100, 2 @ 99, 2 @ 98, 2 @ 97" == f.book()
    assert "post_only_would_take" == f.sell("carol", 1, at=100, post_only=True).rejected


def test_a_resting_post_only_order_is_a_maker_like_any() -> None:
    f = Floor()
    f.rich("alice", "bob")
    maker = f.sell("alice", 1, at=101, post_only=True).order_id
    assert [maker] == f.buy("bob", 1, at=101).makers


def test_market_order_on_an_empty_book_trades_nothing() -> None:
    f = Floor()
    f.rich("bob")
    for answer in (
        f.buy_market("bob", 1), f.sell_market("bob", 1),
        f.buy_market("bob", spend=100), f.sell_market("bob", receive=100),
    ):
        assert None is answer.rejected
        assert ("", "insufficient_liquidity") == (answer.fills, answer.ended)


def test_a_market_order_takes_what_there_is_and_cancels_the_rest() -> None:
    f = floor()
    answer = f.buy_market("bob", 7)
    assert "2 @ 101, 2 @ 102, 2 @ 103" == answer.fills
    assert "insufficient_liquidity" == answer.ended
    assert "| 2 @ 99, 2 @ 98, 2 @ 97" == f.book()


def test_a_market_order_never_rests() -> None:
    f = floor()
    for tif in (GTC, IOC, FOK):
        f.do(f.market("bob", SELL, 100, tif=tif))
    assert "2 @ 103, 2 @ 102, 2 @ 101 |" == f.book()
    assert 0 == f.locked("bob", "SOL")


def test_contradictory_orders_are_refused() -> None:
    f = floor()
    good = f.limit("bob", BUY, 1, at=100)
    contradictions = {
        "side": (0, 2, -2, 2**62), "order_type": (0, 3, -1), "time_in_force": (0, 4, -1),
        "self_trade": (0, 4, -1),
    }
    for name, values in contradictions.items():
        for value in values:
            order = _changed(good, **{name: value})
            assert "order_invalid" == f.do(order).rejected, order
    for tif in (IOC, FOK):
        assert "order_invalid" == f.buy("bob", 1, at=90, tif=tif, post_only=True).rejected
    assert "order_invalid" == f.do(_changed(f.market("bob", BUY, 1), post_only=True)).rejected


def test_a_market_order_has_no_price_and_one_kind_of_quantity() -> None:
    f = floor()
    assert "price_invalid" == f.do(_changed(f.market("bob", BUY, 1), price=101)).rejected
    assert "quantity_invalid" == f.buy_market("bob", 0).rejected
    assert "quantity_invalid" == f.buy_market("bob", 1, spend=1).rejected
    assert "quantity_invalid" == f.buy_market("bob", -1).rejected
    assert "quantity_invalid" == f.buy_market("bob", spend=-1).rejected
    assert "quantity_invalid" == f.buy_market("bob", spend=2**62).rejected
    limit_with_amount = _changed(f.limit("bob", BUY, 1, at=100), quote_amount=1)
    assert "quantity_invalid" == f.do(limit_with_amount).rejected


def test_quantities_are_bounded_by_the_listing() -> None:
    f = Floor(quantity_min=10, quantity_max=20)
    f.rich("alice", "bob")
    for order_type, quantity in ((LIMIT, 9), (LIMIT, 21), (MARKET, 9), (MARKET, 21), (LIMIT, 0)):
        order = (
            f.limit("bob", BUY, quantity, at=100) if order_type == LIMIT
            else f.market("bob", BUY, quantity)
        )
        assert "quantity_invalid" == f.do(order).rejected
    assert None is f.buy("bob", 10, at=100).rejected
    assert None is f.sell("alice", 20, at=101).rejected


def test_orders_for_what_does_not_exist_are_refused() -> None:
    f = floor()
    order = f.limit("bob", BUY, 1, at=100)
    for nothing in (0, 2, 2**63 - 1):
        assert "instrument_not_found" == f.do(_changed(order, instrument_id=nothing)).rejected
    for nobody in (3, 99, 2**63 - 1):
        assert "account_not_found" == f.do(_changed(order, account_id=nobody)).rejected


@pytest.mark.parametrize("account_id", [EXTERNAL, FEES, HOUSE])
def test_the_venues_own_accounts_do_not_trade(account_id: int) -> None:
    """What they have is needed for something else: fees, for example, to pay rebates from."""
    f = floor()
    for asset_id in (1, 2):
        f.do(Deposit(account_id=FEES, asset_id=asset_id, amount=10**6, key=900 + asset_id))
    order = f.limit("bob", BUY, 1, at=1)
    assert "account_not_found" == f.do(_changed(order, account_id=account_id)).rejected


@pytest.mark.parametrize(("side", "price"), [(BUY, 101), (SELL, 99)])
def test_an_order_that_takes_all_of_a_level_leaves_the_next_one(side: int, price: int) -> None:
    f = floor()
    answer = f.do(f.limit("bob", side, 2, at=price))
    assert f"2 @ {price}" == answer.fills
    assert str(price) not in f.book()


def _changed(order: PlaceOrder, **fields: Any) -> PlaceOrder:
    """The same order with other fields."""
    return msgspec.structs.replace(order, **fields)
