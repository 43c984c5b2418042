"""Signed queries: their fields, and the spelling of their names."""

from typing import Final, NamedTuple

from outcry.api.backpack.bodies import Members
from outcry.api.backpack.fields import (
    DIGITS,
    INTEGER,
    TEXT,
    AnyMarket,
    AssetSymbol,
    Field,
    Fields,
    Whole,
    Word,
)

PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 1_000
OFFSET_MAX: Final = 10_000_000
TIME_MS_MAX: Final = 10**15
ORDER_ID_MAX: Final = 2**63 - 1
MOMENT: Final = INTEGER | {
    "description": "Milliseconds since 1970.", "minimum": 0, "maximum": TIME_MS_MAX,
}

ANY_SYMBOL: Final = AnyMarket("symbol")
ASSET: Final = AssetSymbol("symbol")
ORDER_ID: Final = Whole(
    "orderId", DIGITS, INTEGER | {"minimum": 0}, most=ORDER_ID_MAX, wrong=""
)
MARKET_TYPE: Final = Field(
    "marketType", TEXT | {"description": "Of others than SPOT there is nothing."}
)
FILL_TYPE: Final = Field(
    "fillType", TEXT | {"description": "Of others than User there is nothing."}
)
FROM: Final = Whole("from", MOMENT, most=TIME_MS_MAX)
TO: Final = Whole("to", MOMENT, most=TIME_MS_MAX)
TRANSFERS_TO: Final = Whole("to", MOMENT, most=TIME_MS_MAX, also="endTime")
LIMIT: Final = Whole("limit", least=1, most=PAGE_MAX)
OFFSET: Final = Whole("offset", most=OFFSET_MAX)
ASCENDING: Final = Word("sortDirection", {True: "Asc", False: "Desc"}, default=False)
FROM_CHAIN: Final = Field("blockchain", TEXT | {"minLength": 1})

OPEN_ORDERS: Final = Fields(optional=(ANY_SYMBOL, MARKET_TYPE))
ORDER_HISTORY: Final = Fields(optional=(
    ANY_SYMBOL, ORDER_ID, MARKET_TYPE, FROM, TO, LIMIT, OFFSET, ASCENDING,
))
FILL_HISTORY: Final = Fields(optional=(
    ANY_SYMBOL, ORDER_ID, MARKET_TYPE, FILL_TYPE, FROM, TO, LIMIT, OFFSET, ASCENDING,
))
TRANSFERS: Final = Fields(optional=(FROM, TRANSFERS_TO, LIMIT, OFFSET, ASCENDING))
PAGE: Final = Fields(optional=(LIMIT, OFFSET))
OF_AN_ASSET: Final = Fields(ASSET)
DEPOSIT_ADDRESS: Final = Fields(FROM_CHAIN)


class PageRequest(NamedTuple):
    """The page of rows that a query asks for."""

    limit: int
    offset: int


def page_of(query: Members) -> PageRequest:
    """The page that a query asks for; raises `ApiError`."""
    return PageRequest(LIMIT.of(query) or PAGE_DEFAULT, OFFSET.of(query) or 0)


def is_about_spot(query: Members) -> bool:
    """Whether the query can match rows of a spot market."""
    return MARKET_TYPE.sent(query) in (None, "SPOT") and "strategyId" not in query


def camel_case(name: str) -> str:
    """A name in camel case, from snake case too: some clients sign it so."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
