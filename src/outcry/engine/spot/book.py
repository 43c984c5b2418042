"""The order book of one instrument: resting orders in price-time priority.

A side keeps its levels by *key*, the price times the side's sign, so that the best price is always
the highest key and stands last in the list: one piece of code serves bids and asks, and taking the
best level away moves nothing. A level is a queue of linked orders, so that canceling from the
middle costs the same as from the head.
"""

from bisect import bisect_left, insort
from typing import Final

from outcry.engine.commands import QUOTE_AGE_DEFAULT_MS
from outcry.engine.events import QuoteSet
from outcry.engine.quote_gate import QuoteGate
from outcry.engine.spot.instruments import Instrument
from outcry.engine.spot.orders import Order, PriceLevel
from outcry.engine.triggers import TriggerIndex
from outcry.engine.units import (
    BUY,
    LAST_PRICE,
    NO_PRICE,
    SELL,
    OrderId,
    PriceKind,
    Side,
    Ticks,
    TradeId,
    div_ceil,
    div_floor,
)

KEY_MIN: Final = -(2**62)  # Below every price on either side.

# Compiled code looks names of other modules up in a dictionary at each use, constants it does not.
_bisect_left: Final = bisect_left
_insort: Final = insort


def key_of(price: Ticks, side: Side) -> int:
    """The rank of a price among the orders of a side: the higher, the better."""
    return price if side == BUY else -price


class BookSide:
    """The bids or the asks."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.keys: list[int] = []  # Ascending: the best price is the last.
        # By key. An empty level keeps its place, without its key, until the present entry ends.
        self.levels: dict[int, PriceLevel] = {}
        self.touched: list[PriceLevel] = []  # Levels that the present entry has changed.

    def best_key(self) -> int:
        """Key of the best level; `KEY_MIN` when there is none."""
        keys = self.keys
        return keys[-1] if keys else KEY_MIN

    def add(self, order: Order) -> None:
        """Let an order rest, last at its price."""
        assert order.remaining > 0
        key = key_of(order.price, self.side)
        level = self.levels.get(key)
        if level is None:
            level = PriceLevel(order.price)
            self.levels[key] = level
        if level.head is None:
            keys = self.keys
            if not keys or key > keys[-1]:
                keys.append(key)
            else:
                _insort(keys, key)
        level.append(order)
        self._touch(level)

    def remove(self, order: Order) -> None:
        """Take a resting order away."""
        level = order.level
        level.remove(order)
        if level.head is None:
            self._drop_key(key_of(order.price, self.side))
        self._touch(level)

    def fill(self, order: Order, quantity: int) -> None:
        """Reduce a resting order by a fill, and take it away when nothing remains."""
        assert 0 < quantity <= order.remaining
        level = order.level
        level.quantity -= quantity
        order.remaining -= quantity
        if order.remaining == 0:
            self.remove(order)
        else:
            self._touch(level)

    def shrink(self, order: Order, quantity: int) -> None:
        """Take lots off a resting order, which keeps its place."""
        assert 0 <= quantity < order.remaining
        level = order.level
        level.quantity -= quantity
        order.remaining -= quantity
        self._touch(level)

    def take_touched(self) -> list[tuple[int, int]]:
        """(price, quantity) of each level changed since the last call; 0 where no level is left."""
        changed: list[tuple[int, int]] = []
        for level in self.touched:
            level.touched = False
            changed.append((level.price, level.quantity))
            if level.head is None:
                del self.levels[key_of(level.price, self.side)]
        self.touched = []
        return changed

    def _touch(self, level: PriceLevel) -> None:
        """Note that the present entry changed this level."""
        if not level.touched:
            level.touched = True
            self.touched.append(level)

    def _drop_key(self, key: int) -> None:
        keys = self.keys
        if keys[-1] == key:
            keys.pop()
        else:
            del keys[_bisect_left(keys, key)]


class Book:
    """Both sides of one instrument, with the counters that go with them."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.bids = BookSide(BUY)
        self.asks = BookSide(SELL)
        self.seq = 0
        self.moved_ms = 0
        self.touched = False  # Whether the present entry has changed it.
        self.last_price = NO_PRICE
        self.last_trade_id = TradeId(0)
        self.quote: QuoteSet | None = None  # The last certain one; halfway between is the mark.
        self.gate = QuoteGate()
        self.waiting: dict[OrderId, Order] = {}  # Orders whose trigger has not fired, by id.
        self.last_triggers = TriggerIndex()
        self.mark_triggers = TriggerIndex()
        # Work on triggers that the present command leaves to `settle`, in this order.
        self.traded_low = 0  # Extremes of its trades; 0 while there is none, or nothing waits.
        self.traded_high = 0
        self.parents: list[Order] = []  # Orders that ended and have exits.

    def triggers(self, follows: PriceKind) -> TriggerIndex:
        """The orders that wait for this price, `LAST_PRICE` or `MARK_PRICE`."""
        return self.last_triggers if follows == LAST_PRICE else self.mark_triggers

    def mark_ticks(self) -> tuple[int, int]:
        """The mark price in ticks, rounded down and rounded up; zeros while there is none."""
        quote = self.quote
        if quote is None:
            return 0, 0
        twice = (quote.bid + quote.ask) * self.instrument.mark_numerator
        divisor = 2 * self.instrument.mark_denominator
        return div_floor(twice, divisor), div_ceil(twice, divisor)

    def fresh_mark(self, now_ms: int) -> tuple[int, int]:
        """The same, as long as the quote is fresh and not in doubt; else zeros."""
        quote = self.quote
        if quote is None or self.gate.in_doubt:
            return 0, 0
        age_ms: int = now_ms - quote.source_ms
        return self.mark_ticks() if age_ms <= QUOTE_AGE_DEFAULT_MS else (0, 0)

    def has_price(self, follows: PriceKind) -> bool:
        """Whether the price triggers of this kind follow exists yet."""
        return self.last_price != 0 if follows == LAST_PRICE else self.quote is not None

    def price_followed(self, follows: PriceKind) -> int:
        """The price triggers of this kind follow, in ticks rounded down."""
        return self.last_price if follows == LAST_PRICE else self.mark_ticks()[0]

    def note_trade(self, price: Ticks) -> None:
        """Widen the range of prices at which the present command has traded."""
        if self.traded_low == 0 or price < self.traded_low:
            self.traded_low = price
        if price > self.traded_high:
            self.traded_high = price

    def side(self, side: Side) -> BookSide:
        """The side where orders of this side rest."""
        return self.bids if side == BUY else self.asks

    def opposite(self, side: Side) -> BookSide:
        """The side an order of this side trades with."""
        return self.asks if side == BUY else self.bids
