"""An order while it is in the engine."""

from msgspec.structs import astuple

from outcry.engine.balances import Balance
from outcry.engine.commands import PlaceOrder

# The fields of a `PlaceOrder`, in its order.
_Fields = tuple[int, int, int, int, int, int, int, int, bool, int | None, int]


class Order:
    """An order as it was asked for, and how far it has come: `quantity = filled + remaining`.

    Its id and its account's two balances are set when it is accepted; they are kept at hand so that
    a fill looks nothing up. A resting order is a link in its level's queue.
    """

    base: Balance
    quote: Balance

    def __init__(self, command: PlaceOrder, created_ms: int) -> None:
        # All fields at once: read one by one they cost more than the rest of an order's way.
        fields: _Fields = astuple(command)
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
