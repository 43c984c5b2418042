"""Requests to place, find, replace and cancel orders, read into the engine's commands."""

from typing import Final, NamedTuple

from outcry.api.backpack.bodies import Members
from outcry.api.backpack.conditions import (
    EXIT_FIELDS,
    TRIGGER_FIELDS,
    Triggered,
    read_conditions,
    read_trigger,
)
from outcry.api.backpack.errors import ApiError, Code, invalid
from outcry.api.backpack.fields import (
    read_amount,
    read_choice,
    read_client_id,
    read_flag,
    read_order_id,
    read_price,
    read_quantity,
    refuse_unknown,
)
from outcry.api.backpack.markets import Market, Markets, market_named
from outcry.api.backpack.words import ORDER_TYPES, SELF_TRADES, SIDES, TIMES_IN_FORCE
from outcry.engine.commands import CancelOrder, CancelOrders, PlaceOrder, ReplaceOrder
from outcry.engine.units import (
    ALL_ORDERS,
    GTC,
    LIMIT,
    MARKET,
    NO_PRICE,
    REJECT_TAKER,
    RESTING_ORDERS,
    WAITING_ORDERS,
    AccountId,
    OrderId,
    Ticks,
)

BATCH_MAX: Final = 20

_SIDES: Final = {word: side for side, word in SIDES.items()}
_ORDER_TYPES: Final = {word: order_type for order_type, word in ORDER_TYPES.items()}
_TIMES_IN_FORCE: Final = {word: time for time, word in TIMES_IN_FORCE.items()}
_SELF_TRADES: Final = {word: choice for choice, word in SELF_TRADES.items()}
_KINDS: Final = {"RestingLimitOrder": RESTING_ORDERS, "ConditionalOrder": WAITING_ORDERS}

_SLIPPAGE: Final = frozenset({"slippageTolerance", "slippageToleranceType"})
# Lending and borrowing do not exist here, and a broker's number changes nothing.
_WITHOUT_EFFECT: Final = frozenset({
    "autoLend", "autoLendRedeem", "autoBorrow", "autoBorrowRepay", "brokerId",
})
_UNCOMMON: Final = TRIGGER_FIELDS | EXIT_FIELDS | _SLIPPAGE | {"reduceOnly"}
_ORDER_FIELDS: Final = _UNCOMMON | _WITHOUT_EFFECT | {
    "symbol", "side", "orderType", "price", "quantity", "quoteQuantity", "timeInForce", "postOnly",
    "clientId", "selfTradePrevention",
}
_WHICH_FIELDS: Final = frozenset({"symbol", "orderId", "clientId"})
_REPLACE_FIELDS: Final = _WHICH_FIELDS | {"price", "quantity"}
_CANCEL_ALL_FIELDS: Final = frozenset({"symbol", "orderType"})


class OrderNamed(NamedTuple):
    """The order a request means: its market, and its id or the client's own."""

    market: Market
    order_id: OrderId | None
    client_id: int | None


class _Terms(NamedTuple):
    """Ticks, lots, and smallest units of the quote asset."""

    price: Ticks
    quantity: int
    quote_amount: int


def read_order(members: Members, *, account_id: AccountId, markets: Markets) -> PlaceOrder:
    """Read one order; raises `ApiError` when it is not one the engine could take."""
    refuse_unknown(members, _ORDER_FIELDS)
    market = market_named(markets, members.get("symbol"))
    side = read_choice(members, "side", _SIDES)
    order_type = read_choice(members, "orderType", _ORDER_TYPES)
    triggered = conditions = None
    if not members.keys().isdisjoint(_UNCOMMON):
        _refuse_unavailable(members)
        triggered = read_trigger(members, market.instrument)
        conditions = read_conditions(
            members, market.instrument, side=side,
            trigger=None if triggered is None else triggered.trigger,
        )
    time_in_force = read_choice(members, "timeInForce", _TIMES_IN_FORCE, GTC)
    post_only = read_flag(members, "postOnly")
    if post_only and (order_type == MARKET or time_in_force != GTC):
        raise ApiError(
            400, Code.INVALID_ORDER, "A post-only order must be a limit order that may rest"
        )
    read_terms = _limit_terms if order_type == LIMIT else _market_terms
    price, quantity, quote_amount = read_terms(members, market, triggered)
    return PlaceOrder(
        account_id=account_id, instrument_id=market.instrument.instrument_id, side=side,
        order_type=order_type, price=price, quantity=quantity, quote_amount=quote_amount,
        time_in_force=time_in_force, post_only=post_only, client_id=read_client_id(members),
        self_trade=read_choice(members, "selfTradePrevention", _SELF_TRADES, REJECT_TAKER),
        conditions=conditions,
    )


def read_order_named(members: Members, markets: Markets) -> OrderNamed:
    """Read which order is meant: `symbol` and exactly one of `orderId` and `clientId`."""
    market = market_named(markets, members.get("symbol"))
    order_id = members.get("orderId")
    client_id = read_client_id(members)
    if (order_id is None) == (client_id is None):
        raise invalid("Must specify exactly one of `orderId` and `clientId`")
    if order_id is None:
        return OrderNamed(market, None, client_id)
    return OrderNamed(market, read_order_id(order_id), None)


def read_cancel(members: Members, *, account_id: AccountId, markets: Markets) -> CancelOrder:
    """Read the cancellation of one order."""
    refuse_unknown(members, _WHICH_FIELDS)
    named = read_order_named(members, markets)
    return CancelOrder(
        account_id=account_id, instrument_id=named.market.instrument.instrument_id,
        order_id=named.order_id or OrderId(0), client_id=named.client_id,
    )


def read_replace(members: Members, *, account_id: AccountId, markets: Markets) -> ReplaceOrder:
    """Read another price or quantity, or both, for an order that rests."""
    refuse_unknown(members, _REPLACE_FIELDS)
    named = read_order_named(members, markets)
    instrument = named.market.instrument
    price, quantity = members.get("price"), members.get("quantity")
    if price is None and quantity is None:
        raise invalid("Must specify `price` or `quantity`, or both")
    return ReplaceOrder(
        account_id=account_id, instrument_id=instrument.instrument_id,
        order_id=named.order_id or OrderId(0), client_id=named.client_id,
        price=NO_PRICE if price is None else read_price(instrument, price),
        quantity=0 if quantity is None else read_quantity(instrument, quantity),
    )


def read_cancel_all(members: Members, *, account_id: AccountId, markets: Markets) -> CancelOrders:
    """Read the cancellation of all orders of a market, or of those that rest, or that wait."""
    refuse_unknown(members, _CANCEL_ALL_FIELDS)
    market = market_named(markets, members.get("symbol"))
    return CancelOrders(
        account_id=account_id, instrument_id=market.instrument.instrument_id,
        kind=read_choice(members, "orderType", _KINDS, ALL_ORDERS),
    )


def _refuse_unavailable(members: Members) -> None:
    """Say clearly what is understood, and not to be had."""
    for name in _SLIPPAGE:
        if members.get(name) is not None:
            raise ApiError(
                400, Code.NOT_IMPLEMENTED,
                "There is no slippage tolerance here: send a limit order with timeInForce IOC",
            )
    if read_flag(members, "reduceOnly"):
        raise ApiError(400, Code.INVALID_ORDER, "Reduce-only orders need a position")


def _limit_terms(members: Members, market: Market, triggered: Triggered | None) -> _Terms:
    instrument = market.instrument
    if members.get("quoteQuantity") is not None:
        raise invalid("A limit order takes `quantity`, not `quoteQuantity`")
    price = members.get("price")
    if price is None:
        raise invalid("A limit order needs a `price`")
    if triggered is not None:
        return _Terms(read_price(instrument, price), triggered.quantity, 0)
    quantity = members.get("quantity")
    if quantity is None:
        raise invalid("A limit order needs a `quantity`")
    return _Terms(read_price(instrument, price), read_quantity(instrument, quantity), 0)


def _market_terms(members: Members, market: Market, triggered: Triggered | None) -> _Terms:
    if members.get("price") is not None:
        raise invalid("A market order takes no `price`")
    if triggered is not None:
        return _Terms(NO_PRICE, triggered.quantity, 0)
    quantity, by_quote = members.get("quantity"), members.get("quoteQuantity")
    if (quantity is None) == (by_quote is None):
        raise invalid("A market order takes exactly one of `quantity` and `quoteQuantity`")
    if by_quote is None:
        return _Terms(NO_PRICE, read_quantity(market.instrument, quantity), 0)
    return _Terms(NO_PRICE, 0, read_amount(market.quote, by_quote, "quoteQuantity"))
