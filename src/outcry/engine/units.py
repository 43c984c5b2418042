"""The engine's vocabulary of integers: it knows no floats, no decimals and no wall clock.

A price counts ticks, a quantity counts lots, money counts an asset's smallest unit, a rate counts
millionths. Conversion from and to the decimals people read happens once, in `outcry.wire`.

Ids, sides, order types and the like are types to mypy alone. At run time they are plain integers:
comparing them is five times as fast as comparing members of an enumeration, and they travel as one
byte. A command may carry any integer in their place; the handlers refuse those that mean nothing.
"""

# The constants below are literals, not calls of their types: compiled code then looks nothing up.
# mypy: disable-error-code="assignment"

from typing import Annotated, Final, NewType

import msgspec

# An id is echoed in events. It fits 64 bits with a sign, or the entry is malformed.
_Id = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
AccountId = NewType("AccountId", _Id)
AssetId = NewType("AssetId", _Id)
InstrumentId = NewType("InstrumentId", _Id)
OrderId = NewType("OrderId", _Id)
PositionId = NewType("PositionId", _Id)
TradeId = NewType("TradeId", _Id)

NO_ACCOUNT: Final[AccountId] = 0  # In an answer to a command that names none.
NO_ORDER: Final[OrderId] = 0

# Accounts of the venue itself. Only `external` and `house` may hold less than nothing.
EXTERNAL: Final[AccountId] = 0  # Where deposits come from and withdrawals go to.
FEES: Final[AccountId] = 1  # Where fees are collected.
HOUSE: Final[AccountId] = 2  # The other side of every CFD.
FIRST_USER_ACCOUNT: Final[AccountId] = 100

# The price of a spot order. Prices of quotes and CFDs have units of their own.
Ticks = NewType("Ticks", int)
NO_PRICE: Final[Ticks] = 0

Side = NewType("Side", int)
BUY: Final[Side] = 1
SELL: Final[Side] = -1

# The direction of a position is the side of the order that would open it.
LONG: Final[Side] = BUY
SHORT: Final[Side] = SELL

LEVERAGE_DECIMALS: Final = 1
LEVERAGE_ONE: Final = 10  # Leverage counts tenths: 10 is 1x.

OrderType = NewType("OrderType", int)
LIMIT: Final[OrderType] = 1
MARKET: Final[OrderType] = 2

TimeInForce = NewType("TimeInForce", int)
GTC: Final[TimeInForce] = 1  # Good till canceled: the remainder rests.
IOC: Final[TimeInForce] = 2  # Immediate or cancel: the remainder is canceled.
FOK: Final[TimeInForce] = 3  # Fill or kill: all of it at once, or nothing.

# The orders that are canceled when two orders of one account would trade with each other.
SelfTrade = NewType("SelfTrade", int)
REJECT_TAKER: Final[SelfTrade] = 1
REJECT_MAKER: Final[SelfTrade] = 2
REJECT_BOTH: Final[SelfTrade] = 3

# The price that a trigger follows.
PriceKind = NewType("PriceKind", int)
LAST_PRICE: Final[PriceKind] = 1  # Of the latest trade.
MARK_PRICE: Final[PriceKind] = 2  # Halfway between bid and ask of the outside quote.

# The direction from which a price comes to a trigger.
Approach = NewType("Approach", int)
RISES: Final[Approach] = 1  # The trigger fires at its price or above.
FALLS: Final[Approach] = -1  # The trigger fires at its price or below.

# The orders that `CancelOrders` cancels.
OrderKind = NewType("OrderKind", int)
ALL_ORDERS: Final[OrderKind] = 0
RESTING_ORDERS: Final[OrderKind] = 1
WAITING_ORDERS: Final[OrderKind] = 2  # Orders whose trigger has not fired.

# The commands that an instrument accepts. A contract has three states: `OPEN`, `CANCEL_ONLY`
# (positions can only be closed) and `CLOSED`.
InstrumentState = NewType("InstrumentState", int)
OPEN: Final[InstrumentState] = 1
POST_ONLY: Final[InstrumentState] = 2
LIMIT_ONLY: Final[InstrumentState] = 3
CANCEL_ONLY: Final[InstrumentState] = 4
CLOSED: Final[InstrumentState] = 5

RATE_DECIMALS: Final = 6
RATE_ONE: Final = 1_000_000  # A rate of 1, in millionths.
AMOUNT_MAX: Final = 2**62  # No sum of money, nor any product that becomes one, may reach this.
SIGNED_END: Final = 2**63  # The first number that a column of history has no room for,
WIRE_END: Final = 2**64  # and the first that cannot be written on the log.
DECIMALS_MAX: Final = 9


def is_symbol(text: str) -> bool:
    """Whether a text can name something: letters and digits, and `_` between them."""
    return 0 < len(text) <= 64 and text.isascii() and text.replace("_", "").isalnum()


def div_floor(numerator: int, denominator: int) -> int:
    """Divide, rounding toward minus infinity."""
    return numerator // denominator


def div_ceil(numerator: int, denominator: int) -> int:
    """Divide, rounding toward plus infinity."""
    return -(-numerator // denominator)
