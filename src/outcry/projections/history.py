"""Rows of history: orders, fills, trades and money movements.

The recorder derives them from events and writes them. The gateway derives the same rows for the
events that the recorder has not reached yet, so that history is complete from the first moment.
"""

from typing import assert_never

import msgspec

from outcry.engine.commands import Conditions, PlaceOrder
from outcry.engine.events import (
    Deposited,
    OrderAccepted,
    OrderCanceled,
    OrderReplaced,
    OrderWaiting,
    Traded,
    TriggerFailed,
    Withdrawn,
)
from outcry.engine.units import (
    BUY,
    NO_ORDER,
    NO_PRICE,
    AccountId,
    AssetId,
    InstrumentId,
    OrderId,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
    TradeId,
)


class OrderRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An order in its latest state. Integers are the engine's."""

    order_id: OrderId
    account_id: AccountId
    instrument_id: InstrumentId
    side: Side
    order_type: OrderType
    price: int
    quantity: int
    quote_amount: int
    time_in_force: TimeInForce
    post_only: bool
    client_id: int | None
    self_trade: SelfTrade
    created_ms: int
    updated_ms: int
    filled: int
    quote_filled: int
    status: int  # One of those below.
    cancel_reason: int  # A `CancelReason`; 0 unless canceled.
    reject_reason: int = 0  # A `RejectReason`; 0 unless its trigger failed.
    conditions: Conditions | None = None
    related_order_id: OrderId = NO_ORDER  # The order whose exit it is.
    triggered_ms: int = 0  # When its trigger fired.

    @property
    def ended(self) -> bool:
        """Whether the order can change no more."""
        return self.status not in (OPEN, WAITING)

    @property
    def has_limit(self) -> bool:
        """Whether the order has a price of its own, the worst that it trades at."""
        return self.price != NO_PRICE


OPEN = 1
FILLED = 2
CANCELED = 3
WAITING = 4  # For its trigger.
FAILED = 5  # Its trigger fired, and the order was refused.


class FillRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One order's part of a trade."""

    instrument_id: InstrumentId
    trade_id: TradeId
    order_id: OrderId
    account_id: AccountId
    client_id: int | None
    side: Side
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
    taker_side: Side
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


class AccountRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An account, and the key of the user it was opened for."""

    account_id: AccountId
    user_key: int
    created_ms: int


class OrderChange(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A change of an order, stated without the order's earlier state.

    Each field states the order's new value, and 0 states no change. The later of two changes
    therefore wins, and a change can be written over a row without reading it.
    """

    order_id: OrderId
    account_id: AccountId
    updated_ms: int
    price: int = 0
    quantity: int = 0
    filled: int = 0
    quote_filled: int = 0
    cancel_reason: int = 0
    reject_reason: int = 0
    triggered_ms: int = 0

    @classmethod
    def of_trade(cls, trade: Traded, traded_ms: int) -> "tuple[OrderChange, OrderChange]":
        """The changes of the taker's and of the maker's order by a trade."""
        taker = cls(
            order_id=trade.taker_order_id, account_id=trade.taker_account_id,
            updated_ms=traded_ms, filled=trade.taker_filled,
            quote_filled=trade.taker_quote_filled,
        )
        maker = cls(
            order_id=trade.maker_order_id, account_id=trade.maker_account_id,
            updated_ms=traded_ms, filled=trade.maker_filled,
            quote_filled=trade.maker_quote_filled,
        )
        return taker, maker

    @classmethod
    def triggered(cls, event: OrderAccepted, triggered_ms: int) -> "OrderChange":
        """An order that waited is active; one by share or amount has its quantity now."""
        return cls(
            order_id=event.order_id, account_id=event.order.account_id, updated_ms=triggered_ms,
            quantity=event.quantity, triggered_ms=triggered_ms,
        )

    @classmethod
    def of(
        cls, event: OrderCanceled | OrderReplaced | TriggerFailed, changed_ms: int
    ) -> "OrderChange":
        """The end of an order, or other terms for an order that rested."""
        match event:
            case OrderCanceled():
                return cls(
                    order_id=event.order_id, account_id=event.account_id, updated_ms=changed_ms,
                    cancel_reason=event.reason,
                )
            case OrderReplaced():
                return cls(
                    order_id=event.order_id, account_id=event.account_id, updated_ms=changed_ms,
                    price=event.price, quantity=event.quantity,
                )
            case TriggerFailed():
                return cls(
                    order_id=event.order_id, account_id=event.account_id, updated_ms=changed_ms,
                    reject_reason=event.reason, triggered_ms=changed_ms,
                )
            case _:
                assert_never(event)

    def then(self, later: "OrderChange") -> "OrderChange":
        """Both changes as one."""
        assert self.order_id == later.order_id
        return OrderChange(
            order_id=self.order_id, account_id=self.account_id, updated_ms=later.updated_ms,
            price=later.price or self.price,
            quantity=later.quantity or self.quantity,
            filled=later.filled or self.filled,
            quote_filled=later.quote_filled or self.quote_filled,
            cancel_reason=later.cancel_reason or self.cancel_reason,
            reject_reason=later.reject_reason or self.reject_reason,
            triggered_ms=later.triggered_ms or self.triggered_ms,
        )


def waited(event: OrderAccepted) -> bool:
    """Whether the accepted order waited for a trigger before, and therefore has a row."""
    conditions = event.order.conditions
    return conditions is not None and conditions.trigger is not None


def order_of(event: OrderAccepted, accepted_ms: int) -> OrderRow:
    """The row of an accepted order that did not wait for a trigger."""
    return row_of(
        event.order, order_id=event.order_id, quantity=event.quantity, created_ms=accepted_ms,
        status=OPEN,
    )


def waiting_order_of(event: OrderWaiting, placed_ms: int) -> OrderRow:
    """The row of an order that begins to wait for its trigger."""
    return row_of(
        event.order, order_id=event.order_id, quantity=event.order.quantity,
        created_ms=placed_ms, status=WAITING, related_order_id=event.related_order_id,
    )


def row_of(
    order: PlaceOrder, *, order_id: OrderId, quantity: int, created_ms: int, status: int,
    related_order_id: OrderId = NO_ORDER,
) -> OrderRow:
    """The row of an unfilled order of these terms."""
    return OrderRow(
        order_id=order_id, account_id=order.account_id, instrument_id=order.instrument_id,
        side=order.side, order_type=order.order_type, price=order.price, quantity=quantity,
        quote_amount=order.quote_amount, time_in_force=order.time_in_force,
        post_only=order.post_only, client_id=order.client_id, self_trade=order.self_trade,
        created_ms=created_ms, updated_ms=created_ms, filled=0, quote_filled=0, status=status,
        cancel_reason=0, conditions=order.conditions, related_order_id=related_order_id,
    )


def changed(order: OrderRow, change: OrderChange) -> OrderRow:
    """An order's row after a change. No change leaves it waiting; repeating one is harmless."""
    assert order.order_id == change.order_id
    filled = change.filled or order.filled
    quantity = change.quantity or order.quantity
    cancel_reason = change.cancel_reason or order.cancel_reason
    reject_reason = change.reject_reason or order.reject_reason
    if cancel_reason:
        status = CANCELED
    elif reject_reason:
        status = FAILED
    else:
        status = FILLED if 0 < filled == quantity else OPEN
    return msgspec.structs.replace(
        order, updated_ms=change.updated_ms, price=change.price or order.price,
        quantity=quantity, filled=filled, quote_filled=change.quote_filled or order.quote_filled,
        status=status, cancel_reason=cancel_reason, reject_reason=reject_reason,
        triggered_ms=change.triggered_ms or order.triggered_ms,
    )


def trade_of(event: Traded, traded_ms: int) -> TradeRow:
    """The public row of a trade."""
    taker_buys = event.taker_side == BUY
    return TradeRow(
        instrument_id=event.instrument_id, trade_id=event.trade_id, price=event.price,
        quantity=event.quantity, taker_side=event.taker_side,
        buy_order_id=event.taker_order_id if taker_buys else event.maker_order_id,
        sell_order_id=event.maker_order_id if taker_buys else event.taker_order_id,
        traded_ms=traded_ms,
    )


def fills_of(
    event: Traded, traded_ms: int, *, base_asset_id: AssetId, quote_asset_id: AssetId,
    taker_client_id: int | None = None, maker_client_id: int | None = None,
) -> tuple[FillRow, FillRow]:
    """The taker's and the maker's part of a trade.

    A trade does not carry the orders' client ids. A caller that has the orders passes them. The
    recorder does not have them; they are joined when history is read.
    """
    taker_buys = event.taker_side == BUY
    taker = FillRow(
        instrument_id=event.instrument_id, trade_id=event.trade_id,
        order_id=event.taker_order_id, account_id=event.taker_account_id,
        client_id=taker_client_id, side=event.taker_side, price=event.price,
        quantity=event.quantity, fee=event.taker_fee,
        fee_asset_id=base_asset_id if taker_buys else quote_asset_id,
        is_maker=False, traded_ms=traded_ms,
    )
    maker = FillRow(
        instrument_id=event.instrument_id, trade_id=event.trade_id,
        order_id=event.maker_order_id, account_id=event.maker_account_id,
        client_id=maker_client_id, side=Side(-event.taker_side), price=event.price,
        quantity=event.quantity, fee=event.maker_fee,
        fee_asset_id=quote_asset_id if taker_buys else base_asset_id,
        is_maker=True, traded_ms=traded_ms,
    )
    return taker, maker


def transfer_of(event: Deposited | Withdrawn, transfer_id: int, made_ms: int) -> TransferRow:
    """The row of a deposit or a withdrawal."""
    amount = event.amount if isinstance(event, Deposited) else -event.amount
    return TransferRow(
        transfer_id=transfer_id, account_id=event.account_id, asset_id=event.asset_id,
        amount=amount, key=event.key, made_ms=made_ms,
    )
