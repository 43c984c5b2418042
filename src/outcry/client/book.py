"""An order book that is exact or says that it is not: a snapshot, and every change since.

The rule: gather changes, take a snapshot with id L, pass over changes up to L, and from then on
each change must begin at the id after the last one. Anything else is a gap: start again.

A snapshot has so many levels of a side at most. When a side was cut off there, levels beyond are
not kept, so that the levels kept are exact; when half of them have been traded away, the book
starts again from another snapshot.
"""

from collections.abc import Iterable
from decimal import Decimal

from outcry.client.frames import DepthUpdate, Level
from outcry.client.models import Depth

SNAPSHOT_LEVELS = 1000  # A snapshot has no more of a side.
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
        self._lowest_bid: Decimal | None = None  # Below this, bids are not known; None: all are.
        self._highest_ask: Decimal | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every level is there, and not only the best ones."""
        return self._lowest_bid is None and self._highest_ask is None

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
        if self._runs_out():
            self.reset()

    def on_snapshot(self, depth: Depth) -> bool:
        """Take in a snapshot; False when it is too old for the changes gathered: take another."""
        last_id = int(depth.last_update_id)
        newer = [update for update in self._waiting if update.last_id > last_id]
        expected = last_id + 1
        for number, update in enumerate(newer):
            # The first one may straddle the snapshot; the others must join exactly.
            fits = update.first_id <= expected if number == 0 else update.first_id == expected
            if not fits:
                self.gaps += number > 0  # Else the snapshot is only too old.
                self._waiting = newer[number:]
                return False
            expected = update.last_id + 1
        self.bids = _levels(depth.bids)
        self.asks = _levels(depth.asks)
        self._lowest_bid = min(self.bids) if len(self.bids) >= SNAPSHOT_LEVELS else None
        self._highest_ask = max(self.asks) if len(self.asks) >= SNAPSHOT_LEVELS else None
        self.last_id = last_id
        self.synced = True
        self._waiting = []
        for update in newer:
            self._apply(update)
        return True

    def _apply(self, update: DepthUpdate) -> None:
        lowest, highest = self._lowest_bid, self._highest_ask
        for price, quantity in update.bids:
            if lowest is None or price >= lowest:
                _set(self.bids, price, quantity)
        for price, quantity in update.asks:
            if highest is None or price <= highest:
                _set(self.asks, price, quantity)
        self.last_id = update.last_id

    def _runs_out(self) -> bool:
        few = SNAPSHOT_LEVELS // 2
        return (self._lowest_bid is not None and len(self.bids) < few) or (
            self._highest_ask is not None and len(self.asks) < few
        )


def _set(side: dict[Decimal, Decimal], price: Decimal, quantity: Decimal) -> None:
    if quantity:
        side[price] = quantity
    else:
        side.pop(price, None)


def _levels(levels: Iterable[Level]) -> dict[Decimal, Decimal]:
    return {price: quantity for price, quantity in levels if quantity}
