"""API keys that somebody signed in makes, lists and revokes."""

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest
from nacl.signing import SigningKey

from rigs.gateway_venue import MemoryVenue, Trader

KEYS = "/api/v1/user/api-keys"
OURS = {"Origin": "http://venue"}


async def demo_user(venue: MemoryVenue) -> httpx.AsyncClient:
    """A client with a cookie of its own."""
    answer = await venue.http.post("/api/v1/user/demo")
    cookie = SimpleCookie(answer.headers["set-cookie"])["authToken"].value
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(venue.application), base_url="http://venue",
        headers={"Cookie": f"authToken={cookie}", **OURS},
    )


@pytest.fixture
async def user(venue: MemoryVenue) -> AsyncIterator[httpx.AsyncClient]:
    async with await demo_user(venue) as user:
        yield user


async def test_a_key_of_ones_own(venue: MemoryVenue, user: httpx.AsyncClient) -> None:
    """It trades for the user's account until it is revoked."""
    answer = await user.post(KEYS, json={"name": " bot "})
    assert 200 == answer.status_code, answer.text
    assert "no-store" == answer.headers["cache-control"]
    made = answer.json()
    assert ("bot", ["read", "trade"]) == (made["name"], made["scopes"])
    account_id = int((await user.get("/api/v1/user/me")).json()["accountId"])
    trader = Trader(venue, SigningKey(b64decode(made["apiSecret"])), account_id)  # type: ignore[arg-type]
    assert made["apiKey"] == trader.api_key
    await trader.place("Bid", "1", at="50")

    [listed] = (await user.get(KEYS)).json()
    assert {
        "apiKey", "name", "scopes", "createdAt", "addresses", "expiresAt", "lastUsedAt",
    } == set(listed)
    assert made["apiKey"] == listed["apiKey"]
    assert made["apiSecret"] not in (await user.get(KEYS)).text

    revoked = await user.request("DELETE", KEYS, json={"apiKey": made["apiKey"]})
    assert (200, {"message": "revoked"}) == (revoked.status_code, revoked.json())
    assert [] == (await user.get(KEYS)).json()
    assert {} == venue.keys.keys


async def test_a_key_that_only_reads(venue: MemoryVenue, user: httpx.AsyncClient) -> None:
    made = (await user.post(KEYS, json={"name": "eyes", "readOnly": True})).json()
    assert ["read"] == made["scopes"]
    trader = Trader(venue, SigningKey(b64decode(made["apiSecret"])), 0)  # type: ignore[arg-type]
    assert 200 == (await trader.get("/api/v1/capital")).status_code
    order = {"symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "50",
             "quantity": "1"}
    assert 403 == (await trader.post("/api/v1/order", order)).status_code


async def test_somebody_elses_key(venue: MemoryVenue, user: httpx.AsyncClient) -> None:
    """Neither listed nor revoked."""
    async with await demo_user(venue) as other:
        made = (await other.post(KEYS, json={"name": "theirs"})).json()
        assert [] == (await user.get(KEYS)).json()
        answer = await user.request("DELETE", KEYS, json={"apiKey": made["apiKey"]})
        assert (404, "RESOURCE_NOT_FOUND") == (answer.status_code, answer.json()["code"])
        assert 1 == len((await other.get(KEYS)).json())


async def test_so_many_keys(user: httpx.AsyncClient) -> None:
    statuses = [
        (await user.post(KEYS, json={"name": str(number)})).status_code
        for number in range(21)
    ]
    assert [200] * 20 + [400] == statuses


@pytest.mark.parametrize(("method", "body", "status"), [
    ("POST", {}, 400), ("POST", {"name": ""}, 400), ("POST", {"name": "  "}, 400),
    ("POST", {"name": "x" * 65}, 400), ("POST", {"name": "a\x00b"}, 400),
    ("POST", {"name": "a\nb"}, 400), ("POST", {"name": 5}, 400),
    ("POST", {"name": "bot", "readOnly": "no"}, 400), ("POST", {"name": "bot", "x": 1}, 400),
    ("POST", [], 400), ("DELETE", {}, 400), ("DELETE", {"apiKey": 5}, 404),
    ("DELETE", {"apiKey": "x"}, 404), ("DELETE", {"apiKey": "\u00e9"}, 404),
    ("DELETE", {"apiKey": b64encode(bytes(32)).decode()}, 404),
    ("DELETE", {"apiKey": "x", "y": 1}, 400),
])
async def test_what_is_wrong(
    venue: MemoryVenue, user: httpx.AsyncClient, method: str, body: Any, status: int
) -> None:
    answer = await user.request(method, KEYS, json=body)
    assert status == answer.status_code, answer.text
    assert {"code", "message", "retryable"} == set(answer.json())
    assert [] == venue.users.keys
