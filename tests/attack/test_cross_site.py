"""Pages of other sites: they change nothing with a cookie, and give a browser none."""

from collections.abc import AsyncIterator

import pytest

from outcry.processes.gateway.declaration import Route
from rigs.edge_venue import named, target
from rigs.gateway_venue import TABLE, MemoryVenue, open_venue
from rigs.memory_users import token_in

STRANGER = "https://stranger.example"
FOREIGN: tuple[dict[str, str], ...] = (
    {"Origin": STRANGER}, {"Origin": "null"}, {"Referer": f"{STRANGER}/page"},
    {"Origin": "http://venue:81"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)
# The routes whose answer may set the cookie.
SETTING = [route for route in TABLE if route.tag == "Users" and route.path.endswith((
    "/signin/post", "/demo", "/signout",
))]
# Without a cookie they change nothing that belongs to anybody; and anybody may ask for them.
OPEN = {("POST", "/api/v1/user/signup")}
CHANGING = [
    route for route in TABLE
    if route.method != "GET" and (route.method, route.path) not in OPEN
]


@pytest.fixture
async def venue() -> AsyncIterator[MemoryVenue]:
    async with open_venue() as opened:
        yield opened


async def cookie_of(venue: MemoryVenue) -> str:
    answer = await venue.http.post("/api/v1/user/demo", headers={"Origin": "http://venue"})
    venue.http.cookies.clear()
    return answer.headers["set-cookie"].partition(";")[0]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_a_foreign_page_changes_nothing(
    venue: MemoryVenue, headers: dict[str, str]
) -> None:
    cookie = await cookie_of(venue)
    entries = len(venue.log.journal)
    for route in CHANGING:
        content = b"[{}]" if route.declaration.batch else b"{}"
        answer = await venue.http.request(
            route.method, target(route), content=content if route.declaration.body else None,
            headers={"Cookie": cookie, **headers},
        )
        assert 403 == answer.status_code or not route.declaration.is_private, named(route)
        assert "set-cookie" not in answer.headers
    assert entries == len(venue.log.journal)


@pytest.mark.parametrize("route", SETTING, ids=named)
async def test_a_foreign_page_gets_no_cookie(venue: MemoryVenue, route: Route) -> None:
    """Nobody is signed in as somebody else by a page or an image of theirs."""
    await venue.http.post("/api/v1/user/signup", json={"email": "eve@example.org"})
    token = token_in(venue.mailer.mails[-1].text)
    cookie = await cookie_of(venue)
    for headers in FOREIGN:
        answer = await venue.http.request(
            route.method, target(route), params={"token": token} if route.method == "GET" else {},
            json={"token": token} if route.method == "POST" else None,
            headers={"Cookie": cookie, **headers},
        )
        assert 403 == answer.status_code, answer.text
        assert "set-cookie" not in answer.headers


def test_the_routes_that_set_a_cookie_are_known() -> None:
    assert {
        ("GET", "/api/v1/user/signin/post"), ("POST", "/api/v1/user/signin/post"),
        ("POST", "/api/v1/user/demo"), ("POST", "/api/v1/user/signout"),
    } == {(route.method, route.path) for route in SETTING}


async def test_the_link_works_from_a_mail_program(venue: MemoryVenue) -> None:
    """Typed, or opened by a program: nobody's page made the request."""
    for headers in ({}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin"}):
        await venue.http.post("/api/v1/user/signup", json={"email": "ann@example.org"})
        token = token_in(venue.mailer.mails[-1].text)
        answer = await venue.http.get(
            "/api/v1/user/signin/post", params={"token": token}, headers=headers
        )
        assert 302 == answer.status_code


async def test_no_page_may_show_the_venue_in_a_frame(venue: MemoryVenue) -> None:
    for path in ("/", "/sign-in", "/wallet", "/nothing"):
        answer = await venue.http.get(path)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "DENY" == answer.headers["x-frame-options"]
        assert "'unsafe-inline'" not in answer.headers["content-security-policy"].partition(
            "style-src"
        )[0]


async def test_private_answers_are_stored_nowhere(venue: MemoryVenue) -> None:
    cookie = await cookie_of(venue)
    for route in TABLE:
        if not route.declaration.is_private:
            continue
        answer = await venue.http.request(
            route.method, target(route), headers={"Cookie": cookie, "Origin": "http://venue"},
            content=b"{}" if route.declaration.body else None,
        )
        assert "no-store" == answer.headers["cache-control"], named(route)
        assert "nosniff" == answer.headers["x-content-type-options"]
