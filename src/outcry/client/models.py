"""Answers of REST, typed. Prices, quantities and amounts are exact decimals."""

from decimal import Decimal
from typing import Literal

import msgspec

Side = Literal["Bid", "Ask"]
OrderType = Literal["Limit", "Market"]
TimeInForce = Literal["GTC", "IOC", "FOK"]
SelfTradePrevention = Literal["RejectTaker", "RejectMaker", "RejectBoth"]
TriggerBy = Literal["LastPrice", "MarkPrice"]  # The price a trigger follows.


class PriceFilter(msgspec.Struct, frozen=True, rename="camel"):
    """The prices that a market accepts."""

    tick_size: Decimal
    min_price: Decimal
    max_price: Decimal | None = None


class QuantityFilter(msgspec.Struct, frozen=True, rename="camel"):
    """The quantities that a market accepts."""

    step_size: Decimal
    min_quantity: Decimal
    max_quantity: Decimal | None = None


class Filters(msgspec.Struct, frozen=True):
    """Limits of an order."""

    price: PriceFilter
    quantity: QuantityFilter


class Market(msgspec.Struct, frozen=True, rename="camel"):
    """A market."""

    symbol: str
    base_symbol: str
    quote_symbol: str
    market_type: str
    filters: Filters
    order_book_state: str = "Open"


class Ticker(msgspec.Struct, frozen=True, rename="camel"):
    """The last day of a market; `price_change_percent` is a fraction."""

    symbol: str
    first_price: Decimal
    last_price: Decimal
    high: Decimal
    low: Decimal
    volume: Decimal
    quote_volume: Decimal
    trades: str
    price_change: str
    price_change_percent: str


class Depth(msgspec.Struct, frozen=True, rename="camel"):
    """Levels of a book as (price, quantity), both sides by rising price: the best bid is last."""

    asks: list[tuple[Decimal, Decimal]]
    bids: list[tuple[Decimal, Decimal]]
    last_update_id: str
    timestamp: int  # Microseconds.


class PublicTrade(msgspec.Struct, frozen=True, rename="camel"):
    """A public trade."""

    id: int
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    timestamp: int  # Milliseconds.
    is_buyer_maker: bool


class Kline(msgspec.Struct, frozen=True, rename="camel"):
    """A candle; times are UTC."""

    start: str
    end: str
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    close: Decimal | None
    volume: Decimal
    quote_volume: Decimal
    trades: str


class MarkPrice(msgspec.Struct, frozen=True, rename="camel"):
    """An outside price."""

    symbol: str
    mark_price: Decimal


class Balance(msgspec.Struct, frozen=True):
    """An account's balance of one asset."""

    available: Decimal
    locked: Decimal
    staked: Decimal = Decimal(0)


class Account(msgspec.Struct, frozen=True, rename="camel"):
    """An account's fees, in basis points."""

    spot_maker_fee: Decimal
    spot_taker_fee: Decimal


class Order(msgspec.Struct, frozen=True, rename="camel"):
    """An order as of now."""

    id: str
    symbol: str
    side: Side
    order_type: str
    status: str
    executed_quantity: Decimal
    executed_quote_quantity: Decimal
    time_in_force: str
    created_at: int | str  # Milliseconds while it is live, UTC text in history.
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    post_only: bool | None = None
    client_id: int | None = None
    expiry_reason: str | None = None
    trigger_price: Decimal | None = None
    trigger_quantity: str | None = None  # An amount, or a share such as `80%`.
    trigger_by: TriggerBy | None = None
    triggered_at: int | None = None  # Milliseconds.
    related_order_id: str | None = None  # The order whose take profit or stop loss it is.
    take_profit_trigger_price: Decimal | None = None
    take_profit_limit_price: Decimal | None = None
    take_profit_trigger_by: TriggerBy | None = None
    stop_loss_trigger_price: Decimal | None = None
    stop_loss_limit_price: Decimal | None = None
    stop_loss_trigger_by: TriggerBy | None = None
    exit_quantity: Decimal | None = None  # Of exits that were placed with the answer.

    @property
    def is_open(self) -> bool:
        """Whether it rests in the book."""
        return self.status in ("New", "PartiallyFilled")

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for its trigger."""
        return self.status == "TriggerPending"

    @property
    def remaining(self) -> Decimal:
        """The quantity not filled; 0 for a market order by quote amount."""
        return (self.quantity or self.executed_quantity) - self.executed_quantity


class PlacedOrder(Order, frozen=True, rename="camel", tag_field="operation", tag="Ok"):
    """The order that one element of a batch placed."""


class RefusedOrder(msgspec.Struct, frozen=True, tag_field="operation", tag="Err"):
    """The reason why one element of a batch placed nothing."""

    code: str
    message: str


class Fill(msgspec.Struct, frozen=True, rename="camel"):
    """One order's part of a trade."""

    order_id: str
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_symbol: str
    is_maker: bool
    timestamp: str  # UTC.
    trade_id: int | None = None
    client_id: str | None = None


class Deposit(msgspec.Struct, frozen=True, rename="camel"):
    """A deposit."""

    id: int
    symbol: str
    quantity: Decimal
    status: str
    created_at: str  # UTC.


class Withdrawal(msgspec.Struct, frozen=True, rename="camel"):
    """A withdrawal."""

    id: int
    symbol: str
    quantity: Decimal
    fee: Decimal
    status: str
    created_at: str  # UTC.
    client_id: str | None = None
    to_address: str = ""
