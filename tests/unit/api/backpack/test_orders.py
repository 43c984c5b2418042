"""Requests for orders become exactly the command that was meant, or an error that says why not."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.api.backpack.bodies import Members, NumberLiteral, Scalar
from outcry.api.backpack.errors import ApiError
from outcry.api.backpack.fields import Fields
from outcry.api.backpack.markets import Market
from outcry.api.backpack.orders import (
    CANCEL_ORDER,
    CANCEL_ORDERS,
    PLACE_ORDER,
    REPLACE_ORDER,
    read_cancel,
    read_cancel_all,
    read_order,
    read_order_named,
    read_replace,
)
from outcry.engine.commands import CancelOrder, CancelOrders, PlaceOrder, ReplaceOrder
from outcry.engine.events import AssetListed, InstrumentListed
from outcry.engine.units import (
    ALL_ORDERS,
    BUY,
    FOK,
    GTC,
    IOC,
    LIMIT,
    MARKET,
    OPEN,
    REJECT_BOTH,
    REJECT_MAKER,
    REJECT_TAKER,
    RESTING_ORDERS,
    SELL,
    WAITING_ORDERS,
    AccountId,
    AssetId,
    InstrumentId,
    OrderId,
)

ME = AccountId(100)
SOL_USDC = Market(
    instrument=InstrumentListed(
        instrument_id=InstrumentId(1), symbol="SOL_USDC", base_asset_id=AssetId(2),
        quote_asset_id=AssetId(1), price_decimals=2, tick_size=5, quantity_decimals=2,
        lot_size=2, price_min=1, price_max=1_000_000, quantity_min=5, quantity_max=1_000_000,
        maker_fee_rate=200, taker_fee_rate=500, mark_decimals=6, price_band_rate=0,
        impact_rate=0, open_orders_max=10_000, state=OPEN, listed_ms=0,
    ),
    base=AssetListed(asset_id=AssetId(2), symbol="SOL", name="Solana", decimals=9),
    quote=AssetListed(asset_id=AssetId(1), symbol="USDC", name="USD Coin", decimals=6),
)
MARKETS = {"SOL_USDC": SOL_USDC}
LIMIT_BID: dict[str, Scalar] = {
    "symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "100.05", "quantity": "1.5",
}
MARKET_ASK: dict[str, Scalar] = {
    "symbol": "SOL_USDC", "side": "Ask", "orderType": "Market", "quantity": "1.5",
}


def read(*bodies: dict[str, Scalar]) -> PlaceOrder:
    members = {key: value for body in bodies for key, value in body.items()}
    return read_order(known(PLACE_ORDER, members), account_id=ME, markets=MARKETS)


def known(fields: Fields, members: Members) -> Members:
    """Members as a route hands them on: of fields that it has."""
    fields.refuse_unknown(members)
    return members


def refusal(act: Callable[[], object]) -> tuple[int, str, str]:
    with pytest.raises(ApiError) as caught:
        act()
    return caught.value.status, caught.value.code.value, caught.value.message


def test_a_limit_order() -> None:
    """Prices count ticks of 0.05, quantities lots of 0.02; defaults are Backpack's."""
    assert PlaceOrder(
        account_id=ME, instrument_id=InstrumentId(1), side=BUY, order_type=LIMIT, price=2001,
        quantity=75, time_in_force=GTC, post_only=False, client_id=None, self_trade=REJECT_TAKER,
    ) == read(LIMIT_BID)


def test_a_market_order_by_quantity() -> None:
    assert PlaceOrder(
        account_id=ME, instrument_id=InstrumentId(1), side=SELL, order_type=MARKET, quantity=75,
    ) == read(MARKET_ASK)


def test_a_market_order_by_quote_amount() -> None:
    order = read(MARKET_ASK, {"quantity": None, "quoteQuantity": "12.345678"})
    assert (0, 12_345_678) == (order.quantity, order.quote_amount)


def test_numbers_may_be_json_numbers() -> None:
    order = read(LIMIT_BID, {
        "price": NumberLiteral("100.05"), "quantity": NumberLiteral("1.5"),
        "clientId": NumberLiteral("7"),
    })
    assert (2001, 75, 7) == (order.price, order.quantity, order.client_id)


@pytest.mark.parametrize(("extra", "name", "expected"), [
    ({"timeInForce": "GTC"}, "time_in_force", GTC),
    ({"timeInForce": "IOC"}, "time_in_force", IOC),
    ({"timeInForce": "FOK"}, "time_in_force", FOK),
    ({"postOnly": True}, "post_only", True),
    ({"postOnly": False}, "post_only", False),
    ({"selfTradePrevention": "RejectTaker"}, "self_trade", REJECT_TAKER),
    ({"selfTradePrevention": "RejectMaker"}, "self_trade", REJECT_MAKER),
    ({"selfTradePrevention": "RejectBoth"}, "self_trade", REJECT_BOTH),
    ({"clientId": "4294967295"}, "client_id", 4294967295),
    ({"clientId": NumberLiteral("0")}, "client_id", 0),
    ({"clientId": None}, "client_id", None),
])
def test_choices(extra: dict[str, Scalar], name: str, expected: object) -> None:
    assert expected == getattr(read(LIMIT_BID, extra), name)


@pytest.mark.parametrize("extra", [
    {"autoLend": True, "autoLendRedeem": True, "autoBorrow": True, "autoBorrowRepay": False},
    {"brokerId": NumberLiteral("1400")},
    {"reduceOnly": False},
    {"triggerPrice": None, "slippageTolerance": None},
])
def test_fields_without_effect_here(extra: dict[str, Scalar]) -> None:
    assert read(LIMIT_BID) == read(LIMIT_BID, extra)


CLIENT = "INVALID_CLIENT_REQUEST"


@pytest.mark.parametrize(("extra", "code", "message"), [
    ({"symbol": None}, CLIENT, "Missing `symbol`"),
    ({"symbol": "SOL_USD"}, CLIENT, "Invalid market symbol"),
    ({"symbol": True}, CLIENT, "Invalid market symbol"),
    ({"side": None}, CLIENT, "Missing `side`"),
    ({"side": "Buy"}, CLIENT, "Invalid side: expected one of Bid, Ask"),
    ({"side": True}, CLIENT, "Invalid side: expected one of Bid, Ask"),
    ({"orderType": "Stop"}, CLIENT, "Invalid orderType: expected one of Limit, Market"),
    ({"timeInForce": "GTD"}, CLIENT, "Invalid timeInForce: expected one of GTC, IOC, FOK"),
    ({"postOnly": "true"}, CLIENT, "Invalid postOnly: expected true or false"),
    ({"price": None}, CLIENT, "A limit order needs a `price`"),
    ({"price": "abc"}, CLIENT, "Invalid price: not a decimal number"),
    ({"price": "1e2"}, CLIENT, "Invalid price: not a decimal number"),
    ({"price": NumberLiteral("1e2")}, CLIENT, "Invalid price: not a decimal number"),
    ({"price": "NaN"}, CLIENT, "Invalid price: not a decimal number"),
    ({"price": True}, CLIENT, "Invalid price: not a decimal number"),
    ({"price": "100.051"}, CLIENT, "Price decimal too long"),
    ({"price": "100.01"}, "INVALID_PRICE", "Price must be a multiple of the tick size 0.05"),
    ({"price": "0"}, "INVALID_PRICE", "Price must be from 0.05 to 50000"),
    ({"price": "-100.05"}, "INVALID_PRICE", "Price must be from 0.05 to 50000"),
    ({"price": "50000.05"}, "INVALID_PRICE", "Price must be from 0.05 to 50000"),
    ({"price": "9" * 20}, "INVALID_PRICE", "Price must be from 0.05 to 50000"),
    ({"quantity": None}, CLIENT, "A limit order needs a `quantity`"),
    ({"quantity": "1.501"}, CLIENT, "Quantity decimal too long"),
    ({"quantity": "1.51"}, "INVALID_QUANTITY", "Quantity must be a multiple of the step size 0.02"),
    ({"quantity": "0.08"}, "INVALID_QUANTITY", "Quantity must be from 0.1 to 20000"),
    ({"quantity": "-1.5"}, "INVALID_QUANTITY", "Quantity must be from 0.1 to 20000"),
    ({"quantity": "20000.02"}, "INVALID_QUANTITY", "Quantity must be from 0.1 to 20000"),
    ({"quoteQuantity": "1"}, CLIENT, "A limit order takes `quantity`, not `quoteQuantity`"),
    ({"clientId": "4294967296"}, CLIENT,
     "Invalid clientId: expected a whole number from 0 to 4294967295"),
    ({"clientId": NumberLiteral("-1")}, CLIENT,
     "Invalid clientId: expected a whole number from 0 to 4294967295"),
    ({"clientId": "my-order"}, CLIENT,
     "Invalid clientId: expected a whole number from 0 to 4294967295"),
    ({"selfTradePrevention": "Allow"}, CLIENT,
     "Invalid selfTradePrevention: expected one of RejectTaker, RejectMaker, RejectBoth"),
    ({"clientOrderId": "x"}, CLIENT, "Unknown field `clientOrderId`"),
    ({"stopLossPrice": NumberLiteral("90")}, CLIENT, "Unknown field `stopLossPrice`"),
    ({"slippageTolerance": "1"}, "NOT_IMPLEMENTED",
     "There is no slippage tolerance here: send a limit order with timeInForce IOC"),
    ({"slippageToleranceType": "Percent"}, "NOT_IMPLEMENTED",
     "There is no slippage tolerance here: send a limit order with timeInForce IOC"),
    ({"reduceOnly": "no"}, CLIENT, "Invalid reduceOnly: expected true or false"),
    ({"reduceOnly": True}, "INVALID_ORDER", "Reduce-only orders need a position"),
    ({"postOnly": True, "timeInForce": "IOC"}, "INVALID_ORDER",
     "A post-only order must be a limit order that may rest"),
])
def test_a_limit_order_that_is_wrong(extra: dict[str, Scalar], code: str, message: str) -> None:
    assert (400, code, message) == refusal(lambda: read(LIMIT_BID, extra))


@pytest.mark.parametrize(("extra", "code", "message"), [
    ({"quantity": None}, CLIENT,
     "A market order takes exactly one of `quantity` and `quoteQuantity`"),
    ({"quoteQuantity": "1"}, CLIENT,
     "A market order takes exactly one of `quantity` and `quoteQuantity`"),
    ({"price": "1"}, CLIENT, "A market order takes no `price`"),
    ({"postOnly": True}, "INVALID_ORDER", "A post-only order must be a limit order that may rest"),
    ({"quantity": None, "quoteQuantity": "0"}, "INVALID_QUANTITY", "quoteQuantity is out of range"),
    ({"quantity": None, "quoteQuantity": "-5"}, "INVALID_QUANTITY",
     "quoteQuantity is out of range"),
    ({"quantity": None, "quoteQuantity": "9" * 20}, "INVALID_QUANTITY",
     "quoteQuantity is out of range"),
    ({"quantity": None, "quoteQuantity": "0.0000001"}, CLIENT, "Quantity decimal too long"),
    ({"quantity": None, "quoteQuantity": "x"}, CLIENT,
     "Invalid quoteQuantity: not a decimal number"),
])
def test_a_market_order_that_is_wrong(extra: dict[str, Scalar], code: str, message: str) -> None:
    assert (400, code, message) == refusal(lambda: read(MARKET_ASK, extra))


@settings(deadline=None)
@given(st.dictionaries(
    st.sampled_from([*LIMIT_BID, "clientId", "postOnly", "timeInForce", "quoteQuantity", "x"]),
    st.none() | st.booleans() | st.text(max_size=12)
    | st.decimals(allow_nan=True, allow_infinity=True).map(str)
    | st.integers().map(lambda number: NumberLiteral(str(number))),
))
def test_whatever_comes_is_a_sound_command_or_an_error(extra: dict[str, Scalar]) -> None:
    """Nothing gets through that the engine's own checks of price and quantity would refuse."""
    try:
        order = read(LIMIT_BID, extra)
    except ApiError:
        return
    instrument = SOL_USDC.instrument
    assert instrument.price_min <= order.price <= instrument.price_max
    assert instrument.quantity_min <= order.quantity <= instrument.quantity_max


def test_cancel_by_either_id() -> None:
    by_id = {"symbol": "SOL_USDC", "orderId": "42"}
    assert CancelOrder(
        account_id=ME, instrument_id=InstrumentId(1), order_id=OrderId(42), client_id=None
    ) == read_cancel(by_id, account_id=ME, markets=MARKETS)
    by_client_id = {"symbol": "SOL_USDC", "clientId": "7"}
    assert CancelOrder(
        account_id=ME, instrument_id=InstrumentId(1), order_id=OrderId(0), client_id=7
    ) == read_cancel(by_client_id, account_id=ME, markets=MARKETS)


@pytest.mark.parametrize(("body", "message"), [
    ({"orderId": "42"}, "Missing `symbol`"),
    ({"symbol": "X", "orderId": "42"}, "Invalid market symbol"),
    ({"symbol": "SOL_USDC"}, "Must specify exactly one of `orderId` and `clientId`"),
    ({"symbol": "SOL_USDC", "orderId": "1", "clientId": "1"},
     "Must specify exactly one of `orderId` and `clientId`"),
    ({"symbol": "SOL_USDC", "orderId": "x"}, "Invalid orderId"),
    ({"symbol": "SOL_USDC", "orderId": "-1"}, "Invalid orderId"),
    ({"symbol": "SOL_USDC", "orderId": "9223372036854775808"}, "Invalid orderId"),
    ({"symbol": "SOL_USDC", "orderId": True}, "Invalid orderId"),
    ({"symbol": "SOL_USDC", "orderId": "1", "side": "Bid"}, "Unknown field `side`"),
])
def test_a_cancel_that_is_wrong(body: dict[str, Scalar], message: str) -> None:
    assert (400, CLIENT, message) == refusal(
        lambda: read_cancel(known(CANCEL_ORDER, body), account_id=ME, markets=MARKETS)
    )


@pytest.mark.parametrize(("word", "kind"), [
    (None, ALL_ORDERS), ("RestingLimitOrder", RESTING_ORDERS),
    ("ConditionalOrder", WAITING_ORDERS),
])
def test_cancel_all(word: str | None, kind: int) -> None:
    assert CancelOrders(account_id=ME, instrument_id=InstrumentId(1), kind=kind) == (
        read_cancel_all(
            {"symbol": "SOL_USDC", "orderType": word}, account_id=ME, markets=MARKETS
        )
    )


@pytest.mark.parametrize(("body", "message"), [
    ({}, "Missing `symbol`"),
    ({"symbol": "SOL_USDC", "orderType": "Limit"},
     "Invalid orderType: expected one of RestingLimitOrder, ConditionalOrder"),
    ({"symbol": "SOL_USDC", "side": "Bid"}, "Unknown field `side`"),
])
def test_a_cancel_all_that_is_wrong(body: dict[str, Scalar], message: str) -> None:
    assert (400, CLIENT, message) == refusal(
        lambda: read_cancel_all(known(CANCEL_ORDERS, body), account_id=ME, markets=MARKETS)
    )


@pytest.mark.parametrize(("body", "expected"), [
    ({"orderId": "42", "price": "100.05"}, {"order_id": 42, "price": 2001}),
    ({"orderId": "42", "quantity": "1.5"}, {"order_id": 42, "quantity": 75}),
    ({"clientId": "7", "price": NumberLiteral("1"), "quantity": "2"},
     {"client_id": 7, "price": 20, "quantity": 100}),
])
def test_replace(body: dict[str, Scalar], expected: dict[str, int]) -> None:
    """What is not stated is left as it is."""
    assert ReplaceOrder(account_id=ME, instrument_id=InstrumentId(1), **expected) == read_replace(
        {"symbol": "SOL_USDC", **body}, account_id=ME, markets=MARKETS
    )


@pytest.mark.parametrize(("body", "code", "message"), [
    ({"orderId": "42"}, CLIENT, "Must specify `price` or `quantity`, or both"),
    ({"price": "1"}, CLIENT, "Must specify exactly one of `orderId` and `clientId`"),
    ({"orderId": "42", "clientId": "7", "price": "1"}, CLIENT,
     "Must specify exactly one of `orderId` and `clientId`"),
    ({"orderId": "42", "price": "1", "side": "Bid"}, CLIENT, "Unknown field `side`"),
    ({"orderId": "42", "price": "0"}, "INVALID_PRICE", "Price must be from 0.05 to 50000"),
    ({"orderId": "42", "price": "1.01"}, "INVALID_PRICE",
     "Price must be a multiple of the tick size 0.05"),
    ({"orderId": "42", "quantity": "0"}, "INVALID_QUANTITY", "Quantity must be from 0.1 to 20000"),
    ({"orderId": "42", "quantity": "1.501"}, CLIENT, "Quantity decimal too long"),
])
def test_a_replace_that_is_wrong(body: dict[str, Scalar], code: str, message: str) -> None:
    assert (400, code, message) == refusal(lambda: read_replace(
        known(REPLACE_ORDER, {"symbol": "SOL_USDC", **body}), account_id=ME, markets=MARKETS
    ))


def test_a_query_names_its_order() -> None:
    """Other parameters of a query are none of this function's business."""
    query = {"symbol": "SOL_USDC", "clientId": "7", "more": "x"}
    assert (SOL_USDC, None, 7) == read_order_named(query, MARKETS)
