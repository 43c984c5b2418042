"""From the orders that are there to the orders that should be: the fewest cancels and places.

An order that is near enough to a level, and not mostly eaten, stays: it keeps its place in the
queue, and the venue is spared two requests.
"""

from collections.abc import Iterable
from typing import NamedTuple

from outcry.client.models import Side
from outcry.market_maker.quoting import Level

EATEN_MAX = 3  # An order with less than a third of the level's quantity left is replaced.


class OpenOrder(NamedTuple):
    """One of our orders in the book."""

    order_id: str
    side: Side
    price: int  # Ticks.
    remaining: int  # Lots.


class Changes(NamedTuple):
    """What to cancel, and then what to place, best prices first."""

    cancel: list[OpenOrder]
    place: list[Level]


def plan(desired: Iterable[Level], orders: Iterable[OpenOrder]) -> Changes:
    """What leads from the orders to the desired levels."""
    free = list(orders)
    place = []
    for level in desired:
        fitting = [order for order in free if fits(level, order)]
        if fitting:
            free.remove(min(fitting, key=lambda order: (abs(order.price - level.price), order)))
        else:
            place.append(level)
    return Changes(cancel=free, place=place)


def fits(level: Level, order: OpenOrder) -> bool:
    """Whether an order can stand for a level."""
    return (
        order.side == level.side
        and abs(order.price - level.price) <= level.slack
        and order.remaining * EATEN_MAX >= level.quantity
    )
