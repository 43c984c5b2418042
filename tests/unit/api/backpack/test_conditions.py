"""Triggers and exits become exactly what was meant, or an error that says why not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.api.backpack.bodies import NumberLiteral, Scalar
from outcry.api.backpack.conditions import exit_texts, share_text
from outcry.api.backpack.errors import ApiError
from outcry.api.backpack.markets import Market
from outcry.api.backpack.orders import read_order
from outcry.engine.commands import Conditions, Exit, PlaceOrder, Trigger
from outcry.engine.events import AssetListed, InstrumentListed
from outcry.engine.units import LAST_PRICE, LIMIT, MARK_PRICE, MARKET, OPEN, RATE_ONE

SOL_USDC = Market(
    instrument=InstrumentListed(
        instrument_id=1, symbol="SOL_USDC", base_asset_id=2, quote_asset_id=1, price_decimals=2,
        tick_size=5, quantity_decimals=2, lot_size=2, price_min=1, price_max=1_000_000,
        quantity_min=5, quantity_max=1_000_000, maker_fee_rate=200, taker_fee_rate=500,
        mark_decimals=6, price_band_rate=0, impact_rate=0, open_orders_max=10_000, state=OPEN,
        listed_ms=0,
    ),
    base=AssetListed(asset_id=2, symbol="SOL", name="Solana", decimals=9),
    quote=AssetListed(asset_id=1, symbol="USDC", name="USD Coin", decimals=6),
)
STOP: dict[str, Scalar] = {
    "symbol": "SOL_USDC", "side": "Ask", "orderType": "Market", "triggerPrice": "90",
    "triggerQuantity": "1.5",
}
BID: dict[str, Scalar] = {
    "symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "100", "quantity": "1",
}
CLIENT = "INVALID_CLIENT_REQUEST"


def read(*bodies: dict[str, Scalar]) -> PlaceOrder:
    members = {key: value for body in bodies for key, value in body.items()}
    return read_order(members, account_id=100, markets={"SOL_USDC": SOL_USDC})


def refusal(*bodies: dict[str, Scalar]) -> tuple[int, str, str]:
    with pytest.raises(ApiError) as caught:
        read(*bodies)
    return caught.value.status, caught.value.code.value, caught.value.message


def test_a_market_order_that_waits() -> None:
    """It follows the last price unless it says so; which way is the engine's to find out."""
    order = read(STOP)
    assert (MARKET, 75, 0) == (order.order_type, order.quantity, order.price)
    assert Conditions(trigger=Trigger(price=1800, follows=LAST_PRICE)) == order.conditions


def test_a_limit_order_that_waits() -> None:
    order = read(STOP, {"orderType": "Limit", "price": "89.5", "triggerBy": "MarkPrice"})
    assert (LIMIT, 75, 1790) == (order.order_type, order.quantity, order.price)
    assert Conditions(trigger=Trigger(price=1800, follows=MARK_PRICE)) == order.conditions


def test_a_quantity_that_says_the_same_again() -> None:
    """Some clients have no way to leave it out, and one calls the price it follows otherwise."""
    assert read(STOP) == read(STOP, {"quantity": "1.50"})
    follows_mark = read(STOP, {"triggerBy": "MarkPrice"})
    assert follows_mark == read(STOP, {"quantity": "1.5", "triggeredBy": "MarkPrice"})


@pytest.mark.parametrize(("text", "share_rate"), [
    ("80%", 800_000), ("100%", RATE_ONE), ("0.0001%", 1), ("12.5%", 125_000),
])
def test_a_share_instead_of_a_quantity(text: str, share_rate: int) -> None:
    order = read(STOP, {"triggerQuantity": text})
    assert order.conditions is not None
    assert order.conditions.trigger is not None
    assert (0, share_rate) == (order.quantity, order.conditions.trigger.share_rate)
    assert text == share_text(share_rate)


def test_exits() -> None:
    """With a limit price or without, each following what it says."""
    order = read(BID, {
        "takeProfitTriggerPrice": "110", "takeProfitTriggerBy": "MarkPrice",
        "stopLossTriggerPrice": NumberLiteral("90"), "stopLossLimitPrice": "89",
    })
    profit = Exit(trigger_price=2200, follows=MARK_PRICE)
    loss = Exit(trigger_price=1800, limit_price=1780)
    assert Conditions(take_profit=profit, stop_loss=loss) == order.conditions
    assert ("110", None, "MarkPrice") == exit_texts(SOL_USDC.instrument, profit)
    assert ("90", "89", "LastPrice") == exit_texts(SOL_USDC.instrument, loss)
    assert (None, None, None) == exit_texts(SOL_USDC.instrument, None)


def test_a_waiting_order_with_exits() -> None:
    order = read(STOP, {"takeProfitTriggerPrice": "70", "stopLossTriggerPrice": "95"})
    assert order.conditions == Conditions(
        trigger=Trigger(price=1800), take_profit=Exit(trigger_price=1400),
        stop_loss=Exit(trigger_price=1900),
    )


def test_nulls_are_not_there() -> None:
    nothing = dict.fromkeys((
        "triggerPrice", "triggerQuantity", "triggerBy", "takeProfitTriggerPrice",
        "takeProfitLimitPrice", "takeProfitTriggerBy", "stopLossTriggerPrice",
        "stopLossLimitPrice", "stopLossTriggerBy",
    ))
    assert read(BID) == read(BID, nothing)


SAME = "A trigger order takes `triggerQuantity`; a `quantity` must be the same"
BOTH = "Must specify both `triggerPrice` and `triggerQuantity` or neither"


@pytest.mark.parametrize(("extra", "code", "message"), [
    ({"triggerQuantity": None}, CLIENT, BOTH),
    ({"triggerPrice": None}, CLIENT, BOTH),
    ({"quantity": "1"}, CLIENT, SAME),
    ({"quantity": "80%", "triggerQuantity": "80%"}, CLIENT, SAME),
    ({"triggerBy": "LastPrice", "triggeredBy": "LastPrice"}, CLIENT,
     "Must specify only one of `triggerBy` and `triggeredBy`"),
    ({"triggeredBy": "Last"}, CLIENT,
     "Invalid triggeredBy: expected one of LastPrice, MarkPrice"),
    ({"quoteQuantity": "1"}, CLIENT,
     "A trigger order takes `triggerQuantity`, not `quoteQuantity`"),
    ({"price": "1"}, CLIENT, "A market order takes no `price`"),
    ({"orderType": "Limit"}, CLIENT, "A limit order needs a `price`"),
    ({"triggerPrice": "90.01"}, "INVALID_PRICE", "Price must be a multiple of the tick size 0.05"),
    ({"triggerPrice": "0"}, "INVALID_PRICE", "Price must be from 0.05 to 50000"),
    ({"triggerPrice": "x"}, CLIENT, "Invalid triggerPrice: not a decimal number"),
    ({"triggerPrice": True}, CLIENT, "Invalid triggerPrice: not a decimal number"),
    ({"triggerBy": "IndexPrice"}, "NOT_IMPLEMENTED",
     "Invalid triggerBy: there is no index price here; use LastPrice or MarkPrice"),
    ({"triggerBy": "Last"}, CLIENT, "Invalid triggerBy: expected one of LastPrice, MarkPrice"),
    ({"triggerQuantity": "0"}, "INVALID_QUANTITY", "Quantity must be from 0.1 to 20000"),
    ({"triggerQuantity": "1.501"}, CLIENT, "Quantity decimal too long"),
    ({"triggerQuantity": True}, CLIENT, "Invalid triggerQuantity: not a decimal number"),
    ({"triggerQuantity": "%"}, CLIENT, "Invalid triggerQuantity: not a decimal number"),
    ({"triggerQuantity": "0%"}, "INVALID_QUANTITY",
     "triggerQuantity must be above 0% and at most 100%"),
    ({"triggerQuantity": "-5%"}, "INVALID_QUANTITY",
     "triggerQuantity must be above 0% and at most 100%"),
    ({"triggerQuantity": "100.1%"}, "INVALID_QUANTITY",
     "triggerQuantity must be above 0% and at most 100%"),
    ({"triggerQuantity": "1.00001%"}, CLIENT, "Quantity decimal too long"),
    ({"postOnly": True}, "INVALID_ORDER", "A post-only order must be a limit order that may rest"),
])
def test_a_trigger_that_is_wrong(extra: dict[str, Scalar], code: str, message: str) -> None:
    assert (400, code, message) == refusal(STOP, extra)


@pytest.mark.parametrize(("extra", "code", "message"), [
    ({"triggeredBy": "LastPrice"}, CLIENT,
     "`triggeredBy` needs `triggerPrice` and `triggerQuantity`"),
    ({"triggerBy": "LastPrice"}, CLIENT, "`triggerBy` needs `triggerPrice` and `triggerQuantity`"),
    ({"takeProfitLimitPrice": "1"}, CLIENT,
     "`takeProfitLimitPrice` needs `takeProfitTriggerPrice`"),
    ({"stopLossTriggerBy": "LastPrice"}, CLIENT,
     "`stopLossTriggerBy` needs `stopLossTriggerPrice`"),
    ({"stopLossTriggerPrice": "90.01"}, "INVALID_PRICE",
     "Price must be a multiple of the tick size 0.05"),
    ({"stopLossTriggerPrice": "90", "stopLossLimitPrice": "60000"}, "INVALID_PRICE",
     "Price must be from 0.05 to 50000"),
    ({"takeProfitTriggerPrice": "90", "takeProfitTriggerBy": "IndexPrice"}, "NOT_IMPLEMENTED",
     "Invalid takeProfitTriggerBy: there is no index price here; use LastPrice or MarkPrice"),
    ({"takeProfitTriggerPrice": "90", "stopLossTriggerPrice": "90"}, "INVALID_ORDER",
     "The take profit must be above the stop loss"),
    ({"side": "Ask", "takeProfitTriggerPrice": "110", "stopLossTriggerPrice": "90"},
     "INVALID_ORDER", "The take profit must be below the stop loss"),
])
def test_an_exit_that_is_wrong(extra: dict[str, Scalar], code: str, message: str) -> None:
    assert (400, code, message) == refusal(BID, extra)


@settings(deadline=None)
@given(st.dictionaries(
    st.sampled_from([
        *STOP, "quantity", "triggerBy", "takeProfitTriggerPrice", "stopLossTriggerPrice",
        "stopLossLimitPrice",
    ]),
    st.none() | st.booleans() | st.text(max_size=6)
    | st.decimals(0, 200, places=2).map(str) | st.decimals(-1, 101).map(lambda share: f"{share}%"),
))
def test_whatever_comes_is_a_sound_command_or_an_error(extra: dict[str, Scalar]) -> None:
    """Nothing gets through that the engine's own checks of prices and shares would refuse."""
    try:
        order = read(STOP, extra)
    except ApiError:
        return
    conditions = order.conditions
    assert conditions is not None
    assert conditions.trigger is not None
    trigger = conditions.trigger
    assert 1 <= trigger.price <= 1_000_000
    assert (order.quantity == 0) == (trigger.share_rate > 0)
    assert 0 <= trigger.share_rate <= RATE_ONE
