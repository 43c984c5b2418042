"""What clients may send, written down for the API's description: queries and bodies.

Requests are read by hand, strictly and by their literal text, because a signature covers them as
they were written. So these types decode nothing; a test holds them against those that do.
"""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

_DIGITS = r"^(0|[1-9][0-9]{0,18})$"

DecimalText: TypeAlias = Annotated[str, Meta(
    pattern=r"^-?[0-9]{1,20}(\.[0-9]{1,20})?$", description="A decimal as text.",
    examples=["12.5"],
)]
# A number is read by its literal text, so that it loses nothing either.
Decimal: TypeAlias = DecimalText | float
Share: TypeAlias = Annotated[str, Meta(
    pattern=r"^-?[0-9]{1,20}(\.[0-9]{1,20})?%$", description="A share of what there is then.",
    examples=["80%"],
)]
Digits: TypeAlias = Annotated[str, Meta(pattern=_DIGITS)] | Annotated[int, Meta(ge=0)]
ClientId: TypeAlias = (
    Annotated[int, Meta(ge=0, le=4_294_967_295)] | Annotated[str, Meta(pattern=_DIGITS)]
)
Symbol: TypeAlias = Annotated[str, Meta(
    min_length=1, description="A market, such as SOL_USDC.", examples=["SOL_USDC"],
)]
AnySymbol: TypeAlias = Annotated[str, Meta(description="A market; empty is all of them.")]
Side: TypeAlias = Literal["Bid", "Ask"]
OrderType: TypeAlias = Literal["Limit", "Market"]
TimeInForce: TypeAlias = Literal["GTC", "IOC", "FOK"]
SelfTradePrevention: TypeAlias = Literal["RejectTaker", "RejectMaker", "RejectBoth"]
TriggerBy: TypeAlias = Literal["LastPrice", "MarkPrice", "IndexPrice"]
Limit: TypeAlias = Annotated[int, Meta(ge=1, le=1_000)]
Offset: TypeAlias = Annotated[int, Meta(ge=0, le=10_000_000)]
Moment: TypeAlias = Annotated[int, Meta(ge=0, le=10**15, description="Milliseconds since 1970.")]
MarketType: TypeAlias = Annotated[str, Meta(description="Of others than SPOT there is nothing.")]


class OrderRequest(Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """An order to place. See the API's pages for which fields go together."""

    symbol: Symbol
    side: Side
    order_type: OrderType
    price: Decimal | None = None
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    time_in_force: TimeInForce | None = None
    post_only: bool | None = None
    client_id: ClientId | None = None
    self_trade_prevention: SelfTradePrevention | None = None
    reduce_only: bool | None = None
    trigger_price: Decimal | None = None
    trigger_quantity: Decimal | Share | None = None
    trigger_by: TriggerBy | None = None
    triggered_by: TriggerBy | None = None
    take_profit_trigger_price: Decimal | None = None
    take_profit_limit_price: Decimal | None = None
    take_profit_trigger_by: TriggerBy | None = None
    stop_loss_trigger_price: Decimal | None = None
    stop_loss_limit_price: Decimal | None = None
    stop_loss_trigger_by: TriggerBy | None = None
    slippage_tolerance: Decimal | None = None
    slippage_tolerance_type: str | None = None
    auto_lend: bool | None = None
    auto_lend_redeem: bool | None = None
    auto_borrow: bool | None = None
    auto_borrow_repay: bool | None = None
    broker_id: int | None = None


class OrderCancelRequest(Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """An order to cancel, by exactly one of its ids."""

    symbol: Symbol
    order_id: Digits | None = None
    client_id: ClientId | None = None


class OrderReplaceRequest(Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """An order that rests, by exactly one of its ids, and its new price or quantity or both."""

    symbol: Symbol
    order_id: Digits | None = None
    client_id: ClientId | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None


class OrdersCancelRequest(Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which orders of a market to cancel; without a type, all of them."""

    symbol: Symbol
    order_type: Literal["RestingLimitOrder", "ConditionalOrder"] | None = None


class OrderQuery(Struct, kw_only=True, rename="camel"):
    """An order to find, by exactly one of its ids."""

    symbol: Symbol
    order_id: Annotated[str, Meta(pattern=_DIGITS)] | None = None
    client_id: Annotated[int, Meta(ge=0, le=4_294_967_295)] | None = None


class OrdersQuery(Struct, kw_only=True, rename="camel"):
    """Which open orders to list."""

    symbol: AnySymbol | None = None
    market_type: MarketType | None = None


class OrderHistoryQuery(Struct, kw_only=True, rename={
    "from_": "from", "order_id": "orderId", "market_type": "marketType",
    "sort_direction": "sortDirection",
}):
    """Which orders of all times to list, by when they were placed."""

    symbol: AnySymbol | None = None
    order_id: Annotated[str, Meta(pattern=_DIGITS)] | None = None
    market_type: MarketType | None = None
    from_: Moment | None = None
    to: Moment | None = None
    limit: Limit | None = None
    offset: Offset | None = None
    sort_direction: Literal["Asc", "Desc"] | None = None


class FillHistoryQuery(Struct, kw_only=True, rename={
    "from_": "from", "order_id": "orderId", "market_type": "marketType", "fill_type": "fillType",
    "sort_direction": "sortDirection",
}):
    """Which fills to list."""

    symbol: AnySymbol | None = None
    order_id: Annotated[str, Meta(pattern=_DIGITS)] | None = None
    market_type: MarketType | None = None
    fill_type: Annotated[str, Meta(description="Of others than User there is nothing.")] | None = (
        None
    )
    from_: Moment | None = None
    to: Moment | None = None
    limit: Limit | None = None
    offset: Offset | None = None
    sort_direction: Literal["Asc", "Desc"] | None = None


class TransfersQuery(Struct, kw_only=True, rename={
    "from_": "from", "sort_direction": "sortDirection",
}):
    """Which deposits or withdrawals to list."""

    from_: Moment | None = None
    to: Moment | None = None
    limit: Limit | None = None
    offset: Offset | None = None
    sort_direction: Literal["Asc", "Desc"] | None = None


class WithdrawalRequest(Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Money to take out. With a client id it happens once, however often it is sent."""

    symbol: Annotated[str, Meta(min_length=1, description="An asset.", examples=["USDC"])]
    quantity: Decimal
    address: Annotated[str, Meta(min_length=1, max_length=256)]
    blockchain: Literal["Solana"]
    client_id: Annotated[str, Meta(min_length=1, max_length=256)] | None = None
    two_factor_token: str | None = None
    auto_borrow: bool | None = None
    auto_lend_redeem: bool | None = None


class MaxOrderQuery(Struct, kw_only=True):
    """An order whose largest quantity is asked for; without a price, at the market."""

    symbol: Symbol
    side: Side
    price: DecimalText | None = None


class AssetQuery(Struct, kw_only=True):
    """An asset."""

    symbol: Annotated[str, Meta(min_length=1, description="An asset.", examples=["USDC"])]


class DepositAddressQuery(Struct):
    """Which chain a deposit would come from."""

    blockchain: Annotated[str, Meta(min_length=1)]


class SettingsRequest(Struct):
    """Settings of lending and leverage: any plain values, all without effect."""


class SignUpRequest(Struct, forbid_unknown_fields=True):
    """Who would like a link."""

    email: str


class TokenRequest(Struct, forbid_unknown_fields=True):
    """The token of a mailed link."""

    token: str


class TokenQuery(Struct):
    """The token of a mailed link."""

    token: str


class NewKeyRequest(Struct, rename="camel", forbid_unknown_fields=True):
    """An API key to make."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    read_only: bool = False


class KeyRevokeRequest(Struct, rename="camel", forbid_unknown_fields=True):
    """An API key to revoke."""

    api_key: str
