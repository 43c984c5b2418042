"""An order while it is in the engine, and the queue it stands in."""

from typing import Final

from msgspec.structs import astuple

from outcry.engine.balances import Balance
from outcry.engine.commands import Conditions, PlaceOrder
from outcry.engine.units import (
    LIMIT,
    NO_ORDER,
    AccountId,
    InstrumentId,
    OrderId,
    OrderType,
    SelfTrade,
    Side,
    Ticks,
    TimeInForce,
)

_astuple: Final = astuple  # A constant is found faster than another module's name.

# The fields of a `PlaceOrder`, in its order.
_Fields = tuple[
    AccountId, InstrumentId, Side, OrderType, Ticks, int, int, TimeInForce, bool, int | None,
    SelfTrade, Conditions | None,
]


class MarketAccount:
    """An account's place at one book: its balances of the two assets, and its open orders."""

    def __init__(self, base: Balance, quote: Balance) -> None:
        self.base = base
        self.quote = quote
        # By order id, oldest first: an order keeps its place for as long as it is open.
        self.orders: dict[OrderId, Order] = {}


class Order:
    """An order's terms and its progress: `quantity = filled + remaining`.

    Its seat is set before it is matched, so that a fill looks nothing up, its id when it is
    accepted. A resting order is a link in its level's queue; one that waits for its trigger stands
    in no queue.
    """

    seat: MarketAccount
    level: "PriceLevel"  # Set while it rests.

    def __init__(self, command: PlaceOrder, created_ms: int) -> None:
        # All fields at once: read one by one they cost more than the rest of an order's way.
        fields: _Fields = _astuple(command)
        (
            self.account_id, self.instrument_id, self.side, self.order_type, self.price,
            self.quantity, self.quote_amount, self.time_in_force, self.post_only,
            self.client_id, self.self_trade, self.conditions,
        ) = fields
        # A limit order has a price of its own and may rest; a market order takes the best prices.
        self.has_limit = self.order_type == LIMIT
        self.order_id = NO_ORDER
        self.related_order_id = NO_ORDER  # The order whose exit it is.
        self.beside: Order | None = None  # The other exit of that order, while both wait.
        self.waiting = False
        self.created_ms = created_ms
        self.triggered_ms = 0  # When its trigger fired.
        self.worst_price = 0  # Of a market order whose trigger fired, in ticks; 0 is no bound.
        self.remaining = self.quantity
        self.quote_filled = 0
        self.fee_exact = 0  # Of its fills so far, in millionths of the asset received.
        self.fee_charged = 0  # In the asset received.
        self.ahead: Order | None = None
        self.behind: Order | None = None

    def command(self) -> PlaceOrder:
        """The command that would place this order as it now stands."""
        return PlaceOrder(
            account_id=self.account_id,
            instrument_id=self.instrument_id,
            side=self.side,
            order_type=self.order_type,
            price=self.price,
            quantity=self.quantity,
            quote_amount=self.quote_amount,
            time_in_force=self.time_in_force,
            post_only=self.post_only,
            client_id=self.client_id,
            self_trade=self.self_trade,
            conditions=self.conditions,
        )


class PriceLevel:
    """The orders at one price, first come first."""

    def __init__(self, price: Ticks) -> None:
        self.price = price
        self.quantity = 0
        self.head: Order | None = None
        self.tail: Order | None = None
        self.touched = False  # Whether the present entry has changed it.

    def append(self, order: Order) -> None:
        """Put an order behind all others."""
        tail = self.tail
        if tail is None:
            self.head = order
        else:
            tail.behind = order
            order.ahead = tail
        self.tail = order
        order.level = self
        self.quantity += order.remaining

    def remove(self, order: Order) -> None:
        """Take an order out of the queue, wherever it stands."""
        ahead = order.ahead
        behind = order.behind
        if ahead is None:
            self.head = behind
        else:
            ahead.behind = behind
        if behind is None:
            self.tail = ahead
        else:
            behind.ahead = ahead
        order.ahead = None
        order.behind = None
        self.quantity -= order.remaining
