"""Parameters of signed queries. Some clients spell them in snake case, and sign them so."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from litestar import Request, Response

from outcry.api.backpack.errors import invalid
from outcry.api.backpack.markets import market_named
from outcry.engine.units import AccountId, InstrumentId, div_ceil
from outcry.processes.gateway.sign_in import SignIn, caller_of, query_of
from outcry.processes.gateway.views import Views
from outcry.wire.decimals import NotADecimal, parse_uint

PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 1_000
OFFSET_MAX: Final = 10_000_000
TIME_MS_MAX: Final = 10**15

AnyRequest = Request[Any, Any, Any]
Query = Mapping[str, str]
Body = TypeVar("Body")


class Asked(NamedTuple):
    """A signed question: who asks, and for what, in camel case."""

    account_id: AccountId
    query: Query


async def ask(request: AnyRequest, sign_in: SignIn, instruction: str) -> Asked:
    """The question of a request whose signature holds; raises `ApiError`."""
    query = query_of(request.scope["query_string"])
    key = await sign_in.check(caller_of(request.scope), instruction, (query,))
    return Asked(key.account_id, {camel_case(name): value for name, value in query.items()})


def page_of(query: Query) -> tuple[int, int]:
    """Limit and offset."""
    limit = whole_of(query, "limit", PAGE_MAX)
    offset = whole_of(query, "offset", OFFSET_MAX)
    if limit == 0:
        raise invalid(f"Invalid limit: expected 1 to {PAGE_MAX}")
    return PAGE_DEFAULT if limit is None else limit, offset or 0


def moment_of(query: Query, *names: str) -> int | None:
    """A time in milliseconds, under the first of several names that is there."""
    for name in names:
        if name in query:
            return whole_of(query, name, TIME_MS_MAX)
    return None


def whole_of(query: Query, name: str, highest: int) -> int | None:
    """A whole number from 0 up; None when it is not there."""
    if name not in query:
        return None
    try:
        number = parse_uint(query[name])
    except NotADecimal:
        number = -1
    if not 0 <= number <= highest:
        raise invalid(f"Invalid {name}: expected a whole number up to {highest}")
    return number


def is_ascending(query: Query) -> bool:
    """Whether the oldest come first."""
    direction = query.get("sortDirection", "Desc")
    if direction not in ("Asc", "Desc"):
        raise invalid("Invalid sortDirection: expected one of Asc, Desc")
    return direction == "Asc"


def is_about_spot(query: Query) -> bool:
    """Whether rows of a spot market can answer the question at all."""
    return query.get("marketType", "SPOT") == "SPOT" and "strategyId" not in query


def instrument_of(views: Views, query: Query) -> InstrumentId | None:
    """The instrument that is asked for; None is all of them."""
    symbol = query.get("symbol")
    return market_named(views.markets, symbol).instrument.instrument_id if symbol else None


def paged(
    bodies: Sequence[Body], *, total: int, limit: int, offset: int
) -> Response[Sequence[Body]]:
    """A page, which one it is, and how many there are."""
    return Response(bodies, headers={
        "X-PAGE-COUNT": str(div_ceil(total, limit)), "X-CURRENT-PAGE": str(offset // limit),
        "X-PAGE-SIZE": str(limit), "X-TOTAL": str(total),
    })


def camel_case(name: str) -> str:
    """A name in camel case, from snake case too."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
