"""Fields of a request, read one by one into the engine's integers.

What is wrong is said by an `ApiError` that names the field. A field that is not understood is
refused rather than ignored: a client that asks for a stop and gets a plain order instead has lost
more than a request.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

from outcry.api.backpack.bodies import Members, Scalar
from outcry.api.backpack.errors import ApiError, Code, invalid
from outcry.engine.events import AssetListed, InstrumentListed
from outcry.engine.units import AMOUNT_MAX, OrderId, Ticks
from outcry.wire.decimals import (
    NotADecimal,
    NotAMultiple,
    TooManyDecimals,
    format_decimal,
    parse_decimal,
    parse_steps,
    parse_uint,
    price_text,
    quantity_text,
)

CLIENT_ID_MAX: Final = 2**32 - 1
ORDER_ID_MAX: Final = 2**63 - 1


def refuse_unknown(members: Members, known: frozenset[str]) -> None:
    """Refuse a request with a field that is not one of these."""
    if not members.keys() <= known:
        unknown = min(members.keys() - known)
        raise invalid(f"Unknown field `{unknown[:40]}`")


_Choice = TypeVar("_Choice", bound=int)


def read_choice(
    members: Members, name: str, choices: Mapping[str, _Choice], default: _Choice | None = None
) -> _Choice:
    """One of several words; without a default it must be there."""
    value = members.get(name)
    if value is None:
        if default is None:
            raise invalid(f"Missing `{name}`")
        return default
    chosen = choices.get(value) if isinstance(value, str) else None
    if chosen is None:
        raise invalid(f"Invalid {name}: expected one of {', '.join(choices)}")
    return chosen


def read_flag(members: Members, name: str) -> bool:
    """True or false; false when it is not there."""
    value = members.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise invalid(f"Invalid {name}: expected true or false")
    return value


def read_client_id(members: Members) -> int | None:
    """A client order id: a whole number, some clients send it as a string."""
    value = members.get("clientId")
    if value is None:
        return None
    number = read_whole(value)
    if number is None or number > CLIENT_ID_MAX:
        raise invalid(f"Invalid clientId: expected a whole number from 0 to {CLIENT_ID_MAX}")
    return number


def read_order_id(value: Scalar) -> OrderId:
    """An order id: digits, as a string or a number."""
    number = read_whole(value)
    if number is None or number > ORDER_ID_MAX:
        raise invalid("Invalid orderId")
    return OrderId(number)


def read_whole(value: Scalar) -> int | None:
    """A whole number from 0 up; None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        return parse_uint(value)
    except NotADecimal:
        return None


def read_price(instrument: InstrumentListed, value: Scalar, name: str = "price") -> Ticks:
    """A price, in ticks."""
    try:
        ticks = parse_steps(text_of(value), instrument.price_decimals, instrument.tick_size)
    except NotADecimal:
        raise invalid(f"Invalid {name}: not a decimal number") from None
    except TooManyDecimals:
        raise invalid("Price decimal too long") from None
    except NotAMultiple:
        tick = format_decimal(instrument.tick_size, instrument.price_decimals)
        raise ApiError(
            400, Code.INVALID_PRICE, f"Price must be a multiple of the tick size {tick}"
        ) from None
    if not instrument.price_min <= ticks <= instrument.price_max:
        least = price_text(instrument, instrument.price_min)
        most = price_text(instrument, instrument.price_max)
        raise ApiError(400, Code.INVALID_PRICE, f"Price must be from {least} to {most}")
    return Ticks(ticks)


def read_quantity(instrument: InstrumentListed, value: Scalar, name: str = "quantity") -> int:
    """A quantity, in lots."""
    try:
        lots = parse_steps(text_of(value), instrument.quantity_decimals, instrument.lot_size)
    except NotADecimal:
        raise invalid(f"Invalid {name}: not a decimal number") from None
    except TooManyDecimals:
        raise invalid("Quantity decimal too long") from None
    except NotAMultiple:
        lot = format_decimal(instrument.lot_size, instrument.quantity_decimals)
        raise ApiError(
            400, Code.INVALID_QUANTITY, f"Quantity must be a multiple of the step size {lot}"
        ) from None
    if not instrument.quantity_min <= lots <= instrument.quantity_max:
        least = quantity_text(instrument, instrument.quantity_min)
        most = quantity_text(instrument, instrument.quantity_max)
        raise ApiError(400, Code.INVALID_QUANTITY, f"Quantity must be from {least} to {most}")
    return lots


def read_amount(asset: AssetListed, value: Scalar, name: str) -> int:
    """An amount of an asset above zero, in its smallest unit."""
    try:
        amount = parse_decimal(text_of(value), asset.decimals)
    except NotADecimal:
        raise invalid(f"Invalid {name}: not a decimal number") from None
    except TooManyDecimals:
        raise invalid("Quantity decimal too long") from None
    if not 0 < amount < AMOUNT_MAX:
        raise ApiError(400, Code.INVALID_QUANTITY, f"{name} is out of range")
    return amount


def text_of(value: Scalar) -> str:
    """A number's text; raises `NotADecimal` for anything that can be none."""
    if not isinstance(value, str):
        raise NotADecimal
    return value
