"""The fewest cancels and places that lead from the open orders to the desired ones.

An order that is near enough to a level, and not mostly eaten, stays: it keeps its place in the
queue, and the venue is spared two requests.
"""

from collections.abc import Iterable
from typing import NamedTuple

from outcry.client.models import Side
from outcry.market_maker.quoting import QuoteLevel

EATEN_MAX = 3  # An order with less than a third of the level's quantity left is replaced.


class OpenOrder(NamedTuple):
    """One of the account's orders in the book."""

    order_id: str
    side: Side
    price: int  # Ticks.
    remaining: int  # Lots.


class QuoteChanges(NamedTuple):
    """Orders to cancel, and then levels to place, best prices first."""

    cancel: list[OpenOrder]
    place: list[QuoteLevel]


def plan(desired: Iterable[QuoteLevel], orders: Iterable[OpenOrder]) -> QuoteChanges:
    """The fewest changes that lead from the orders to the desired levels."""
    levels, there = list(desired), list(orders)
    choices = [_nearest_first(level, there) for level in levels]
    level_of: dict[int, int] = {}  # Which level an order stands for, both by their numbers.
    for number in range(len(levels)):
        _match(number, choices, level_of, set())
    kept = set(level_of.values())
    return QuoteChanges(
        cancel=[order for n, order in enumerate(there) if n not in level_of],
        place=[level for n, level in enumerate(levels) if n not in kept],
    )


def _nearest_first(level: QuoteLevel, orders: list[OpenOrder]) -> list[int]:
    """Numbers of the orders that fit a level."""
    fitting = [number for number, order in enumerate(orders) if fits(level, order)]
    return sorted(fitting, key=lambda number: abs(orders[number].price - level.price))


def _match(
    level: int, choices: list[list[int]], level_of: dict[int, int], tried: set[int]
) -> bool:
    """Find an order for a level, moving other levels to other orders where that makes room."""
    for order in choices[level]:
        if order in tried:
            continue
        tried.add(order)
        if order not in level_of or _match(level_of[order], choices, level_of, tried):
            level_of[order] = level
            return True
    return False


def fits(level: QuoteLevel, order: OpenOrder) -> bool:
    """Whether an order can stand for a level."""
    return (
        order.side == level.side
        and abs(order.price - level.price) <= level.slack
        and order.remaining * EATEN_MAX >= level.quantity
    )
