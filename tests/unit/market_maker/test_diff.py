"""The difference leads from the orders that are there to those that should be."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from outcry.market_maker.diff import OpenOrder, QuoteChanges, fits, plan
from outcry.market_maker.orders import ENDED_REMEMBERED, OpenOrders
from outcry.market_maker.quoting import QuoteLevel

sides = st.sampled_from(["Bid", "Ask"])
some_levels = st.lists(
    st.builds(QuoteLevel, sides, st.integers(1, 60), st.integers(1, 20), st.integers(0, 5)),
    max_size=12,
)
some_orders = st.lists(
    st.tuples(sides, st.integers(1, 60), st.integers(1, 20)), max_size=12
).map(lambda rows: [OpenOrder(str(number), *row) for number, row in enumerate(rows)])


def after(orders: list[OpenOrder], changes: QuoteChanges) -> list[OpenOrder]:
    """The orders there are when the changes were made."""
    kept = [order for order in orders if order not in changes.cancel]
    placed = [
        OpenOrder(f"new {number}", level.side, level.price, level.quantity)
        for number, level in enumerate(changes.place)
    ]
    return kept + placed


@given(some_levels, some_orders)
def test_applying_the_changes_gives_what_is_desired(
    desired: list[QuoteLevel], orders: list[OpenOrder]
) -> None:
    """Afterwards there is one order for each level, each standing for its own."""
    result = after(orders, plan(desired, orders))
    assert len(desired) == len(result)
    assert QuoteChanges([], []) == plan(desired, result)


@given(some_levels)
def test_desired_orders_are_left_alone(desired: list[QuoteLevel]) -> None:
    """When every level has its order, in any order, nothing is done."""
    orders = [
        OpenOrder(str(number), level.side, level.price, level.quantity)
        for number, level in enumerate(desired)
    ]
    Random(1).shuffle(orders)
    assert QuoteChanges([], []) == plan(desired, orders)


@given(some_levels, some_orders)
def test_nothing_is_canceled_and_placed_again_in_vain(
    desired: list[QuoteLevel], orders: list[OpenOrder]
) -> None:
    """No canceled order could have stood for a placed level."""
    changes = plan(desired, orders)
    assert not [
        (order, level) for order in changes.cancel for level in changes.place if fits(level, order)
    ]


def test_near_enough_stays_and_eaten_goes() -> None:
    """Within the slack an order keeps its place; with less than a third left it is replaced."""
    level = QuoteLevel("Bid", 100, 30, 4)
    assert QuoteChanges([], []) == plan([level], [OpenOrder("1", "Bid", 104, 10)])
    for order in (
        OpenOrder("1", "Bid", 105, 30), OpenOrder("1", "Bid", 100, 9),
        OpenOrder("1", "Ask", 100, 30),
    ):
        assert QuoteChanges([order], [level]) == plan([level], [order])


def order(order_id: str = "1", remaining: int = 10) -> OpenOrder:
    return OpenOrder(order_id, "Bid", 100, remaining)


def test_an_order_that_ended_never_comes_back() -> None:
    """The stream may tell of an end before the answer to the request tells of the order."""
    orders = OpenOrders()
    orders.on_ended("1")
    orders.on_open(order())
    orders.on_list([order(), order("2")])
    assert [order("2")] == list(orders)


def test_an_order_only_gets_smaller() -> None:
    """News that is late does not undo a fill."""
    orders = OpenOrders()
    orders.on_open(order(remaining=4))
    orders.on_open(order(remaining=10))
    orders.on_list([order(remaining=10)])
    assert [order(remaining=4)] == list(orders)


def test_a_list_is_all_there_is() -> None:
    """What is not on the list is gone."""
    orders = OpenOrders()
    orders.on_open(order("1"))
    orders.on_list([order("2")])
    assert [order("2")] == list(orders)


def test_ended_orders_are_not_remembered_for_ever() -> None:
    """Memory stays flat however long it runs."""
    orders = OpenOrders()
    for number in range(2 * ENDED_REMEMBERED):
        orders.on_ended(str(number))
    orders.on_open(order("0"))
    orders.on_open(order(str(2 * ENDED_REMEMBERED - 1)))
    assert [order("0")] == list(orders)
