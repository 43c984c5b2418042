"""Signing up, in and out over HTTP, and what a cookie is good for."""

import asyncio
from collections.abc import Awaitable, Callable
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import pytest

from outcry.ports.database import DatabaseUnavailable
from rigs.gateway_venue import MemoryVenue, open_venue
from rigs.memory_users import link_in, token_in

OURS = {"Origin": "http://venue"}
SIGN_UP = "/api/v1/user/signup"
SIGN_IN = "/api/v1/user/signin/post"
MINUTE_MS = 60_000
ORDER = {
    "symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "50", "quantity": "1",
}
SENT = {"message": "successfully sent email"}

Scenario = Callable[[MemoryVenue], Awaitable[None]]


async def mailed(venue: MemoryVenue, email: str = "ann@example.org") -> str:
    """The token that is mailed to somebody who signs up."""
    answer = await venue.http.post(SIGN_UP, json={"email": email})
    assert (200, SENT) == (answer.status_code, answer.json())
    return token_in(venue.mailer.mails[-1].text)


async def signed_in(venue: MemoryVenue, email: str = "ann@example.org") -> None:
    """Sign in, so that the client has the cookie."""
    answer = await venue.http.post(SIGN_IN, json={"token": await mailed(venue, email)})
    assert 200 == answer.status_code, answer.text
    keep_cookie(venue, answer)


def keep_cookie(venue: MemoryVenue, answer: httpx.Response) -> None:
    """As a browser would over an encrypted connection, which this one is not."""
    cookie = SimpleCookie(answer.headers["set-cookie"])["authToken"].value
    venue.http.headers["Cookie"] = f"authToken={cookie}"


def error(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert {"code", "message", "retryable"} == set(body), body
    return answer.status_code, body["code"]


async def test_from_the_mail_to_the_account(venue: MemoryVenue) -> None:
    """The first sign-in makes user, account and welcome; the next finds them."""
    token = await mailed(venue, "Ann@Example.org")
    [mail] = venue.mailer.mails
    assert "ann@example.org" == mail.to
    assert link_in(venue.mailer.mails[-1].text).startswith("http://venue/sign-in?token=")
    assert {} == venue.users.ids, "asking for a link makes nobody a user"
    answer = await venue.http.get(SIGN_IN, params={"token": token})
    assert (302, "/") == (answer.status_code, answer.headers["location"])
    cookie = SimpleCookie(answer.headers["set-cookie"])["authToken"]
    assert ("604800", "/", "Lax", True, True) == (
        cookie["max-age"], cookie["path"], cookie["samesite"], cookie["httponly"],
        cookie["secure"],
    )
    await signed_in(venue)
    me = (await venue.http.get("/api/v1/user/me")).json()
    assert {"email": "ann@example.org", "accountId": "100", "mode": "demo"} == me
    capital = (await venue.http.get("/api/v1/capital")).json()
    assert "5000" == capital["USDC"]["available"]
    assert 1 == len(venue.users.ids)


async def test_a_token_works_once(venue: MemoryVenue) -> None:
    token = await mailed(venue)
    assert 200 == (await venue.http.post(SIGN_IN, json={"token": token})).status_code
    again = await venue.http.post(SIGN_IN, json={"token": token})
    assert (401, "UNAUTHORIZED") == error(again)
    assert "set-cookie" not in again.headers
    assert (401, "UNAUTHORIZED") == error(
        await venue.http.get(SIGN_IN, params={"token": token})
    )
    assert 1 == len(venue.stored_sessions.sessions)


async def test_of_two_at_once_one_gets_in(venue: MemoryVenue) -> None:
    token = await mailed(venue)
    answers = await asyncio.gather(*(
        venue.http.post(SIGN_IN, json={"token": token}) for _ in range(5)
    ))
    assert [200, 401, 401, 401, 401] == sorted(each.status_code for each in answers)


async def test_a_token_lives_fifteen_minutes(venue: MemoryVenue) -> None:
    for waited_ms, status in ((15 * MINUTE_MS - 1, 200), (15 * MINUTE_MS, 401)):
        token = await mailed(venue)
        await venue.pass_time(waited_ms)
        answer = await venue.http.post(SIGN_IN, json={"token": token})
        assert status == answer.status_code


async def test_a_newer_token_leaves_the_older_valid(venue: MemoryVenue) -> None:
    """Else anybody could void the link that somebody was sent. Each works once."""
    old, other = await mailed(venue), await mailed(venue, "bob@example.org")
    new = await mailed(venue, "ANN@example.org")
    statuses = [
        (await venue.http.post(SIGN_IN, json={"token": token})).status_code
        for token in (old, new, other, old, new, other)
    ]
    assert [200, 200, 200, 401, 401, 401] == statuses


async def test_only_the_hash_is_kept(venue: MemoryVenue) -> None:
    token = await mailed(venue)
    [kept] = venue.stored_sessions.tokens
    assert 32 == len(kept)
    for text in (kept.hex(), repr(kept)):
        assert text not in token


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e" * 600, "\u00e9"])
async def test_what_was_never_mailed(venue: MemoryVenue, token: str) -> None:
    assert (401, "UNAUTHORIZED") == error(
        await venue.http.post(SIGN_IN, json={"token": token})
    )
    assert (401, "UNAUTHORIZED") == error(
        await venue.http.get(SIGN_IN, params={"token": token})
    )


@pytest.mark.parametrize("body", [
    {}, {"email": 5}, {"email": None}, {"email": "ann"}, {"email": "a@b.invalid"},
    {"email": "ann@example.org", "admin": True}, [], {"email": ["ann@example.org"]},
    {"email": "ann@example.org\r\nBcc: bob@example.org"},
])
async def test_what_is_no_sign_up(venue: MemoryVenue, body: object) -> None:
    answer = await venue.http.post(SIGN_UP, json=body)
    assert (400, "INVALID_CLIENT_REQUEST") == error(answer)
    assert [] == venue.mailer.mails


async def test_so_many_mails_to_one_address(venue: MemoryVenue) -> None:
    """However it is written; others still get theirs, until one computer has asked too often."""
    for written in ("ann@example.org", "Ann@example.org") * 2 + ("ann@EXAMPLE.org",):
        await mailed(venue, written)
    sixth = await venue.http.post(SIGN_UP, json={"email": "ann@example.org"})
    assert (429, "TOO_MANY_REQUESTS") == error(sixth)
    assert "720" == sixth.headers["retry-after"]
    for number in range(24):
        await mailed(venue, f"{number}@example.org")
    last = await venue.http.post(SIGN_UP, json={"email": "new@example.org"})
    assert (429, "TOO_MANY_REQUESTS") == error(last)
    venue.now_ms += 3_600_000
    await mailed(venue)


async def test_a_mail_that_is_not_sent(venue: MemoryVenue) -> None:
    """Says so; asking again later works, and everything else went on."""
    venue.mailer.broken = True
    answer = await venue.http.post(SIGN_UP, json={"email": "ann@example.org"})
    assert (503, "MAINTENANCE") == error(answer)
    assert 200 == (await venue.http.get("/api/v1/markets")).status_code
    venue.mailer.broken = False
    await signed_in(venue)


async def test_an_engine_that_is_silent_costs_no_token() -> None:
    async with open_venue(patience_s=0.05) as venue:
        token = await mailed(venue)
        venue.engine.answering = False
        answer = await venue.http.post(SIGN_IN, json={"token": token})
        assert (503, "TIMEOUT") == error(answer)
        venue.engine.answering = True
        await venue.pass_time(1)
        assert 200 == (await venue.http.post(SIGN_IN, json={"token": token})).status_code


async def test_the_cookie_trades(venue: MemoryVenue) -> None:
    """Every private route takes it; changes only from a page of ours."""
    await signed_in(venue)
    http = venue.http
    placed = await http.post("/api/v1/order", json=ORDER, headers=OURS)
    assert 200 == placed.status_code, placed.text
    order_id = placed.json()["id"]
    opened = (await http.get("/api/v1/orders", params={"symbol": "SOL_USDC"})).json()
    assert [order_id] == [order["id"] for order in opened]
    for path in ("/wapi/v1/history/orders", "/wapi/v1/history/fills", "/api/v1/account"):
        assert 200 == (await http.get(path)).status_code
    named = {"symbol": "SOL_USDC", "orderId": order_id}
    for path, body in (("/api/v1/order", named), ("/api/v1/orders", {"symbol": "SOL_USDC"})):
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
            answer = await http.request("DELETE", path, json=body, headers=headers)
            assert (403, "FORBIDDEN") == error(answer), (path, headers)
    answer = await http.request(
        "DELETE", "/api/v1/order", json=named, headers={"Referer": "http://venue/trade"}
    )
    assert 200 == answer.status_code, answer.text
    # A program is no page, and has nobody else's cookie.
    assert 200 == (await http.post("/api/v1/order", json=ORDER)).status_code


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://venue:9999"},
    {"Referer": "https://evil.example/http://venue/"}, {"Sec-Fetch-Site": "cross-site"},
])
@pytest.mark.parametrize(("method", "path"), [
    ("POST", "/api/v1/order"), ("POST", "/api/v1/orders"), ("PATCH", "/api/v1/account"),
    ("POST", "/api/v1/user/signout"), ("POST", "/api/v1/user/demo-deposit"),
    ("POST", "/api/v1/user/api-keys"), ("DELETE", "/api/v1/user/api-keys"),
])
async def test_a_strangers_page_changes_nothing(
    venue: MemoryVenue, method: str, path: str, headers: dict[str, str]
) -> None:
    await signed_in(venue)
    before = venue.journal_commands()
    body = [ORDER] if path.endswith("orders") else ORDER
    body = {"name": "bot"} if path.endswith("keys") else body
    answer = await venue.http.request(method, path, json=body, headers=headers)
    assert (403, "FORBIDDEN") == error(answer)
    assert before == venue.journal_commands()
    assert [] == venue.users.keys
    assert 1 == len(venue.stored_sessions.sessions)
    listed = await venue.http.request(
        method, path, json=body, headers={"Origin": "https://listed.example"}
    )
    assert 403 != listed.status_code


@pytest.mark.parametrize("path", [SIGN_IN, "/api/v1/user/demo"])
async def test_a_strangers_page_signs_nobody_in(venue: MemoryVenue, path: str) -> None:
    """Else a visitor would trade on the account of whoever made that page."""
    body = {"token": await mailed(venue)}
    answer = await venue.http.post(
        path, json=body, headers={"Origin": "https://evil.example"}
    )
    assert (403, "FORBIDDEN") == error(answer)
    assert "set-cookie" not in answer.headers


async def test_signing_out(venue: MemoryVenue) -> None:
    """The cookie is worthless at once, and taken away."""
    await signed_in(venue)
    await venue.http.get("/api/v1/user/me")
    answer = await venue.http.post("/api/v1/user/signout", headers=OURS)
    assert 200 == answer.status_code
    assert answer.headers["set-cookie"].startswith("authToken=; Path=/; Max-Age=0;")
    for path in ("/api/v1/user/me", "/api/v1/capital", "/api/v1/orders?symbol=SOL_USDC"):
        assert (401, "UNAUTHORIZED") == error(await venue.http.get(path))
    assert {} == venue.stored_sessions.sessions


async def test_after_seven_days(venue: MemoryVenue) -> None:
    await signed_in(venue)
    venue.now_ms += 7 * 24 * 60 * MINUTE_MS - 1
    assert 200 == (await venue.http.get("/api/v1/user/me")).status_code
    venue.now_ms += 1
    assert (401, "UNAUTHORIZED") == error(await venue.http.get("/api/v1/user/me"))


async def test_nobody_without_a_cookie(venue: MemoryVenue) -> None:
    for method, path in (
        ("GET", "/api/v1/user/me"), ("GET", "/api/v1/user/api-keys"),
        ("POST", "/api/v1/user/api-keys"), ("DELETE", "/api/v1/user/api-keys"),
        ("POST", "/api/v1/user/signout"), ("POST", "/api/v1/user/demo-deposit"),
    ):
        answer = await venue.http.request(method, path, headers=OURS)
        assert (401, "UNAUTHORIZED") == error(answer), path
    trader = await venue.trader(USDC=1)
    answer = await venue.http.get(
        "/api/v1/user/api-keys", headers=trader.headers("instruction=x")
    )
    assert (401, "UNAUTHORIZED") == error(answer), "a key cannot make keys"


async def test_a_key_beside_a_cookie(venue: MemoryVenue) -> None:
    """Whoever signs is meant, and must sign well."""
    await signed_in(venue)
    trader = await venue.trader(USDC=7_000_000)
    assert "7" == (await trader.get("/api/v1/capital")).json()["USDC"]["available"]
    wrong = await venue.http.get(
        "/api/v1/capital", headers=trader.headers("instruction=orderQuery")
    )
    assert (400, "INVALID_CLIENT_REQUEST") == error(wrong)


async def test_the_database_is_away(venue: MemoryVenue) -> None:
    await signed_in(venue)
    venue.stored_sessions.away = DatabaseUnavailable("the test says so")
    assert (503, "MAINTENANCE") == error(await venue.http.get("/api/v1/capital"))
    venue.stored_sessions.away = None
    assert 200 == (await venue.http.get("/api/v1/capital")).status_code
    venue.stored_sessions.away = DatabaseUnavailable("the test says so")
    assert 200 == (await venue.http.get("/api/v1/capital")).status_code


async def test_one_user_counts_as_one() -> None:
    """Not by address: others may share it."""
    async with open_venue(per_minute=5) as venue:
        await signed_in(venue)
        statuses = [
            (await venue.http.get("/api/v1/user/me")).status_code for _ in range(6)
        ]
        assert [200] * 5 + [429] == statuses
        assert 200 == (await venue.http.get("/api/v1/time")).status_code


async def test_a_demo_account(venue: MemoryVenue) -> None:
    """One click, with money, and nobody's address."""
    answer = await venue.http.post("/api/v1/user/demo", headers=OURS)
    assert 200 == answer.status_code
    keep_cookie(venue, answer)
    me = (await venue.http.get("/api/v1/user/me")).json()
    assert me["email"].endswith("@demo.invalid")
    for had in ("5000", "10000"):
        capital = (await venue.http.get("/api/v1/capital")).json()
        assert had == capital["USDC"]["available"]
        more = await venue.http.post("/api/v1/user/demo-deposit", headers=OURS)
        assert 200 == more.status_code
    third = await venue.http.post("/api/v1/user/demo-deposit", headers=OURS)
    assert (429, "TOO_MANY_REQUESTS") == error(third)
    left_s = 86_400 - venue.now_ms // 1000 % 86_400
    assert 0 <= int(third.headers["retry-after"]) - left_s <= 1
    await venue.pass_time(left_s * 1000)
    assert 200 == (
        await venue.http.post("/api/v1/user/demo-deposit", headers=OURS)
    ).status_code


async def test_so_many_demo_accounts(venue: MemoryVenue) -> None:
    answers = [await venue.http.post("/api/v1/user/demo") for _ in range(31)]
    assert [200] * 30 + [429] == [answer.status_code for answer in answers]
    assert 30 == len(venue.users.ids)


async def test_production_gives_nothing_away() -> None:
    async with open_venue(demo=False) as venue:
        await signed_in(venue)
        assert "production" == (await venue.http.get("/api/v1/user/me")).json()["mode"]
        assert "0" == (await venue.http.get("/api/v1/capital")).json()["USDC"]["available"]
        for path in ("/api/v1/user/demo", "/api/v1/user/demo-deposit"):
            assert (403, "FORBIDDEN") == error(await venue.http.post(path, headers=OURS))


async def test_the_page_of_the_link(tmp_path: Path) -> None:
    """The terminal where it is built, else a page that does the same; opening it does nothing."""
    async with open_venue() as venue:
        token = await mailed(venue)
        answer = await venue.http.get("/sign-in", params={"token": token})
        assert 200 == answer.status_code
        assert "text/html; charset=utf-8" == answer.headers["content-type"]
        assert "same-origin" == answer.headers["referrer-policy"]
        assert "/api/v1/user/signin/post" in answer.text
        assert "set-cookie" not in answer.headers
        assert 200 == (await venue.http.post(SIGN_IN, json={"token": token})).status_code
    (tmp_path / "index.html").write_text("the terminal")
    async with open_venue(terminal=tmp_path) as venue:
        assert "the terminal" == (await venue.http.get("/sign-in?token=x")).text
