"""Why a new order would be refused: a ladder of questions, the first yes is the answer.

Nothing here changes anything. The order of the questions is the order of `RejectReason`.
"""

from typing import Final

from outcry.engine.book import Book, key_of
from outcry.engine.orders import Order
from outcry.engine.rejects import RejectReason
from outcry.engine.state import Account
from outcry.engine.units import (
    AMOUNT_MAX,
    BUY,
    FOK,
    GTC,
    IOC,
    LIMIT,
    LIMIT_ONLY,
    MARKET,
    OPEN,
    POST_ONLY,
    RATE_ONE,
    REJECT_BOTH,
    REJECT_TAKER,
    SELL,
)

CLIENT_ID_MAX: Final = 2**32 - 1
OPEN_ORDERS_MAX: Final = 100_000

_ORDER_INVALID: Final = int(RejectReason.ORDER_INVALID)
_MARKET_CLOSED: Final = int(RejectReason.MARKET_CLOSED)
_QUANTITY_INVALID: Final = int(RejectReason.QUANTITY_INVALID)
_PRICE_INVALID: Final = int(RejectReason.PRICE_INVALID)
_PRICE_TOO_FAR: Final = int(RejectReason.PRICE_TOO_FAR)
_ORDER_LIMIT: Final = int(RejectReason.ORDER_LIMIT)
_POST_ONLY_WOULD_TAKE: Final = int(RejectReason.POST_ONLY_WOULD_TAKE)


def order_fault(book: Book, account: Account, order: Order) -> int:
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
        return _ORDER_INVALID
    client_id = order.client_id
    if client_id is not None and not 0 <= client_id <= CLIENT_ID_MAX:
        return _ORDER_INVALID
    if order.post_only and (order_type != LIMIT or time_in_force != GTC):
        return _ORDER_INVALID
    if book.instrument.state != OPEN and not _accepted_in(book.instrument.state, order):
        return _MARKET_CLOSED
    fault = limit_fault(book, order) if order_type == LIMIT else market_fault(book, order)
    if fault != 0:
        return fault
    if len(account.orders) >= OPEN_ORDERS_MAX:
        return _ORDER_LIMIT
    if order.post_only and book.opposite(side).best_key() >= -key_of(order.price, side):
        return _POST_ONLY_WOULD_TAKE
    return 0


def limit_fault(book: Book, order: Order) -> int:
    """The fault of a limit order's price and quantity; 0 is none."""
    instrument = book.instrument
    price = order.price
    if order.quote_amount != 0:
        return _QUANTITY_INVALID
    if not instrument.quantity_min <= order.quantity <= instrument.quantity_max:
        return _QUANTITY_INVALID
    if not instrument.price_min <= price <= instrument.price_max:
        return _PRICE_INVALID
    band = instrument.price_band_rate
    last = book.last_price
    if band != 0 and last != 0 and abs(price - last) * RATE_ONE > last * band:
        return _PRICE_TOO_FAR
    return 0


def market_fault(book: Book, order: Order) -> int:
    """The fault of a market order's quantity or quote amount; 0 is none."""
    instrument = book.instrument
    quantity = order.quantity
    quote_amount = order.quote_amount
    if (quantity == 0) == (quote_amount == 0):
        return _QUANTITY_INVALID
    if quantity != 0 and not instrument.quantity_min <= quantity <= instrument.quantity_max:
        return _QUANTITY_INVALID
    if not 0 <= quote_amount < AMOUNT_MAX:
        return _QUANTITY_INVALID
    if order.price != 0:
        return _PRICE_INVALID
    return 0


def _accepted_in(state: int, order: Order) -> bool:
    if state == POST_ONLY:
        return order.post_only
    if state == LIMIT_ONLY:
        return order.order_type == LIMIT and order.time_in_force != IOC
    return False
