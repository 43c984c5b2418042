"""Rows of the views in Backpack's shapes."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from outcry.api.backpack.conditions import exit_texts, share_text
from outcry.api.backpack.markets import Market
from outcry.api.backpack.private import (
    FillBody,
    LimitOrderBody,
    MarketOrderBody,
    PastOrderBody,
    PlacedLimitOrder,
    PlacedMarketOrder,
)
from outcry.api.backpack.rest import DepthBody, Kline, TickerBody, TradeBody, kline_time, naive_time
from outcry.api.backpack.words import (
    FOLLOWED,
    ORDER_TYPES,
    SELF_TRADES,
    SIDES,
    TIMES_IN_FORCE,
    expiry_reason,
    status_of,
)
from outcry.engine.commands import Conditions
from outcry.engine.events import Event, OrderWaiting
from outcry.engine.units import SELL
from outcry.projections.candles import end_of
from outcry.projections.depth import Level, Levels
from outcry.projections.history import CandleRow, FillRow, OrderRow, TradeRow
from outcry.projections.listing import Listing
from outcry.projections.ticker import TickerView
from outcry.wire.decimals import (
    amount_text,
    format_decimal,
    format_ratio,
    price_text,
    quantity_text,
)

LiveOrder = LimitOrderBody | MarketOrderBody
PlacedOrder = PlacedLimitOrder | PlacedMarketOrder
LimitBody = TypeVar("LimitBody", bound=LimitOrderBody)
MarketBody = TypeVar("MarketBody", bound=MarketOrderBody)


def live_order(market: Market, order: OrderRow, answer: Iterable[Event] = ()) -> LiveOrder:
    """An order as placing, finding and canceling it answer; `answer` may have placed its exits."""
    body = _live(market, order, LimitOrderBody, MarketOrderBody)
    for event in answer:
        if isinstance(event, OrderWaiting) and event.related_order_id == order.order_id:
            lots = event.order.quantity  # Of a take profit and a stop loss alike.
            return replace(body, exit_quantity=quantity_text(market.instrument, lots))
    return body


def placed_order(market: Market, order: OrderRow) -> PlacedOrder:
    """An order as an element of a batch answers."""
    return _live(market, order, PlacedLimitOrder, PlacedMarketOrder)


def _live(
    market: Market, order: OrderRow, limit: type[LimitBody], at_market: type[MarketBody]
) -> LimitBody | MarketBody:
    if order.has_limit:
        return limit(
            price=price_text(market.instrument, order.price), post_only=order.post_only,
            created_at=order.created_ms, **_common(market, order),
        )
    return at_market(
        quote_quantity=_quote_quantity(market, order), created_at=order.created_ms,
        **_common(market, order),
    )


def past_order(market: Market, order: OrderRow) -> PastOrderBody:
    """An order in history."""
    return PastOrderBody(
        created_at=naive_time(order.created_ms),
        expiry_reason=expiry_reason(order),
        price=price_text(market.instrument, order.price) if order.has_limit else None,
        post_only=order.post_only if order.has_limit else None,
        quote_quantity=_quote_quantity(market, order),
        **_common(market, order),
    )


def _common(market: Market, order: OrderRow) -> dict[str, Any]:
    common = {
        "id": str(order.order_id),
        "client_id": order.client_id,
        "symbol": market.instrument.symbol,
        "side": SIDES[order.side],
        "order_type": ORDER_TYPES[order.order_type],
        "status": status_of(order),
        "time_in_force": TIMES_IN_FORCE[order.time_in_force],
        "self_trade_prevention": SELF_TRADES[order.self_trade],
        "executed_quantity": quantity_text(market.instrument, order.filled),
        "executed_quote_quantity": amount_text(market.quote, order.quote_filled),
        "quantity": quantity_text(market.instrument, order.quantity),
        "related_order_id": str(order.related_order_id) if order.related_order_id else None,
    }
    if order.conditions is not None:
        common |= _conditions(market, order, order.conditions)
    return common


def _conditions(market: Market, order: OrderRow, conditions: Conditions) -> dict[str, Any]:
    """The trigger and the exits of an order."""
    profit = exit_texts(market.instrument, conditions.take_profit)
    loss = exit_texts(market.instrument, conditions.stop_loss)
    fields: dict[str, Any] = {
        "take_profit_trigger_price": profit[0],
        "take_profit_limit_price": profit[1],
        "take_profit_trigger_by": profit[2],
        "stop_loss_trigger_price": loss[0],
        "stop_loss_limit_price": loss[1],
        "stop_loss_trigger_by": loss[2],
    }
    trigger = conditions.trigger
    if trigger is None:
        return fields
    quantity = quantity_text(market.instrument, order.quantity)
    fields |= {
        "trigger_price": price_text(market.instrument, trigger.price),
        "trigger_by": FOLLOWED[trigger.follows],
        "trigger_quantity": share_text(trigger.share_rate) if trigger.share_rate else quantity,
        "triggered_at": order.triggered_ms or None,
    }
    if not order.triggered_ms or not order.quantity:
        fields["quantity"] = None
    return fields


def _quote_quantity(market: Market, order: OrderRow) -> str | None:
    return amount_text(market.quote, order.quote_amount) if order.quote_amount else None


def fill_body(market: Market, listing: Listing, fill: FillRow) -> FillBody:
    """One order's part of a trade."""
    fee_asset = listing.assets[fill.fee_asset_id]
    return FillBody(
        trade_id=fill.trade_id, order_id=str(fill.order_id),
        client_id=None if fill.client_id is None else str(fill.client_id),
        symbol=market.instrument.symbol, side=SIDES[fill.side],
        price=price_text(market.instrument, fill.price),
        quantity=quantity_text(market.instrument, fill.quantity),
        fee=amount_text(fee_asset, fill.fee), fee_symbol=fee_asset.symbol,
        is_maker=fill.is_maker, timestamp=naive_time(fill.traded_ms),
    )


def depth_body(market: Market, levels: Levels, now_ms: int) -> DepthBody:
    """A book, both sides by rising price."""
    def texts(side: Sequence[Level]) -> list[tuple[str, str]]:
        return [
            (price_text(market.instrument, price), quantity_text(market.instrument, quantity))
            for price, quantity in side
        ]

    return DepthBody(
        asks=texts(levels.asks), bids=texts(levels.bids), last_update_id=str(levels.seq),
        timestamp=now_ms * 1000,
    )


def ticker_body(market: Market, view: TickerView | None) -> TickerBody:
    """A ticker; a market that never traded has zeros."""
    if view is None:
        view = TickerView(0, 0, 0, 0, 0, 0, 0)
    instrument = market.instrument
    change = view.last - view.first
    return TickerBody(
        symbol=instrument.symbol,
        first_price=price_text(instrument, view.first),
        last_price=price_text(instrument, view.last),
        price_change=price_text(instrument, change),
        price_change_percent=format_ratio(change, view.first, 6) if view.first else "0",
        high=price_text(instrument, view.high), low=price_text(instrument, view.low),
        volume=quantity_text(instrument, view.volume),
        quote_volume=amount_text(market.quote, view.quote_volume),
        trades=str(view.trades),
    )


def trade_body(market: Market, listing: Listing, trade: TradeRow) -> TradeBody:
    """A public trade."""
    quote_amount = listing.quote_amount(
        trade.instrument_id, price=trade.price, quantity=trade.quantity
    )
    return TradeBody(
        id=trade.trade_id, price=price_text(market.instrument, trade.price),
        quantity=quantity_text(market.instrument, trade.quantity),
        quote_quantity=amount_text(market.quote, quote_amount),
        timestamp=trade.traded_ms, is_buyer_maker=trade.taker_side == SELL,
    )


def kline(market: Market, candle: CandleRow) -> Kline:
    """A candle."""
    instrument = market.instrument
    return Kline(
        start=kline_time(candle.start_ms),
        end=kline_time(end_of(candle.interval, candle.start_ms)),
        open=price_text(instrument, candle.open), high=price_text(instrument, candle.high),
        low=price_text(instrument, candle.low), close=price_text(instrument, candle.close),
        volume=quantity_text(instrument, candle.volume),
        quote_volume=amount_text(market.quote, candle.quote_volume), trades=str(candle.trades),
    )


def basis_points(rate: int) -> str:
    """A rate in millionths, as hundredths of a percent."""
    return format_decimal(rate, 2)
