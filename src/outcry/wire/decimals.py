"""Decimals as people write them, and the integers the engine counts with.

A decimal enters as text (a JSON number too, by its literal) and leaves as text; between the two
there are only integers that count 10^-`decimals`. One ASCII pattern of bounded length decides what
a number is, because Python's own parsers also take `NaN`, `1_0`, exponents and foreign digits.
"""

import re

from outcry.engine.events import AssetListed, InstrumentListed

_PATTERN = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")
_CANONICAL_UINT = re.compile(r"0|[1-9][0-9]{0,18}")


class NotADecimal(ValueError):
    """The text is not a plain decimal number of reasonable length."""


class TooManyDecimals(ValueError):
    """The number has digits further behind the point than it may."""


class NotAMultiple(ValueError):
    """The number is not a multiple of the smallest step."""


def parse_decimal(text: str, decimals: int) -> int:
    """Read a decimal as a count of 10^-`decimals`.

    Zeros at the end do not count as decimals. Raises `NotADecimal` and `TooManyDecimals`.
    """
    if _PATTERN.fullmatch(text) is None:
        raise NotADecimal(text)
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > decimals:
        raise TooManyDecimals(text)
    return int(whole + fraction.ljust(decimals, "0"))


def parse_steps(text: str, decimals: int, step: int) -> int:
    """Read a decimal as a count of steps, each `step` times 10^-`decimals`.

    Raises `NotADecimal`, `TooManyDecimals` and `NotAMultiple`.
    """
    steps, rest = divmod(parse_decimal(text, decimals), step)
    if rest:
        raise NotAMultiple(text)
    return steps


def parse_uint(text: str) -> int:
    """Read a whole number from 0 up, without sign or leading zeros; raises `NotADecimal`."""
    if _CANONICAL_UINT.fullmatch(text) is None:
        raise NotADecimal(text)
    return int(text)


def format_decimal(value: int, decimals: int) -> str:
    """Write a count of 10^-`decimals` without needless zeros, as Backpack's REST does."""
    text = format_padded(value, decimals)
    return text.rstrip("0").rstrip(".") if decimals else text


def format_padded(value: int, decimals: int) -> str:
    """Write a count of 10^-`decimals` with all its decimals, as Backpack's WebSocket does."""
    if not decimals:
        return str(value)
    digits = str(abs(value)).rjust(decimals + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def format_ratio(numerator: int, denominator: int, decimals: int) -> str:
    """Write a quotient to so many decimals, cut off toward zero."""
    scaled = abs(numerator) * 10**decimals // abs(denominator)
    negative = (numerator < 0) != (denominator < 0)
    return format_decimal(-scaled if negative else scaled, decimals)


def price_text(instrument: InstrumentListed, ticks: int) -> str:
    """Write a price of an instrument."""
    return format_decimal(ticks * instrument.tick_size, instrument.price_decimals)


def quantity_text(instrument: InstrumentListed, lots: int) -> str:
    """Write a quantity of an instrument."""
    return format_decimal(lots * instrument.lot_size, instrument.quantity_decimals)


def amount_text(asset: AssetListed, amount: int) -> str:
    """Write an amount of an asset, given in its smallest unit."""
    return format_decimal(amount, asset.decimals)


def mark_text(instrument: InstrumentListed, mark: int) -> str:
    """Write an outside price, which has its own number of decimals."""
    return format_decimal(mark, instrument.mark_decimals)
