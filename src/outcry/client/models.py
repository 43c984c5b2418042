"""What REST answers and takes, typed. Prices, quantities and amounts are exact decimals."""

from decimal import Decimal
from typing import Literal

import msgspec

Side = Literal["Bid", "Ask"]
OrderType = Literal["Limit", "Market"]
TimeInForce = Literal["GTC", "IOC", "FOK"]
SelfTradePrevention = Literal["RejectTaker", "RejectMaker", "RejectBoth"]


class PriceFilter(msgspec.Struct, frozen=True, rename="camel"):
    """Which prices a market takes."""

    tick_size: Decimal
    min_price: Decimal
    max_price: Decimal | None = None


class QuantityFilter(msgspec.Struct, frozen=True, rename="camel"):
    """Which quantities a market takes."""

    step_size: Decimal
    min_quantity: Decimal
    max_quantity: Decimal | None = None


class Filters(msgspec.Struct, frozen=True):
    """Rules an order must keep."""

    price: PriceFilter
    quantity: QuantityFilter


class Market(msgspec.Struct, frozen=True, rename="camel"):
    """Something that can be traded."""

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
    """A trade everybody sees."""

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
    """What an account has of one asset."""

    available: Decimal
    locked: Decimal
    staked: Decimal = Decimal(0)


class Account(msgspec.Struct, frozen=True, rename="camel"):
    """An account's fees, in basis points."""

    spot_maker_fee: Decimal
    spot_taker_fee: Decimal


class Order(msgspec.Struct, frozen=True, rename="camel"):
    """An order as it stands."""

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

    @property
    def is_open(self) -> bool:
        """Whether it rests in the book."""
        return self.status in ("New", "PartiallyFilled")

    @property
    def remaining(self) -> Decimal:
        """What is not filled; 0 for a market order by quote amount."""
        return (self.quantity or self.executed_quantity) - self.executed_quantity


class PlacedOrder(Order, frozen=True, rename="camel", tag_field="operation", tag="Ok"):
    """An order that one element of a batch placed."""


class RefusedOrder(msgspec.Struct, frozen=True, tag_field="operation", tag="Err"):
    """Why one element of a batch placed nothing."""

    code: str
    message: str


class Fill(msgspec.Struct, frozen=True, rename="camel"):
    """One of our orders' part of a trade."""

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


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An order to place. A limit order has a price; a market order one of the two quantities."""

    symbol: str
    side: Side
    order_type: OrderType = "Limit"
    price: Decimal | None = None
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    time_in_force: TimeInForce | None = None
    post_only: bool = False
    client_id: int | None = None
    self_trade_prevention: SelfTradePrevention | None = None

    def members(self) -> dict[str, str | int | bool]:
        """As it goes on the wire; what is not set is left out."""
        members: dict[str, str | int | bool] = {
            "symbol": self.symbol, "side": self.side, "orderType": self.order_type,
        }
        for name, amount in (
            ("price", self.price), ("quantity", self.quantity),
            ("quoteQuantity", self.quote_quantity),
        ):
            if amount is not None:
                members[name] = format(amount, "f")
        if self.time_in_force is not None:
            members["timeInForce"] = self.time_in_force
        if self.post_only:
            members["postOnly"] = True
        if self.client_id is not None:
            members["clientId"] = self.client_id
        if self.self_trade_prevention is not None:
            members["selfTradePrevention"] = self.self_trade_prevention
        return members
