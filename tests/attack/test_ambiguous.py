"""Texts that could be read as other fields under the same signature."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from outcry.api.backpack.signing import canonical_text
from rigs.gateway_venue import RICH, MemoryVenue, Trader, open_venue

WITHDRAWALS = "/wapi/v1/capital/withdrawals"
ORDERS = "/api/v1/orders"


@pytest.fixture
async def venue() -> AsyncIterator[MemoryVenue]:
    async with open_venue() as opened:
        yield opened


@pytest.fixture
async def ann(venue: MemoryVenue) -> Trader:
    return await venue.trader(**RICH)


def withdrawal(**more: str) -> dict[str, str]:
    return {
        "symbol": "USDC", "quantity": "1", "address": "somewhere", "blockchain": "Solana", **more,
    }


@pytest.mark.parametrize("value", ["a&b", "a=b", "a&quantity=1", "=", "&", "a\nb", "a\x7f", "\t"])
async def test_a_text_that_could_be_another_field_is_refused(
    venue: MemoryVenue, ann: Trader, value: str
) -> None:
    """A client may sign it percent-encoded, as ccxt does; then nothing is ambiguous."""
    body = withdrawal(address=value)
    plain = ann.headers(canonical_text("withdraw", body))
    answer = await venue.http.post(WITHDRAWALS, json=body, headers=plain)
    assert 400 == answer.status_code
    assert "sign values percent-encoded" in answer.json()["message"]
    encoded = ann.headers(canonical_text("withdraw", body, encoded=True))
    answer = await venue.http.post(WITHDRAWALS, json=body, headers=encoded)
    assert "signature" not in answer.text


async def test_one_signature_has_one_meaning(venue: MemoryVenue, ann: Trader) -> None:
    """The same text, taken apart in another way, moves money to another place."""
    signed = withdrawal(clientId="x&quantity=1")
    read_otherwise: dict[str, Any] = {
        "address": "somewhere", "blockchain": "Solana", "clientId": "x", "quantity": "1&quantity=1",
        "symbol": "USDC",
    }
    headers = ann.headers(canonical_text("withdraw", signed))
    for body in (signed, read_otherwise):
        answer = await venue.http.post(WITHDRAWALS, json=body, headers=headers)
        assert 400 == answer.status_code
    assert [] == list(venue.withdrawals.requests)


@pytest.mark.parametrize("name", ["a&b", "a=b", "instruction", "timestamp", "window", "a\nb"])
async def test_a_name_that_could_be_another_field_is_refused(
    venue: MemoryVenue, ann: Trader, name: str
) -> None:
    for encoded in (False, True):
        text = canonical_text("orderQueryAll", {name: "1"}, encoded=encoded)
        answer = await venue.http.get(ORDERS, params={name: "1"}, headers=ann.headers(text))
        assert 400 == answer.status_code, answer.text
        assert "Invalid signature" in answer.json()["message"]


async def test_a_batch_is_no_single_request(venue: MemoryVenue, ann: Trader) -> None:
    """The text of two orders, sent as one with the fields of both, is refused."""
    bid = {"orderType": "Market", "quantity": "1", "side": "Bid", "symbol": "SOL_USDC"}
    text = "&".join(canonical_text("orderExecute", part) for part in (bid, bid))
    for body in ({**bid, "instruction": "orderExecute"}, {**bid, "symbol": f"SOL_USDC&{text}"}):
        answer = await venue.http.post("/api/v1/order", json=body, headers=ann.headers(text))
        assert 400 == answer.status_code
        assert "Invalid signature" in answer.json()["message"]
