"""Requests to place, find, replace and cancel orders, read into the engine's commands."""

from typing import Final, NamedTuple

from outcry.api.backpack.bodies import Members
from outcry.api.backpack.conditions import (
    EXIT_FIELDS,
    QUANTITY,
    QUOTE_QUANTITY,
    TRIGGER_FIELDS,
    TriggerTerms,
    read_conditions,
    read_trigger,
)
from outcry.api.backpack.errors import ApiError, Code, invalid
from outcry.api.backpack.fields import (
    DECIMALS,
    DIGITS,
    FLAG,
    INTEGER,
    TEXT,
    Field,
    Fields,
    Flag,
    MarketSymbol,
    Price,
    Whole,
    Word,
)
from outcry.api.backpack.markets import Market, Markets
from outcry.api.backpack.queries import ORDER_ID
from outcry.api.backpack.words import ORDER_TYPES, SELF_TRADES, SIDES, TIMES_IN_FORCE
from outcry.engine.commands import CancelOrder, CancelOrders, PlaceOrder, ReplaceOrder
from outcry.engine.units import (
    ALL_ORDERS,
    GTC,
    LIMIT,
    MARKET,
    NO_ORDER,
    NO_PRICE,
    REJECT_TAKER,
    RESTING_ORDERS,
    WAITING_ORDERS,
    AccountId,
    OrderId,
    Ticks,
)

BATCH_MAX: Final = 20
CLIENT_ID_MAX: Final = 2**32 - 1
ORDER_KINDS: Final = {RESTING_ORDERS: "RestingLimitOrder", WAITING_ORDERS: "ConditionalOrder"}

SYMBOL: Final = MarketSymbol("symbol")
SIDE: Final = Word("side", SIDES)
ORDER_TYPE: Final = Word("orderType", ORDER_TYPES)
PRICE: Final = Price("price")
TIME_IN_FORCE: Final = Word("timeInForce", TIMES_IN_FORCE, default=GTC)
POST_ONLY: Final = Flag("postOnly")
CLIENT_ID: Final = Whole(  # Some clients send it as a string.
    "clientId", INTEGER | {"minimum": 0, "maximum": CLIENT_ID_MAX}, DIGITS, most=CLIENT_ID_MAX,
    wrong=f": expected a whole number from 0 to {CLIENT_ID_MAX}",
)
SELF_TRADE: Final = Word("selfTradePrevention", SELF_TRADES, default=REJECT_TAKER)
REDUCE_ONLY: Final = Flag("reduceOnly")
KIND: Final = Word("orderType", ORDER_KINDS, default=ALL_ORDERS)
SLIPPAGE: Final = (
    Field("slippageTolerance", *DECIMALS), Field("slippageToleranceType", TEXT),
)
# Lending and borrowing do not exist here, and a broker's number changes nothing.
WITHOUT_EFFECT: Final = (
    Field("autoLend", FLAG), Field("autoLendRedeem", FLAG), Field("autoBorrow", FLAG),
    Field("autoBorrowRepay", FLAG), Field("brokerId", INTEGER),
)
UNCOMMON: Final = (REDUCE_ONLY, *TRIGGER_FIELDS, *EXIT_FIELDS, *SLIPPAGE)
_UNCOMMON_NAMES: Final = frozenset(field.name for field in UNCOMMON)

PLACE_ORDER: Final = Fields(
    SYMBOL, SIDE, ORDER_TYPE,
    optional=(
        PRICE, QUANTITY, QUOTE_QUANTITY, TIME_IN_FORCE, POST_ONLY, CLIENT_ID, SELF_TRADE,
        *UNCOMMON, *WITHOUT_EFFECT,
    ),
    name="OrderRequest",
    says="An order to place. See the API's pages for which fields go together.",
)
CANCEL_ORDER: Final = Fields(
    SYMBOL, optional=(ORDER_ID, CLIENT_ID), name="OrderCancelRequest",
    says="An order to cancel, by exactly one of its ids.",
)
REPLACE_ORDER: Final = Fields(
    SYMBOL, optional=(ORDER_ID, CLIENT_ID, PRICE, QUANTITY), name="OrderReplaceRequest",
    says="An order that rests, by exactly one of its ids, and its new price or quantity or both.",
)
CANCEL_ORDERS: Final = Fields(
    SYMBOL, optional=(KIND,), name="OrdersCancelRequest",
    says="Which orders of a market to cancel; without a type, all of them.",
)
FIND_ORDER: Final = Fields(SYMBOL, optional=(ORDER_ID, CLIENT_ID))
LARGEST_ORDER: Final = Fields(SYMBOL, SIDE, optional=(PRICE,))


class OrderReference(NamedTuple):
    """The order a request means: its market, and its id or the client's own."""

    market: Market
    order_id: OrderId | None
    client_id: int | None


class _OrderTerms(NamedTuple):
    """Ticks, lots, and smallest units of the quote asset."""

    price: Ticks
    quantity: int
    quote_amount: int


def read_order(members: Members, *, account_id: AccountId, markets: Markets) -> PlaceOrder:
    """Read one order; raises `ApiError` if the engine could not accept it."""
    market = SYMBOL.of(members, markets)
    side = SIDE.of(members)
    order_type = ORDER_TYPE.of(members)
    triggered = conditions = None
    if not members.keys().isdisjoint(_UNCOMMON_NAMES):
        _refuse_unavailable(members)
        triggered = read_trigger(members, market.instrument)
        conditions = read_conditions(
            members, market.instrument, side=side,
            trigger=None if triggered is None else triggered.trigger,
        )
    time_in_force = TIME_IN_FORCE.of(members)
    post_only = POST_ONLY.of(members)
    if post_only and (order_type != LIMIT or time_in_force != GTC):
        raise ApiError(
            400, Code.INVALID_ORDER, "A post-only order must be a limit order that may rest"
        )
    price, quantity, quote_amount = _ORDER_TERMS[order_type](members, market, triggered)
    return PlaceOrder(
        account_id=account_id, instrument_id=market.instrument.instrument_id, side=side,
        order_type=order_type, price=price, quantity=quantity, quote_amount=quote_amount,
        time_in_force=time_in_force, post_only=post_only, client_id=CLIENT_ID.of(members),
        self_trade=SELF_TRADE.of(members),
        conditions=conditions,
    )


def read_order_named(members: Members, markets: Markets) -> OrderReference:
    """Read the identification of an order: `symbol` and one of `orderId` and `clientId`."""
    market = SYMBOL.of(members, markets)
    client_id = CLIENT_ID.of(members)
    if (ORDER_ID.sent(members) is None) == (client_id is None):
        raise invalid("Must specify exactly one of `orderId` and `clientId`")
    order_id = ORDER_ID.of(members)
    return OrderReference(market, None if order_id is None else OrderId(order_id), client_id)


def read_cancel(members: Members, *, account_id: AccountId, markets: Markets) -> CancelOrder:
    """Read the cancellation of one order."""
    named = read_order_named(members, markets)
    return CancelOrder(
        account_id=account_id, instrument_id=named.market.instrument.instrument_id,
        order_id=named.order_id or NO_ORDER, client_id=named.client_id,
    )


def read_replace(members: Members, *, account_id: AccountId, markets: Markets) -> ReplaceOrder:
    """Read another price or quantity, or both, for an order that rests."""
    named = read_order_named(members, markets)
    instrument = named.market.instrument
    price, quantity = PRICE.sent(members), QUANTITY.sent(members)
    if price is None and quantity is None:
        raise invalid("Must specify `price` or `quantity`, or both")
    return ReplaceOrder(
        account_id=account_id, instrument_id=instrument.instrument_id,
        order_id=named.order_id or NO_ORDER, client_id=named.client_id,
        price=NO_PRICE if price is None else PRICE.of(members, instrument),
        quantity=0 if quantity is None else QUANTITY.of(members, instrument),
    )


def read_cancel_all(members: Members, *, account_id: AccountId, markets: Markets) -> CancelOrders:
    """Read the cancellation of all orders of a market, or of those that rest, or that wait."""
    market = SYMBOL.of(members, markets)
    return CancelOrders(
        account_id=account_id, instrument_id=market.instrument.instrument_id,
        kind=KIND.of(members),
    )


def _refuse_unavailable(members: Members) -> None:
    """Refuse fields that are known and not available."""
    for field in SLIPPAGE:
        if field.sent(members) is not None:
            raise ApiError(
                400, Code.NOT_IMPLEMENTED,
                "There is no slippage tolerance here: send a limit order with timeInForce IOC",
            )
    if REDUCE_ONLY.of(members):
        raise ApiError(400, Code.INVALID_ORDER, "Reduce-only orders need a position")


def _limit_terms(members: Members, market: Market, triggered: TriggerTerms | None) -> _OrderTerms:
    instrument = market.instrument
    if QUOTE_QUANTITY.sent(members) is not None:
        raise invalid("A limit order takes `quantity`, not `quoteQuantity`")
    if PRICE.sent(members) is None:
        raise invalid("A limit order needs a `price`")
    if triggered is not None:
        return _OrderTerms(PRICE.of(members, instrument), triggered.quantity, 0)
    if QUANTITY.sent(members) is None:
        raise invalid("A limit order needs a `quantity`")
    return _OrderTerms(PRICE.of(members, instrument), QUANTITY.of(members, instrument), 0)


def _market_terms(members: Members, market: Market, triggered: TriggerTerms | None) -> _OrderTerms:
    if PRICE.sent(members) is not None:
        raise invalid("A market order takes no `price`")
    if triggered is not None:
        return _OrderTerms(NO_PRICE, triggered.quantity, 0)
    by_quote = QUOTE_QUANTITY.sent(members) is not None
    if (QUANTITY.sent(members) is None) != by_quote:
        raise invalid("A market order takes exactly one of `quantity` and `quoteQuantity`")
    if by_quote:
        return _OrderTerms(NO_PRICE, 0, QUOTE_QUANTITY.of(members, market.quote))
    return _OrderTerms(NO_PRICE, QUANTITY.of(members, market.instrument), 0)


_ORDER_TERMS: Final = {LIMIT: _limit_terms, MARKET: _market_terms}
