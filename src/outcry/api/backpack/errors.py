"""The errors of the API: Backpack's statuses, codes and messages.

Some clients match on the words of a message, so the words here are part of the contract.
"""

from enum import StrEnum
from typing import Final

import msgspec

from outcry.engine.rejects import RETRYABLE, RejectReason


class Code(StrEnum):
    """The error codes of Backpack that this venue uses, and two of its own for prices."""

    FORBIDDEN = "FORBIDDEN"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    INVALID_ASSET = "INVALID_ASSET"
    INVALID_CLIENT_REQUEST = "INVALID_CLIENT_REQUEST"
    INVALID_MARKET = "INVALID_MARKET"
    INVALID_ORDER = "INVALID_ORDER"
    INVALID_PRICE = "INVALID_PRICE"
    INVALID_QUANTITY = "INVALID_QUANTITY"
    MAINTENANCE = "MAINTENANCE"
    NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
    ORDER_LIMIT = "ORDER_LIMIT"
    POSITION_LIMIT = "POSITION_LIMIT"
    QUOTE_DOUBTED = "QUOTE_DOUBTED"
    RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
    SERVER_ERROR = "SERVER_ERROR"
    SESSION_CLOSED = "SESSION_CLOSED"
    TIMEOUT = "TIMEOUT"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    TRADING_PAUSED = "TRADING_PAUSED"
    UNAUTHORIZED = "UNAUTHORIZED"


_RETRYABLE: Final = frozenset({429, 503})


class ErrorBody(msgspec.Struct, frozen=True):
    """Every error on the wire. `retryable` says whether the same request may succeed later."""

    code: str  # For programs.
    message: str  # For people.
    retryable: bool


class ApiError(Exception):
    """A request is answered with an error. The statuses 429 and 503 are retryable by default."""

    def __init__(
        self, status: int, code: Code, message: str, *, retry_after_s: int | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s
        self.retryable = status in _RETRYABLE if retryable is None else retryable

    @property
    def body(self) -> ErrorBody:
        """The body on the wire."""
        return ErrorBody(self.code.value, self.message, self.retryable)


def invalid(message: str) -> ApiError:
    """A request that is wrong in itself."""
    return ApiError(400, Code.INVALID_CLIENT_REQUEST, message)


def not_found() -> ApiError:
    """The thing does not exist, or the caller may not see it."""
    return ApiError(404, Code.RESOURCE_NOT_FOUND, "Not Found")


def outcome_unknown() -> ApiError:
    """No answer came in time."""
    return ApiError(
        503, Code.TIMEOUT,
        "No answer in time; the outcome is unknown. Ask for the order by its clientId.",
    )


_PRICE_COMES_BACK: Final = (RejectReason.QUOTE_STALE, RejectReason.QUOTE_DOUBTED)
RETRY_S: Final = 1  # Prices come several times a second, or not for longer than anybody waits.
_UNKNOWN = (503, Code.TIMEOUT, "The outcome is unknown. Ask for the order by its clientId.")
_ENGINE = (500, Code.SERVER_ERROR, "The engine could not carry out this request")

REJECTIONS: Final[dict[int, tuple[int, Code, str]]] = {
    RejectReason.MALFORMED: _ENGINE,
    RejectReason.DUPLICATE: _UNKNOWN,
    RejectReason.TOO_LATE: (
        503, Code.TIMEOUT, "The request reached the engine too late and was not carried out",
    ),
    RejectReason.ENGINE_ERROR: _ENGINE,
    RejectReason.RULES_INVALID: (
        400, Code.INVALID_CLIENT_REQUEST, "The version of the rules must be above zero",
    ),
    RejectReason.VENUE_OPEN: (409, Code.INVALID_CLIENT_REQUEST, "The venue is open already"),
    RejectReason.ASSET_NOT_FOUND: (400, Code.INVALID_ASSET, "Invalid asset symbol"),
    RejectReason.ASSET_EXISTS: (409, Code.INVALID_ASSET, "The asset is listed already"),
    RejectReason.ASSET_INVALID: (400, Code.INVALID_ASSET, "The asset's definition is not valid"),
    RejectReason.INSTRUMENT_NOT_FOUND: (
        400, Code.INVALID_CLIENT_REQUEST, "Invalid market symbol",
    ),
    RejectReason.INSTRUMENT_EXISTS: (409, Code.INVALID_MARKET, "The market is listed already"),
    RejectReason.INSTRUMENT_INVALID: (
        400, Code.INVALID_MARKET, "The market's rules contradict each other",
    ),
    RejectReason.SESSION_CLOSED: (
        503, Code.SESSION_CLOSED, "The contract's session is closed; try again after it opens",
    ),
    RejectReason.QUOTE_DOUBTED: (
        503, Code.QUOTE_DOUBTED,
        "The price is in doubt and nobody can deal at it; try again in a moment",
    ),
    RejectReason.QUOTE_INVALID: (400, Code.INVALID_PRICE, "The quote is not valid"),
    RejectReason.QUOTE_STALE: (503, Code.TRADING_PAUSED, "There is no fresh price right now"),
    RejectReason.QUOTE_UNPAYABLE: (
        400, Code.INVALID_PRICE, "At this price the venue could owe more than it can count",
    ),
    RejectReason.ACCOUNT_NOT_FOUND: (401, Code.UNAUTHORIZED, "No such account"),
    RejectReason.ACCOUNT_INVALID: (400, Code.INVALID_CLIENT_REQUEST, "Not a user's account"),
    RejectReason.AMOUNT_INVALID: (400, Code.INVALID_QUANTITY, "The amount is not valid"),
    RejectReason.KEY_USED: (409, Code.INVALID_CLIENT_REQUEST, "This clientId was used before"),
    RejectReason.CLIENT_ID_USED: (
        400, Code.INVALID_ORDER, "An order with this clientId exists already",
    ),
    RejectReason.ORDER_INVALID: (
        400, Code.INVALID_ORDER, "The order's fields contradict each other",
    ),
    RejectReason.MARKET_CLOSED: (
        400, Code.TRADING_PAUSED, "The market does not accept this order now",
    ),
    RejectReason.QUANTITY_INVALID: (
        400, Code.INVALID_QUANTITY,
        "The quantity is outside the market's limits, or no more than is filled",
    ),
    RejectReason.PRICE_INVALID: (
        400, Code.INVALID_PRICE, "The price is outside the market's limits",
    ),
    RejectReason.PRICE_TOO_FAR: (
        400, Code.INVALID_PRICE, "Price is too far from the last active price",
    ),
    RejectReason.ORDER_LIMIT: (
        400, Code.ORDER_LIMIT, "The account has as many open orders as it may have",
    ),
    RejectReason.MARGIN_INVALID: (
        400, Code.INVALID_ORDER, "The margin is outside the contract's limits",
    ),
    RejectReason.LEVERAGE_INVALID: (
        400, Code.INVALID_ORDER, "The leverage is outside the contract's limits",
    ),
    RejectReason.TRIGGER_INVALID: (
        400, Code.INVALID_ORDER, "A trigger is out of range, or on the wrong side",
    ),
    RejectReason.NO_PRICE: (
        400, Code.INVALID_PRICE, "The price that the trigger follows does not exist yet",
    ),
    RejectReason.WOULD_LIQUIDATE: (
        400, Code.INVALID_ORDER, "At this leverage the spread alone would liquidate the position",
    ),
    RejectReason.EXPOSURE_LIMIT: (
        400, Code.POSITION_LIMIT, "The account would hold more of the contract than it may",
    ),
    RejectReason.HOUSE_LIMIT: (
        400, Code.POSITION_LIMIT, "The house takes no more of this contract now",
    ),
    RejectReason.POSITION_LIMIT: (
        400, Code.POSITION_LIMIT, "The account has as many open positions as it may have",
    ),
    RejectReason.LEVERAGE_TIER: (
        400, Code.INVALID_ORDER,
        "At this size the contract allows less leverage: lower the leverage or the margin",
    ),
    RejectReason.HOUSE_STOPPED: (
        503, Code.TRADING_PAUSED, "The venue opens no positions at the moment: try again later",
    ),
    RejectReason.POST_ONLY_WOULD_TAKE: (
        400, Code.INVALID_ORDER, "Order would immediately match and take",
    ),
    RejectReason.ORDER_NOT_FOUND: (404, Code.RESOURCE_NOT_FOUND, "Not Found"),
    RejectReason.ORDER_WAITING: (
        400, Code.INVALID_ORDER,
        "The order waits for its trigger: it can be canceled, not replaced",
    ),
    RejectReason.POSITION_NOT_FOUND: (404, Code.RESOURCE_NOT_FOUND, "Not Found"),
    RejectReason.INSUFFICIENT_FUNDS: (400, Code.INSUFFICIENT_FUNDS, "Insufficient funds"),
}


def rejection(reason: int, order_id: int = 0) -> ApiError:
    """The error for a command the engine refused; a repeated clientId names the first order."""
    status, code, message = REJECTIONS[reason]
    if reason == RejectReason.CLIENT_ID_USED and order_id:
        message = f"{message}: order {order_id}"
    retry_after_s = RETRY_S if reason in _PRICE_COMES_BACK else None
    return ApiError(
        status, code, message, retry_after_s=retry_after_s,
        # An unknown outcome may be asked for again: see the API's pages.
        retryable=reason in RETRYABLE or code is Code.TIMEOUT,
    )
