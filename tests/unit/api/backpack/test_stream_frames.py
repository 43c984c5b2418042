"""Each frame on the wire, to the letter."""

from typing import Any

import msgspec

from outcry.api.backpack import stream_frames as frames
from outcry.api.backpack.markets import Market
from outcry.engine.commands import Conditions, Exit, Trigger
from outcry.engine.events import AssetListed, InstrumentListed, QuoteSet
from outcry.engine.rejects import CancelReason, RejectReason
from outcry.engine.units import (
    BUY,
    FALLS,
    GTC,
    IOC,
    LIMIT,
    MARK_PRICE,
    MARKET,
    OPEN,
    REJECT_MAKER,
    REJECT_TAKER,
    SELL,
    AccountId,
    AssetId,
    InstrumentId,
    OrderId,
    TradeId,
)
from outcry.projections.depth import Best
from outcry.projections.history import (
    CANCELED,
    FAILED,
    FILLED,
    WAITING,
    CandleRow,
    FillRow,
    OrderRow,
    TradeRow,
)
from outcry.projections.history import OPEN as ORDER_OPEN
from outcry.projections.orders import OrderTransition, UpdateKind
from outcry.projections.ticker import TickerView

USDC = AssetListed(asset_id=AssetId(1), symbol="USDC", name="USD Coin", decimals=6)
BTC = AssetListed(asset_id=AssetId(4), symbol="BTC", name="Bitcoin", decimals=8)
# Tick 0.1, lot 0.00001.
BTC_USDC = InstrumentListed(
    instrument_id=InstrumentId(3), symbol="BTC_USDC", base_asset_id=AssetId(4),
    quote_asset_id=AssetId(1), price_decimals=1, tick_size=1, quantity_decimals=5, lot_size=1,
    price_min=1, price_max=10**7, quantity_min=1, quantity_max=10**8, maker_fee_rate=200,
    taker_fee_rate=500, mark_decimals=4, price_band_rate=0, impact_rate=0, state=OPEN,
    open_orders_max=10_000, listed_ms=0,
)
MARKET_BTC = Market(BTC_USDC, BTC, USDC)
NOW_US = 1_694_687_965_941_000
MS = 1_694_687_965_900


def read(message: bytes) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(message)
    return found


def test_book_ticker() -> None:
    message = frames.book_ticker(
        BTC_USDC, Best((867_000, 150_000), (867_001, 1)), seq=77, changed_ms=MS, now_us=NOW_US
    )
    assert {
        "e": "bookTicker", "E": NOW_US, "s": "BTC_USDC", "a": "86700.1", "A": "0.00001",
        "b": "86700.0", "B": "1.50000", "u": 77, "T": MS * 1000,
    } == read(message)


def test_an_empty_side_of_the_top_is_null() -> None:
    message = frames.book_ticker(BTC_USDC, Best(None, None), seq=1, changed_ms=MS, now_us=NOW_US)
    assert [None] * 4 == [read(message)[name] for name in "aAbB"]


def test_depth() -> None:
    message = frames.depth(
        BTC_USDC, bids=[(866_999, 0)], asks=[(867_001, 2), (867_002, 3)], first_seq=5,
        last_seq=9, changed_ms=MS, now_us=NOW_US,
    )
    assert {
        "e": "depth", "E": NOW_US, "s": "BTC_USDC",
        "a": [["86700.1", "0.00002"], ["86700.2", "0.00003"]], "b": [["86699.9", "0.00000"]],
        "U": 5, "u": 9, "T": MS * 1000,
    } == read(message)


def test_trade() -> None:
    """`m` is whether the buyer's order was resting: the taker sold."""
    row = TradeRow(
        instrument_id=InstrumentId(3), trade_id=TradeId(12), price=867_000, quantity=3,
        taker_side=SELL, buy_order_id=OrderId(5), sell_order_id=OrderId(9), traded_ms=MS,
    )
    assert {
        "e": "trade", "E": NOW_US, "s": "BTC_USDC", "p": "86700.0", "q": "0.00003", "b": "5",
        "a": "9", "t": 12, "T": MS * 1000, "m": True,
    } == read(frames.trade(BTC_USDC, row, now_us=NOW_US))
    bought = msgspec.structs.replace(row, taker_side=BUY)
    assert read(frames.trade(BTC_USDC, bought, now_us=NOW_US))["m"] is False


def test_ticker() -> None:
    view = TickerView(
        first=860_000, last=867_000, high=870_000, low=850_000, volume=250_000,
        quote_volume=216_750_123_456, trades=42,
    )
    assert {
        "e": "ticker", "E": NOW_US, "s": "BTC_USDC", "o": "86000.0", "c": "86700.0",
        "h": "87000.0", "l": "85000.0", "v": "2.50000", "V": "216750.123456", "n": 42,
    } == read(frames.ticker(MARKET_BTC, view, now_us=NOW_US))


def test_kline() -> None:
    candle = CandleRow(
        instrument_id=InstrumentId(3), interval="1month", start_ms=1_693_526_400_000,
        open=860_000, high=870_000, low=850_000, close=867_000, volume=10, quote_volume=5,
        trades=3,
    )
    assert {
        "e": "kline", "E": NOW_US, "s": "BTC_USDC", "t": "2023-09-01T00:00:00",
        "T": "2023-10-01T00:00:00", "o": "86000.0", "c": "86700.0", "h": "87000.0",
        "l": "85000.0", "v": "0.00010", "n": 3, "X": True,
    } == read(frames.kline(BTC_USDC, candle, closed=True, now_us=NOW_US))


def test_mark_price() -> None:
    """Its time is the source's: a feed that fell silent shows."""
    quote = QuoteSet(
        instrument_id=InstrumentId(3), bid=867_000_000, ask=867_000_200, source_ms=MS
    )
    assert {
        "e": "markPrice", "E": NOW_US, "s": "BTC_USDC", "p": "86700.01", "i": "86700.01",
        "f": "0", "n": 0, "T": MS * 1000,
    } == read(frames.mark_price(BTC_USDC, quote, 867_000_100, now_us=NOW_US))


def test_balance_update() -> None:
    message = frames.balance_update(
        "USDC", available="1.5", locked="0", changed_ms=MS, now_us=NOW_US
    )
    assert {
        "e": "balanceUpdate", "E": NOW_US, "T": MS * 1000, "a": "USDC", "A": "1.5", "L": "0",
        "S": "0",
    } == read(message)


RESTING = OrderRow(
    order_id=OrderId(1234), account_id=AccountId(100), instrument_id=InstrumentId(3), side=BUY,
    order_type=LIMIT, price=867_000, quantity=200_000, quote_amount=0, time_in_force=GTC,
    post_only=True, client_id=77, self_trade=REJECT_TAKER, created_ms=MS - 10, updated_ms=MS,
    filled=0, quote_filled=0, status=ORDER_OPEN, cancel_reason=0,
)
ACCEPTED = {
    "e": "orderAccepted", "E": NOW_US, "s": "BTC_USDC", "c": 77, "S": "Bid", "o": "LIMIT",
    "f": "GTC", "q": "2", "p": "86700", "X": "New", "i": "1234", "t": None, "z": "0", "Z": "0",
    "V": "RejectTaker", "T": MS * 1000, "O": "USER", "r": False, "y": True,
}


def told(kind: UpdateKind, order: OrderRow, fill: FillRow | None = None) -> dict[str, Any]:
    return read(frames.order_update(MARKET_BTC, OrderTransition(kind, order, fill), now_us=NOW_US))


def test_an_accepted_order() -> None:
    """What does not apply is left out, but `t` is null."""
    assert ACCEPTED == told(UpdateKind.ACCEPTED, RESTING)


def test_a_fill() -> None:
    """The fee is in the asset received: a buyer pays it in the base asset."""
    order = msgspec.structs.replace(RESTING, filled=50_000, quote_filled=43_350_000_000)
    fill = FillRow(
        instrument_id=InstrumentId(3), trade_id=TradeId(12), order_id=OrderId(1234),
        account_id=AccountId(100), client_id=77, side=BUY, price=867_000, quantity=50_000,
        fee=10_000, fee_asset_id=AssetId(4), is_maker=True, traded_ms=MS,
    )
    assert {
        **ACCEPTED, "e": "orderFill", "X": "PartiallyFilled", "t": 12, "l": "0.5", "L": "86700",
        "m": True, "n": "0.0001", "N": "BTC", "z": "0.5", "Z": "43350",
    } == told(UpdateKind.FILL, order, fill)

    last = msgspec.structs.replace(order, filled=200_000, status=FILLED)
    sold = msgspec.structs.replace(fill, fee_asset_id=AssetId(1), fee=8_670_000)
    found = told(UpdateKind.FILL, last, sold)
    assert ("Filled", "8.67", "USDC") == (found["X"], found["n"], found["N"])


def test_a_cancel_by_the_owner() -> None:
    order = msgspec.structs.replace(
        RESTING, status=CANCELED, cancel_reason=CancelReason.BY_OWNER, client_id=None
    )
    expected = {**ACCEPTED, "e": "orderCancelled", "X": "Cancelled"}
    del expected["c"]
    assert expected == told(UpdateKind.CANCELED, order)


def test_a_market_order_by_quote_amount_that_found_nothing() -> None:
    """It has no price, and its quantity is not said; it expires with a reason."""
    order = msgspec.structs.replace(
        RESTING, order_type=MARKET, price=0, quantity=0, quote_amount=1_500_000, post_only=False,
        time_in_force=IOC, self_trade=REJECT_MAKER, status=CANCELED, side=SELL,
        cancel_reason=CancelReason.INSUFFICIENT_LIQUIDITY,
    )
    expected = {
        **ACCEPTED, "e": "orderExpired", "X": "Expired", "R": "InsufficientLiquidity",
        "o": "MARKET", "S": "Ask", "q": "0", "Q": "1.5", "f": "IOC", "y": False,
        "V": "RejectMaker",
    }
    del expected["p"]
    assert expected == told(UpdateKind.CANCELED, order)


def test_a_replaced_order() -> None:
    order = msgspec.structs.replace(RESTING, price=867_005, filled=100_000)
    assert {
        **ACCEPTED, "e": "orderModified", "p": "86700.5", "X": "PartiallyFilled", "z": "1",
    } == told(UpdateKind.REPLACED, order)


TRIGGER = Conditions(trigger=Trigger(price=860_000, follows=MARK_PRICE, direction=FALLS))
WAITING_ORDER = msgspec.structs.replace(RESTING, status=WAITING, conditions=TRIGGER)
PLACED = {
    **ACCEPTED, "e": "triggerPlaced", "X": "TriggerPending", "P": "86000", "B": "MarkPrice",
    "Y": "2",
}


def test_an_order_that_waits_for_its_trigger() -> None:
    assert PLACED == told(UpdateKind.WAITING, WAITING_ORDER)
    fired = msgspec.structs.replace(WAITING_ORDER, status=ORDER_OPEN, triggered_ms=MS)
    assert {**PLACED, "e": "orderAccepted", "X": "New"} == told(UpdateKind.ACCEPTED, fired)


def test_an_order_for_a_share_of_what_will_be_free() -> None:
    """How much that is, is not known until its trigger fires."""
    share = Trigger(price=860_000, share_rate=805_000)
    order = msgspec.structs.replace(
        WAITING_ORDER, quantity=0, conditions=Conditions(trigger=share)
    )
    assert {**PLACED, "q": "0", "B": "LastPrice", "Y": "80.5%"} == told(UpdateKind.WAITING, order)


def test_a_trigger_that_failed_says_why() -> None:
    order = msgspec.structs.replace(
        WAITING_ORDER, status=FAILED, reject_reason=RejectReason.INSUFFICIENT_FUNDS
    )
    assert {
        **PLACED, "e": "triggerFailed", "X": "TriggerFailed", "R": "InsufficientFunds",
    } == told(UpdateKind.FAILED, order)


def test_take_profit_and_stop_loss() -> None:
    """Of the order that has them, and of the orders that they become."""
    parent = msgspec.structs.replace(RESTING, conditions=Conditions(
        take_profit=Exit(trigger_price=900_000, limit_price=899_990),
        stop_loss=Exit(trigger_price=800_000, follows=MARK_PRICE),
    ))
    assert {
        **ACCEPTED, "a": "90000", "j": "89999", "d": "LastPrice", "b": "80000", "g": "MarkPrice",
    } == told(UpdateKind.ACCEPTED, parent)
    exit_order = msgspec.structs.replace(WAITING_ORDER, related_order_id=OrderId(33))
    assert {**PLACED, "I": "33"} == told(UpdateKind.WAITING, exit_order)
    beside = msgspec.structs.replace(
        exit_order, status=CANCELED, cancel_reason=CancelReason.EXIT_FIRED
    )
    assert {**PLACED, "I": "33", "e": "orderCancelled", "X": "Cancelled"} == told(
        UpdateKind.CANCELED, beside
    )


def test_an_envelope_is_json_whatever_the_stream_is_called() -> None:
    head, tail = frames.envelope('trade."}\\')
    assert {"stream": 'trade."}\\', "data": {}} == read(head + b"{}" + tail)
