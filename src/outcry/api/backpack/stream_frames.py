"""The WebSocket stream, server to client: each kind of data frame, ready to send.

`E` is when the venue says something and `T` when it happened, both in microseconds. Prices and
quantities have all their decimals, as Backpack's stream has and its REST has not.
"""

from typing import Final, TypeAlias

import msgspec

from outcry.api.backpack.conditions import share_text
from outcry.api.backpack.markets import Market
from outcry.api.backpack.rest import naive_time
from outcry.api.backpack.words import (
    FOLLOWED,
    ORDER_TYPES,
    SELF_TRADES,
    SIDES,
    TIMES_IN_FORCE,
    expiry_reason,
    status_of,
)
from outcry.engine.commands import Exit
from outcry.engine.events import InstrumentListed, QuoteSet
from outcry.engine.units import SELL
from outcry.projections.candles import end_of
from outcry.projections.depth import Best
from outcry.projections.history import CandleRow, FillRow, OrderRow, TradeRow
from outcry.projections.orders import OrderTransition, UpdateKind
from outcry.projections.ticker import TickerView
from outcry.wire.decimals import amount_text, format_padded, mark_text, price_text, quantity_text

# How an order's change is called; one that was canceled may have expired, its status tells.
_ORDER_EVENTS: Final = {
    UpdateKind.ACCEPTED: "orderAccepted", UpdateKind.FILL: "orderFill",
    UpdateKind.WAITING: "triggerPlaced", UpdateKind.FAILED: "triggerFailed",
    UpdateKind.REPLACED: "orderModified",
}
_ENDED_BY: Final = {"Cancelled": "orderCancelled", "Expired": "orderExpired"}

_encoder = msgspec.json.Encoder()

WireLevel: TypeAlias = tuple[str, str]


class BookTickerFrame(msgspec.Struct, gc=False):
    """Top of the book; a side that is empty is null."""

    e: str
    E: int
    s: str
    a: str | None
    A: str | None
    b: str | None
    B: str | None
    u: int
    T: int


class DepthFrame(msgspec.Struct, gc=False):
    """Levels that changed, with absolute quantities; 0 is no level."""

    e: str
    E: int
    s: str
    a: list[WireLevel]
    b: list[WireLevel]
    U: int
    u: int
    T: int


class TradeFrame(msgspec.Struct, gc=False):
    """A trade; `b` and `a` are the orders of buyer and seller."""

    e: str
    E: int
    s: str
    p: str
    q: str
    b: str
    a: str
    t: int
    T: int
    m: bool


class TickerFrame(msgspec.Struct, gc=False):
    """The last 24 hours."""

    e: str
    E: int
    s: str
    o: str
    c: str
    h: str
    l: str  # noqa: E741 (It is called so on the wire.)
    v: str
    V: str
    n: int


class KlineFrame(msgspec.Struct, gc=False):
    """A candle; `X` when it is closed."""

    e: str
    E: int
    s: str
    t: str
    T: str
    o: str
    c: str
    h: str
    l: str  # noqa: E741
    v: str
    n: int
    X: bool


class MarkPriceFrame(msgspec.Struct, gc=False):
    """An outside price. `T` is the time its source gave it: a feed that died can be told by it."""

    e: str
    E: int
    s: str
    p: str
    i: str
    f: str
    n: int
    T: int


class OrderFrame(msgspec.Struct, gc=False, kw_only=True):
    """A change of an order. `t` is null unless it is a fill."""

    e: str
    E: int
    s: str
    c: int | msgspec.UnsetType = msgspec.UNSET
    S: str
    o: str
    f: str
    q: str
    Q: str | msgspec.UnsetType = msgspec.UNSET
    p: str | msgspec.UnsetType = msgspec.UNSET
    P: str | msgspec.UnsetType = msgspec.UNSET
    B: str | msgspec.UnsetType = msgspec.UNSET
    Y: str | msgspec.UnsetType = msgspec.UNSET
    a: str | msgspec.UnsetType = msgspec.UNSET
    b: str | msgspec.UnsetType = msgspec.UNSET
    j: str | msgspec.UnsetType = msgspec.UNSET
    k: str | msgspec.UnsetType = msgspec.UNSET
    d: str | msgspec.UnsetType = msgspec.UNSET
    g: str | msgspec.UnsetType = msgspec.UNSET
    X: str
    R: str | msgspec.UnsetType = msgspec.UNSET
    i: str
    t: int | None = None
    l: str | msgspec.UnsetType = msgspec.UNSET  # noqa: E741
    L: str | msgspec.UnsetType = msgspec.UNSET
    m: bool | msgspec.UnsetType = msgspec.UNSET
    n: str | msgspec.UnsetType = msgspec.UNSET
    N: str | msgspec.UnsetType = msgspec.UNSET
    z: str
    Z: str
    V: str
    T: int
    O: str = "USER"  # noqa: E741
    I: str | msgspec.UnsetType = msgspec.UNSET  # noqa: E741
    r: bool = False
    y: bool


class BalanceFrame(msgspec.Struct, gc=False):
    """A balance."""

    e: str
    E: int
    T: int
    a: str
    A: str
    L: str
    S: str = "0"


def envelope(stream: str) -> tuple[bytes, bytes]:
    """The bytes before and after the frames of a stream."""
    return b'{"stream":' + _encoder.encode(stream) + b',"data":', b"}"


def price_padded(instrument: InstrumentListed, ticks: int) -> str:
    """A price with all its decimals."""
    return format_padded(ticks * instrument.tick_size, instrument.price_decimals)


def quantity_padded(instrument: InstrumentListed, lots: int) -> str:
    """A quantity with all its decimals."""
    return format_padded(lots * instrument.lot_size, instrument.quantity_decimals)


def book_ticker(
    instrument: InstrumentListed, best: Best, *, seq: int, changed_ms: int, now_us: int
) -> bytes:
    """Top of the book at `seq`."""
    bid, ask = best
    return _encoder.encode(BookTickerFrame(
        "bookTicker", now_us, instrument.symbol,
        None if ask is None else price_padded(instrument, ask[0]),
        None if ask is None else quantity_padded(instrument, ask[1]),
        None if bid is None else price_padded(instrument, bid[0]),
        None if bid is None else quantity_padded(instrument, bid[1]),
        seq, changed_ms * 1000,
    ))


def depth(
    instrument: InstrumentListed, *, bids: list[tuple[int, int]], asks: list[tuple[int, int]],
    first_seq: int, last_seq: int, changed_ms: int, now_us: int,
) -> bytes:
    """Changes of a book from `first_seq` to `last_seq`, both included."""
    assert first_seq <= last_seq
    return _encoder.encode(DepthFrame(
        "depth", now_us, instrument.symbol, _wire(instrument, asks), _wire(instrument, bids),
        first_seq, last_seq, changed_ms * 1000,
    ))


def _wire(instrument: InstrumentListed, levels: list[tuple[int, int]]) -> list[WireLevel]:
    return [
        (price_padded(instrument, price), quantity_padded(instrument, quantity))
        for price, quantity in levels
    ]


def trade(instrument: InstrumentListed, row: TradeRow, *, now_us: int) -> bytes:
    """A public trade."""
    return _encoder.encode(TradeFrame(
        "trade", now_us, instrument.symbol, price_padded(instrument, row.price),
        quantity_padded(instrument, row.quantity), str(row.buy_order_id), str(row.sell_order_id),
        row.trade_id, row.traded_ms * 1000, row.taker_side == SELL,
    ))


def ticker(market: Market, view: TickerView, *, now_us: int) -> bytes:
    """The last 24 hours of a market."""
    instrument = market.instrument
    return _encoder.encode(TickerFrame(
        "ticker", now_us, instrument.symbol, price_padded(instrument, view.first),
        price_padded(instrument, view.last), price_padded(instrument, view.high),
        price_padded(instrument, view.low), quantity_padded(instrument, view.volume),
        amount_text(market.quote, view.quote_volume), view.trades,
    ))


def kline(instrument: InstrumentListed, candle: CandleRow, *, closed: bool, now_us: int) -> bytes:
    """A candle."""
    return _encoder.encode(KlineFrame(
        "kline", now_us, instrument.symbol, naive_time(candle.start_ms, timespec="seconds"),
        naive_time(end_of(candle.interval, candle.start_ms), timespec="seconds"),
        price_padded(instrument, candle.open), price_padded(instrument, candle.close),
        price_padded(instrument, candle.high), price_padded(instrument, candle.low),
        quantity_padded(instrument, candle.volume), candle.trades, closed,
    ))


def mark_price(instrument: InstrumentListed, quote: QuoteSet, mark: int, *, now_us: int) -> bytes:
    """The outside price of an instrument. Spot has no funding."""
    price = mark_text(instrument, mark)
    return _encoder.encode(MarkPriceFrame(
        "markPrice", now_us, instrument.symbol, price, price, "0", 0, quote.source_ms * 1000,
    ))


def order_update(market: Market, update: OrderTransition, *, now_us: int) -> bytes:
    """One change of an order."""
    instrument = market.instrument
    order = update.order
    status = status_of(order)
    by_quote_amount = order.quote_amount > 0
    frame = OrderFrame(
        e=_ENDED_BY[status] if update.kind is UpdateKind.CANCELED
        else _ORDER_EVENTS[update.kind],
        E=now_us, s=instrument.symbol, S=SIDES[order.side],
        o=ORDER_TYPES[order.order_type].upper(), f=TIMES_IN_FORCE[order.time_in_force],
        q="0" if by_quote_amount else quantity_text(instrument, order.quantity),
        X=status, i=str(order.order_id), z=quantity_text(instrument, order.filled),
        Z=amount_text(market.quote, order.quote_filled), V=SELF_TRADES[order.self_trade],
        T=order.updated_ms * 1000, y=order.post_only,
    )
    if order.client_id is not None:
        frame.c = order.client_id
    if by_quote_amount:
        frame.Q = amount_text(market.quote, order.quote_amount)
    if order.has_limit:
        frame.p = price_text(instrument, order.price)
    if order.related_order_id:
        frame.I = str(order.related_order_id)
    if order.conditions is not None:
        _state_conditions(frame, instrument, order)
    reason = expiry_reason(order)
    if reason is not None:
        frame.R = reason
    if update.fill is not None:
        _state_fill(frame, market, update.fill)
    return _encoder.encode(frame)


def _state_conditions(frame: OrderFrame, instrument: InstrumentListed, order: OrderRow) -> None:
    conditions = order.conditions
    assert conditions is not None
    trigger = conditions.trigger
    if trigger is not None:
        frame.P = price_text(instrument, trigger.price)
        frame.B = FOLLOWED[trigger.follows]
        frame.Y = (
            share_text(trigger.share_rate) if trigger.share_rate
            else quantity_text(instrument, order.quantity)
        )
    if conditions.take_profit is not None:
        frame.a, frame.j, frame.d = _exit(instrument, conditions.take_profit)
    if conditions.stop_loss is not None:
        frame.b, frame.k, frame.g = _exit(instrument, conditions.stop_loss)


def _exit(
    instrument: InstrumentListed, leaving: Exit
) -> tuple[str, str | msgspec.UnsetType, str]:
    """Trigger price, limit price and the price that is followed."""
    limit = leaving.limit_price
    return (
        price_text(instrument, leaving.trigger_price),
        price_text(instrument, limit) if limit else msgspec.UNSET,
        FOLLOWED[leaving.follows],
    )


def _state_fill(frame: OrderFrame, market: Market, fill: FillRow) -> None:
    fee_asset = market.base if fill.fee_asset_id == market.base.asset_id else market.quote
    frame.t = fill.trade_id
    frame.l = quantity_text(market.instrument, fill.quantity)
    frame.L = price_text(market.instrument, fill.price)
    frame.m = fill.is_maker
    frame.n = amount_text(fee_asset, fill.fee)
    frame.N = fee_asset.symbol


def balance_update(
    symbol: str, *, available: str, locked: str, changed_ms: int, now_us: int
) -> bytes:
    """An account's balance of an asset."""
    return _encoder.encode(BalanceFrame(
        "balanceUpdate", now_us, changed_ms * 1000, symbol, available, locked
    ))
