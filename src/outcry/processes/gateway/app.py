"""The HTTP application: a few routes straight on ASGI, and behind them all others in Litestar."""

import re
from functools import cache
from typing import Any, Final, TypeAlias, cast

import structlog
from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException, ValidationException

from outcry.api.backpack.errors import ApiError, Code, ErrorBody, invalid, not_found
from outcry.api.backpack.queries import camel_case
from outcry.ports.claims import Claims
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.withdrawals import WithdrawalRequests
from outcry.processes.gateway.asgi_routes import AsgiRouter
from outcry.processes.gateway.broker import Broker
from outcry.processes.gateway.call import read_call
from outcry.processes.gateway.cors import Cors
from outcry.processes.gateway.declaration import PUBLIC, declaration_of
from outcry.processes.gateway.first_outcomes import FirstOutcomes
from outcry.processes.gateway.forwarded import Forwarded
from outcry.processes.gateway.history import CompleteHistory
from outcry.processes.gateway.http import (
    JSON_TYPE,
    NO_SNIFFING,
    NO_STORE,
    Application,
    Clock,
    Receive,
    Scope,
    Send,
    database_away,
    unexpected,
)
from outcry.processes.gateway.limits import LimitMiddleware, RequestLimits, limit_headers
from outcry.processes.gateway.methods import Methods
from outcry.processes.gateway.openapi import Document, DocumentRoutes
from outcry.processes.gateway.route_table import (
    RouteGroup,
    framework_groups,
    methods_by_path,
)
from outcry.processes.gateway.routes.account import AccountRoutes
from outcry.processes.gateway.routes.broker import BrokerRoutes
from outcry.processes.gateway.routes.capital import CapitalRoutes
from outcry.processes.gateway.routes.cfd import ContractRoutes, PositionRoutes
from outcry.processes.gateway.routes.empty import PRIVATE_EMPTY, EmptyRoutes
from outcry.processes.gateway.routes.limit import LimitRoutes
from outcry.processes.gateway.routes.market import MarketRoutes
from outcry.processes.gateway.routes.order import OrderRoutes
from outcry.processes.gateway.routes.user import SignInPage, UserRoutes, UserServices
from outcry.processes.gateway.routes.user_key import UserKeyRoutes
from outcry.processes.gateway.routes.venue import (
    LogStatusBoard,
    VenueDescription,
    VenueRoutes,
    VenueStatusCache,
)
from outcry.processes.gateway.sign_in import SignIn
from outcry.processes.gateway.terminal import Terminal, TerminalRoutes
from outcry.processes.gateway.trail import LatencyRecorder
from outcry.processes.gateway.views import Views
from outcry.processes.gateway.withdrawals import Withdrawals
from outcry.runtime.addresses import TrustedProxies

ROUTES: Final[tuple[RouteGroup, ...]] = (
    OrderRoutes, BrokerRoutes, MarketRoutes, EmptyRoutes, VenueRoutes, AccountRoutes,
    CapitalRoutes, LimitRoutes, ContractRoutes, PositionRoutes, *PRIVATE_EMPTY, UserRoutes,
    UserKeyRoutes, SignInPage, DocumentRoutes, TerminalRoutes,
)
# The parameters that a handler may have.
PARTS: Final = (
    "call", "views", "complete", "sign_in", "about", "board", "terminal", "clock_ms", "users",
    "document", "first_outcomes", "withdrawals",
)

AnyRequest: TypeAlias = Request[Any, Any, Any]

PATH_LOGGED: Final = 200  # Characters of a path in a line of the log.

_MISSING: Final = re.compile(r"Missing required query parameter '(\w+)'")
_JSON: Final = (b"content-type", b"application/json")

log = structlog.get_logger()


def make_app(
    *, views: Views, complete: CompleteHistory, sign_in: SignIn, limits: RequestLimits,
    board: LogStatusBoard, about: VenueDescription, terminal: Terminal, users: UserServices,
    clock_ms: Clock, trail: LatencyRecorder, withdrawals: WithdrawalRequests, claims: Claims,
    proxies: TrustedProxies | None = None,
) -> Application:
    """Everything a client can reach over HTTP."""
    parts: dict[str, object] = {
        "views": views, "complete": complete, "sign_in": sign_in, "about": about,
        "board": VenueStatusCache(board, clock_ms), "terminal": terminal, "clock_ms": clock_ms,
        "users": users, "document": Document(ROUTES, PARTS),
        "withdrawals": Withdrawals(withdrawals, views, complete),
        "first_outcomes": FirstOutcomes(claims, clock_ms=clock_ms),
    }
    assert {"call", *parts} == frozenset(PARTS)
    made: Any = routes()

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        scope["parts"] = {**parts}
        await made(scope, receive, send)

    methods = Methods(behind, methods_by_path(ROUTES))
    router = AsgiRouter(
        methods, OrderRoutes(views=views, sign_in=sign_in),
        BrokerRoutes(broker=Broker(views, users), sign_in=sign_in, trail=trail),
    )
    methods.whole = router
    application = Cors(LimitMiddleware(router, limits, router.refusal))
    return Forwarded(application, proxies) if proxies else application


@cache
def routes() -> Litestar:
    """The routes in Litestar, made once a process: each request brings its parts.

    A process with several gateways is a process of tests.
    """
    return Litestar(
        route_handlers=framework_groups(ROUTES), before_request=_read_call,
        dependencies={name: _part(name) for name in PARTS},
        exception_handlers={
            ApiError: _api_error, HTTPException: _http_error,
            DatabaseUnavailable: _database_away, Exception: _mistake,
        },
        before_send=[_complete_headers], openapi_config=None, logging_config=None,
    )


def _part(name: str) -> Provide:
    def part(request: AnyRequest) -> object:
        return cast("Scope", request.scope)["parts"][name]

    return Provide(part, sync_to_thread=False)


async def _read_call(request: AnyRequest) -> None:
    """Read the request as its route declares, and identify the caller of a private route."""
    scope = cast("Scope", request.scope)
    declaration = declaration_of(scope["route_handler"].fn)
    if declaration is PUBLIC:
        return
    parts = scope["parts"]
    parts["call"] = await read_call(
        declaration, scope, cast("Receive", request.receive), parts["sign_in"]
    )


async def _complete_headers(message: Any, scope: Any) -> None:
    """State that JSON is UTF-8, like Backpack and the order routes, and not a page.

    An answer to a caller who is known is stored nowhere.
    """
    if message["type"] != "http.response.start":
        return
    headers = [
        (header[0], JSON_TYPE.encode()) if tuple(header) == _JSON else header
        for header in message["headers"]
    ]
    names = {header[0] for header in headers}
    if NO_SNIFFING[0] not in names:
        headers.append(NO_SNIFFING)
    if b"cache-control" not in names and (scope["method"] != "GET" or _is_private(scope)):
        headers.append(NO_STORE)
    message["headers"] = [*headers, *limit_headers(scope)]


def _is_private(scope: Any) -> bool:
    handler = scope.get("route_handler")
    return handler is None or declaration_of(handler.fn).is_private


def _answer(error: ApiError) -> Response[ErrorBody]:
    wait = error.retry_after_s
    return Response(
        error.body, status_code=error.status, media_type="application/json",
        headers=None if wait is None else {"Retry-After": str(wait)},
    )


def _api_error(_: AnyRequest, error: ApiError) -> Response[ErrorBody]:
    return _answer(error)


def _http_error(_: AnyRequest, error: HTTPException) -> Response[ErrorBody]:
    """Errors of the framework: unknown paths, other methods, parameters it cannot read."""
    if isinstance(error, ValidationException):
        return _answer(invalid(_validation_message(error)))
    if error.status_code == 404:
        return _answer(not_found())
    return _answer(ApiError(error.status_code, Code.INVALID_CLIENT_REQUEST, error.detail))


def _validation_message(error: ValidationException) -> str:
    faults = error.extra if isinstance(error.extra, list) else []
    for fault in faults:
        name = camel_case(str(fault.get("key")))
        return f"failed to parse parameter `{name}`: {fault.get('message')}"
    missing = _MISSING.match(error.detail)
    if missing is not None:
        return f"failed to parse parameter `{missing[1]}`: it is required"
    return error.detail


def _database_away(
    _: AnyRequest, error: DatabaseUnavailable
) -> Response[ErrorBody]:
    log.warning("the database is away", reason=str(error))
    return _answer(database_away())


def _mistake(request: AnyRequest, error: Exception) -> Response[ErrorBody]:
    path = request.url.path[:PATH_LOGGED]
    log.error("request failed", path=path, method=request.method, exc_info=error)
    return _answer(unexpected())
