"""Take profit and stop loss: placed when their order has ended, and the one that fires is alone."""

from typing import Any

import pytest

from domain.floor import Floor, leaving
from domain.outcomes import Answer
from outcry.engine.events import OrderAccepted, OrderCanceled, OrdersCanceled, OrderWaiting
from outcry.engine.units import BUY, FOK, IOC, LIMIT, MARK_PRICE, MARKET, REJECT_BOTH, SELL


def floor(**rules: int) -> Floor:
    made = Floor(**rules)
    made.rich("alice", "bob", "carol")
    made.trade(100)
    return made


def exits_in(answer: Answer) -> list[OrderWaiting]:
    return [event for event in answer.events if isinstance(event, OrderWaiting)]


def bought(f: Floor, quantity: int = 5, **exits: Any) -> Answer:
    """Alice buys from bob at 100, with exits."""
    f.sell("bob", quantity, at=100)
    return f.buy("alice", quantity, at=100, **exits)


@pytest.mark.parametrize("side", [BUY, SELL])
def test_exits_undo_what_their_order_filled(side: int) -> None:
    f = floor()
    f.do(f.limit("bob", -side, 5, at=100))
    profit, loss = (110, 95) if side == BUY else (95, 110)
    order = f.limit("alice", side, 5, at=100, profit=leaving(profit, limit=profit), loss=loss)
    answer = f.do(order)
    gain, stop = exits_in(answer)
    for leaving_order, trigger in ((gain, profit), (stop, loss)):
        assert answer.order_id == leaving_order.related_order_id
        assert (-side, 5) == (leaving_order.order.side, leaving_order.order.quantity)
        conditions = leaving_order.order.conditions
        assert conditions is not None
        assert conditions.trigger is not None
        assert trigger == conditions.trigger.price
    assert (LIMIT, profit) == (gain.order.order_type, gain.order.price)
    assert (MARKET, 0) == (stop.order.order_type, stop.order.price)
    assert (0, 0) == (f.locked("alice", "SOL"), f.locked("alice", "USDC"))


def test_exits_come_when_a_resting_order_is_filled_and_not_before() -> None:
    f = floor()
    parent = f.buy("alice", 5, at=100, profit=110, loss=95).order_id
    assert [] == f.sell("bob", 4, at=100).waiting
    answer = f.sell("bob", 1, at=100)
    assert [5, 5] == [event.order.quantity for event in exits_in(answer)]
    assert {parent} == {event.related_order_id for event in exits_in(answer)}


def test_exits_of_a_part_filled_order_that_is_canceled_are_for_that_part() -> None:
    f = floor()
    first = f.buy("alice", 5, at=100, profit=110, loss=95).order_id
    second = f.buy("alice", 5, at=99, loss=90).order_id
    untouched = f.buy("alice", 5, at=98, loss=90).order_id
    f.sell("bob", 3, at=100)
    answer = f.cancel("alice", first)
    assert [OrderCanceled, OrderWaiting, OrderWaiting] == [type(event) for event in answer.events]
    assert [3, 3] == [event.order.quantity for event in exits_in(answer)]

    f.sell("bob", 1, at=99)
    answer = f.cancel_all("alice")
    canceled = [order_id for order_id, _ in answer.canceled]
    assert [second, untouched] == canceled[:2]
    [stop] = exits_in(answer)
    assert (second, 1) == (stop.related_order_id, stop.order.quantity)
    assert [stop.order_id] == f.waiting("alice"), "what was canceled is what there was before"


def test_canceling_all_counts_what_its_owner_canceled_and_not_what_followed() -> None:
    """An exit that is placed so late that the price has passed it fires within the answer."""
    f = floor()
    parent = f.buy("alice", 5, at=100, profit=110, loss=leaving(101)).order_id
    f.sell("bob", 3, at=100)
    f.buy("bob", 9, at=99)
    answer = f.cancel_all("alice")
    gain, stop = answer.waiting
    assert [stop] == answer.accepted
    assert "3 @ 99" == answer.fills
    assert [(parent, "by_owner"), (gain, "exit_fired")] == answer.canceled
    assert OrdersCanceled(account_id=f.account("alice"), instrument_id=1, count=1) == (
        answer.events[-1]
    )


@pytest.mark.parametrize("tif", [IOC, FOK])
def test_exits_of_orders_that_never_rest(tif: int) -> None:
    f = floor()
    f.sell("bob", 3, at=100)
    answer = f.buy("alice", 5, at=100, tif=tif, profit=110)
    assert ([3] if tif == IOC else []) == [event.order.quantity for event in exits_in(answer)]
    f.sell("bob", 3, at=100)
    answer = f.buy_market("alice", spend=250, loss=90)
    assert [2] == [event.order.quantity for event in exits_in(answer)]


def test_exits_of_an_order_that_made_way_for_its_own() -> None:
    f = floor()
    f.buy("alice", 5, at=100, loss=95)
    f.sell("bob", 2, at=100)
    answer = f.sell("alice", 4, at=100, self_trade=REJECT_BOTH)
    assert [2] == [event.order.quantity for event in exits_in(answer)]


def test_exits_are_for_what_was_bought_less_the_fee_in_whole_lots() -> None:
    f = Floor(sol_decimals=2, taker_fee_rate=30_000, maker_fee_rate=-30_000)
    f.rich("alice", "bob")
    # 10 SOL less 0.3 SOL are 9 whole lots; who sells pays in USDC and buys all of it back.
    f.sell("bob", 10, at=100, loss=120)
    answer = f.buy("alice", 10, at=100, loss=90)
    assert [10, 9] == [event.order.quantity for event in exits_in(answer)]
    # 50 SOL and a rebate of 1.5 SOL are no more than the 50 lots of the order.
    f.deposit("bob", sol=10**12)
    f.buy_market("bob", 1)
    f.sell("alice", 60, at=101)
    for _ in range(3):
        f.buy("bob", 20, at=101)
    f.buy("alice", 50, at=100, loss=90)
    answer = f.sell("bob", 50, at=100)
    [trade] = answer.trades
    assert trade.maker_fee <= -100, "the rebate is more than a lot"
    assert [50] == [event.order.quantity for event in exits_in(answer)]


def test_the_fee_of_a_sell_is_in_money_and_takes_nothing_off_its_exits() -> None:
    f = Floor(taker_fee_rate=900_000)
    f.rich("alice", "bob")
    f.buy("bob", 10, at=100)
    [stop] = exits_in(f.sell("alice", 10, at=100, loss=120))
    assert 10 == stop.order.quantity


def test_exits_meet_their_own_account_as_their_order_would() -> None:
    f = floor()
    bought(f, loss=95, self_trade=REJECT_BOTH)
    own = f.buy("alice", 1, at=94).order_id
    f.trade(95)
    assert [] == f.waiting("alice")
    assert "order_not_found" == f.cancel("alice", own).rejected


def test_a_fee_that_leaves_no_lot_leaves_no_exit() -> None:
    f = Floor(taker_fee_rate=30_000)
    f.rich("alice", "bob")
    f.sell("bob", 1, at=100)
    assert [] == f.buy("alice", 1, at=100, loss=90).waiting


def test_the_exit_that_fires_cancels_the_other() -> None:
    f = floor()
    gain, stop = bought(f, profit=110, loss=95).waiting
    f.buy("bob", 5, at=95)
    f.buy("bob", 5, at=94)
    answer = f.sell_market("carol", 1)
    assert "1 @ 95, 4 @ 95, 1 @ 94" == answer.fills
    assert [(gain, "exit_fired")] == answer.canceled
    assert [stop] == answer.accepted[1:]
    kinds = [type(event) for event in answer.events]
    assert kinds.index(OrderCanceled) < kinds.index(OrderAccepted, 1), "first it is alone"
    assert [] == f.waiting("alice")


def test_both_exits_reached_by_one_command_are_one_exit() -> None:
    """The nearer to the price before fires; the other has gone by then."""
    f = floor()
    gain, stop = bought(f, profit=103, loss=95).waiting
    f.trade(101)
    for price in (94, 104):
        f.sell("bob", 1, at=price)
    answer = f.buy_market("carol", 2)
    assert [gain] == answer.accepted[1:]
    assert (stop, "exit_fired") in answer.canceled
    assert [] == f.waiting("alice")


def test_canceling_one_exit_leaves_the_other() -> None:
    f = floor()
    gain, stop = bought(f, profit=110, loss=95).waiting
    assert [(gain, "by_owner")] == f.cancel("alice", gain).canceled
    assert [stop] == f.waiting("alice")
    f.buy("bob", 9, at=95)
    answer = f.sell_market("carol", 1)
    assert [] == answer.canceled
    assert [stop] == answer.accepted[1:]


def test_an_exit_that_fails_takes_the_other_with_it() -> None:
    f = floor()
    gain, stop = bought(f, profit=110, loss=95).waiting
    f.withdraw("alice", sol=f.balance("alice", "SOL"))
    f.buy("bob", 1, at=95)
    answer = f.sell_market("carol", 1)
    assert [(gain, "exit_fired")] == answer.canceled
    assert [(stop, "insufficient_funds")] == answer.failed
    assert [] == f.waiting("alice")


def test_a_limit_exit_rests_at_its_price() -> None:
    f = floor()
    [gain] = bought(f, profit=leaving(110, limit=112)).waiting
    f.trade(111)
    assert "5 @ 112 |" == f.book()
    assert [gain] == f.buy("carol", 5, at=112).makers


def test_exits_by_mark_price() -> None:
    f = floor()
    f.quote(100)
    gain, stop = bought(
        f, profit=leaving(110, by=MARK_PRICE), loss=leaving(95, by=MARK_PRICE, limit=90)
    ).waiting
    f.trade(111, 94)
    assert [gain, stop] == f.waiting("alice")
    answer = f.quote(94, 96)
    assert [stop] == answer.accepted
    assert [(gain, "exit_fired")] == answer.canceled
    assert "5 @ 90 |" == f.book()


def test_one_exit_by_mark_and_one_by_last_are_still_a_pair() -> None:
    f = floor()
    f.quote(100)
    gain, stop = bought(f, profit=leaving(110, by=MARK_PRICE), loss=95).waiting
    f.buy("bob", 9, at=95)
    assert [stop] == f.sell_market("carol", 1).accepted[1:]
    assert [] == f.quote(111).accepted
    assert gain not in f.waiting("alice")


@pytest.mark.parametrize("how", ["last", "mark"])
def test_an_exit_already_reached_when_it_is_placed_fires_at_once(how: str) -> None:
    f = floor()
    f.quote(93)
    f.buy("bob", 9, at=99)
    f.sell("bob", 5, at=100)
    stop = leaving(101) if how == "last" else leaving(95, by=MARK_PRICE)
    answer = f.buy("alice", 5, at=100, profit=120, loss=stop)
    gain, fired = answer.waiting
    assert [answer.order_id, fired] == answer.accepted
    assert [(gain, "exit_fired")] == answer.canceled
    assert "5 @ 100, 5 @ 99" == answer.fills


def test_an_exit_does_not_look_back_at_trades_from_before_it_was_placed() -> None:
    """The order itself trades through its stop, and the price then stands above it."""
    f = floor()
    other = f.buy("carol", 1, at=50, when=96).order_id
    for price in (96, 105):
        f.sell("bob", 1, at=price)
    answer = f.buy("alice", 2, at=105, profit=110, loss=98)
    assert [other] == answer.accepted[1:]
    assert 2 == len(answer.waiting)
    assert answer.waiting == f.waiting("alice")


def test_exits_wait_until_what_trades_have_set_off_is_done() -> None:
    """A cascade ends first; then exits are placed and see the price it left behind."""
    f = floor()
    for price in (99, 98):
        f.buy("bob", 1, at=price)
    parent = f.buy("bob", 1, at=97, profit=99, loss=90).order_id
    for price in (99, 98):
        f.sell_market("alice", 1, when=price)
    late = f.buy("carol", 1, at=50, when=97).order_id
    answer = f.sell_market("carol", 1)
    kinds = [type(event) for event in answer.events]
    assert kinds.index(OrderWaiting) > max(
        place for place, kind in enumerate(kinds) if kind is OrderAccepted
    )
    assert late == answer.accepted[-1]
    assert {parent} == {event.related_order_id for event in exits_in(answer)}


def test_what_an_exit_trades_may_fill_an_order_with_exits() -> None:
    f = floor()
    [stop] = bought(f, loss=96).waiting
    parent = f.buy("bob", 5, at=95, profit=110).order_id
    f.sell("bob", 1, at=96)
    answer = f.buy("carol", 1, at=96)
    assert [stop] == answer.accepted[1:]
    [gain] = exits_in(answer)
    assert (parent, 5) == (gain.related_order_id, gain.order.quantity)


def test_an_order_that_waits_may_have_exits() -> None:
    f = floor()
    parent = f.buy("alice", 2, at=96, when=95, profit=110, loss=90).order_id
    f.trade(95)
    answer = f.sell("bob", 2, at=96)
    assert [parent, parent] == [event.related_order_id for event in exits_in(answer)]
    assert [2, 2] == [event.order.quantity for event in exits_in(answer)]


def test_an_order_that_filled_nothing_has_no_exits() -> None:
    f = floor()
    order_id = f.buy("alice", 2, at=96, profit=110).order_id
    waiting = f.buy("alice", 2, at=96, when=95, profit=110).order_id
    assert [] == f.cancel("alice", order_id).waiting
    assert [] == f.cancel("alice", waiting).waiting


def test_a_replaced_order_has_exits_for_all_it_filled() -> None:
    f = floor()
    order_id = f.buy("alice", 5, at=98, loss=90).order_id
    f.sell("bob", 2, at=98)
    f.sell("bob", 4, at=99)
    answer = f.replace("alice", order_id, at=99, quantity=6)
    assert [6] == [event.order.quantity for event in exits_in(answer)]


def test_a_pair_is_a_pair_after_a_restart() -> None:
    f = floor()
    gain, stop = bought(f, profit=110, loss=95).waiting
    [lone] = bought(f, loss=94).waiting
    f.restart()
    f.buy("bob", 9, at=95)
    answer = f.sell_market("carol", 1)
    assert [stop] == answer.accepted[1:]
    assert [(gain, "exit_fired")] == answer.canceled
    assert [lone] == f.waiting("alice")


def test_exits_that_contradict_each_other_or_the_listing_are_refused() -> None:
    f = floor(price_max=1_000)
    for exits in (
        {"profit": 95, "loss": 95}, {"profit": 95, "loss": 96}, {"profit": 0}, {"loss": 1_001},
        {"profit": leaving(110, limit=1_001)}, {"loss": leaving(90, limit=-1)},
        {"loss": leaving(90, by=0)}, {"profit": leaving(110, by=3)},
    ):
        assert "trigger_invalid" == f.buy("alice", 1, at=100, **exits).rejected
        assert "trigger_invalid" == f.buy("alice", 1, at=100, when=90, **exits).rejected
    assert "trigger_invalid" == f.sell("alice", 1, at=100, profit=96, loss=95).rejected
    assert None is f.sell("alice", 1, at=100, profit=95, loss=96).rejected


def test_exits_are_let_wait_beyond_the_limit_of_open_orders() -> None:
    """They come by themselves, when nobody could be told that they are too many."""
    f = floor(open_orders_max=2)
    gain, stop = bought(f, profit=110, loss=95).waiting
    assert "order_limit" == f.buy("alice", 1, at=90).rejected
    assert [gain, stop] == f.waiting("alice")


def test_an_exit_smaller_than_the_smallest_order_fails_when_it_fires() -> None:
    f = floor()
    f.buy("alice", 5, at=100, loss=95)
    f.sell("bob", 1, at=100)
    f.change(quantity_min=2)
    f.cancel_all("alice")
    f.buy("bob", 2, at=95)
    answer = f.sell_market("carol", 2)
    assert ["quantity_invalid"] == [reason for _, reason in answer.failed]
