"""An order book that is exact or says that it is not: a snapshot, and every change since.

The rule: gather changes, take a snapshot with id L, pass over changes up to L, and from then on
each change must begin at the id after the last one. Anything else is a gap: start again.
"""

from collections.abc import Iterable
from decimal import Decimal

from outcry.client.frames import DepthUpdate, Level
from outcry.client.models import Depth

_WAITING_MAX = 10_000


class OrderBook:
    """Levels of one market. It does no I/O: feed it updates, and a snapshot when it wants one."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.bids: dict[Decimal, Decimal] = {}
        self.asks: dict[Decimal, Decimal] = {}
        self.last_id = 0
        self.synced = False
        self.gaps = 0  # How often changes were missing.
        self._waiting: list[DepthUpdate] = []

    @property
    def best_bid(self) -> Level | None:
        """Highest bid and its quantity."""
        price = max(self.bids, default=None)
        return None if price is None else (price, self.bids[price])

    @property
    def best_ask(self) -> Level | None:
        """Lowest ask and its quantity."""
        price = min(self.asks, default=None)
        return None if price is None else (price, self.asks[price])

    def levels(self, limit: int | None = None) -> tuple[list[Level], list[Level]]:
        """Bids and asks, best first."""
        bids = sorted(self.bids.items(), reverse=True)
        asks = sorted(self.asks.items())
        return bids[:limit], asks[:limit]

    def reset(self) -> None:
        """Forget everything: the connection was lost, and changes with it."""
        self.synced = False
        self.bids.clear()
        self.asks.clear()
        self._waiting.clear()

    def on_update(self, update: DepthUpdate) -> None:
        """Take in a change; afterwards `synced` says whether the book is exact."""
        if not self.synced:
            self._waiting.append(update)
            if len(self._waiting) > _WAITING_MAX:
                self._waiting.clear()
            return
        if update.last_id <= self.last_id:
            return
        if update.first_id != self.last_id + 1:
            self.gaps += 1
            self.reset()
            self._waiting.append(update)
            return
        self._apply(update)

    def on_snapshot(self, depth: Depth) -> bool:
        """Take in a snapshot; False when it is too old for the changes gathered: take another."""
        last_id = int(depth.last_update_id)
        newer = [update for update in self._waiting if update.last_id > last_id]
        expected = last_id + 1
        for number, update in enumerate(newer):
            # The first one may straddle the snapshot; the others must join exactly.
            fits = update.first_id <= expected if number == 0 else update.first_id == expected
            if not fits:
                self.gaps += 1
                self._waiting = newer[number:]
                return False
            expected = update.last_id + 1
        self.bids = _levels(depth.bids)
        self.asks = _levels(depth.asks)
        self.last_id = last_id
        self.synced = True
        self._waiting = []
        for update in newer:
            self._apply(update)
        return True

    def _apply(self, update: DepthUpdate) -> None:
        for side, levels in ((self.bids, update.bids), (self.asks, update.asks)):
            for price, quantity in levels:
                if quantity:
                    side[price] = quantity
                else:
                    side.pop(price, None)
        self.last_id = update.last_id


def _levels(levels: Iterable[Level]) -> dict[Decimal, Decimal]:
    return {price: quantity for price, quantity in levels if quantity}
