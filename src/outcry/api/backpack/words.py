"""Backpack's words for the numbers of the engine: sides, order types, states and reasons."""

from collections.abc import Mapping
from typing import Final

from outcry.engine import units
from outcry.engine.rejects import CancelReason, RejectReason
from outcry.projections.history import FAILED, OPEN, WAITING, OrderRow

SIDES: Final = {units.BUY: "Bid", units.SELL: "Ask"}
ORDER_TYPES: Final = {units.LIMIT: "Limit", units.MARKET: "Market"}
TIMES_IN_FORCE: Final = {units.GTC: "GTC", units.IOC: "IOC", units.FOK: "FOK"}
SELF_TRADES: Final = {
    units.REJECT_TAKER: "RejectTaker", units.REJECT_MAKER: "RejectMaker",
    units.REJECT_BOTH: "RejectBoth",
}
FOLLOWED: Final = {units.LAST_PRICE: "LastPrice", units.MARK_PRICE: "MarkPrice"}  # By a trigger.
BOOK_STATES: Final = {
    units.OPEN: "Open", units.POST_ONLY: "PostOnly", units.LIMIT_ONLY: "LimitOnly",
    units.CANCEL_ONLY: "CancelOnly", units.CLOSED: "Closed",
}
# Why an order expired. One that its owner canceled did not, nor one whose other exit fired.
EXPIRY_REASONS: Final[Mapping[int, str]] = {
    CancelReason.IMMEDIATE_OR_CANCEL: "ImmediateOrCancel",
    CancelReason.FILL_OR_KILL: "FillOrKill",
    CancelReason.INSUFFICIENT_LIQUIDITY: "InsufficientLiquidity",
    CancelReason.SELF_TRADE: "SelfTradePrevention",
    CancelReason.INSUFFICIENT_FUNDS: "InsufficientFunds",
    CancelReason.PRICE_IMPACT: "PriceImpact",
}

# Why an order could not be placed when its trigger fired.
FAILURE_REASONS: Final[Mapping[int, str]] = {
    RejectReason.MARKET_CLOSED: "PostOnlyMode",
    RejectReason.QUANTITY_INVALID: "InvalidQuantity",
    RejectReason.PRICE_INVALID: "InvalidPrice",
    RejectReason.PRICE_TOO_FAR: "PriceOutOfBounds",
    RejectReason.POST_ONLY_WOULD_TAKE: "PostOnlyTaker",
    RejectReason.INSUFFICIENT_FUNDS: "InsufficientFunds",
}
_NOT_EXPIRED: Final = frozenset({CancelReason.BY_OWNER, CancelReason.EXIT_FIRED})


def status_of(order: OrderRow) -> str:
    """Backpack's word for the state of an order, with or without a trigger."""
    if order.status == WAITING:
        return "TriggerPending"
    if order.status == FAILED:
        return "TriggerFailed"
    if order.status == OPEN:
        return "PartiallyFilled" if order.filled else "New"
    if not order.cancel_reason:
        return "Filled"
    return "Cancelled" if order.cancel_reason in _NOT_EXPIRED else "Expired"


def expiry_reason(order: OrderRow) -> str | None:
    """The reason why an order ended without its owner; None if there is none."""
    if order.status == FAILED:
        return FAILURE_REASONS[order.reject_reason]
    return EXPIRY_REASONS.get(order.cancel_reason)
