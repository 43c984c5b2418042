"""Placing and canceling spot orders: decide, plan, then do."""

from typing import Final

from msgspec.structs import astuple

from outcry.engine.balances import Balance, Ledger
from outcry.engine.book import Book, key_of
from outcry.engine.checks import order_fault
from outcry.engine.commands import CancelOrder, CancelOrders, PlaceOrder
from outcry.engine.events import (
    CommandRejected,
    Event,
    OrderAccepted,
    OrderCanceled,
    OrdersCanceled,
    Traded,
)
from outcry.engine.fees import charge_fee
from outcry.engine.matching import Plan, plan_fills
from outcry.engine.orders import Order
from outcry.engine.rejects import CancelReason, RejectReason
from outcry.engine.state import Account, State
from outcry.engine.units import (
    BUY,
    FOK,
    GTC,
    LIMIT,
    AccountId,
)

# Compiled code looks names of other modules up in a dictionary at each use, constants it does not.
_astuple: Final = astuple
_OrderAccepted: Final = OrderAccepted
_OrderCanceled: Final = OrderCanceled
_Traded: Final = Traded
_INSTRUMENT_NOT_FOUND: Final = int(RejectReason.INSTRUMENT_NOT_FOUND)
_ACCOUNT_NOT_FOUND: Final = int(RejectReason.ACCOUNT_NOT_FOUND)
_CLIENT_ID_USED: Final = int(RejectReason.CLIENT_ID_USED)
_ORDER_NOT_FOUND: Final = int(RejectReason.ORDER_NOT_FOUND)
_INSUFFICIENT_FUNDS: Final = int(RejectReason.INSUFFICIENT_FUNDS)
_BY_OWNER: Final = int(CancelReason.BY_OWNER)
_IMMEDIATE_OR_CANCEL: Final = int(CancelReason.IMMEDIATE_OR_CANCEL)
_FILL_OR_KILL: Final = int(CancelReason.FILL_OR_KILL)
_SELF_TRADE: Final = int(CancelReason.SELF_TRADE)


def place_order(state: State, command: PlaceOrder) -> list[Event]:
    """Match a new order; what is left of it rests or is canceled."""
    order = Order(command, state.now_ms)
    book = state.books.get(order.instrument_id)
    if book is None:
        return _rejected(_INSTRUMENT_NOT_FOUND, order.account_id)
    account = state.accounts.get(order.account_id)
    if account is None:
        return _rejected(_ACCOUNT_NOT_FOUND, order.account_id)
    client_id = order.client_id
    if client_id is not None:
        account.forget_client_ids(state.now_ms)
        first = account.client_ids.get(client_id)
        if first is not None:
            return [
                CommandRejected(
                    reason=_CLIENT_ID_USED, account_id=order.account_id, order_id=first
                )
            ]
    fault = order_fault(book, account, order)
    if fault != 0:
        return _rejected(fault, order.account_id)
    plan = _plan(book, order)
    order.base = account.balance(book.instrument.base_asset_id)
    order.quote = account.balance(book.instrument.quote_asset_id)
    if not _can_pay(book, order, plan):
        return _rejected(_INSUFFICIENT_FUNDS, order.account_id)
    return _carry_out(state, book, account, order, plan)


def cancel_order(state: State, command: CancelOrder) -> list[Event]:
    """Cancel one open order of the account."""
    fields: tuple[int, int, int, int | None] = _astuple(command)
    account_id, instrument_id, order_id, client_id = fields
    account = state.accounts.get(account_id)
    if account is None:
        return _rejected(_ACCOUNT_NOT_FOUND, account_id)
    if client_id is not None:
        order_id = account.client_ids.get(client_id, 0)
    order = account.orders.get(order_id)
    if order is None or order.instrument_id != instrument_id:
        return _rejected(_ORDER_NOT_FOUND, account_id)
    return [_cancel_resting(state, state.books[instrument_id], account, order, _BY_OWNER)]


def cancel_orders(state: State, command: CancelOrders) -> list[Event]:
    """Cancel all open orders of the account in one instrument, oldest first."""
    book = state.books.get(command.instrument_id)
    if book is None:
        return _rejected(_INSTRUMENT_NOT_FOUND, command.account_id)
    account = state.accounts.get(command.account_id)
    if account is None:
        return _rejected(_ACCOUNT_NOT_FOUND, command.account_id)
    instrument_id: int = command.instrument_id
    orders = [order for order in account.orders.values() if order.instrument_id == instrument_id]
    events: list[Event] = [
        _cancel_resting(state, book, account, order, _BY_OWNER) for order in orders
    ]
    events.append(
        OrdersCanceled(
            account_id=command.account_id, instrument_id=command.instrument_id, count=len(orders)
        )
    )
    return events


def _plan(book: Book, order: Order) -> Plan | None:
    """What the order would trade; None when the best price is out of its reach."""
    makers = book.opposite(order.side)
    if order.order_type == LIMIT and makers.best_key() < -key_of(order.price, order.side):
        return None
    return plan_fills(book, order)


def _can_pay(book: Book, order: Order, plan: Plan | None) -> bool:
    """Whether the account has free what the order can cost at most."""
    instrument = book.instrument
    quantity = order.quantity
    if order.order_type == LIMIT:
        if order.side == BUY:
            return order.price * quantity * instrument.tick_lot_units <= order.quote.free
        return quantity * instrument.lot_units <= order.base.free
    assert plan is not None
    if order.side == BUY:
        return plan.cost <= order.quote.free
    return max(quantity, plan.quantity) * instrument.lot_units <= order.base.free


def _carry_out(
    state: State, book: Book, account: Account, order: Order, plan: Plan | None
) -> list[Event]:
    """Accept the order and do what was planned."""
    order.order_id = state.next_order_id()
    if order.client_id is not None:
        account.client_ids[order.client_id] = order.order_id
    if plan is None:
        events: list[Event] = [_accepted(order)]
        _settle_remainder(state, book, account, order, 0, events)
        return events
    if order.quote_amount > 0:
        order.quantity = plan.quantity
        order.remaining = plan.quantity
    events = [_accepted(order)]
    stopped = plan.stopped
    if order.time_in_force == FOK and (plan.quantity < order.quantity or stopped != 0):
        stopped = stopped if stopped == _SELF_TRADE else _FILL_OR_KILL
    else:
        _trade(state, book, order, plan, events)
    _settle_remainder(state, book, account, order, stopped, events)
    return events


def _trade(state: State, book: Book, taker: Order, plan: Plan, events: list[Event]) -> None:
    """Carry out what was planned."""
    makers = book.opposite(taker.side)
    for position in range(len(plan.makers)):
        maker = plan.makers[position]
        quantity = plan.quantities[position]
        maker_account = state.accounts[maker.account_id]
        if quantity == 0:
            events.append(_cancel_resting(state, book, maker_account, maker, _SELF_TRADE))
            continue
        makers.fill(maker, quantity)
        taker.remaining -= quantity
        events.append(_settle_fill(state.ledger, book, taker, maker, quantity))
        if maker.remaining == 0:
            maker_account.close(maker, state.now_ms)
    state.touch_book(book)


def _settle_fill(
    ledger: Ledger, book: Book, taker: Order, maker: Order, quantity: int
) -> Traded:
    """Move the money of one fill, at the maker's price, and say what happened."""
    instrument = book.instrument
    price = maker.price
    base_amount = quantity * instrument.lot_units
    quote_amount = price * quantity * instrument.tick_lot_units
    taker.quote_filled += quote_amount
    maker.quote_filled += quote_amount
    if taker.side == BUY:
        ledger.pay(taker.quote, maker.quote, quote_amount)
        ledger.pay_locked(maker.base, taker.base, base_amount)
    else:
        ledger.pay_locked(maker.quote, taker.quote, quote_amount)
        ledger.pay(taker.base, maker.base, base_amount)
    taker_fee = _charge(ledger, book, taker, instrument.taker_fee_rate)
    maker_fee = _charge(ledger, book, maker, instrument.maker_fee_rate)
    book.last_price = price
    book.last_trade_id += 1
    return _Traded(
        trade_id=book.last_trade_id,
        instrument_id=instrument.instrument_id,
        price=price,
        quantity=quantity,
        taker_side=taker.side,
        taker_order_id=taker.order_id,
        taker_account_id=taker.account_id,
        taker_filled=taker.quantity - taker.remaining,
        taker_quote_filled=taker.quote_filled,
        taker_fee=taker_fee,
        maker_order_id=maker.order_id,
        maker_account_id=maker.account_id,
        maker_filled=maker.quantity - maker.remaining,
        maker_quote_filled=maker.quote_filled,
        maker_fee=maker_fee,
    )


def _charge(ledger: Ledger, book: Book, order: Order, rate: int) -> int:
    """Charge the fee of an order's latest fill, in the asset it received."""
    instrument = book.instrument
    if order.side == BUY:
        return charge_fee(
            ledger,
            order=order,
            receiver=order.base,
            fees=instrument.base_fees,
            received_total=(order.quantity - order.remaining) * instrument.lot_units,
            rate=rate,
        )
    return charge_fee(
        ledger,
        order=order,
        receiver=order.quote,
        fees=instrument.quote_fees,
        received_total=order.quote_filled,
        rate=rate,
    )


def _settle_remainder(
    state: State, book: Book, account: Account, order: Order, stopped: int, events: list[Event]
) -> None:
    """Let what is left of a new order rest, or cancel it."""
    if stopped == 0 and order.remaining > 0:
        if order.order_type == LIMIT and order.time_in_force == GTC:
            _rest(state, book, account, order)
            return
        stopped = _FILL_OR_KILL if order.time_in_force == FOK else _IMMEDIATE_OR_CANCEL
    account.retire_client_id(order, state.now_ms)
    if stopped != 0:
        events.append(_canceled(order, stopped))


def _rest(state: State, book: Book, account: Account, order: Order) -> None:
    balance, amount = reserve_of(book, order)
    state.ledger.lock(balance, amount)
    account.orders[order.order_id] = order
    book.side(order.side).add(order)
    state.touch_book(book)


def _cancel_resting(
    state: State, book: Book, account: Account, order: Order, reason: int
) -> OrderCanceled:
    balance, amount = reserve_of(book, order)
    state.ledger.unlock(balance, amount)
    book.side(order.side).remove(order)
    account.close(order, state.now_ms)
    state.touch_book(book)
    return _canceled(order, reason)


def reserve_of(book: Book, order: Order) -> tuple[Balance, int]:
    """What a resting order holds locked: the price of what it still buys, or all it still sells."""
    if order.side == BUY:
        return order.quote, order.price * order.remaining * book.instrument.tick_lot_units
    return order.base, order.remaining * book.instrument.lot_units


def _accepted(order: Order) -> OrderAccepted:
    # By position, since naming a dozen fields takes as long as all the checks before.
    return _OrderAccepted(
        order.order_id, order.account_id, order.instrument_id, order.side, order.order_type,
        order.price, order.quantity, order.quote_amount, order.time_in_force, order.post_only,
        order.client_id, order.self_trade,
    )


def _canceled(order: Order, reason: int) -> OrderCanceled:
    return _OrderCanceled(
        order.order_id, order.account_id, order.instrument_id, reason, order.remaining
    )


def _rejected(reason: int, account_id: AccountId) -> list[Event]:
    return [CommandRejected(reason=reason, account_id=account_id)]
