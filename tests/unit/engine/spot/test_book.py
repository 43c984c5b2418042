"""A side of the book: its best price, and queues that orders leave from anywhere."""

from random import Random

import pytest

from outcry.engine.commands import PlaceOrder
from outcry.engine.spot.book import KEY_MIN, BookSide
from outcry.engine.spot.orders import Order
from outcry.engine.units import BUY, LIMIT, SELL


def order(order_id: int, *, at: int, side: int = BUY, quantity: int = 1) -> Order:
    command = PlaceOrder(
        account_id=100, instrument_id=1, side=side, order_type=LIMIT, price=at, quantity=quantity
    )
    made = Order(command, 1)
    made.order_id = order_id
    return made


def queue(side: BookSide, price: int) -> list[int]:
    """Order ids at a price, first come first."""
    level = side.levels.get(price * side.side)
    ids: list[int] = []
    resting = level.head if level is not None else None
    while resting is not None:
        ids.append(resting.order_id)
        resting = resting.behind
    return ids


def test_an_empty_side_has_no_best_price() -> None:
    assert KEY_MIN == BookSide(BUY).best_key()


@pytest.mark.parametrize(("side", "best"), [(BUY, 12), (SELL, -8)])
def test_the_best_key_is_the_highest_bid_or_the_lowest_ask(side: int, best: int) -> None:
    tested = BookSide(side)
    for number, price in enumerate((10, 12, 8, 9)):
        tested.add(order(number, at=price, side=side))
    assert best == tested.best_key()
    assert sorted(tested.keys) == tested.keys


def test_a_level_that_empties_is_gone_wherever_it_stands() -> None:
    for gone in (8, 10, 12):
        side = BookSide(BUY)
        orders = {price: order(price, at=price) for price in (10, 12, 8)}
        for resting in orders.values():
            side.add(resting)
        side.remove(orders.pop(gone))
        assert sorted(orders) == side.keys
        side.take_touched()
        assert sorted(orders) == sorted(side.levels)


def test_random_comings_and_goings_keep_every_queue_in_order() -> None:
    random = Random(3)
    side = BookSide(BUY)
    expected: dict[int, list[Order]] = {}
    for number in range(2_000):
        price = random.randint(1, 6)
        resting = expected.setdefault(price, [])
        if resting and random.random() < 0.48:
            leaving = resting.pop(random.randrange(len(resting)))
            if random.random() < 0.5:
                side.remove(leaving)
            else:
                side.fill(leaving, leaving.remaining)
        else:
            coming = order(number, at=price, quantity=random.randint(1, 9))
            resting.append(coming)
            side.add(coming)
            if coming.remaining > 1 and random.random() < 0.3:
                side.fill(coming, 1)
        for at, orders in expected.items():
            assert [item.order_id for item in orders] == queue(side, at)
            if orders:
                assert sum(item.remaining for item in orders) == side.levels[at].quantity
    assert sorted(price for price, orders in expected.items() if orders) == side.keys


def test_changed_levels_are_told_once_and_then_forgotten() -> None:
    side = BookSide(SELL)
    first, second = order(1, at=5, side=SELL, quantity=3), order(2, at=7, side=SELL)
    side.add(first)
    side.add(second)
    assert [(5, 3), (7, 1)] == sorted(side.take_touched())
    assert [] == side.take_touched()
    side.fill(first, 2)
    side.remove(second)
    assert [(5, 1), (7, 0)] == sorted(side.take_touched())


def test_a_level_that_goes_and_comes_again_is_told_once() -> None:
    side = BookSide(BUY)
    going = order(1, at=5, quantity=3)
    side.add(going)
    side.add(order(2, at=7))
    side.remove(going)
    side.add(order(3, at=5, quantity=4))
    assert [(5, 4), (7, 1)] == side.take_touched()
    side.add(order(4, at=5))
    assert [(5, 5)] == side.take_touched()


def test_filling_more_than_remains_is_a_broken_invariant() -> None:
    side = BookSide(BUY)
    resting = order(1, at=5, quantity=3)
    side.add(resting)
    for quantity in (0, -1, 4):
        with pytest.raises(AssertionError):
            side.fill(resting, quantity)
    with pytest.raises(AssertionError):
        side.add(order(2, at=5, quantity=0))
