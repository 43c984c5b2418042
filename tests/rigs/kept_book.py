"""A client's book."""

from typing import Any


class KeptBook:
    """A book as a client keeps it: absolute quantities, 0 takes a level away, ids without a gap."""

    def __init__(self, bids: dict[str, str], asks: dict[str, str], last_id: int) -> None:
        self.bids = bids
        self.asks = asks
        self.last_id = last_id

    def take(self, frame: dict[str, Any]) -> None:
        if frame["u"] <= self.last_id:
            return
        assert frame["U"] <= self.last_id + 1, "a gap"
        for levels, changes in ((self.bids, frame["b"]), (self.asks, frame["a"])):
            for price, quantity in changes:
                if float(quantity) == 0:
                    levels.pop(price, None)
                else:
                    levels[price] = quantity
        self.last_id = frame["u"]
