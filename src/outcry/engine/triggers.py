"""Prices that fire triggers, found without a look at the prices that do not.

Each direction keeps its prices in a heap, nearest first, so that a price that sets nothing off
costs one comparison and a firing costs the logarithm of the number of waiting prices. An order or
position that waits is known by its id.
"""

from heapq import heapify, heappop, heappush
from typing import Final

from outcry.engine.units import FALLS, RISES, Approach

_STALE_MAX: Final = 64  # Prices at which nothing waits any more, before a clean-up.


class _Direction:
    """Triggers the price comes to from one side, by key: the price times the direction."""

    def __init__(self, direction: Approach) -> None:
        self.direction = direction
        self.heap: list[int] = []  # Every key in `waiting`, and some that are no longer.
        self.waiting: dict[int, dict[int, bool]] = {}  # Key → ids.

    def add(self, price: int, waiting_id: int) -> None:
        key = price * self.direction
        ids = self.waiting.get(key)
        if ids is None:
            ids = {}
            self.waiting[key] = ids
            heappush(self.heap, key)
        ids[waiting_id] = True

    def discard(self, price: int, waiting_id: int) -> bool:
        key = price * self.direction
        ids = self.waiting.get(key)
        if ids is None or ids.pop(waiting_id, None) is None:
            return False
        if not ids:
            del self.waiting[key]
            if len(self.heap) > 2 * len(self.waiting) + _STALE_MAX:
                self.heap = list(self.waiting)
                heapify(self.heap)
        return True

    def take(self, price: int, due: list[tuple[int, int]]) -> None:
        """Take away the triggers that the price reaches, and add (trigger price, id) to `due`."""
        reached = price * self.direction
        heap = self.heap
        while heap and heap[0] <= reached:
            key = heappop(heap)
            ids = self.waiting.pop(key, None)
            if ids is not None:
                due.extend([(key * self.direction, waiting_id) for waiting_id in ids])


class TriggerIndex:
    """The triggers that wait for one price to rise or to fall."""

    def __init__(self) -> None:
        self.count = 0
        self._rises = _Direction(RISES)
        self._falls = _Direction(FALLS)

    def add(self, price: int, direction: Approach, waiting_id: int) -> None:
        """Add a trigger: it waits for the price to come to its own from this direction."""
        self._side(direction).add(price, waiting_id)
        self.count += 1

    def discard(self, price: int, direction: Approach, waiting_id: int) -> None:
        """Remove a trigger, if it has not been taken as due."""
        if self._side(direction).discard(price, waiting_id):
            self.count -= 1

    def take_due(self, *, low: int, high: int, before: int) -> list[tuple[int, int]]:
        """Take away the triggers from `low` to `high`: (distance from `before`, id) of each.

        Sorted, these stand in the order in which they fire: nearest first, then age, since ids are
        given in order. `low` may be above `high`, when a price between two ticks is asked about.
        """
        due: list[tuple[int, int]] = []
        self._rises.take(high, due)
        self._falls.take(low, due)
        self.count -= len(due)
        return [(abs(price - before), waiting_id) for price, waiting_id in due]

    def _side(self, direction: Approach) -> _Direction:
        return self._rises if direction == RISES else self._falls
