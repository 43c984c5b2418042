"""The broker's numbers: JSON numbers outside, integers inside, and no float between them.

Clients work out margins and prices with floating point, so a number may have more digits than it
can mean. Margin is cut off, since nobody may be charged more than asked; a price becomes the
nearest there is.
"""

import re
from typing import Final, NamedTuple

import msgspec

from outcry.api.backpack.bodies import NumberLiteral, Scalar
from outcry.wire.decimals import format_decimal

SHOWN_DECIMALS: Final = 4  # Of money.
_PATTERN: Final = re.compile(
    r"(?P<sign>-?)(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]+))?(?:[eE](?P<exponent>[+-]?[0-9]+))?"
)
DIGITS_MAX: Final = 19  # Enough for every integer of 64 bits.
# Further from the point than any digit of a request can be, so a longer exponent means the same.
_EXPONENT_MAX: Final = 1_000_000


class NotANumber(ValueError):
    """The value is not a JSON number."""


class OutOfBounds(ValueError):
    """The number breaks a bound, which the text names: "at most 1000"."""


class TooLarge(OutOfBounds):
    """The number has more digits before the point than 64 bits hold."""


class _Number(NamedTuple):
    """A number: its digits, and how many of them stand before the point. Zero has no digits."""

    negative: bool
    digits: str
    point: int


def parse_margin(value: Scalar, decimals: int) -> int:
    """A number as a count of 10^-`decimals`, cut off toward zero.

    Raises `NotANumber` and `TooLarge`.
    """
    number = _scaled(value, decimals)
    return _signed(number, _whole(number))


def parse_price(value: Scalar, decimals: int) -> int:
    """A number as a count of 10^-`decimals`, the nearest, and of two the one further from zero.

    Raises `NotANumber` and `TooLarge`.
    """
    number = _scaled(value, decimals)
    first_dropped = number.digits[number.point : number.point + 1] if number.point >= 0 else ""
    return _signed(number, _whole(number) + (first_dropped >= "5"))


def parse_whole(value: Scalar) -> int:
    """A whole number, however it is spelled: 100, 100.0 and 1e2 are one.

    Raises `NotANumber`, `TooLarge`, and `OutOfBounds` for a fraction.
    """
    number = _scaled(value, 0)
    if number.digits[max(number.point, 0) :]:
        raise OutOfBounds("a whole number")
    return _signed(number, _whole(number))


def parse_positive(value: Scalar, decimals: int, *, nearest: bool, most: int) -> int:
    """A number above zero and up to `most`, as a count of 10^-`decimals`.

    Raises `NotANumber`, and `OutOfBounds` with the bound that it breaks.
    """
    parse = parse_price if nearest else parse_margin
    at_most = f"at most {format_decimal(most, decimals)}"
    try:
        count = parse(value, decimals)
    except TooLarge:
        if _scaled(value, decimals).negative:
            raise OutOfBounds("above 0") from None
        raise OutOfBounds(at_most) from None
    if count > most:
        raise OutOfBounds(at_most)
    if count <= 0:
        number = _scaled(value, decimals)
        if number.negative or not number.digits:
            raise OutOfBounds("above 0")
        raise OutOfBounds(f"at least {format_decimal(1, decimals)}")
    return count


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


def is_zero(value: Scalar) -> bool:
    """Whether a value is the number zero, however it is spelled."""
    try:
        return not _scaled(value, 0).digits
    except NotANumber:
        return False


def _scaled(value: Scalar, decimals: int) -> _Number:
    """A number times 10^`decimals`, exactly. Its digits neither begin nor end with a zero."""
    if not isinstance(value, NumberLiteral) or (parts := _PATTERN.fullmatch(value)) is None:
        raise NotANumber
    whole, fraction = parts["whole"].lstrip("0"), parts["fraction"] or ""
    digits = (whole + fraction).lstrip("0")
    leading_zeros = len(whole) + len(fraction) - len(digits)
    digits = digits.rstrip("0")
    if not digits:
        return _Number(False, "", 0)
    point = len(whole) - leading_zeros + _exponent(parts["exponent"] or "0") + decimals
    return _Number(bool(parts["sign"]), digits, point)


def _exponent(text: str) -> int:
    digits = text.lstrip("+-").lstrip("0") or "0"
    size = int(digits) if len(digits) <= len(str(_EXPONENT_MAX)) else _EXPONENT_MAX
    size = min(size, _EXPONENT_MAX)
    return -size if text.startswith("-") else size


def _whole(number: _Number) -> int:
    """The digits before the point."""
    if not number.digits or number.point <= 0:
        return 0
    if number.point > DIGITS_MAX:
        raise TooLarge(f"at most {DIGITS_MAX} digits long")
    return int(number.digits[: number.point].ljust(number.point, "0"))


def _signed(number: _Number, size: int) -> int:
    return -size if number.negative else size
