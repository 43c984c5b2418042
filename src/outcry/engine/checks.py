"""Why a new order would be refused: a ladder of questions, the first yes is the answer.

Nothing here changes anything. The order of the questions is the order of `RejectReason`.
"""

from typing import Final

from outcry.engine.book import Book
from outcry.engine.commands import PlaceOrder
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

_ORDER_INVALID = int(RejectReason.ORDER_INVALID)
_MARKET_CLOSED = int(RejectReason.MARKET_CLOSED)
_QUANTITY_INVALID = int(RejectReason.QUANTITY_INVALID)
_PRICE_INVALID = int(RejectReason.PRICE_INVALID)
_PRICE_TOO_FAR = int(RejectReason.PRICE_TOO_FAR)
_ORDER_LIMIT = int(RejectReason.ORDER_LIMIT)
_POST_ONLY_WOULD_TAKE = int(RejectReason.POST_ONLY_WOULD_TAKE)


def order_fault(book: Book, account: Account, command: PlaceOrder) -> int:
    """The `RejectReason` of a new order as far as its own fields and the book tell; 0 is none."""
    side = command.side
    order_type = command.order_type
    time_in_force = command.time_in_force
    if (
        (side != BUY and side != SELL)
        or (order_type != LIMIT and order_type != MARKET)
        or not GTC <= time_in_force <= FOK
        or not REJECT_TAKER <= command.self_trade <= REJECT_BOTH
    ):
        return _ORDER_INVALID
    if command.post_only and (order_type != LIMIT or time_in_force != GTC):
        return _ORDER_INVALID
    if book.instrument.state != OPEN and not _accepted_in(book.instrument.state, command):
        return _MARKET_CLOSED
    fault = limit_fault(book, command) if order_type == LIMIT else market_fault(book, command)
    if fault != 0:
        return fault
    if len(account.orders) >= OPEN_ORDERS_MAX:
        return _ORDER_LIMIT
    if command.post_only and book.opposite(side).best_key() >= -command.price * side:
        return _POST_ONLY_WOULD_TAKE
    return 0


def limit_fault(book: Book, command: PlaceOrder) -> int:
    """The fault of a limit order's price and quantity; 0 is none."""
    instrument = book.instrument
    price = command.price
    if command.quote_amount != 0:
        return _QUANTITY_INVALID
    if not instrument.quantity_min <= command.quantity <= instrument.quantity_max:
        return _QUANTITY_INVALID
    if not instrument.price_min <= price <= instrument.price_max:
        return _PRICE_INVALID
    band = instrument.price_band_rate
    last = book.last_price
    if band != 0 and last != 0 and abs(price - last) * RATE_ONE > last * band:
        return _PRICE_TOO_FAR
    return 0


def market_fault(book: Book, command: PlaceOrder) -> int:
    """The fault of a market order's quantity or quote amount; 0 is none."""
    instrument = book.instrument
    quantity = command.quantity
    quote_amount = command.quote_amount
    if (quantity == 0) == (quote_amount == 0):
        return _QUANTITY_INVALID
    if quantity != 0 and not instrument.quantity_min <= quantity <= instrument.quantity_max:
        return _QUANTITY_INVALID
    if not 0 <= quote_amount < AMOUNT_MAX:
        return _QUANTITY_INVALID
    if command.price != 0:
        return _PRICE_INVALID
    return 0


def client_id_is_sound(client_id: int) -> bool:
    """Whether a client order id is one: 32 bits, without a sign."""
    return 0 <= client_id <= CLIENT_ID_MAX


def _accepted_in(state: int, command: PlaceOrder) -> bool:
    if state == POST_ONLY:
        return command.post_only
    if state == LIMIT_ONLY:
        return command.order_type == LIMIT and command.time_in_force != IOC
    return False
