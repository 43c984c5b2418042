"""An order while it is in the engine."""

from outcry.engine.balances import Balance


class Order:
    """An order being matched or resting. `quantity = filled + remaining` at all times.

    A resting order is a link in its level's queue. It keeps its account's two balances at hand,
    so that a fill looks nothing up.
    """

    def __init__(
        self, *, order_id: int, account_id: int, instrument_id: int, side: int, order_type: int,
        price: int, quantity: int, quote_amount: int, time_in_force: int, post_only: bool,
        client_id: int | None, self_trade: int, created_ms: int, base: Balance, quote: Balance,
    ) -> None:
        self.order_id = order_id
        self.account_id = account_id
        self.instrument_id = instrument_id
        self.side = side
        self.order_type = order_type
        self.price = price
        self.quantity = quantity
        self.quote_amount = quote_amount
        self.time_in_force = time_in_force
        self.post_only = post_only
        self.client_id = client_id
        self.self_trade = self_trade
        self.created_ms = created_ms
        self.base = base
        self.quote = quote
        self.remaining = quantity
        self.quote_filled = 0
        self.fee_charged = 0
        self.ahead: Order | None = None
        self.behind: Order | None = None
