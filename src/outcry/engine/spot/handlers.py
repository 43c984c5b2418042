"""Placing, replacing and canceling spot orders: decide, plan, then do."""

from typing import Final

from msgspec.structs import astuple

from outcry.engine.commands import CancelOrder, CancelOrders, PlaceOrder, ReplaceOrder
from outcry.engine.events import (
    Event,
    OrderCanceled,
    OrderReplaced,
    OrdersCanceled,
)
from outcry.engine.refusal import refused
from outcry.engine.rejects import CancelReason, RejectReason
from outcry.engine.spot.book import Book
from outcry.engine.spot.checks import (
    accepted_in,
    band_fault,
    crossing_fault,
    limit_fault,
    order_fault,
)
from outcry.engine.spot.conditional import cancel_waiting, settle, settle_standing, wait
from outcry.engine.spot.execution import (
    accept,
    can_pay,
    cancel_resting,
    execute,
    plan_of,
    reserve_of,
    take_away,
)
from outcry.engine.spot.orders import Order
from outcry.engine.state import Account, State
from outcry.engine.units import (
    ALL_ORDERS,
    BUY,
    FIRST_USER_ACCOUNT,
    NO_ORDER,
    OPEN,
    WAITING_ORDERS,
    AccountId,
    InstrumentId,
    OrderId,
    OrderKind,
    Ticks,
)

# Compiled code looks names of other modules up in a dictionary at each use, constants it does not.
_astuple: Final = astuple


def place_order(state: State, command: PlaceOrder) -> list[Event]:
    """Match a new order, or let it wait for its trigger."""
    order = Order(command, state.now_ms)
    book = state.books.get(order.instrument_id)
    if book is None:
        return refused(RejectReason.INSTRUMENT_NOT_FOUND, order.account_id)
    account = state.accounts.get(order.account_id)
    if account is None or account.account_id < FIRST_USER_ACCOUNT:
        return refused(RejectReason.ACCOUNT_NOT_FOUND, order.account_id)
    client_id = order.client_id
    if client_id is not None:
        account.forget_client_ids(state.now_ms)
        first = account.client_ids.get(client_id)
        if first is not None:
            return refused(RejectReason.CLIENT_ID_USED, order.account_id, first)
    seat = account.seat(book.instrument)
    order.seat = seat
    fault = order_fault(state, book, seat, order)
    if fault != 0:
        return refused(fault, order.account_id)
    conditions = order.conditions
    if conditions is not None and conditions.trigger is not None:
        _open(state, account, order)
        events: list[Event] = [wait(book, order)]
        settle_standing(state, book, events)
        return events
    plan = plan_of(book, order)
    if not can_pay(book, order, plan):
        return refused(RejectReason.INSUFFICIENT_FUNDS, order.account_id)
    _open(state, account, order)
    before = book.last_price
    events = accept(state, book, account, order, plan, command)
    settle(state, book, before, events)
    return events


def replace_order(state: State, command: ReplaceOrder) -> list[Event]:
    """Change a resting order: in its place when only its quantity falls, else as a new arrival."""
    account_id: AccountId = command.account_id
    account = state.accounts.get(account_id)
    if account is None:
        return refused(RejectReason.ACCOUNT_NOT_FOUND, account_id)
    order = _find(account, command.instrument_id, command.order_id, command.client_id)
    if order is None:
        return refused(RejectReason.ORDER_NOT_FOUND, account_id)
    book = state.books[order.instrument_id]
    price: Ticks = command.price if command.price != 0 else order.price
    quantity: int = command.quantity if command.quantity != 0 else order.quantity
    fault = _replace_fault(state, book, order, price, quantity)
    if fault != 0:
        return refused(fault, account_id)
    remaining = quantity - (order.quantity - order.remaining)
    stays = price == order.price and quantity <= order.quantity
    if stays:
        _shrink(state, book, order, quantity, remaining)
    else:
        take_away(state, book, order)
        order.price = price
        order.quantity = quantity
        order.remaining = remaining
    events: list[Event] = [
        OrderReplaced(
            order_id=order.order_id,
            account_id=account_id,
            instrument_id=order.instrument_id,
            price=price,
            quantity=quantity,
            remaining=remaining,
        )
    ]
    if not stays:
        before = book.last_price
        execute(state, book, account, order, plan_of(book, order), events)
        settle(state, book, before, events)
    return events


def cancel_order(state: State, command: CancelOrder) -> list[Event]:
    """Cancel one open order of the account."""
    fields: tuple[AccountId, InstrumentId, OrderId, int | None] = _astuple(command)
    account_id, instrument_id, order_id, client_id = fields
    account = state.accounts.get(account_id)
    if account is None:
        return refused(RejectReason.ACCOUNT_NOT_FOUND, account_id)
    order = _find(account, instrument_id, order_id, client_id)
    if order is None:
        return refused(RejectReason.ORDER_NOT_FOUND, account_id)
    book = state.books[instrument_id]
    events: list[Event] = [_cancel(state, book, account, order)]
    settle(state, book, book.last_price, events)
    return events


def cancel_orders(state: State, command: CancelOrders) -> list[Event]:
    """Cancel open orders of the account in one instrument, oldest first."""
    account_id: AccountId = command.account_id
    kind: OrderKind = command.kind
    book = state.books.get(command.instrument_id)
    if book is None:
        return refused(RejectReason.INSTRUMENT_NOT_FOUND, account_id)
    account = state.accounts.get(account_id)
    if account is None:
        return refused(RejectReason.ACCOUNT_NOT_FOUND, account_id)
    if not ALL_ORDERS <= kind <= WAITING_ORDERS:
        return refused(RejectReason.ORDER_INVALID, account_id)
    orders = [
        order
        for order in account.seat(book.instrument).orders.values()
        if kind == ALL_ORDERS or order.waiting == (kind == WAITING_ORDERS)
    ]
    events: list[Event] = [_cancel(state, book, account, order) for order in orders]
    # Exits of orders that were canceled part-filled come after, and stay.
    settle(state, book, book.last_price, events)
    events.append(
        OrdersCanceled(
            account_id=account_id, instrument_id=command.instrument_id, count=len(orders)
        )
    )
    return events


def _open(state: State, account: Account, order: Order) -> None:
    state.open_order(order)
    if order.client_id is not None:
        account.client_ids[order.client_id] = order.order_id


def _find(
    account: Account, instrument_id: InstrumentId, order_id: OrderId, client_id: int | None
) -> Order | None:
    """The account's open order of this id, or of this client order id when there is one."""
    seat = account.seats.get(instrument_id)
    if seat is None:
        return None
    if client_id is not None:
        order_id = account.client_ids.get(client_id, NO_ORDER)
    return seat.orders.get(order_id)


def _cancel(state: State, book: Book, account: Account, order: Order) -> OrderCanceled:
    if order.waiting:
        return cancel_waiting(state, book, account, order, CancelReason.BY_OWNER)
    return cancel_resting(state, book, account, order, CancelReason.BY_OWNER)


def _replace_fault(
    state: State, book: Book, order: Order, price: Ticks, quantity: int
) -> int:
    """The `RejectReason` of an order's new price and quantity; 0 is none."""
    if order.waiting:
        return RejectReason.ORDER_WAITING
    instrument = book.instrument
    if instrument.state != OPEN and not accepted_in(instrument.state, order):
        return RejectReason.MARKET_CLOSED
    filled = order.quantity - order.remaining
    if quantity <= filled:
        return RejectReason.QUANTITY_INVALID
    fault = limit_fault(book, price=price, quantity=quantity, quote_amount=0)
    if fault == 0 and price != order.price:
        fault = band_fault(state, book, price)
    if fault == 0:
        fault = crossing_fault(book, order, price)
    if fault != 0:
        return fault
    remaining = quantity - filled
    balance, held = reserve_of(book, order)
    if order.side == BUY:
        needed = price * remaining * instrument.tick_lot_units
    else:
        needed = remaining * instrument.lot_units
    return RejectReason.INSUFFICIENT_FUNDS if needed - held > balance.free else 0


def _shrink(state: State, book: Book, order: Order, quantity: int, remaining: int) -> None:
    """Lower a resting order's quantity where it stands in the queue."""
    balance, held = reserve_of(book, order)
    book.side(order.side).shrink(order, order.remaining - remaining)
    order.quantity = quantity
    _, still_held = reserve_of(book, order)
    state.ledger.unlock(balance, held - still_held)
    state.touch_book(book)
