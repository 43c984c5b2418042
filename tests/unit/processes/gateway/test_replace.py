"""Replacing an order over HTTP: under the same id, in its place or as a new arrival."""

from typing import Any

import pytest

from rigs.gateway_venue import RICH, Trader

ORDER = "/api/v1/order"
ORDERS = "/api/v1/orders"


def told(order: Any, *names: str) -> tuple[Any, ...]:
    return tuple(order[name] for name in names)


async def test_replace(ann: Trader, bob: Trader) -> None:
    """By either id, price or quantity or both, under the same id."""
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


async def test_replace_into_the_book(ann: Trader, bob: Trader) -> None:
    """What crosses trades, at the price of those who were there."""
    await bob.place("Ask", "1", at="105")
    placed = await ann.place("Bid", "2", at="100")
    crossed = await ann.patch(ORDER, {
        "symbol": "SOL_USDC", "orderId": placed["id"], "price": "106",
    })
    assert ("PartiallyFilled", "106", "1", "105") == told(
        crossed.json(), "status", "price", "executedQuantity", "executedQuoteQuantity"
    )


async def test_keeping_ones_place(ann: Trader, bob: Trader) -> None:
    """Who only lowers the quantity stays first in the queue; who changes more goes to its end."""
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


@pytest.mark.parametrize(("changes", "status", "code"), [
    ({"orderId": "99"}, 404, "RESOURCE_NOT_FOUND"),
    ({"symbol": "ETH_USDC"}, 404, "RESOURCE_NOT_FOUND"),
    ({"quantity": "1"}, 400, "INVALID_QUANTITY"),
    ({"quantity": "1000"}, 400, "INSUFFICIENT_FUNDS"),
    ({"price": None}, 400, "INVALID_CLIENT_REQUEST"),
    ({"postOnly": True}, 400, "INVALID_CLIENT_REQUEST"),
    ({"price": "0"}, 400, "INVALID_PRICE"),
])
async def test_what_cannot_be_replaced(
    ann: Trader, bob: Trader, changes: dict[str, Any], status: int, code: str
) -> None:
    """Then the order is as it was."""
    placed = await ann.place("Bid", "2", at="100")
    await bob.place("Ask", "1", at="100")
    before = (await ann.get(ORDERS)).json()
    body = {"symbol": "SOL_USDC", "orderId": placed["id"], "price": "101", **changes}
    refused = await ann.patch(ORDER, body)
    assert (status, code) == (refused.status_code, refused.json()["code"])
    assert before == (await ann.get(ORDERS)).json()


async def test_a_waiting_order_cannot_be_replaced(ann: Trader, bob: Trader) -> None:
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
