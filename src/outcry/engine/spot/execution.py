"""Carrying out the plan of an order: trades, money, and the rest or end of orders."""

from typing import Final

from outcry.engine.balances import Balance, Ledger
from outcry.engine.commands import PlaceOrder
from outcry.engine.events import Event, OrderAccepted, OrderCanceled, Traded
from outcry.engine.rejects import CancelReason
from outcry.engine.spot.book import Book, key_of
from outcry.engine.spot.fees import charge_fee
from outcry.engine.spot.matching import Plan, plan_fills
from outcry.engine.spot.orders import Order
from outcry.engine.state import Account, State
from outcry.engine.units import BUY, FOK, GTC

# Compiled code looks names of other modules up in a dictionary at each use, constants it does not.
_OrderAccepted: Final = OrderAccepted
_OrderCanceled: Final = OrderCanceled
_Traded: Final = Traded


def plan_of(book: Book, order: Order) -> Plan | None:
    """The trades of an order; None when the best price is out of its reach."""
    makers = book.opposite(order.side)
    if order.has_limit and makers.best_key() < -key_of(order.price, order.side):
        return None
    return plan_fills(book, order)


def can_pay(book: Book, order: Order, plan: Plan | None) -> bool:
    """Whether the account's free balance covers the largest cost of the order."""
    instrument = book.instrument
    quantity = order.remaining
    if order.has_limit:
        if order.side == BUY:
            return order.price * quantity * instrument.tick_lot_units <= order.seat.quote.free
        return quantity * instrument.lot_units <= order.seat.base.free
    assert plan is not None
    if order.side == BUY:
        return plan.cost <= order.seat.quote.free
    return max(quantity, plan.quantity) * instrument.lot_units <= order.seat.base.free


def accept(
    state: State, book: Book, account: Account, order: Order, plan: Plan | None,
    command: PlaceOrder,
) -> list[Event]:
    """Accept an order that has its id, and carry out its plan."""
    if order.quote_amount > 0:
        assert plan is not None
        order.quantity = plan.quantity
        order.remaining = plan.quantity
    events: list[Event] = [_OrderAccepted(order.order_id, order.quantity, command)]
    execute(state, book, account, order, plan, events)
    return events


def execute(
    state: State, book: Book, account: Account, order: Order, plan: Plan | None,
    events: list[Event],
) -> None:
    """Carry out the planned trades; the remainder of the order rests or is canceled."""
    stopped = 0
    if plan is not None:
        stopped = plan.stopped
        if order.time_in_force == FOK and (plan.quantity < order.quantity or stopped != 0):
            stopped = stopped if stopped == CancelReason.SELF_TRADE else CancelReason.FILL_OR_KILL
        else:
            _trade(state, book, order, plan, events)
    if stopped == 0 and order.remaining > 0:
        if order.has_limit and order.time_in_force == GTC:
            _rest(state, book, order)
            return
        stopped = CancelReason.IMMEDIATE_OR_CANCEL
        if order.time_in_force == FOK:
            stopped = CancelReason.FILL_OR_KILL
    _close(state, book, account, order)
    if stopped != 0:
        events.append(canceled(order, stopped))


def _trade(state: State, book: Book, taker: Order, plan: Plan, events: list[Event]) -> None:
    """Carry out the planned trades."""
    makers = book.opposite(taker.side)
    for position in range(len(plan.makers)):
        maker = plan.makers[position]
        quantity = plan.quantities[position]
        if quantity == 0:
            account = state.accounts[maker.account_id]
            events.append(cancel_resting(state, book, account, maker, CancelReason.SELF_TRADE))
            continue
        makers.fill(maker, quantity)
        taker.remaining -= quantity
        events.append(_settle_fill(state.ledger, book, taker, maker, quantity))
        if maker.remaining == 0:
            _close(state, book, state.accounts[maker.account_id], maker)
    state.touch_book(book)


def _settle_fill(
    ledger: Ledger, book: Book, taker: Order, maker: Order, quantity: int
) -> Traded:
    """Move the money of one fill at the maker's price, and return its event."""
    instrument = book.instrument
    price = maker.price
    base_amount = quantity * instrument.lot_units
    quote_amount = price * quantity * instrument.tick_lot_units
    taker.quote_filled += quote_amount
    maker.quote_filled += quote_amount
    if taker.side == BUY:
        ledger.pay(taker.seat.quote, maker.seat.quote, quote_amount)
        ledger.pay_locked(maker.seat.base, taker.seat.base, base_amount)
    else:
        ledger.pay_locked(maker.seat.quote, taker.seat.quote, quote_amount)
        ledger.pay(taker.seat.base, maker.seat.base, base_amount)
    taker_fee = _charge(
        ledger, book, taker, base_amount, quote_amount, instrument.taker_fee_rate
    )
    maker_fee = _charge(
        ledger, book, maker, base_amount, quote_amount, instrument.maker_fee_rate
    )
    book.last_price = price
    if book.waiting:
        book.note_trade(price)
    book.last_trade_id += 1  # type: ignore[assignment]  # As for the id of an order.
    return _Traded(
        book.last_trade_id, instrument.instrument_id, price, quantity, taker.side,
        taker.order_id, taker.account_id, taker.quantity - taker.remaining, taker.quote_filled,
        taker_fee,
        maker.order_id, maker.account_id, maker.quantity - maker.remaining, maker.quote_filled,
        maker_fee,
    )


def _charge(
    ledger: Ledger, book: Book, order: Order, base_amount: int, quote_amount: int, rate: int
) -> int:
    """Charge the fee of an order's latest fill, in the asset it received."""
    instrument = book.instrument
    if order.side == BUY:
        return charge_fee(
            ledger, order=order, receiver=order.seat.base, fees=instrument.base_fees,
            received=base_amount, rate=rate,
        )
    return charge_fee(
        ledger, order=order, receiver=order.seat.quote, fees=instrument.quote_fees,
        received=quote_amount, rate=rate,
    )


def _rest(state: State, book: Book, order: Order) -> None:
    balance, amount = reserve_of(book, order)
    state.ledger.lock(balance, amount)
    book.side(order.side).add(order)
    state.touch_book(book)


def take_away(state: State, book: Book, order: Order) -> None:
    """Take a resting order out of its book and release its reserve."""
    balance, amount = reserve_of(book, order)
    state.ledger.unlock(balance, amount)
    book.side(order.side).remove(order)
    state.touch_book(book)


def cancel_resting(
    state: State, book: Book, account: Account, order: Order, reason: int
) -> OrderCanceled:
    """End a resting order, for a `CancelReason`."""
    take_away(state, book, order)
    _close(state, book, account, order)
    return canceled(order, reason)


def _close(state: State, book: Book, account: Account, order: Order) -> None:
    """Close an order that has ended. Its exits, if it has any, are placed after the command."""
    account.close(order, state.now_ms)
    if order.conditions is not None:
        book.parents.append(order)


def reserve_of(book: Book, order: Order) -> tuple[Balance, int]:
    """The reserve of a resting order: the cost of its remaining lots, or these lots."""
    if order.side == BUY:
        return order.seat.quote, order.price * order.remaining * book.instrument.tick_lot_units
    return order.seat.base, order.remaining * book.instrument.lot_units


def canceled(order: Order, reason: int) -> OrderCanceled:
    """The event of an order that ended before it was filled."""
    return _OrderCanceled(
        order.order_id, order.account_id, order.instrument_id, reason, order.remaining
    )


