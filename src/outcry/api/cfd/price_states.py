"""The state of a contract's price on the wire: whether clients can deal at it."""

from typing import Final, Literal

from outcry.engine.rejects import RejectReason
from outcry.projections.quote_gates import Gate

PriceState = Literal["certain", "doubted", "closed"]

_STATES: Final[dict[int, PriceState]] = {
    0: "certain",
    RejectReason.QUOTE_DOUBTED: "doubted",
    RejectReason.SESSION_CLOSED: "closed",
}


def price_state(gate: Gate) -> PriceState:
    """`certain` unless the newest quote is doubted, or the trading session is closed."""
    return _STATES[gate.fault]
