"""A signature for one thing, sent with another path, method, query or body."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from outcry.api.backpack.signing import SentRequest, canonical_text, signed_text_2
from rigs.desk_positions import POSITIONS, open_ids, opened, quote
from rigs.edge_venue import named, target
from rigs.gateway_venue import RICH, TABLE, MemoryVenue, Trader, open_venue

SIGNED = [route for route in TABLE if route.declaration.instruction]
BY_PATH = [route for route in SIGNED if "{" in route.path and route.method != "GET"]


@pytest.fixture
async def venue() -> AsyncIterator[MemoryVenue]:
    async with open_venue() as opened_venue:
        await quote(opened_venue)
        yield opened_venue


@pytest.fixture
async def ann(venue: MemoryVenue) -> Trader:
    return await venue.trader(**RICH)


def signed_2(trader: Trader, method: str, path: str, body: bytes = b"") -> dict[str, str]:
    """Headers of version 2."""
    text = signed_text_2(
        SentRequest(method, path.encode(), body), str(trader.venue.now_ms), "5000"
    )
    return trader.headers_of(text) | {"X-Signature-Version": "2"}


async def test_a_signed_close_closes_no_other_position(venue: MemoryVenue, ann: Trader) -> None:
    first, second = await opened(ann), await opened(ann)
    for body in ({}, {"tradeId": first}):
        headers = ann.headers(canonical_text("cfdPositionClose", body))
        answer = await venue.http.request(
            "DELETE", f"{POSITIONS}/{second}", json=body, headers=headers
        )
        assert 400 == answer.status_code, answer.text
    assert [first, second] == await open_ids(ann)
    answer = await ann.send_to(f"{POSITIONS}/{first}", "DELETE", "cfdPositionClose", {
        "tradeId": first,
    })
    assert 200 == answer.status_code, answer.text
    assert [second] == await open_ids(ann)


@pytest.mark.parametrize("route", BY_PATH, ids=named)
async def test_every_route_that_changes_by_its_path_wants_it_signed(
    venue: MemoryVenue, ann: Trader, route: Any
) -> None:
    headers = ann.headers(canonical_text(route.declaration.instruction, {}))
    answer = await venue.http.request(route.method, target(route), json={}, headers=headers)
    assert 400 == answer.status_code
    assert "the signature must cover what the path names" in answer.json()["message"]


def test_there_are_such_routes() -> None:
    assert BY_PATH


@pytest.mark.parametrize("route", SIGNED, ids=named)
async def test_version_2_covers_method_path_query_and_body(
    venue: MemoryVenue, ann: Trader, route: Any
) -> None:
    path = target(route)
    body = b"[{}]" if route.declaration.batch else b"{}" if route.declaration.body else b""
    others = [
        signed_2(ann, "PUT", path, body), signed_2(ann, route.method, path + "x", body),
        signed_2(ann, route.method, path + "?a=b", body),
        signed_2(ann, route.method, path, body + b" "),
    ]
    for headers in others:
        answer = await venue.http.request(route.method, path, content=body, headers=headers)
        assert (400, "Invalid signature") == (answer.status_code, answer.json()["message"])
    right = await venue.http.request(
        route.method, path, content=body, headers=signed_2(ann, route.method, path, body)
    )
    assert "Invalid signature" not in right.text
    assert right.status_code not in (401, 403, 500), right.text


async def test_version_2_closes_by_the_path_alone(venue: MemoryVenue, ann: Trader) -> None:
    trade_id = await opened(ann)
    path = f"{POSITIONS}/{trade_id}"
    answer = await venue.http.request(
        "DELETE", path, content=b"{}", headers=signed_2(ann, "DELETE", path, b"{}")
    )
    assert 200 == answer.status_code, answer.text
    assert [] == await open_ids(ann)


async def test_version_2_may_hold_any_text(venue: MemoryVenue, ann: Trader) -> None:
    path = "/wapi/v1/capital/withdrawals"
    body = (
        b'{"symbol":"USDC","quantity":"1","address":"a&b=c","blockchain":"Solana","clientId":"&="}'
    )
    answer = await venue.http.post(path, content=body, headers=signed_2(ann, "POST", path, body))
    assert (200, "a&b=c") == (answer.status_code, answer.json().get("toAddress"))


async def test_versions_are_not_mixed_up(venue: MemoryVenue, ann: Trader) -> None:
    path = "/api/v1/orders"
    for headers in (
        ann.headers(canonical_text("orderQueryAll", {})) | {"X-Signature-Version": "2"},
        signed_2(ann, "GET", path) | {"X-Signature-Version": "1"},
        signed_2(ann, "GET", path) | {"X-Signature-Version": "3"},
    ):
        assert 400 == (await venue.http.get(path, headers=headers)).status_code
