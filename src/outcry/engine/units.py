"""The engine's integer units: it knows no floats, no decimals and no wall clock.

A price counts ticks, a quantity counts lots, money counts an asset's smallest unit, a rate counts
millionths. Conversion from and to the decimals people read happens once, in `outcry.wire`.

The ids below are plain integers; their names tell the reader which is which.
"""

from typing import Final

AccountId = int
AssetId = int
InstrumentId = int
OrderId = int
PositionId = int
TradeId = int

# Accounts of the venue itself. Only `external` and `house` may hold less than nothing.
EXTERNAL: Final = 0  # Where deposits come from and withdrawals go to.
FEES: Final = 1  # Where fees are collected.
HOUSE: Final = 2  # The other side of every CFD.
FIRST_USER_ACCOUNT: Final = 100

# Sides, order types and the like are plain integers: comparing them is five times as fast as
# comparing members of an enumeration, and they travel as one byte.
BUY: Final = 1
SELL: Final = -1

# Directions of a position, which are those of the order that would open it.
LONG: Final = BUY
SHORT: Final = SELL

LEVERAGE_DECIMALS: Final = 1
LEVERAGE_ONE: Final = 10  # Leverage counts tenths: 10 is 1x.

LIMIT: Final = 1
MARKET: Final = 2

GTC: Final = 1  # Good till canceled: the remainder rests.
IOC: Final = 2  # Immediate or cancel: the remainder is canceled.
FOK: Final = 3  # Fill or kill: all of it at once, or nothing.

# What happens when an order would trade with one of the same account.
REJECT_TAKER: Final = 1
REJECT_MAKER: Final = 2
REJECT_BOTH: Final = 3

# The price a trigger follows.
LAST_PRICE: Final = 1  # Of the latest trade.
MARK_PRICE: Final = 2  # Halfway between bid and ask of the outside quote.

# Which way a price comes to a trigger.
RISES: Final = 1  # It fires at its price or above.
FALLS: Final = -1  # It fires at its price or below.

# What `CancelOrders` cancels.
ALL_ORDERS: Final = 0
RESTING_ORDERS: Final = 1
WAITING_ORDERS: Final = 2  # Those whose trigger has not fired.

# What an instrument accepts. A contract knows `OPEN`, `CANCEL_ONLY` (positions can only be closed)
# and `CLOSED`.
OPEN: Final = 1
POST_ONLY: Final = 2
LIMIT_ONLY: Final = 3
CANCEL_ONLY: Final = 4
CLOSED: Final = 5

RATE_DECIMALS: Final = 6
RATE_ONE: Final = 1_000_000  # A rate of 1, in millionths.
AMOUNT_MAX: Final = 2**62  # No sum of money, nor any product that becomes one, may reach this.
DECIMALS_MAX: Final = 9


def div_floor(numerator: int, denominator: int) -> int:
    """Divide, rounding toward minus infinity."""
    return numerator // denominator


def div_ceil(numerator: int, denominator: int) -> int:
    """Divide, rounding toward plus infinity."""
    return -(-numerator // denominator)
