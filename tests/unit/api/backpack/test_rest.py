"""Public shapes, field by field, as clients read them."""

import msgspec

from outcry.api.backpack.markets import Market
from outcry.api.backpack.private import LimitOrderBody, NotPlaced, PlacedLimitOrder
from outcry.api.backpack.rest import asset_body, kline_time, market_body, naive_time
from outcry.engine.events import AssetListed, InstrumentListed
from outcry.engine.units import POST_ONLY, AssetId, InstrumentId

BTC_USDC = Market(
    instrument=InstrumentListed(
        instrument_id=InstrumentId(3), symbol="BTC_USDC", base_asset_id=AssetId(4),
        quote_asset_id=AssetId(1), price_decimals=1, tick_size=1, quantity_decimals=5, lot_size=1,
        price_min=1, price_max=10_000_000, quantity_min=10, quantity_max=100_000_000,
        maker_fee_rate=200, taker_fee_rate=500, mark_decimals=4, price_band_rate=100_000,
        impact_rate=0, open_orders_max=10_000, state=POST_ONLY, listed_ms=1_700_000_000_123,
    ),
    base=AssetListed(asset_id=AssetId(4), symbol="BTC", name="Bitcoin", decimals=8),
    quote=AssetListed(asset_id=AssetId(1), symbol="USDC", name="USD Coin", decimals=6),
)


def test_a_market() -> None:
    assert {
        "symbol": "BTC_USDC", "baseSymbol": "BTC", "quoteSymbol": "USDC", "marketType": "SPOT",
        "filters": {
            "price": {
                "minPrice": "0.1", "maxPrice": "1000000", "tickSize": "0.1",
                "minMultiplier": "0.9", "maxMultiplier": "1.1", "minImpactMultiplier": None,
                "maxImpactMultiplier": None, "meanMarkPriceBand": None, "meanPremiumBand": None,
                "borrowEntryFeeMaxMultiplier": None, "borrowEntryFeeMinMultiplier": None,
            },
            "quantity": {"minQuantity": "0.0001", "maxQuantity": "1000", "stepSize": "0.00001"},
        },
        "orderBookState": "PostOnly", "createdAt": "2023-11-14T22:13:20.123", "visible": True,
        "imfFunction": None, "mmfFunction": None, "fundingInterval": None,
        "fundingRateUpperBound": None, "fundingRateLowerBound": None, "openInterestLimit": "0",
        "positionLimitWeight": None,
    } == msgspec.to_builtins(market_body(BTC_USDC))


def test_an_asset_comes_from_nowhere_and_can_leave() -> None:
    """Nothing can be deposited from a chain, and the flags say so."""
    asset = msgspec.to_builtins(asset_body("BTC", "Bitcoin", 8))
    assert ("BTC", "Bitcoin", None) == (
        asset["symbol"], asset["displayName"], asset["coingeckoId"]
    )
    (token,) = asset["tokens"]
    assert (False, True, "0.00000001", "", 8) == (
        token["depositEnabled"], token["withdrawEnabled"], token["minimumWithdrawal"],
        token["contractAddress"], token["nativeDecimals"],
    )


def test_times_are_utc_and_do_not_say_so() -> None:
    assert "2023-11-14T22:13:20.000" == naive_time(1_700_000_000_000)
    assert "2023-11-14T22:13:20.007" == naive_time(1_700_000_000_007)
    assert "2023-11-14 22:13:20" == kline_time(1_700_000_000_000)


def test_a_live_order_states_what_it_does_not_have() -> None:
    """Fields without a value are explicit nulls, and the batch's mark is on top of them."""
    common = {
        "id": "1", "client_id": None, "symbol": "BTC_USDC", "side": "Bid", "order_type": "Limit",
        "status": "New", "time_in_force": "GTC", "self_trade_prevention": "RejectTaker",
        "created_at": 1, "executed_quantity": "0", "executed_quote_quantity": "0",
        "quantity": "1", "price": "2", "post_only": False,
    }
    order = msgspec.to_builtins(msgspec.convert(
        {"".join(w if i == 0 else w.capitalize() for i, w in enumerate(name.split("_"))): value
         for name, value in common.items()}, LimitOrderBody,
    ))
    nulls = {name for name, value in order.items() if value is None}
    assert {
        "clientId", "reduceOnly", "triggerBy", "triggerPrice", "triggerQuantity", "triggeredAt",
        "relatedOrderId", "strategyId", "takeProfitTriggerPrice", "takeProfitLimitPrice",
        "takeProfitTriggerBy", "stopLossTriggerPrice", "stopLossLimitPrice", "stopLossTriggerBy",
        "systemOrderType",
    } == nulls
    assert "operation" not in order
    placed = msgspec.convert(order, PlacedLimitOrder)
    assert {**order, "operation": "Ok"} == msgspec.to_builtins(placed)


def test_an_element_that_placed_nothing() -> None:
    assert {
        "code": "INVALID_ORDER", "message": "no", "retryable": False, "operation": "Err",
    } == msgspec.to_builtins(NotPlaced(code="INVALID_ORDER", message="no", retryable=False))
