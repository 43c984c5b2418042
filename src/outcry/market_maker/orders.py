"""The market maker's own open orders in one market.

News comes three ways and in any order: answers to requests, the private stream, and lists asked
for after something went wrong. An order that has ended never comes back, and an order only ever
gets smaller; with these two rules the order of the news does not matter.
"""

from collections.abc import Iterable, Iterator
from operator import attrgetter

from outcry.market_maker.diff import OpenOrder

ENDED_REMEMBERED = 1_000


class OpenOrders:
    """The account's orders by id."""

    def __init__(self) -> None:
        self._orders: dict[str, OpenOrder] = {}
        self._ended: dict[str, None] = {}  # In the order of their ends.

    def __iter__(self) -> Iterator[OpenOrder]:
        return iter(tuple(self._orders.values()))

    def __len__(self) -> int:
        return len(self._orders)

    def on_open(self, order: OpenOrder) -> None:
        """An order was seen in the book."""
        if order.order_id not in self._ended:
            self._orders[order.order_id] = self._smaller(order)

    def on_ended(self, order_id: str) -> None:
        """An order was filled or canceled, or there is no such order."""
        self._orders.pop(order_id, None)
        self._ended[order_id] = None
        while len(self._ended) > ENDED_REMEMBERED:
            del self._ended[next(iter(self._ended))]

    def on_list(self, orders: Iterable[OpenOrder]) -> None:
        """Take in all open orders, from a request made while no other was under way."""
        self._orders = {
            order.order_id: self._smaller(order)
            for order in orders if order.order_id not in self._ended
        }

    def _smaller(self, order: OpenOrder) -> OpenOrder:
        known = self._orders.get(order.order_id, order)
        return min(known, order, key=attrgetter("remaining"))
