"""Rows of the past: what becomes of orders, fills, trades and money movements.

The recorder derives them from events and writes them; the gateway derives the same rows for the
events the recorder has not reached yet, so that history is complete from the first moment.
"""

import msgspec

from outcry.engine.units import AccountId, AssetId, InstrumentId, OrderId, TradeId


class OrderRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An order as it last was. Integers are the engine's."""

    order_id: OrderId
    account_id: AccountId
    instrument_id: InstrumentId
    side: int
    order_type: int
    price: int
    quantity: int
    quote_amount: int
    time_in_force: int
    post_only: bool
    client_id: int | None
    self_trade: int
    created_ms: int
    updated_ms: int
    filled: int
    quote_filled: int
    status: int  # One of `OPEN`, `FILLED`, `CANCELED`, below.
    cancel_reason: int  # A `CancelReason`; 0 unless canceled.


OPEN = 1
FILLED = 2
CANCELED = 3


class FillRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One order's part of a trade."""

    instrument_id: InstrumentId
    trade_id: TradeId
    order_id: OrderId
    account_id: AccountId
    client_id: int | None
    side: int
    price: int
    quantity: int
    fee: int
    fee_asset_id: AssetId
    is_maker: bool
    traded_ms: int


class TradeRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A public trade."""

    instrument_id: InstrumentId
    trade_id: TradeId
    price: int
    quantity: int
    taker_side: int
    buy_order_id: OrderId
    sell_order_id: OrderId
    traded_ms: int


class TransferRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A deposit (amount above zero) or a withdrawal (below zero)."""

    transfer_id: int  # Counts up; given by the recorder's order of events.
    account_id: AccountId
    asset_id: AssetId
    amount: int
    key: int
    made_ms: int


class CandleRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Open, high, low and close of an interval that starts at `start_ms`."""

    instrument_id: InstrumentId
    interval: str  # `1m` … `1month`, as on the wire.
    start_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int  # Lots.
    quote_volume: int  # Smallest units of the quote asset.
    trades: int
