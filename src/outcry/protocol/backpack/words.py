"""Backpack's words for what the engine counts: sides, order types, states and reasons."""

from collections.abc import Mapping
from typing import Final

from outcry.engine.rejects import CancelReason
from outcry.engine.units import (
    BUY,
    CANCEL_ONLY,
    CLOSED,
    FOK,
    GTC,
    IOC,
    LIMIT,
    LIMIT_ONLY,
    MARKET,
    OPEN,
    POST_ONLY,
    REJECT_BOTH,
    REJECT_MAKER,
    REJECT_TAKER,
    SELL,
)

SIDES: Final = {BUY: "Bid", SELL: "Ask"}
ORDER_TYPES: Final = {LIMIT: "Limit", MARKET: "Market"}
TIMES_IN_FORCE: Final = {GTC: "GTC", IOC: "IOC", FOK: "FOK"}
SELF_TRADES: Final = {
    REJECT_TAKER: "RejectTaker", REJECT_MAKER: "RejectMaker", REJECT_BOTH: "RejectBoth",
}
BOOK_STATES: Final = {
    OPEN: "Open", POST_ONLY: "PostOnly", LIMIT_ONLY: "LimitOnly", CANCEL_ONLY: "CancelOnly",
    CLOSED: "Closed",
}
# Why an order expired. One that its owner canceled did not.
EXPIRY_REASONS: Final[Mapping[int, str]] = {
    CancelReason.IMMEDIATE_OR_CANCEL: "ImmediateOrCancel",
    CancelReason.FILL_OR_KILL: "FillOrKill",
    CancelReason.INSUFFICIENT_LIQUIDITY: "InsufficientLiquidity",
    CancelReason.SELF_TRADE: "SelfTradePrevention",
    CancelReason.INSUFFICIENT_FUNDS: "InsufficientFunds",
    CancelReason.PRICE_IMPACT: "PriceImpact",
}


def order_status(*, is_open: bool, filled: int, cancel_reason: int) -> str:
    """How Backpack calls the state of an order; `filled` counts anything, if only above zero."""
    if is_open:
        return "PartiallyFilled" if filled else "New"
    if not cancel_reason:
        return "Filled"
    return "Cancelled" if cancel_reason == CancelReason.BY_OWNER else "Expired"
