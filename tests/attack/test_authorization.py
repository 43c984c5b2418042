"""Who may do what: every route of the table against every kind of caller.

The rules below name the callers that a route lets in. A route without a rule fails.
"""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from outcry.api.backpack.signing import canonical_text
from outcry.processes.gateway.declaration import Declaration, Route
from rigs.edge_venue import named, target
from rigs.gateway_venue import TABLE, MemoryVenue, Trader, open_venue

NOBODY = "nobody"
OTHER_USER = "another user"  # Lets somebody in, to things of their own only.
READ_KEY = "read key"
TRADE_KEY = "trade key"
WITHDRAW_KEY = "withdraw key"
COOKIE = "cookie"
FOREIGN_PAGE = "foreign page"
EXPIRED_KEY = "expired key"
KEY_ELSEWHERE = "key at another address"
CALLERS = (
    NOBODY, OTHER_USER, READ_KEY, TRADE_KEY, WITHDRAW_KEY, COOKIE, FOREIGN_PAGE, EXPIRED_KEY,
    KEY_ELSEWHERE,
)
EVERYBODY = frozenset(CALLERS)
KEYS = frozenset({READ_KEY, TRADE_KEY, WITHDRAW_KEY, OTHER_USER})


class Rule(NamedTuple):
    """The callers that a kind of routes lets in."""

    kind: str
    callers: frozenset[str]


PUBLIC_READ = Rule("public, reads", EVERYBODY)
# Demo accounts, links and tokens: for everybody but foreign pages, where a cookie is set.
PUBLIC_SIGN_IN = Rule("public, signs in", EVERYBODY - {FOREIGN_PAGE})
PUBLIC_MAIL = Rule("public, mails", EVERYBODY)
PRIVATE_READ = Rule("private, reads", KEYS | {COOKIE, FOREIGN_PAGE})  # Which sees no answer.
PRIVATE_TRADE = Rule("private, trades", frozenset({
    TRADE_KEY, WITHDRAW_KEY, OTHER_USER, COOKIE,
}))
PRIVATE_WITHDRAW = Rule("private, withdraws", frozenset({WITHDRAW_KEY, OTHER_USER, COOKIE}))
COOKIE_READ = Rule("by cookie, reads", frozenset({COOKIE, FOREIGN_PAGE}))
COOKIE_CHANGE = Rule("by cookie, changes", frozenset({COOKIE}))
# Public routes that are no plain reads, by name: a new one must be entered here.
EXCEPTIONS = {
    "POST /api/v1/user/signup": PUBLIC_MAIL,
    "GET /api/v1/user/signin/post": PUBLIC_SIGN_IN,
    "POST /api/v1/user/signin/post": PUBLIC_SIGN_IN,
    "POST /api/v1/user/demo": PUBLIC_SIGN_IN,
}


def rule_of(route: Route) -> Rule:
    """The rule of a route, by its declaration; raises for one that has none."""
    declaration: Declaration = route.declaration
    reads = route.method == "GET"
    if named(route) in EXCEPTIONS:
        return EXCEPTIONS[named(route)]
    if declaration.by_cookie:
        return COOKIE_READ if reads else COOKIE_CHANGE
    if declaration.instruction is None:
        assert reads, f"{named(route)} is public and changes something: enter its rule"
        return PUBLIC_READ
    if declaration.scope is None:
        assert reads, f"{named(route)} changes something and needs no scope"
        return PRIVATE_READ
    return {"trade": PRIVATE_TRADE, "withdraw": PRIVATE_WITHDRAW}[declaration.scope]


class Rig(NamedTuple):
    """A venue of all tests, its callers, and their cookies."""

    runner: asyncio.Runner
    venue: MemoryVenue
    keys: dict[str, Trader]
    cookie: str

    def is_let_in(self, route: Route, caller: str) -> bool:
        """Whether a request is refused for other reasons than its caller, if it is refused."""
        headers: dict[str, str] = {}
        path = target(route)
        members = {"tradeId": "1"} if "{trade_id}" in route.path and route.method != "GET" else {}
        if caller in self.keys:
            instruction = route.declaration.instruction or "none"
            headers = self.keys[caller].headers(canonical_text(instruction, members))
        elif caller in (COOKIE, FOREIGN_PAGE):
            page = "http://venue" if caller == COOKIE else "https://stranger.example"
            headers = {"Cookie": self.cookie, "Origin": page}
        content = "[{}]" if route.declaration.batch else '{"tradeId":"1"}' if members else "{}"
        answer = self.runner.run(self.venue.http.request(
            route.method, path, headers=headers,
            content=content if route.declaration.body else None,
        ))
        self.venue.http.cookies.clear()
        assert answer.status_code != 500
        refused = answer.status_code in (401, 403) and "This link was used" not in answer.text
        assert refused or "Invalid signature" not in answer.text
        return not refused


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with asyncio.Runner() as runner:
        opened = open_venue()
        venue = runner.run(opened.__aenter__())
        ann = runner.run(venue.trader(USDC=10_000_000_000))
        keys = {
            READ_KEY: ann.with_scopes("read"), TRADE_KEY: ann.with_scopes("read", "trade"),
            WITHDRAW_KEY: ann.with_scopes("read", "trade", "withdraw"),
            OTHER_USER: runner.run(venue.trader(USDC=1)),
            EXPIRED_KEY: ann.with_scopes("read", "trade", "withdraw", expires_ms=venue.now_ms),
            KEY_ELSEWHERE: ann.with_scopes(
                "read", "trade", "withdraw", addresses=("203.0.113.0/24",)
            ),
        }
        answer = runner.run(venue.http.post("/api/v1/user/demo"))
        venue.http.cookies.clear()
        yield Rig(runner, venue, keys, answer.headers["set-cookie"].partition(";")[0])
        runner.run(opened.__aexit__(None, None, None))


@pytest.mark.parametrize("route", [
    route for route in TABLE if route.path != "/api/v1/user/signout"
], ids=named)
def test_a_route_lets_in_the_callers_of_its_rule(rig: Rig, route: Route) -> None:
    if named(route) == "POST /api/v1/user/demo":
        rig.venue.now_ms += 3_600_000  # The accounts of an hour.
    let_in = {caller for caller in CALLERS if rig.is_let_in(route, caller)}
    if "signin/post" in route.path:
        let_in |= EVERYBODY - {FOREIGN_PAGE}  # Without a token nobody gets in at all: 401.
    assert rule_of(route).callers == let_in, rule_of(route).kind


def test_every_exception_is_a_route() -> None:
    assert EXCEPTIONS.keys() <= {named(route) for route in TABLE}


@pytest.mark.parametrize("route", TABLE, ids=named)
def test_every_route_has_a_rule(route: Route) -> None:
    assert rule_of(route)
