"""The broker's numbers: JSON numbers outside, integers inside, and no float between them.

Clients work out margins and prices with floating point, so a number may have more digits than it
can mean. Margin is cut off, since nobody may be charged more than asked; a price becomes the
nearest there is.
"""

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

import msgspec

from outcry.api.backpack.bodies import NumberLiteral, Scalar
from outcry.wire.decimals import format_decimal

SHOWN_DECIMALS: Final = 4  # Of money.
_PATTERN: Final = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?")


class NotANumber(ValueError):
    """The value is not a JSON number of reasonable length."""


def parse_margin(value: Scalar, decimals: int) -> int:
    """A number as a count of 10^-`decimals`, cut off toward zero; raises `NotANumber`."""
    return _parse(value, decimals, ROUND_DOWN)


def parse_price(value: Scalar, decimals: int) -> int:
    """A number as a count of 10^-`decimals`, the nearest; raises `NotANumber`."""
    return _parse(value, decimals, ROUND_HALF_UP)


def parse_whole(value: Scalar) -> int:
    """A number without point or exponent; raises `NotANumber`."""
    if not isinstance(value, NumberLiteral) or re.fullmatch(r"-?[0-9]{1,18}", value) is None:
        raise NotANumber
    return int(value)


def money_number(amount: int, decimals: int) -> msgspec.Raw:
    """An amount as a JSON number of at most four decimals, cut off toward zero."""
    if decimals > SHOWN_DECIMALS:
        cut = 10 ** (decimals - SHOWN_DECIMALS)
        amount = amount // cut if amount >= 0 else -(-amount // cut)
        decimals = SHOWN_DECIMALS
    return number(amount, decimals)


def number(value: int, decimals: int) -> msgspec.Raw:
    """A count of 10^-`decimals` as an exact JSON number."""
    return msgspec.Raw(format_decimal(value, decimals).encode())


def _parse(value: Scalar, decimals: int, rounding: str) -> int:
    if not isinstance(value, NumberLiteral) or _PATTERN.fullmatch(value) is None:
        raise NotANumber
    scaled = Decimal(value).scaleb(decimals)
    if scaled.adjusted() > 18:  # Beyond 64 bits, and what it costs to write it out.
        raise NotANumber
    return int(scaled.to_integral_value(rounding))
