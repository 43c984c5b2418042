"""Depth: the quantity at each price of one book, folded from the engine's `BookAfter`."""

from bisect import bisect_left, insort
from typing import NamedTuple, Self

from outcry.engine.events import BookAfter
from outcry.engine.image import BookImage, OrderImage

Level = tuple[int, int]  # (price in ticks, quantity in lots)


class Best(NamedTuple):
    """Top of the book; None where a side is empty."""

    bid: Level | None
    ask: Level | None


class Levels(NamedTuple):
    """Part of a book at one `seq`. Both sides ascend by price: the best bid is the last."""

    seq: int
    bids: list[Level]
    asks: list[Level]


class Depth:
    """One book at `seq`. `bids` and `asks` map a price in ticks to a quantity in lots."""

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self._bid_prices: list[int] = []  # Ascending, as the asks'.
        self._ask_prices: list[int] = []
        self._cached: dict[int | None, Levels] = {}  # By limit, all at `seq`.

    @classmethod
    def from_image(cls, image: BookImage) -> Self:
        """The depth of a book in a snapshot."""
        depth = cls(image.seq)
        for orders, levels in ((image.bids, depth.bids), (image.asks, depth.asks)):
            _add_up(orders, levels)
        depth._bid_prices = sorted(depth.bids)
        depth._ask_prices = sorted(depth.asks)
        return depth

    def fold(self, after: BookAfter) -> None:
        """Take in the book's next change, which must have the next `seq`."""
        assert after.seq == self.seq + 1, f"book at {self.seq} was given change {after.seq}"
        self.seq = after.seq
        self._cached.clear()
        for price, quantity in after.bids:
            _set(self.bids, self._bid_prices, price, quantity)
        for price, quantity in after.asks:
            _set(self.asks, self._ask_prices, price, quantity)

    def best(self) -> Best:
        """The best bid and ask with their quantities."""
        bid: Level | None = None
        ask: Level | None = None
        if self._bid_prices:
            price = self._bid_prices[-1]
            bid = (price, self.bids[price])
        if self._ask_prices:
            price = self._ask_prices[0]
            ask = (price, self.asks[price])
        return Best(bid, ask)

    def levels(self, limit: int | None = None) -> Levels:
        """The best `limit` levels of each side, or all of them.

        All callers before the next change share the answer: do not modify it.
        """
        cached = self._cached.get(limit)
        if cached is None:
            bid_prices = self._bid_prices
            ask_prices = self._ask_prices
            if limit is not None:
                bid_prices = bid_prices[max(len(bid_prices) - limit, 0):]
                ask_prices = ask_prices[:limit]
            cached = self._cached[limit] = Levels(
                self.seq,
                [(price, self.bids[price]) for price in bid_prices],
                [(price, self.asks[price]) for price in ask_prices],
            )
        return cached


def _add_up(orders: list[OrderImage], levels: dict[int, int]) -> None:
    for order in orders:
        price = order.order.price
        levels[price] = levels.get(price, 0) + order.order.quantity - order.filled


def _set(levels: dict[int, int], prices: list[int], price: int, quantity: int) -> None:
    """Set the quantity of a level; 0 removes it, if it was there before the entry."""
    if quantity:
        if price not in levels:
            insort(prices, price)
        levels[price] = quantity
    elif levels.pop(price, None) is not None:
        del prices[bisect_left(prices, price)]
