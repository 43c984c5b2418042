"""The reasons to refuse a new order: a ladder of questions, of which the first yes is the answer.

Nothing here changes anything. The order of the questions is the order of `RejectReason`.
"""

from typing import Final

from outcry.engine.commands import Conditions, Trigger
from outcry.engine.rejects import RejectReason
from outcry.engine.spot.book import Book, key_of
from outcry.engine.spot.instruments import Instrument
from outcry.engine.spot.orders import MarketAccount, Order
from outcry.engine.state import State
from outcry.engine.units import (
    AMOUNT_MAX,
    BUY,
    CANCEL_ONLY,
    CLOSED,
    FALLS,
    FOK,
    GTC,
    IOC,
    LAST_PRICE,
    LIMIT,
    LIMIT_ONLY,
    MARK_PRICE,
    MARKET,
    OPEN,
    POST_ONLY,
    RATE_ONE,
    REJECT_BOTH,
    REJECT_TAKER,
    RISES,
    SELL,
    InstrumentState,
    PriceKind,
    Ticks,
)

CLIENT_ID_MAX: Final = 2**32 - 1



def order_fault(state: State, book: Book, seat: MarketAccount, order: Order) -> int:
    """The `RejectReason` of a new order as far as its own fields and the book tell; 0 is none."""
    side = order.side
    order_type = order.order_type
    time_in_force = order.time_in_force
    if (
        (side != BUY and side != SELL)
        or (order_type != LIMIT and order_type != MARKET)
        or not GTC <= time_in_force <= FOK
        or not REJECT_TAKER <= order.self_trade <= REJECT_BOTH
    ):
        return RejectReason.ORDER_INVALID
    client_id = order.client_id
    if client_id is not None and not 0 <= client_id <= CLIENT_ID_MAX:
        return RejectReason.ORDER_INVALID
    if order.post_only and (not order.has_limit or time_in_force != GTC):
        return RejectReason.ORDER_INVALID
    conditions = order.conditions
    if conditions is not None and conditions.trigger is not None:
        return waiting_fault(book, seat, order, conditions, conditions.trigger)
    fault = active_fault(state, book, order)
    if fault != 0:
        return fault
    if len(seat.orders) >= book.instrument.open_orders_max:
        return RejectReason.ORDER_LIMIT
    if conditions is not None and not exits_are_sound(book.instrument, order, conditions):
        return RejectReason.TRIGGER_INVALID
    return crossing_fault(book, order, order.price)


def active_fault(state: State, book: Book, order: Order) -> int:
    """The fault of an order that would be matched now: state, price, quantity; 0 is none."""
    if book.instrument.state != OPEN and not accepted_in(book.instrument.state, order):
        return RejectReason.MARKET_CLOSED
    fault = terms_fault(book, order)
    if fault == 0 and order.has_limit:
        return band_fault(state, book, order.price)
    return fault


def terms_fault(book: Book, order: Order) -> int:
    """The fault of an order's price, quantity and quote amount among themselves; 0 is none."""
    if order.has_limit:
        return limit_fault(
            book, price=order.price, quantity=order.quantity, quote_amount=order.quote_amount
        )
    return market_fault(book, order)


def crossing_fault(book: Book, order: Order, price: Ticks) -> int:
    """Whether a post-only order would trade at once at this price; 0 is no."""
    if order.post_only and book.opposite(order.side).best_key() >= -key_of(price, order.side):
        return RejectReason.POST_ONLY_WOULD_TAKE
    return 0


def waiting_fault(
    book: Book, seat: MarketAccount, order: Order, conditions: Conditions, trigger: Trigger
) -> int:
    """The fault of an order that waits for a trigger; 0 is none.

    Questions that depend on the book of the moment are asked when the trigger fires.
    """
    instrument = book.instrument
    if instrument.state == CANCEL_ONLY or instrument.state == CLOSED:
        return RejectReason.MARKET_CLOSED
    by_share = trigger.share_rate != 0
    if by_share:
        if order.quantity != 0 or order.quote_amount != 0:
            return RejectReason.QUANTITY_INVALID
        sound = _in_range(instrument, order.price) if order.has_limit else order.price == 0
        if not sound:
            return RejectReason.PRICE_INVALID
    else:
        fault = terms_fault(book, order)
        if fault != 0:
            return fault
    if len(seat.orders) >= instrument.open_orders_max:
        return RejectReason.ORDER_LIMIT
    if (
        not _in_range(instrument, trigger.price)
        or not _is_followed(trigger.follows)
        or not FALLS <= trigger.direction <= RISES
        or not 0 <= trigger.share_rate <= RATE_ONE
        or not exits_are_sound(instrument, order, conditions)
    ):
        return RejectReason.TRIGGER_INVALID
    if trigger.direction == 0 and not book.has_price(trigger.follows):
        return RejectReason.NO_PRICE
    return 0


def exits_are_sound(instrument: Instrument, order: Order, conditions: Conditions) -> bool:
    """Whether take profit and stop loss are in range, and on the right sides of each other."""
    for leaving in (conditions.take_profit, conditions.stop_loss):
        if leaving is None:
            continue
        if not _in_range(instrument, leaving.trigger_price) or not _is_followed(leaving.follows):
            return False
        if leaving.limit_price != 0 and not _in_range(instrument, leaving.limit_price):
            return False
    profit = conditions.take_profit
    loss = conditions.stop_loss
    if profit is None or loss is None:
        return True
    return key_of(profit.trigger_price, order.side) > key_of(loss.trigger_price, order.side)


def limit_fault(book: Book, *, price: Ticks, quantity: int, quote_amount: int) -> int:
    """The fault of a limit order's price and quantity; 0 is none."""
    instrument = book.instrument
    if quote_amount != 0:
        return RejectReason.QUANTITY_INVALID
    if not instrument.quantity_min <= quantity <= instrument.quantity_max:
        return RejectReason.QUANTITY_INVALID
    if not _in_range(instrument, price):
        return RejectReason.PRICE_INVALID
    return 0


def band_fault(state: State, book: Book, price: Ticks) -> int:
    """Whether a limit price is outside the bands around the last trade and the mark; 0 is no.

    The first version of the rules knew the last trade alone. A market whose price had moved farther
    than the band without a trade could then not follow.
    """
    band = book.instrument.price_band_rate
    last = book.last_price
    if band == 0 or last == 0 or abs(price - last) * RATE_ONE <= last * band:
        return 0
    if state.rules >= 2:
        floor, ceil = book.fresh_mark(state.now_ms)
        if floor * (RATE_ONE - band) <= price * RATE_ONE <= ceil * (RATE_ONE + band):
            return 0
    return RejectReason.PRICE_TOO_FAR


def market_fault(book: Book, order: Order) -> int:
    """The fault of a market order's quantity or quote amount; 0 is none."""
    instrument = book.instrument
    quantity = order.quantity
    quote_amount = order.quote_amount
    if (quantity == 0) == (quote_amount == 0):
        return RejectReason.QUANTITY_INVALID
    if quantity != 0 and not instrument.quantity_min <= quantity <= instrument.quantity_max:
        return RejectReason.QUANTITY_INVALID
    if not 0 <= quote_amount < AMOUNT_MAX:
        return RejectReason.QUANTITY_INVALID
    if order.price != 0:
        return RejectReason.PRICE_INVALID
    return 0


def accepted_in(state: InstrumentState, order: Order) -> bool:
    """Whether a book in a state other than `OPEN` takes the order."""
    if state == POST_ONLY:
        return order.post_only
    if state == LIMIT_ONLY:
        return order.has_limit and order.time_in_force != IOC
    return False


def _in_range(instrument: Instrument, price: Ticks) -> bool:
    return instrument.price_min <= price <= instrument.price_max


def _is_followed(follows: PriceKind) -> bool:
    return follows in (LAST_PRICE, MARK_PRICE)
