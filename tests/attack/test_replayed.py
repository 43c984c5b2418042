"""Signed requests that are sent again: each does one thing once, and has the first answer."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from outcry.api.backpack.signing import canonical_text
from outcry.engine.commands import ClosePosition, OpenPosition, Withdraw
from outcry.ports.database import DatabaseUnavailable
from rigs.desk_positions import ASSET, POSITIONS, open_ids, opened, quote
from rigs.gateway_venue import RICH, MemoryVenue, Trader, open_venue, signable

WITHDRAWALS = "/wapi/v1/capital/withdrawals"
TEN = {"symbol": "USDC", "quantity": "10.5", "address": "somewhere", "blockchain": "Solana"}


@pytest.fixture
async def venue() -> AsyncIterator[MemoryVenue]:
    async with open_venue() as opened_venue:
        await quote(opened_venue)
        yield opened_venue


@pytest.fixture
async def ann(venue: MemoryVenue) -> Trader:
    return await venue.trader(**RICH)


class Captured:
    """A signed request that somebody has seen."""

    def __init__(
        self, trader: Trader, method: str, path: str, instruction: str, body: dict[str, Any]
    ) -> None:
        self.venue = trader.venue
        self.method = method
        self.path = path
        self.body = body
        self.headers = trader.headers(canonical_text(instruction, signable(body)))

    async def send(self, http: httpx.AsyncClient | None = None) -> httpx.Response:
        return await (http or self.venue.http).request(
            self.method, self.path, json=self.body, headers=self.headers
        )


def times(venue: MemoryVenue, kind: type) -> int:
    return sum(isinstance(command, kind) for command in venue.journal_commands())


@pytest.mark.parametrize("client_id", [{}, {"clientId": "rent"}])
async def test_a_withdrawal_is_paid_once(
    venue: MemoryVenue, ann: Trader, client_id: dict[str, str]
) -> None:
    """However often the same signed request comes, one after the other or at once."""
    captured = Captured(ann, "POST", WITHDRAWALS, "withdraw", {**TEN, **client_id})
    answers = [await captured.send() for _ in range(3)]
    answers += await asyncio.gather(*(captured.send() for _ in range(5)))
    assert {200} == {answer.status_code for answer in answers}
    assert 1 == len({answer.text for answer in answers})
    assert 1 == times(venue, Withdraw)
    balances = (await ann.get("/api/v1/capital")).json()
    assert "9989.5" == balances["USDC"]["available"]


@pytest.mark.parametrize("client_id", [{}, {"clientId": "rent"}])
async def test_a_withdrawal_is_paid_once_by_all_gateways(
    venue: MemoryVenue, ann: Trader, client_id: dict[str, str]
) -> None:
    """Another gateway has another memory; so has one that was started again."""
    captured = Captured(ann, "POST", WITHDRAWALS, "withdraw", {**TEN, **client_id})
    first = await captured.send()
    assert 200 == first.status_code
    for claims_are_kept in (True, False):
        if not claims_are_kept:
            venue.claims._until_ms.clear()
        other = httpx.AsyncClient(
            transport=httpx.ASGITransport(venue.make_application()), base_url="http://venue"
        )
        async with other:
            again = await captured.send(other)
        assert (again.status_code, again.json().get("toAddress")) in (
            (409, None), (200, "somewhere")
        )
        assert (200 if not claims_are_kept else 409) == again.status_code
    balances = (await ann.get("/api/v1/capital")).json()
    assert "9989.5" == balances["USDC"]["available"]


async def test_a_refused_withdrawal_has_its_first_answer(venue: MemoryVenue, ann: Trader) -> None:
    captured = Captured(ann, "POST", WITHDRAWALS, "withdraw", {**TEN, "quantity": "10001"})
    first = await captured.send()
    assert (400, "INSUFFICIENT_FUNDS") == (first.status_code, first.json()["code"])
    assert first.text == (await captured.send()).text
    assert 1 == times(venue, Withdraw)
    assert {} == venue.withdrawals.requests


async def test_a_position_is_opened_once(venue: MemoryVenue, ann: Trader) -> None:
    captured = Captured(ann, "POST", POSITIONS, "cfdPositionOpen", {
        "asset": ASSET, "direction": "LONG", "margin": 100, "leverage": 20,
    })
    answers = [await captured.send() for _ in range(3)]
    assert 200 == answers[0].status_code, answers[0].text
    assert 1 == len({answer.text for answer in answers})
    assert 1 == times(venue, OpenPosition)
    assert 1 == len(await open_ids(ann))


async def test_a_part_is_closed_once(venue: MemoryVenue, ann: Trader) -> None:
    trade_id = await opened(ann)
    captured = Captured(ann, "DELETE", f"{POSITIONS}/{trade_id}", "cfdPositionClose", {
        "tradeId": trade_id, "margin": 30,
    })
    answers = [await captured.send() for _ in range(3)]
    assert 200 == answers[0].status_code, answers[0].text
    assert 1 == len({answer.text for answer in answers})
    assert 1 == times(venue, ClosePosition)


async def test_what_was_not_carried_out_may_be_sent_again(
    venue: MemoryVenue, ann: Trader
) -> None:
    """An answer that says that nothing was sent does not bind."""
    captured = Captured(ann, "POST", WITHDRAWALS, "withdraw", TEN)
    venue.views.log_fullness = 1.0
    assert 503 == (await captured.send()).status_code
    venue.views.log_fullness = 0.0
    assert 200 == (await captured.send()).status_code
    assert 1 == times(venue, Withdraw)


async def test_no_money_goes_to_an_address_that_is_not_on_record(
    venue: MemoryVenue, ann: Trader
) -> None:
    """While the database is away nothing is withdrawn."""
    venue.withdrawals.away = DatabaseUnavailable("away")
    assert 503 == (await ann.withdraw(**TEN)).status_code
    assert 0 == times(venue, Withdraw)
    venue.withdrawals.away = None
    venue.now_ms += 1
    assert 200 == (await ann.withdraw(**TEN, clientId="rent")).status_code
    [stored] = venue.withdrawals.requests.values()
    assert ("somewhere", "Solana", "rent") == (stored.address, stored.network, stored.client_id)


async def test_a_client_id_keeps_its_address(venue: MemoryVenue, ann: Trader) -> None:
    await ann.withdraw(**TEN, clientId="rent")
    venue.now_ms += 1
    other = await ann.withdraw(**{**TEN, "address": "elsewhere"}, clientId="rent")
    assert 409 == other.status_code
    [stored] = venue.withdrawals.requests.values()
    assert "somewhere" == stored.address


async def test_an_old_request_is_refused(venue: MemoryVenue, ann: Trader) -> None:
    captured = Captured(ann, "POST", WITHDRAWALS, "withdraw", TEN)
    venue.now_ms += 5_001
    assert "Request has expired" == (await captured.send()).json()["message"]
    assert 0 == times(venue, Withdraw)
