"""Frames of the stream, typed. Times are in microseconds; decimals are exact.

On the wire the members have names of one letter; here they have whole ones.
"""

from decimal import Decimal

import msgspec
from msgspec import field

from outcry.client.models import Side, TimeInForce, TriggerBy

Level = tuple[Decimal, Decimal]  # Price and quantity.


class TradeUpdate(msgspec.Struct, frozen=True, gc=False):
    """A public trade."""

    symbol: str = field(name="s")
    price: Decimal = field(name="p")
    quantity: Decimal = field(name="q")
    buyer_order_id: str = field(name="b")
    seller_order_id: str = field(name="a")
    trade_id: int = field(name="t")
    time_us: int = field(name="T")
    is_buyer_maker: bool = field(name="m")


class TickerUpdate(msgspec.Struct, frozen=True, gc=False):
    """The last 24 hours, every second."""

    symbol: str = field(name="s")
    first_price: Decimal = field(name="o")
    last_price: Decimal = field(name="c")
    high: Decimal = field(name="h")
    low: Decimal = field(name="l")
    volume: Decimal = field(name="v")
    quote_volume: Decimal = field(name="V")
    trades: int = field(name="n")
    sent_us: int = field(name="E")


class TopUpdate(msgspec.Struct, frozen=True, gc=False):
    """Best bid and ask; None for a side that is empty."""

    symbol: str = field(name="s")
    ask: Decimal | None = field(name="a")
    ask_quantity: Decimal | None = field(name="A")
    bid: Decimal | None = field(name="b")
    bid_quantity: Decimal | None = field(name="B")
    update_id: int = field(name="u")
    time_us: int = field(name="T")


class MarkUpdate(msgspec.Struct, frozen=True, gc=False):
    """The outside price. It comes every second, also when its source says nothing new:

    `sent_us` less `source_us` is how old the price is.
    """

    symbol: str = field(name="s")
    price: Decimal = field(name="p")
    sent_us: int = field(name="E")
    source_us: int = field(name="T")


class DepthUpdate(msgspec.Struct, frozen=True, gc=False):
    """Levels that changed, with their quantities now; a quantity of 0 is no level."""

    symbol: str = field(name="s")
    asks: list[Level] = field(name="a")
    bids: list[Level] = field(name="b")
    first_id: int = field(name="U")
    last_id: int = field(name="u")
    time_us: int = field(name="T")


class KlineUpdate(msgspec.Struct, frozen=True, gc=False):
    """A candle as of now; `closed` at its end."""

    symbol: str = field(name="s")
    start: str = field(name="t")
    end: str = field(name="T")
    open: Decimal | None = field(name="o")
    close: Decimal | None = field(name="c")
    high: Decimal | None = field(name="h")
    low: Decimal | None = field(name="l")
    volume: Decimal = field(name="v")
    trades: int = field(name="n")
    closed: bool = field(name="X")


class OrderUpdate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event of one of the user's orders. Only a fill has the last six members."""

    # orderAccepted, orderFill, orderModified (it was replaced), orderCancelled, orderExpired,
    # triggerPlaced (it waits) or triggerFailed. When a trigger fires its order is accepted.
    event: str = field(name="e")
    symbol: str = field(name="s")
    order_id: str = field(name="i")
    client_id: int | None = field(name="c", default=None)
    related_order_id: str | None = field(name="I", default=None)  # The order whose exit it is.
    side: Side = field(name="S")
    order_type: str = field(name="o")  # LIMIT or MARKET.
    time_in_force: TimeInForce = field(name="f")
    post_only: bool = field(name="y", default=False)
    status: str = field(name="X")
    quantity: Decimal = field(name="q")  # 0 for an order by quote amount, or by share.
    quote_quantity: Decimal | None = field(name="Q", default=None)
    price: Decimal | None = field(name="p", default=None)
    trigger_price: Decimal | None = field(name="P", default=None)
    trigger_by: TriggerBy | None = field(name="B", default=None)
    trigger_quantity: str | None = field(name="Y", default=None)  # An amount, or a share: `80%`.
    take_profit_trigger_price: Decimal | None = field(name="a", default=None)
    take_profit_limit_price: Decimal | None = field(name="j", default=None)
    take_profit_trigger_by: TriggerBy | None = field(name="d", default=None)
    stop_loss_trigger_price: Decimal | None = field(name="b", default=None)
    stop_loss_limit_price: Decimal | None = field(name="k", default=None)
    stop_loss_trigger_by: TriggerBy | None = field(name="g", default=None)
    executed_quantity: Decimal = field(name="z")
    executed_quote_quantity: Decimal = field(name="Z")
    expiry_reason: str | None = field(name="R", default=None)
    time_us: int = field(name="T")
    trade_id: int | None = field(name="t", default=None)
    fill_quantity: Decimal | None = field(name="l", default=None)
    fill_price: Decimal | None = field(name="L", default=None)
    is_maker: bool | None = field(name="m", default=None)
    fee: Decimal | None = field(name="n", default=None)
    fee_symbol: str | None = field(name="N", default=None)

    @property
    def is_open(self) -> bool:
        """Whether the order rests in the book after this."""
        return self.status in ("New", "PartiallyFilled")

    @property
    def is_waiting(self) -> bool:
        """Whether the order waits for its trigger after this."""
        return self.status == "TriggerPending"


class BalanceUpdate(msgspec.Struct, frozen=True, gc=False):
    """One of the user's balances after a change."""

    asset: str = field(name="a")
    available: Decimal = field(name="A")
    locked: Decimal = field(name="L")
    time_us: int = field(name="T")
