"""Requests to place, find and cancel orders, read into the engine's commands.

A field that is not understood is refused rather than ignored: a client that asks for a stop and
gets a plain order instead has lost more than a request.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from outcry.engine.commands import CancelOrder, CancelOrders, PlaceOrder
from outcry.engine.units import (
    AMOUNT_MAX,
    GTC,
    LIMIT,
    MARKET,
    REJECT_TAKER,
    AccountId,
    OrderId,
)
from outcry.protocol.backpack.bodies import Members, Scalar
from outcry.protocol.backpack.errors import ApiError, Code, invalid
from outcry.protocol.backpack.markets import Market, Markets, market_named
from outcry.protocol.backpack.words import ORDER_TYPES, SELF_TRADES, SIDES, TIMES_IN_FORCE
from outcry.protocol.decimals import (
    NotADecimal,
    NotAMultiple,
    TooManyDecimals,
    format_decimal,
    parse_decimal,
    parse_steps,
    parse_uint,
    price_text,
    quantity_text,
)

CLIENT_ID_MAX: Final = 2**32 - 1
ORDER_ID_MAX: Final = 2**63 - 1
BATCH_MAX: Final = 20

_SIDES: Final = {word: side for side, word in SIDES.items()}
_ORDER_TYPES: Final = {word: order_type for order_type, word in ORDER_TYPES.items()}
_TIMES_IN_FORCE: Final = {word: time for time, word in TIMES_IN_FORCE.items()}
_SELF_TRADES: Final = {word: choice for choice, word in SELF_TRADES.items()}

_TRIGGERS: Final = frozenset({
    "triggerPrice", "triggerQuantity", "triggerBy",
    "takeProfitTriggerPrice", "takeProfitLimitPrice", "takeProfitTriggerBy",
    "stopLossTriggerPrice", "stopLossLimitPrice", "stopLossTriggerBy",
})
_SLIPPAGE: Final = frozenset({"slippageTolerance", "slippageToleranceType"})
# Lending and borrowing do not exist here, and a broker's number changes nothing.
_WITHOUT_EFFECT: Final = frozenset({
    "autoLend", "autoLendRedeem", "autoBorrow", "autoBorrowRepay", "brokerId",
})
_ORDER_FIELDS: Final = _TRIGGERS | _SLIPPAGE | _WITHOUT_EFFECT | {
    "symbol", "side", "orderType", "price", "quantity", "quoteQuantity", "timeInForce", "postOnly",
    "clientId", "reduceOnly", "selfTradePrevention",
}
_WHICH_FIELDS: Final = frozenset({"symbol", "orderId", "clientId"})
_CANCEL_ALL_FIELDS: Final = frozenset({"symbol", "orderType"})


class OrderNamed(NamedTuple):
    """The order a request means: its market, and its id or the client's own."""

    market: Market
    order_id: OrderId | None
    client_id: int | None


def read_order(members: Members, *, account_id: AccountId, markets: Markets) -> PlaceOrder:
    """Read one order; raises `ApiError` when it is not one the engine could take."""
    _refuse_unknown(members, _ORDER_FIELDS)
    market = market_named(markets, members.get("symbol"))
    side = _choice(members, "side", _SIDES)
    order_type = _choice(members, "orderType", _ORDER_TYPES)
    _refuse_unsupported(members)
    time_in_force = _choice(members, "timeInForce", _TIMES_IN_FORCE, GTC)
    post_only = _flag(members, "postOnly")
    if post_only and (order_type == MARKET or time_in_force != GTC):
        raise ApiError(
            400, Code.INVALID_ORDER, "A post-only order must be a limit order that may rest"
        )
    price = quantity = quote_amount = 0
    if order_type == LIMIT:
        if members.get("quoteQuantity") is not None:
            raise invalid("A limit order takes `quantity`, not `quoteQuantity`")
        price = _price(market, members.get("price"))
        quantity = _quantity(market, members.get("quantity"))
    else:
        if members.get("price") is not None:
            raise invalid("A market order takes no `price`")
        by_quote = members.get("quoteQuantity")
        if (members.get("quantity") is None) == (by_quote is None):
            raise invalid("A market order takes exactly one of `quantity` and `quoteQuantity`")
        if by_quote is None:
            quantity = _quantity(market, members.get("quantity"))
        else:
            quote_amount = _quote_amount(market, by_quote)
    return PlaceOrder(
        account_id=account_id, instrument_id=market.instrument.instrument_id, side=side,
        order_type=order_type, price=price, quantity=quantity, quote_amount=quote_amount,
        time_in_force=time_in_force, post_only=post_only, client_id=_client_id(members),
        self_trade=_choice(members, "selfTradePrevention", _SELF_TRADES, REJECT_TAKER),
    )


def read_order_named(members: Members, markets: Markets) -> OrderNamed:
    """Read which order is meant: `symbol` and exactly one of `orderId` and `clientId`."""
    market = market_named(markets, members.get("symbol"))
    order_id = members.get("orderId")
    client_id = _client_id(members)
    if (order_id is None) == (client_id is None):
        raise invalid("Must specify exactly one of `orderId` and `clientId`")
    if order_id is None:
        return OrderNamed(market, None, client_id)
    return OrderNamed(market, read_order_id(order_id), None)


def read_order_id(value: Scalar) -> OrderId:
    """Read an order id: digits, as a string or a number."""
    number = _whole(value)
    if number is None or number > ORDER_ID_MAX:
        raise invalid("Invalid orderId")
    return OrderId(number)


def read_cancel(members: Members, *, account_id: AccountId, markets: Markets) -> CancelOrder:
    """Read the cancellation of one order."""
    _refuse_unknown(members, _WHICH_FIELDS)
    named = read_order_named(members, markets)
    return CancelOrder(
        account_id=account_id, instrument_id=named.market.instrument.instrument_id,
        order_id=named.order_id or OrderId(0), client_id=named.client_id,
    )


def read_cancel_all(
    members: Members, *, account_id: AccountId, markets: Markets
) -> CancelOrders | None:
    """Read the cancellation of all orders of a market; None when only triggers are meant."""
    _refuse_unknown(members, _CANCEL_ALL_FIELDS)
    market = market_named(markets, members.get("symbol"))
    kind = members.get("orderType")
    if kind not in (None, "RestingLimitOrder", "ConditionalOrder"):
        raise invalid("Invalid orderType: expected one of RestingLimitOrder, ConditionalOrder")
    if kind == "ConditionalOrder":
        return None
    return CancelOrders(
        account_id=account_id, instrument_id=market.instrument.instrument_id
    )


def _refuse_unknown(members: Members, known: frozenset[str]) -> None:
    if not members.keys() <= known:
        unknown = min(members.keys() - known)
        raise invalid(f"Unknown field `{unknown[:40]}`")


def _refuse_unsupported(members: Members) -> None:
    """Say clearly what is understood, and not to be had."""
    if members.keys().isdisjoint(_TRIGGERS | _SLIPPAGE | {"reduceOnly"}):
        return
    present = {name for name, value in members.items() if value is not None}
    if present & _TRIGGERS:
        if ("triggerPrice" in present) != ("triggerQuantity" in present):
            raise invalid("Must specify both `triggerPrice` and `triggerQuantity` or neither")
        raise ApiError(400, Code.NOT_IMPLEMENTED, "Trigger orders are not available yet")
    if present & _SLIPPAGE:
        raise ApiError(400, Code.NOT_IMPLEMENTED, "Slippage tolerance is not available yet")
    if _flag(members, "reduceOnly"):
        raise ApiError(400, Code.INVALID_ORDER, "Reduce-only orders need a position")


def _choice(
    members: Members, name: str, choices: Mapping[str, int], default: int | None = None
) -> int:
    value = members.get(name)
    if value is None:
        if default is None:
            raise invalid(f"Missing `{name}`")
        return default
    chosen = choices.get(value) if isinstance(value, str) else None
    if chosen is None:
        raise invalid(f"Invalid {name}: expected one of {', '.join(choices)}")
    return chosen


def _flag(members: Members, name: str) -> bool:
    value = members.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise invalid(f"Invalid {name}: expected true or false")
    return value


def _client_id(members: Members) -> int | None:
    value = members.get("clientId")
    if value is None:
        return None
    number = _whole(value)
    if number is None or number > CLIENT_ID_MAX:
        raise invalid(f"Invalid clientId: expected a whole number from 0 to {CLIENT_ID_MAX}")
    return number


def _whole(value: Scalar) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        return parse_uint(value)
    except NotADecimal:
        return None


def _price(market: Market, value: Scalar) -> int:
    """Read a price in ticks."""
    instrument = market.instrument
    if value is None:
        raise invalid("A limit order needs a `price`")
    try:
        ticks = parse_steps(_text(value), instrument.price_decimals, instrument.tick_size)
    except NotADecimal:
        raise invalid("Invalid price: not a decimal number") from None
    except TooManyDecimals:
        raise invalid("Price decimal too long") from None
    except NotAMultiple:
        tick = format_decimal(instrument.tick_size, instrument.price_decimals)
        raise ApiError(
            400, Code.INVALID_PRICE, f"Price must be a multiple of the tick size {tick}"
        ) from None
    if not instrument.price_min <= ticks <= instrument.price_max:
        least = price_text(instrument, instrument.price_min)
        most = price_text(instrument, instrument.price_max)
        raise ApiError(400, Code.INVALID_PRICE, f"Price must be from {least} to {most}")
    return ticks


def _quantity(market: Market, value: Scalar) -> int:
    """Read a quantity in lots."""
    instrument = market.instrument
    if value is None:
        raise invalid("A limit order needs a `quantity`")
    try:
        lots = parse_steps(_text(value), instrument.quantity_decimals, instrument.lot_size)
    except NotADecimal:
        raise invalid("Invalid quantity: not a decimal number") from None
    except TooManyDecimals:
        raise invalid("Quantity decimal too long") from None
    except NotAMultiple:
        lot = format_decimal(instrument.lot_size, instrument.quantity_decimals)
        raise ApiError(
            400, Code.INVALID_QUANTITY, f"Quantity must be a multiple of the step size {lot}"
        ) from None
    if not instrument.quantity_min <= lots <= instrument.quantity_max:
        least = quantity_text(instrument, instrument.quantity_min)
        most = quantity_text(instrument, instrument.quantity_max)
        raise ApiError(400, Code.INVALID_QUANTITY, f"Quantity must be from {least} to {most}")
    return lots


def _quote_amount(market: Market, value: Scalar) -> int:
    """Read an amount in the smallest unit of the quote asset."""
    try:
        amount = parse_decimal(_text(value), market.quote.decimals)
    except NotADecimal:
        raise invalid("Invalid quoteQuantity: not a decimal number") from None
    except TooManyDecimals:
        raise invalid("Quantity decimal too long") from None
    if not 0 < amount < AMOUNT_MAX:
        raise ApiError(400, Code.INVALID_QUANTITY, "quoteQuantity is out of range")
    return amount


def _text(value: Scalar) -> str:
    if not isinstance(value, str):
        raise NotADecimal
    return value
