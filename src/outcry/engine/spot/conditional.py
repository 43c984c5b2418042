"""Orders that wait for a price, and the take profit and stop loss attached to others.

A command that trades or moves the mark may fire triggers, and the trades of these may fire more.
`settle` works in a loop until nothing is left to do, so that a cascade of any length is the answer
to one command and takes no stack.
"""


from msgspec.structs import replace

from outcry.engine.commands import Conditions, Exit, PlaceOrder, Trigger
from outcry.engine.events import Event, OrderCanceled, OrderWaiting, TriggerFailed
from outcry.engine.rejects import CancelReason, RejectReason
from outcry.engine.spot.book import Book
from outcry.engine.spot.checks import active_fault, crossing_fault
from outcry.engine.spot.execution import accept, can_pay, canceled, plan_of
from outcry.engine.spot.orders import Order
from outcry.engine.state import Account, State
from outcry.engine.units import (
    BUY,
    FALLS,
    LIMIT,
    MARKET,
    OPEN,
    RATE_ONE,
    RISES,
    Approach,
    OrderId,
    Side,
    div_ceil,
    div_floor,
)


def wait(book: Book, order: Order) -> OrderWaiting:
    """Let an open order wait for its trigger."""
    conditions = order.conditions
    assert conditions is not None
    trigger = trigger_of(order)
    if trigger.direction == 0:
        direction = RISES if trigger.price > book.price_followed(trigger.follows) else FALLS
        trigger = replace(trigger, direction=direction)
        order.conditions = replace(conditions, trigger=trigger)
    enlist(book, order)
    return _waiting(order)


def _waiting(order: Order) -> OrderWaiting:
    return OrderWaiting(
        order_id=order.order_id, related_order_id=order.related_order_id, order=order.command()
    )


def enlist(book: Book, order: Order) -> None:
    """Have a book watch an order's trigger, of which the direction is known."""
    trigger = trigger_of(order)
    order.waiting = True
    book.waiting[order.order_id] = order
    book.triggers(trigger.follows).add(trigger.price, trigger.direction, order.order_id)


def cancel_waiting(
    state: State, book: Book, account: Account, order: Order, reason: int
) -> OrderCanceled:
    """End an order that waits, for a `CancelReason`."""
    trigger = trigger_of(order)
    book.triggers(trigger.follows).discard(trigger.price, trigger.direction, order.order_id)
    _stop_waiting(book, order)
    account.close(order, state.now_ms)
    return canceled(order, reason)


def trigger_of(order: Order) -> Trigger:
    """The trigger of an order that waits, or waited."""
    conditions = order.conditions
    assert conditions is not None
    trigger: Trigger | None = conditions.trigger
    assert trigger is not None
    return trigger


def settle(state: State, book: Book, before: int, events: list[Event]) -> None:
    """Fire the triggers that the command's trades reached; then place exits of ended orders.

    `before` is the price of the last trade before the command, in ticks. A trade counts for the
    orders that waited when it happened. For an exit, only the prices at its placing count.
    """
    last_before = before
    while True:
        low = book.traded_low
        high = book.traded_high
        last = book.last_price
        if low != 0:
            book.traded_low = 0
            book.traded_high = 0
            # While the book is not open, orders wait on, and are looked at when it opens.
            if book.instrument.state == OPEN:
                due = book.last_triggers.take_due(low=low, high=high, before=before)
                _fire_all(state, book, due, last_before, events)
        elif book.parents:
            parents = book.parents
            book.parents = []
            for parent in parents:
                _place_exits(state, book, parent, events)
            _fire_reached(state, book, book.mark_ticks()[0], last_before, events)
        else:
            return
        before = last


def settle_standing(state: State, book: Book, events: list[Event]) -> None:
    """Fire the triggers that the present prices have reached, and all that follow."""
    settle_mark(state, book, book.mark_ticks()[0], events)


def settle_mark(state: State, book: Book, before: int, events: list[Event]) -> None:
    """Do the same after a new mark; `before` is the mark that it replaces, in ticks."""
    last = book.last_price
    _fire_reached(state, book, before, last, events)
    settle(state, book, last, events)


def _fire_reached(
    state: State, book: Book, mark_before: int, last_before: int, events: list[Event]
) -> None:
    """Fire the triggers that the present last price or mark has reached."""
    if not book.waiting or book.instrument.state != OPEN:
        return
    last = book.last_price
    if last != 0:
        due = book.last_triggers.take_due(low=last, high=last, before=last)
        _fire_all(state, book, due, last_before, events)
    floor, ceil = book.mark_ticks()
    if ceil != 0 and not book.gate.in_doubt:
        due = book.mark_triggers.take_due(low=ceil, high=floor, before=mark_before)
        _fire_all(state, book, due, last_before, events)


def _fire_all(
    state: State, book: Book, due: list[tuple[int, int]], last_before: int, events: list[Event]
) -> None:
    for _, order_id in sorted(due):
        order = book.waiting.get(OrderId(order_id))
        if order is not None:  # Else the exit beside it fired before.
            _fire(state, book, order, last_before, events)


def _fire(
    state: State, book: Book, order: Order, last_before: int, events: list[Event]
) -> None:
    """Turn a waiting order, out of its index by now, into an active one."""
    account = state.accounts[order.account_id]
    beside = order.beside
    _stop_waiting(book, order)
    if beside is not None:
        events.append(cancel_waiting(state, book, account, beside, CancelReason.EXIT_FIRED))
    order.triggered_ms = state.now_ms
    command = order.command()
    trigger = trigger_of(order)
    if trigger.share_rate != 0:
        _take_share(book, order, trigger.share_rate)
    order.worst_price = _worst_price(state, book, order, last_before)
    fault = active_fault(state, book, order)
    if fault == 0:
        fault = crossing_fault(book, order, order.price)
    if fault == 0:
        plan = plan_of(book, order)
        if can_pay(book, order, plan):
            events.extend(accept(state, book, account, order, plan, command))
            return
        fault = RejectReason.INSUFFICIENT_FUNDS
    account.close(order, state.now_ms)
    events.append(_failed(order, fault))


def _failed(order: Order, reason: int) -> TriggerFailed:
    return TriggerFailed(
        order_id=order.order_id,
        account_id=order.account_id,
        instrument_id=order.instrument_id,
        reason=reason,
    )


def _worst_price(state: State, book: Book, order: Order, last_before: int) -> int:
    """The worst price at which a market order whose trigger fires may trade; 0 is no bound.

    It is the impact bound, counted from the mark if there is a fresh one, or else from the last
    trade before the command. Counted from the best price alone, one order through a thin book would
    make other people's stops trade at any price. The first version of the rules did that.
    """
    rate = book.instrument.impact_rate
    if state.rules < 2 or rate == 0 or order.has_limit:
        return 0
    floor, ceil = book.fresh_mark(state.now_ms)
    if ceil == 0:
        floor, ceil = last_before, last_before
    if order.side == BUY:
        return div_floor(ceil * (RATE_ONE + rate), RATE_ONE)
    return max(div_ceil(floor * (RATE_ONE - rate), RATE_ONE), 0)


def _stop_waiting(book: Book, order: Order) -> None:
    del book.waiting[order.order_id]
    order.waiting = False
    beside = order.beside
    if beside is not None:
        beside.beside = None
        order.beside = None


def _take_share(book: Book, order: Order, share_rate: int) -> None:
    """Give an order by share its quantity: that share of the free balance, up to the maximum."""
    instrument = book.instrument
    if order.side == BUY:
        amount = div_floor(order.seat.quote.free * share_rate, RATE_ONE)
        if not order.has_limit:
            order.quote_amount = amount
            return
        lots = div_floor(amount, order.price * instrument.tick_lot_units)
    else:
        amount = div_floor(order.seat.base.free * share_rate, RATE_ONE)
        lots = div_floor(amount, instrument.lot_units)
    order.quantity = min(lots, instrument.quantity_max)
    order.remaining = order.quantity


def _place_exits(state: State, book: Book, parent: Order, events: list[Event]) -> None:
    """Place the exits of an order that ended, for its filled quantity."""
    conditions = parent.conditions
    assert conditions is not None
    lots = parent.quantity - parent.remaining
    if parent.side == BUY and parent.fee_charged > 0:
        # The fee is taken out of the bought lots, and lots are whole.
        lots = div_floor(
            lots * book.instrument.lot_units - parent.fee_charged, book.instrument.lot_units
        )
    if lots <= 0 and (state.rules < 2 or parent.remaining == parent.quantity):
        return
    exits: list[Order] = []
    profit: Exit | None = conditions.take_profit
    loss: Exit | None = conditions.stop_loss
    if profit is not None:
        exits.append(_exit_of(state, parent, profit, lots, Approach(parent.side)))
    if loss is not None:
        exits.append(_exit_of(state, parent, loss, lots, Approach(-parent.side)))
    if lots <= 0:
        # The fee left less than one lot of the fill.
        for order in exits:
            events.append(_waiting(order))
            state.accounts[order.account_id].close(order, state.now_ms)
            events.append(_failed(order, RejectReason.QUANTITY_INVALID))
        return
    if len(exits) == 2:
        exits[0].beside = exits[1]
        exits[1].beside = exits[0]
    events.extend([wait(book, order) for order in exits])


def _exit_of(state: State, parent: Order, leaving: Exit, lots: int, direction: Approach) -> Order:
    """An order that reverses the fills of `parent` once the price comes from this direction."""
    trigger = Trigger(
        price=leaving.trigger_price, follows=leaving.follows, direction=direction
    )
    order = Order(
        PlaceOrder(
            account_id=parent.account_id,
            instrument_id=parent.instrument_id,
            side=Side(-parent.side),
            order_type=LIMIT if leaving.limit_price != 0 else MARKET,
            price=leaving.limit_price,
            quantity=lots,
            self_trade=parent.self_trade,
            conditions=Conditions(trigger=trigger),
        ),
        state.now_ms,
    )
    order.related_order_id = parent.order_id
    order.seat = parent.seat
    state.open_order(order)
    return order
