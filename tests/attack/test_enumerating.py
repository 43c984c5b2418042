"""Strangers who ask in order to learn who is there, and who lock others out."""

from collections.abc import AsyncIterator

import httpx
import pytest

from rigs.gateway_venue import MemoryVenue, open_venue
from rigs.memory_users import token_in

SIGN_UP = "/api/v1/user/signup"
SIGN_IN = "/api/v1/user/signin/post"
VICTIM = "ann@example.org"


@pytest.fixture
async def venue() -> AsyncIterator[MemoryVenue]:
    async with open_venue() as opened:
        yield opened


def at(venue: MemoryVenue, address: str) -> httpx.AsyncClient:
    """A client at an address."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(venue.application, client=(address, 1)),
        base_url="http://venue",
    )


async def test_nobody_is_locked_out_by_somebody_else(venue: MemoryVenue) -> None:
    """Another sender uses up another limit, and no link that was mailed is voided."""
    victim, attacker = at(venue, "192.0.2.1"), at(venue, "198.51.100.1")
    async with victim, attacker:
        assert 200 == (await victim.post(SIGN_UP, json={"email": VICTIM})).status_code
        first = token_in(venue.mailer.mails[-1].text)
        statuses = [
            (await attacker.post(SIGN_UP, json={"email": VICTIM})).status_code for _ in range(30)
        ]
        assert {200, 429} == set(statuses)
        assert 5 == statuses.count(200)
        for _ in range(4):
            assert 200 == (await victim.post(SIGN_UP, json={"email": VICTIM})).status_code
        assert 200 == (await victim.post(SIGN_IN, json={"token": first})).status_code


async def test_a_known_address_is_answered_like_an_unknown_one(venue: MemoryVenue) -> None:
    stranger = at(venue, "198.51.100.1")
    async with stranger:
        await stranger.post(SIGN_UP, json={"email": VICTIM})
        await stranger.post(SIGN_IN, json={"token": token_in(venue.mailer.mails[-1].text)})
        known = await stranger.post(SIGN_UP, json={"email": VICTIM})
        unknown = await stranger.post(SIGN_UP, json={"email": "nobody@example.org"})
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)


async def test_things_of_others_look_like_things_that_are_not_there(venue: MemoryVenue) -> None:
    ann, eve = await venue.trader(USDC=10**10), await venue.trader(USDC=10**10)
    order = await ann.place("Bid", "1", at="50")
    theirs = await eve.get("/api/v1/order", symbol="SOL_USDC", orderId=order["id"])
    nobodys = await eve.get("/api/v1/order", symbol="SOL_USDC", orderId=str(int(order["id"]) + 999))
    assert (404, theirs.text) == (theirs.status_code, nobodys.text)


async def test_many_addresses_of_one_host_are_one_sender(venue: MemoryVenue) -> None:
    """Whoever has IPv6 has 2^64 addresses."""
    statuses = []
    for number in range(10):
        async with at(venue, f"2001:db8::{number + 1:x}") as client:
            statuses.append((await client.post(SIGN_UP, json={"email": VICTIM})).status_code)
    assert [200] * 5 + [429] * 5 == statuses
