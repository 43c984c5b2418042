"""Replacing an order under its own id: what keeps its place, what loses it, what is refused."""

import pytest

from domain.floor import Floor
from outcry.engine.commands import ReplaceOrder
from outcry.engine.events import OrderReplaced, Traded
from outcry.engine.units import (
    BUY,
    CANCEL_ONLY,
    CLOSED,
    LIMIT_ONLY,
    OPEN,
    POST_ONLY,
    REJECT_BOTH,
    REJECT_MAKER,
    REJECT_TAKER,
    SELL,
)


def floor(**rules: int) -> Floor:
    made = Floor(**rules)
    made.rich("alice", "bob", "carol")
    return made


def test_a_smaller_quantity_keeps_its_place_at_a_level_shared_with_another() -> None:
    f = floor()
    first = f.sell("alice", 5, at=101).order_id
    second = f.sell("bob", 5, at=101).order_id
    answer = f.replace("alice", first, quantity=2)
    assert [
        OrderReplaced(
            order_id=first, account_id=f.account("alice"), instrument_id=1, price=101,
            quantity=2, remaining=2,
        )
    ] == answer.events
    assert "7 @ 101 |" == f.book()
    assert [first, second] == f.buy("carol", 7, at=101).makers


@pytest.mark.parametrize("new", [{"quantity": 6}, {"at": 102}, {"at": 102, "quantity": 2}])
def test_more_quantity_or_another_price_goes_to_the_end(new: dict[str, int]) -> None:
    f = floor()
    first = f.sell("alice", 5, at=101).order_id
    there = f.sell("bob", 5, at=new.get("at", 101)).order_id
    f.replace("alice", first, **new)
    assert [there, first] == f.buy("carol", 5 + new.get("quantity", 5), at=102).makers


def test_a_level_in_the_middle_of_which_an_order_leaves_by_being_replaced() -> None:
    f = floor()
    one, two, three = (f.buy("alice", 1, at=99).order_id for _ in range(3))
    f.replace("alice", two, at=98)
    assert "| 2 @ 99, 1 @ 98" == f.book()
    f.replace("alice", two, at=99)
    assert "| 3 @ 99" == f.book()
    assert [one, three, two] == f.sell("bob", 3, at=99).makers


def test_the_only_order_of_a_level_takes_the_level_with_it() -> None:
    f = floor()
    order_id = f.buy("alice", 3, at=99).order_id
    f.replace("alice", order_id, at=97, quantity=4)
    assert "| 4 @ 97" == f.book()
    assert 4 * 97 == f.locked("alice", "USDC")


def test_nothing_new_changes_nothing() -> None:
    f = floor()
    first = f.sell("alice", 5, at=101).order_id
    second = f.sell("bob", 5, at=101).order_id
    assert None is f.replace("alice", first).rejected
    assert None is f.replace("alice", first, at=101, quantity=5).rejected
    assert [first, second] == f.buy("carol", 10, at=101).makers


def test_into_the_cross_it_trades_like_a_new_order() -> None:
    """At the resting orders' prices, as a taker; what is left rests at its own new price."""
    f = floor(maker_fee_rate=0, taker_fee_rate=100_000)
    asks = [f.sell("bob", 2, at=price).order_id for price in (101, 102)]
    order_id = f.buy("alice", 3, at=99).order_id
    answer = f.replace("alice", order_id, at=103, quantity=5)
    assert [OrderReplaced, Traded, Traded] == [type(event) for event in answer.events]
    assert "2 @ 101, 2 @ 102" == answer.fills
    assert asks == answer.makers
    assert {order_id} == {trade.taker_order_id for trade in answer.trades}
    assert [2, 4] == [trade.taker_filled for trade in answer.trades]
    assert 1 == answer.taker_fees
    assert "| 1 @ 103" == f.book()
    assert 103 == f.locked("alice", "USDC")


def test_into_the_cross_it_may_be_filled_whole() -> None:
    f = floor()
    f.buy("bob", 5, at=99)
    order_id = f.sell("alice", 5, at=101, client_id=4).order_id
    assert "5 @ 99" == f.replace("alice", client_id=4, at=99).fills
    assert "|" == f.book()
    assert 0 == f.locked("alice", "SOL")
    assert "order_not_found" == f.replace("alice", order_id, at=98).rejected
    assert "client_id_used" == f.sell("alice", 5, at=101, client_id=4).rejected


@pytest.mark.parametrize(
    ("mode", "left"),
    [(REJECT_TAKER, "1 @ 101 | "), (REJECT_MAKER, "| 2 @ 101"), (REJECT_BOTH, "| ")],
)
def test_into_its_own_order_the_mode_it_was_placed_with_decides(mode: int, left: str) -> None:
    f = floor()
    f.sell("alice", 1, at=101)
    order_id = f.buy("alice", 2, at=99, self_trade=mode).order_id
    f.replace("alice", order_id, at=101)
    assert left.strip() == f.book()


def test_a_price_that_falls_back_frees_what_was_locked() -> None:
    f = floor()
    f.deposit("dave", usdc=1_000)
    order_id = f.buy("dave", 10, at=100).order_id
    assert 0 == f.balance("dave", "USDC")
    f.replace("dave", order_id, at=60)
    assert (400, 600) == (f.balance("dave", "USDC"), f.locked("dave", "USDC"))
    f.replace("dave", order_id, quantity=4)
    assert (760, 240) == (f.balance("dave", "USDC"), f.locked("dave", "USDC"))


@pytest.mark.parametrize("side", [BUY, SELL])
def test_it_must_be_payable_to_the_last_unit_with_what_it_has_locked(side: int) -> None:
    f = floor()
    f.deposit("dave", usdc=1_000, sol=10)
    f.do(f.limit("dave", side, 4, at=50))
    new = {"at": 100, "quantity": 10}
    assert "insufficient_funds" == f.replace("dave", 1, at=100, quantity=11).rejected
    if side == BUY:
        assert "insufficient_funds" == f.replace("dave", 1, at=101, quantity=10).rejected
    assert (4, 50) == (f.terms(1).quantity, f.terms(1).price)
    assert None is f.replace("dave", 1, **new).rejected
    assert 0 == f.balance("dave", "USDC" if side == BUY else "SOL")


def test_quantity_counts_what_has_filled() -> None:
    f = floor()
    order_id = f.sell("alice", 10, at=101).order_id
    f.buy("bob", 4, at=101)
    for too_little in (1, 3, 4, -1):
        assert "quantity_invalid" == f.replace("alice", order_id, quantity=too_little).rejected
    [event] = f.replace("alice", order_id, quantity=5).events
    assert isinstance(event, OrderReplaced)
    assert (5, 1) == (event.quantity, event.remaining)
    assert "1 @ 101 |" == f.book()
    assert 1 == f.locked("alice", "SOL")
    [trade] = f.buy("bob", 9, at=101).trades
    assert (1, 5) == (trade.quantity, trade.maker_filled)


def test_post_only_stays_post_only() -> None:
    f = floor()
    f.sell("bob", 1, at=101)
    order_id = f.buy("alice", 1, at=99, post_only=True).order_id
    assert "post_only_would_take" == f.replace("alice", order_id, at=101).rejected
    assert None is f.replace("alice", order_id, at=100, quantity=2).rejected
    assert "1 @ 101 | 2 @ 100" == f.book()


def test_what_ended_is_unknown_foreign_or_elsewhere_is_not_found() -> None:
    f = floor()
    f.list_instrument(symbol="OTHER")
    filled = f.sell("alice", 1, at=101, client_id=1).order_id
    f.buy("bob", 1, at=101)
    canceled = f.sell("alice", 1, at=102, client_id=2).order_id
    f.cancel("alice", canceled)
    foreign = f.sell("bob", 1, at=103, client_id=3).order_id
    for order_id in (filled, canceled, foreign, 0, 99, 2**63 - 1):
        assert "order_not_found" == f.replace("alice", order_id, at=104).rejected
    for client_id in (1, 2, 3, 99, -1):
        assert "order_not_found" == f.replace("alice", client_id=client_id, at=104).rejected
    mine = f.sell("alice", 1, at=105).order_id
    assert "order_not_found" == f.replace("alice", mine, at=104, on="OTHER").rejected
    nobody = ReplaceOrder(account_id=99, instrument_id=1, order_id=mine, price=104)
    assert "account_not_found" == f.do(nobody).rejected
    nowhere = ReplaceOrder(account_id=100, instrument_id=9, order_id=mine, price=104)
    assert "order_not_found" == f.do(nowhere).rejected
    assert "1 @ 105, 1 @ 103 |" == f.book()


def test_an_order_that_waits_can_be_replaced_only_once_it_rests() -> None:
    f = floor()
    f.trade(100)
    order_id = f.buy("alice", 1, at=90, when=95).order_id
    assert "order_waiting" == f.replace("alice", order_id, at=91).rejected
    f.trade(95)
    assert None is f.replace("alice", order_id, at=91).rejected
    assert "| 1 @ 91" == f.book()


def test_new_price_and_quantity_follow_the_listing() -> None:
    f = floor(price_min=50, price_max=150, quantity_min=2, quantity_max=20, price_band_rate=100_000)
    order_id = f.buy("alice", 5, at=90).order_id
    for price in (49, 151, -1):
        assert "price_invalid" == f.replace("alice", order_id, at=price).rejected
    for quantity in (1, 21, -1):
        assert "quantity_invalid" == f.replace("alice", order_id, quantity=quantity).rejected
    f.sell("alice", 2, at=120)
    f.buy("bob", 2, at=120)
    assert "price_too_far" == f.replace("alice", order_id, at=107).rejected
    assert None is f.replace("alice", order_id, quantity=9).rejected, "its price is not new"
    assert None is f.replace("alice", order_id, at=108).rejected


@pytest.mark.parametrize("post_only", [False, True])
@pytest.mark.parametrize("state", [OPEN, POST_ONLY, LIMIT_ONLY, CANCEL_ONLY, CLOSED])
def test_where_a_new_order_would_be_taken_it_may_be_replaced(state: int, post_only: bool) -> None:
    f = floor()
    order_id = f.buy("alice", 5, at=90, post_only=post_only).order_id
    f.change(state=state)
    expected = f.buy("alice", 5, at=90, post_only=post_only).rejected
    assert expected == f.replace("alice", order_id, quantity=3).rejected
    assert expected == f.replace("alice", order_id, at=91).rejected


def test_a_replaced_order_keeps_its_id_its_age_and_its_fees() -> None:
    """Oldest first it still is, though it stands last at its price."""
    f = floor(maker_fee_rate=333_333, taker_fee_rate=333_333)
    first = f.sell("alice", 9, at=101, client_id=8).order_id
    second = f.sell("alice", 1, at=101).order_id
    f.buy("bob", 1, at=101)
    f.replace("alice", first, at=100, quantity=10)
    f.restart()
    f.buy("bob", 1, at=100)
    [trade] = f.buy("bob", 1, at=100).trades
    assert (3, 301) == (trade.maker_filled, trade.maker_quote_filled)
    assert 101 == f.fees_collected("USDC"), "of 301 a third, rounded up once"
    assert [first, second] == [order_id for order_id, _ in f.cancel_all("alice").canceled]


def test_a_replaced_order_that_trades_sets_off_what_waits() -> None:
    f = floor()
    f.trade(100)
    f.sell("bob", 1, at=105)
    stop = f.buy("carol", 1, at=50, when=105).order_id
    order_id = f.buy("alice", 1, at=90).order_id
    assert [stop] == f.replace("alice", order_id, at=105).accepted


def test_what_it_sets_off_fires_nearest_to_the_price_before_it() -> None:
    f = floor()
    f.trade(100)
    for price in (99, 110):
        f.sell("bob", 1, at=price)
    far, near = (f.buy("carol", 1, at=50, when=price).order_id for price in (108, 99))
    order_id = f.buy("alice", 2, at=90).order_id
    assert [near, far] == f.replace("alice", order_id, at=110).accepted
