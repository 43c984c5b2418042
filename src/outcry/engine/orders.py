"""An order while it is in the engine, and the queue it stands in."""

from typing import Final

from msgspec.structs import astuple

from outcry.engine.balances import Balance
from outcry.engine.commands import PlaceOrder

_astuple: Final = astuple  # A constant is found faster than another module's name.

# The fields of a `PlaceOrder`, in its order.
_Fields = tuple[int, int, int, int, int, int, int, int, bool, int | None, int]


class Order:
    """An order as it was asked for, and how far it has come: `quantity = filled + remaining`.

    Its id and its account's two balances are set when it is accepted; they are kept at hand so that
    a fill looks nothing up. A resting order is a link in its level's queue.
    """

    base: Balance
    quote: Balance
    level: "Level"  # Set while it rests.

    def __init__(self, command: PlaceOrder, created_ms: int) -> None:
        # All fields at once: read one by one they cost more than the rest of an order's way.
        fields: _Fields = _astuple(command)
        (
            self.account_id, self.instrument_id, self.side, self.order_type, self.price,
            self.quantity, self.quote_amount, self.time_in_force, self.post_only,
            self.client_id, self.self_trade,
        ) = fields
        self.order_id = 0
        self.created_ms = created_ms
        self.remaining = self.quantity
        self.quote_filled = 0
        self.fee_charged = 0
        self.ahead: Order | None = None
        self.behind: Order | None = None


class Level:
    """The orders at one price, first come first."""

    def __init__(self, price: int) -> None:
        self.price = price
        self.quantity = 0
        self.head: Order | None = None
        self.tail: Order | None = None

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
