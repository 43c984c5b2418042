"""The fields of requests, each declared once with its reader and its schema.

A field reads its value into the engine's integers with `of`. If the value is wrong, an `ApiError`
names the field. Unknown fields are refused rather than ignored: a client that asks for a stop and
gets a plain order has lost more than a request. Null is the same as absent.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, TypeAlias, TypeVar

from outcry.api.backpack.bodies import Members, NumberLiteral, Scalar
from outcry.api.backpack.errors import ApiError, Code, invalid
from outcry.api.backpack.markets import Market, Markets, market_named
from outcry.engine.events import AssetListed, InstrumentListed
from outcry.engine.units import AMOUNT_MAX, Ticks
from outcry.projections.listing import Listing
from outcry.wire.decimals import (
    NotADecimal,
    NotAMultiple,
    TooManyDecimals,
    parse_decimal,
    parse_steps,
    parse_uint,
    price_text,
    quantity_text,
)

Json: TypeAlias = dict[str, Any]
Meaning = TypeVar("Meaning")

TEXT: Final[Json] = {"type": "string"}
FLAG: Final[Json] = {"type": "boolean"}
INTEGER: Final[Json] = {"type": "integer"}
NULL: Final[Json] = {"type": "null"}
DIGITS: Final[Json] = {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,18})$"}
DECIMAL: Final[Json] = {
    "type": "string", "pattern": r"^-?[0-9]{1,20}(\.[0-9]{1,20})?$",
    "description": "A decimal as text.", "examples": ["12.5"],
}
# A number is read by its literal text, so that it loses nothing either.
DECIMALS: Final = (DECIMAL, {"type": "number"})


class Field:
    """A member of a body or query: its name, and the schemas that its value may have.

    The first schema is the one of a query, in which everything is text.
    """

    usual: ClassVar[tuple[Json, ...]] = ()  # The schemas of a kind that always has the same.

    def __init__(self, name: str, *schemas: Json) -> None:
        self.name = name
        self.schemas = schemas or self.usual

    def sent(self, members: Members) -> Scalar:
        """The value as it was sent; None if there is none."""
        return members.get(self.name)


class Word(Field, Generic[Meaning]):
    """One of several words. Without a default it is required."""

    def __init__(
        self, name: str, words: Mapping[Meaning, str], *, default: Meaning | None = None
    ) -> None:
        super().__init__(name, {"enum": sorted(words.values())})
        self._meanings = {word: meaning for meaning, word in words.items()}
        self._default = default

    def of(self, members: Members) -> Meaning:
        """The meaning of the word."""
        value = members.get(self.name)
        if value is None:
            if self._default is None:
                raise invalid(f"Missing `{self.name}`")
            return self._default
        meaning = self._meanings.get(value) if isinstance(value, str) else None
        if meaning is None:
            raise invalid(f"Invalid {self.name}: expected one of {', '.join(self._meanings)}")
        return meaning


class Flag(Field):
    """True or false; false if it is absent."""

    usual = (FLAG,)

    def of(self, members: Members) -> bool:
        """The flag."""
        value = members.get(self.name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise invalid(f"Invalid {self.name}: expected true or false")
        return value


class Text(Field):
    """A text that is required."""

    usual = (TEXT,)

    def of(self, members: Members) -> str:
        """The text."""
        value = members.get(self.name)
        if not isinstance(value, str) or isinstance(value, NumberLiteral):
            raise invalid(f"Invalid {self.name}: expected a text")
        return value


class Line(Field):
    """A printable text of limited length."""

    def __init__(self, name: str, *, longest: int) -> None:
        super().__init__(name, TEXT | {"minLength": 1, "maxLength": longest})
        self._longest = longest

    def of(self, members: Members) -> str | None:
        """The text; None if there is none."""
        value = members.get(self.name)
        if value is None:
            return None
        if (
            not isinstance(value, str) or not 0 < len(value) <= self._longest
            or not value.isprintable()
        ):
            raise invalid(f"Invalid {self.name}: expected 1 to {self._longest} characters")
        return value


class Whole(Field):
    """A whole number in bounds: digits, or in a body a JSON number.

    `wrong` says what was expected. `also` is a second name, which is not described.
    """

    def __init__(
        self, name: str, *schemas: Json, least: int = 0, most: int, wrong: str | None = None,
        also: str | None = None,
    ) -> None:
        super().__init__(name, *(schemas or (INTEGER | {"minimum": least, "maximum": most},)))
        self._least = least
        self._most = most
        self._wrong = f": expected a whole number up to {most}" if wrong is None else wrong
        self._also = also

    def of(self, members: Members) -> int | None:
        """The number; None if there is none."""
        name, value = self.name, members.get(self.name)
        if value is None and self._also is not None:
            name, value = self._also, members.get(self._also)
        if value is None:
            return None
        number = whole_number(value)
        if number is None or number > self._most:
            raise invalid(f"Invalid {name}{self._wrong}")
        if number < self._least:
            raise invalid(f"Invalid {name}: expected {self._least} to {self._most}")
        return number


class MarketSymbol(Field):
    """The symbol of a market."""

    usual = (TEXT | {
        "minLength": 1, "description": "A market, such as SOL_USDC.", "examples": ["SOL_USDC"],
    },)

    def of(self, members: Members, markets: Markets) -> Market:
        """The market."""
        return market_named(markets, members.get(self.name))


class AnyMarket(Field):
    """The symbol of a market; empty or absent, it is all of them."""

    usual = (TEXT | {"description": "A market; empty is all of them."},)

    def of(self, members: Members, markets: Markets) -> Market | None:
        """The market; None is all of them."""
        symbol = members.get(self.name)
        return market_named(markets, symbol) if symbol else None


class AssetSymbol(Field):
    """The symbol of an asset."""

    usual = (TEXT | {"minLength": 1, "description": "An asset.", "examples": ["USDC"]},)

    def of(self, members: Members, listing: Listing) -> AssetListed:
        """The asset."""
        symbol = members.get(self.name)
        if not symbol:
            raise invalid(f"Missing `{self.name}`")
        asset = listing.asset(symbol) if isinstance(symbol, str) else None
        if asset is None:
            raise ApiError(400, Code.INVALID_ASSET, "Invalid asset symbol")
        return asset


class Price(Field):
    """A price of an instrument, in ticks."""

    usual = DECIMALS

    def of(self, members: Members, instrument: InstrumentListed) -> Ticks:
        """The price; the field must be present."""
        value = members.get(self.name)
        try:
            ticks = parse_steps(text_of(value), instrument.price_decimals, instrument.tick_size)
        except ValueError as error:
            size = price_text(instrument, 1)
            raise _unreadable(self.name, error, _PRICE_WORDS, size) from None
        if not instrument.price_min <= ticks <= instrument.price_max:
            least = price_text(instrument, instrument.price_min)
            most = price_text(instrument, instrument.price_max)
            raise ApiError(400, Code.INVALID_PRICE, f"Price must be from {least} to {most}")
        return Ticks(ticks)


class Quantity(Field):
    """A quantity of an instrument, in lots."""

    def __init__(self, name: str, *more: Json) -> None:
        super().__init__(name, *DECIMALS, *more)

    def of(self, members: Members, instrument: InstrumentListed) -> int:
        """The quantity; the field must be present."""
        value = members.get(self.name)
        try:
            lots = parse_steps(text_of(value), instrument.quantity_decimals, instrument.lot_size)
        except ValueError as error:
            size = quantity_text(instrument, 1)
            raise _unreadable(self.name, error, _QUANTITY_WORDS, size) from None
        if not instrument.quantity_min <= lots <= instrument.quantity_max:
            least = quantity_text(instrument, instrument.quantity_min)
            most = quantity_text(instrument, instrument.quantity_max)
            raise ApiError(400, Code.INVALID_QUANTITY, f"Quantity must be from {least} to {most}")
        return lots


class Amount(Field):
    """An amount of an asset above zero, in its smallest unit."""

    usual = DECIMALS

    def of(self, members: Members, asset: AssetListed) -> int:
        """The amount; the field must be present."""
        try:
            amount = parse_decimal(text_of(members.get(self.name)), asset.decimals)
        except ValueError as error:
            raise _unreadable(self.name, error, _QUANTITY_WORDS) from None
        if not 0 < amount < AMOUNT_MAX:
            raise ApiError(400, Code.INVALID_QUANTITY, f"{self.name} is out of range")
        return amount


class Fields:
    """All fields of a body or query: the required ones, and those that may be absent.

    A body that is not `closed` takes any other plain values as well. `name` and `says` are for the
    description.
    """

    def __init__(
        self, *required: Field, optional: Sequence[Field] = (), closed: bool = True,
        name: str = "", says: str = "",
    ) -> None:
        self.required = required
        self.optional = tuple(optional)
        self.name = name
        self.names: Final = frozenset(field.name for field in (*required, *optional))
        self._closed = closed
        self._says = says

    def refuse_unknown(self, members: Members) -> None:
        """Refuse a request that has another field; raises `ApiError`."""
        if self._closed and not members.keys() <= self.names:
            unknown = min(members.keys() - self.names)
            raise invalid(f"Unknown field `{unknown[:40]}`")

    @property
    def schema(self) -> Json:
        """The JSON schema of a body."""
        properties = {
            field.name: field.schemas[0] if len(field.schemas) == 1 else {"anyOf": field.schemas}
            for field in self.required
        } | {
            field.name: {"anyOf": (*field.schemas, NULL), "default": None}
            for field in self.optional
        }
        schema = {
            "title": self.name, "description": self._says, "type": "object",
            "properties": properties, "required": [field.name for field in self.required],
        }
        return schema | {"additionalProperties": False} if self._closed else schema

    @property
    def parameters(self) -> list[Json]:
        """The parameters of a query. None of them can be null."""
        return [
            {"name": field.name, "in": "query", "required": required, "schema": field.schemas[0]}
            for required, fields in ((True, self.required), (False, self.optional))
            for field in fields
        ]


def whole_number(value: Scalar) -> int | None:
    """A whole number from 0 up; None if it is not one."""
    if not isinstance(value, str):
        return None
    try:
        return parse_uint(value)
    except NotADecimal:
        return None


def text_of(value: Scalar) -> str:
    """A number's text; raises `NotADecimal` for a value that cannot be a number."""
    if not isinstance(value, str):
        raise NotADecimal
    return value


_PRICE_WORDS: Final = ("Price", "tick", Code.INVALID_PRICE)
_QUANTITY_WORDS: Final = ("Quantity", "step", Code.INVALID_QUANTITY)


def _unreadable(
    name: str, error: ValueError, words: tuple[str, str, Code], size: str = ""
) -> ApiError:
    """The error for a decimal that is not a count of steps."""
    thing, step, code = words
    if isinstance(error, NotAMultiple):
        return ApiError(400, code, f"{thing} must be a multiple of the {step} size {size}")
    if isinstance(error, TooManyDecimals):
        return invalid(f"{thing} decimal too long")
    return invalid(f"Invalid {name}: not a decimal number")
