"""Canceling: from anywhere in a level, by id or client id, and what may not be canceled."""

import pytest

from domain.floor import Floor
from outcry.engine.commands import CancelOrder, CancelOrders
from outcry.engine.events import OrderCanceled, OrdersCanceled
from outcry.engine.units import SELL


def floor() -> Floor:
    made = Floor()
    made.rich("alice", "bob", "carol")
    return made


@pytest.mark.parametrize("place", range(5))
def test_cancel_from_a_level_then_sweep(place: int) -> None:
    f = floor()
    queue = [f.sell("alice", 1 + number, at=101).order_id for number in range(5)]
    quantity = 1 + place

    answer = f.cancel("alice", queue.pop(place))

    assert "by_owner" == answer.canceled[0][1]
    assert f"{15 - quantity} @ 101 |" == f.book()
    assert queue == f.buy("bob", 15, at=101).makers
    assert f"| {quantity} @ 101" == f.book()


def test_scattered_cancels_in_a_deep_level() -> None:
    """Of 1,000 orders at one price every third goes, in no particular order."""
    f = floor()
    placed = f.entry([f.limit("alice", SELL, 1, at=101) for _ in range(1_000)])
    orders = [answer.order_id for answer in placed]
    gone = [orders[number * 337 % 1_000] for number in range(333)]
    f.entry([
        CancelOrder(account_id=f.account("alice"), instrument_id=1, order_id=order_id)
        for order_id in gone
    ])

    assert "667 @ 101 |" == f.book()
    expected = [order_id for order_id in orders if order_id not in set(gone)]
    assert expected == f.buy("bob", 1_000, at=101).makers


def test_a_level_may_lose_all_its_orders_to_cancels_and_fill_again() -> None:
    f = floor()
    queue = [f.sell("alice", 1, at=101).order_id for _ in range(3)]
    for order_id in (queue[1], queue[2], queue[0]):
        f.cancel("alice", order_id)
    assert "|" == f.book()
    again = f.sell("alice", 1, at=101).order_id
    assert [again] == f.buy("bob", 1, at=101).makers


def test_cancel_releases_what_the_order_had_reserved() -> None:
    f = Floor()
    f.deposit("alice", usdc=1_000, sol=10)
    bid = f.buy("alice", 5, at=100).order_id
    ask = f.sell("alice", 4, at=200).order_id
    assert (500, 500, 6, 4) == (
        f.balance("alice", "USDC"), f.locked("alice", "USDC"),
        f.balance("alice", "SOL"), f.locked("alice", "SOL"),
    )

    f.cancel("alice", bid)
    f.cancel("alice", ask)

    assert (1_000, 0, 10, 0) == (
        f.balance("alice", "USDC"), f.locked("alice", "USDC"),
        f.balance("alice", "SOL"), f.locked("alice", "SOL"),
    )


def test_cancel_of_a_partly_filled_order_ends_what_is_left() -> None:
    f = floor()
    order_id = f.sell("alice", 10, at=101).order_id
    f.buy("bob", 4, at=101)

    answer = f.cancel("alice", order_id)

    assert [(order_id, "by_owner")] == answer.canceled
    [event] = answer.events
    assert isinstance(event, OrderCanceled)
    assert 6 == event.remaining
    assert 0 == f.locked("alice", "SOL")
    assert "|" == f.book()


def test_cancel_of_filled_canceled_unknown_and_foreign_orders_is_refused() -> None:
    f = floor()
    filled = f.sell("alice", 1, at=101).order_id
    f.buy("bob", 1, at=101)
    canceled = f.sell("alice", 1, at=102).order_id
    f.cancel("alice", canceled)
    foreign = f.sell("bob", 1, at=103).order_id

    for order_id in (filled, canceled, 999, 0, 2**63 - 1, foreign):
        assert "order_not_found" == f.cancel("alice", order_id).rejected
    assert "1 @ 103 |" == f.book()


def test_cancel_on_another_instrument_is_refused() -> None:
    f = floor()
    f.list_instrument(symbol="SOL_OTHER")
    order_id = f.sell("alice", 1, at=101).order_id

    assert "order_not_found" == f.cancel("alice", order_id, on="SOL_OTHER").rejected
    assert "1 @ 101 |" == f.book()


def test_cancel_for_an_account_that_does_not_exist_is_refused() -> None:
    f = floor()
    order_id = f.sell("alice", 1, at=101).order_id
    for account_id in (99, 999, 2**63 - 1):
        command = CancelOrder(account_id=account_id, instrument_id=1, order_id=order_id)
        assert "account_not_found" == f.do(command).rejected
        everything = CancelOrders(account_id=account_id, instrument_id=1)
        assert "account_not_found" == f.do(everything).rejected


def test_cancel_by_client_id() -> None:
    f = floor()
    order_id = f.sell("alice", 1, at=101, client_id=7).order_id
    foreign = f.sell("bob", 1, at=102, client_id=8).order_id

    assert "order_not_found" == f.cancel("alice", client_id=8).rejected
    assert "order_not_found" == f.cancel("alice", client_id=9).rejected
    assert [(order_id, "by_owner")] == f.cancel("alice", client_id=7).canceled
    assert "order_not_found" == f.cancel("alice", client_id=7).rejected
    assert [(foreign, "by_owner")] == f.cancel("bob", client_id=8).canceled


def test_cancel_all_takes_the_accounts_orders_in_one_instrument_oldest_first() -> None:
    f = floor()
    f.list_instrument(symbol="SOL_OTHER")
    own = [f.sell("alice", 1, at=103).order_id, f.buy("alice", 1, at=90).order_id,
           f.sell("alice", 1, at=101).order_id]
    f.sell("alice", 1, at=101, on="SOL_OTHER")
    f.sell("bob", 2, at=102)

    answer = f.cancel_all("alice")

    assert [(order_id, "by_owner") for order_id in own] == answer.canceled
    last = answer.events[-1]
    assert isinstance(last, OrdersCanceled)
    assert 3 == last.count
    assert "2 @ 102 |" == f.book()
    assert "1 @ 101 |" == f.book("SOL_OTHER")


def test_cancel_all_with_nothing_open_is_answered_too() -> None:
    f = floor()
    [event] = f.cancel_all("alice").events
    assert isinstance(event, OrdersCanceled)
    assert 0 == event.count
    assert "instrument_not_found" == f.do(
        CancelOrders(account_id=f.account("alice"), instrument_id=9)
    ).rejected
