"""Replacing an order over HTTP: under the same id, in its place or as a new arrival."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from rigs.gateway_venue import MemoryVenue, Trader, open_venue

ORDER = "/api/v1/order"
ORDERS = "/api/v1/orders"
RICH = {"USDC": 10_000_000_000, "SOL": 100 * 10**9}


def at_a_venue(scenario: Callable[[MemoryVenue, Trader, Trader], Awaitable[None]]) -> None:
    """Run a scenario with two rich traders, Ann and Bob."""
    async def start() -> None:
        async with open_venue() as venue:
            await scenario(venue, await venue.trader(**RICH), await venue.trader(**RICH))

    asyncio.run(start())


def told(order: Any, *names: str) -> tuple[Any, ...]:
    return tuple(order[name] for name in names)


def test_replace() -> None:
    """By either id, price or quantity or both, under the same id."""
    async def scenario(_: MemoryVenue, ann: Trader, bob: Trader) -> None:
        placed = await ann.place("Bid", "2", at="100", clientId=7)
        body = {"symbol": "SOL_USDC", "orderId": placed["id"], "price": "99.5"}
        moved = await ann.patch(ORDER, body)
        assert 200 == moved.status_code
        assert {**placed, "price": "99.5"} == moved.json()
        by_client_id = {"symbol": "SOL_USDC", "clientId": 7, "price": "101", "quantity": "3"}
        assert {**placed, "price": "101", "quantity": "3"} == (
            await ann.patch(ORDER, by_client_id)
        ).json()
        assert ("New", "101", "3") == told(
            (await ann.get(ORDER, symbol="SOL_USDC", clientId="7")).json(),
            "status", "price", "quantity",
        )
        assert 404 == (await bob.patch(ORDER, {**body, "price": "1"})).status_code
        await bob.place("Ask", "1", at="101")
        # The quantity is the whole one, and 1 of it has filled.
        smaller = (await ann.patch(ORDER, {**by_client_id, "price": "101", "quantity": "2"})).json()
        assert ("PartiallyFilled", "2", "1") == told(
            smaller, "status", "quantity", "executedQuantity"
        )
        locked = (await ann.get("/api/v1/capital")).json()["USDC"]["locked"]
        assert "101" == locked

    at_a_venue(scenario)


def test_replace_into_the_book() -> None:
    """What crosses trades, at the price of those who were there."""
    async def scenario(_: MemoryVenue, ann: Trader, bob: Trader) -> None:
        await bob.place("Ask", "1", at="105")
        placed = await ann.place("Bid", "2", at="100")
        crossed = await ann.patch(ORDER, {
            "symbol": "SOL_USDC", "orderId": placed["id"], "price": "106",
        })
        assert ("PartiallyFilled", "106", "1", "105") == told(
            crossed.json(), "status", "price", "executedQuantity", "executedQuoteQuantity"
        )

    at_a_venue(scenario)


def test_keeping_ones_place() -> None:
    """Who only lowers the quantity stays first in the queue; who changes more goes to its end."""
    async def scenario(_: MemoryVenue, ann: Trader, bob: Trader) -> None:
        anns = await ann.place("Bid", "2", at="100")
        bobs = await bob.place("Bid", "2", at="100")
        which = {"symbol": "SOL_USDC", "orderId": anns["id"]}
        await ann.patch(ORDER, {**which, "quantity": "1.5"})
        await ann.place("Ask", "0.5", at="100", selfTradePrevention="RejectMaker")
        assert "0.5" == (await bob.get(ORDER, symbol="SOL_USDC", orderId=bobs["id"])).json()[
            "executedQuantity"
        ], "the first in the queue made way, being of the same account"
        anns = await ann.place("Bid", "2", at="100")
        await ann.patch(ORDER, {**which, "orderId": anns["id"], "quantity": "3"})
        carol = await bob.venue.trader(**RICH)
        await carol.place("Ask", "1.5", at="100")
        assert [] == (await bob.get(ORDERS)).json(), "it was there before"
        assert ["0"] == [o["executedQuantity"] for o in (await ann.get(ORDERS)).json()]

    at_a_venue(scenario)


@pytest.mark.parametrize(("changes", "status", "code"), [
    ({"orderId": "99"}, 404, "RESOURCE_NOT_FOUND"),
    ({"symbol": "ETH_USDC"}, 404, "RESOURCE_NOT_FOUND"),
    ({"quantity": "1"}, 400, "INVALID_QUANTITY"),
    ({"quantity": "1000"}, 400, "INSUFFICIENT_FUNDS"),
    ({"price": None}, 400, "INVALID_CLIENT_REQUEST"),
    ({"postOnly": True}, 400, "INVALID_CLIENT_REQUEST"),
    ({"price": "0"}, 400, "INVALID_PRICE"),
])
def test_what_cannot_be_replaced(changes: dict[str, Any], status: int, code: str) -> None:
    """Then the order is as it was."""
    async def scenario(_: MemoryVenue, ann: Trader, bob: Trader) -> None:
        placed = await ann.place("Bid", "2", at="100")
        await bob.place("Ask", "1", at="100")
        before = (await ann.get(ORDERS)).json()
        body = {"symbol": "SOL_USDC", "orderId": placed["id"], "price": "101", **changes}
        refused = await ann.patch(ORDER, body)
        assert (status, code) == (refused.status_code, refused.json()["code"])
        assert before == (await ann.get(ORDERS)).json()

    at_a_venue(scenario)


def test_a_waiting_order_cannot_be_replaced() -> None:
    async def scenario(_: MemoryVenue, ann: Trader, bob: Trader) -> None:
        await ann.place("Ask", "1", at="100")
        await bob.place("Bid", "1", at="100")
        waiting = (await ann.post(ORDER, {
            "symbol": "SOL_USDC", "side": "Ask", "orderType": "Market", "triggerPrice": "90",
            "triggerQuantity": "1",
        })).json()
        refused = await ann.patch(ORDER, {
            "symbol": "SOL_USDC", "orderId": waiting["id"], "quantity": "2",
        })
        assert (400, "INVALID_ORDER") == (refused.status_code, refused.json()["code"])

    at_a_venue(scenario)
