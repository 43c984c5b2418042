"""Orders over HTTP: what clients send, and what they get back."""

import asyncio
from typing import Any

import pytest

from outcry.engine.commands import PlaceOrder
from outcry.processes.gateway import views
from rigs.gateway_venue import RICH, MemoryVenue, Trader, open_venue

ORDER = "/api/v1/order"
ORDERS = "/api/v1/orders"
NOT_FOUND = {"code": "RESOURCE_NOT_FOUND", "message": "Not Found", "retryable": False}
BID = {
    "symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "100.05", "quantity": "1.5",
}


def told(order: Any, *names: str) -> tuple[Any, ...]:
    return tuple(order[name] for name in names)


async def test_a_limit_order_rests(venue: MemoryVenue, ann: Trader) -> None:
    """The answer is the whole order, nulls included."""
    assert {
        "id": "1", "clientId": 7, "symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit",
        "status": "New", "timeInForce": "GTC", "selfTradePrevention": "RejectTaker",
        "createdAt": venue.now_ms, "executedQuantity": "0", "executedQuoteQuantity": "0",
        "quantity": "1.5", "price": "100.05", "postOnly": False, "reduceOnly": None,
        "triggerBy": None, "triggerPrice": None, "triggerQuantity": None, "triggeredAt": None,
        "relatedOrderId": None, "strategyId": None, "systemOrderType": None,
        "takeProfitTriggerPrice": None, "takeProfitLimitPrice": None,
        "takeProfitTriggerBy": None, "stopLossTriggerPrice": None,
        "stopLossLimitPrice": None, "stopLossTriggerBy": None,
    } == await ann.place("Bid", "1.5", at="100.05", clientId=7)
    balances = (await ann.get("/api/v1/capital")).json()
    assert {"available": "9849.925", "locked": "150.075", "staked": "0"} == balances["USDC"]
    assert {"available": "0", "locked": "0", "staked": "0"} == balances["BTC"]


async def test_a_market_order_takes(ann: Trader, bob: Trader) -> None:
    """By quantity or by quote amount; both say what they came to."""
    await ann.place("Bid", "10", at="100")
    sold = await bob.place("Ask", "2.5")
    assert ("Filled", "2.5", "250", None, "Market") == told(
        sold, "status", "executedQuantity", "executedQuoteQuantity", "quoteQuantity",
        "orderType",
    )
    assert "price" not in sold
    for_money = (await bob.post(ORDER, {
        "symbol": "SOL_USDC", "side": "Ask", "orderType": "Market", "quoteQuantity": "150",
    })).json()
    assert ("Filled", "1.5", "150", "150") == told(
        for_money, "status", "executedQuantity", "executedQuoteQuantity", "quoteQuantity"
    )


async def test_orders_that_end_at_once(ann: Trader, bob: Trader) -> None:
    """IOC and FOK expire; a market order on an empty book does too."""
    await ann.place("Bid", "1", at="100")
    assert "Expired" == (await bob.place("Ask", "2", at="100", timeInForce="FOK"))["status"]
    ioc = await bob.place("Ask", "2", at="100", timeInForce="IOC")
    assert ("Expired", "1") == told(ioc, "status", "executedQuantity")
    assert "Expired" == (await bob.place("Ask", "1"))["status"]
    assert [] == (await bob.get(ORDERS)).json()


async def test_post_only(ann: Trader, bob: Trader) -> None:
    """One that would take is refused in words that clients look for."""
    resting = await ann.place("Bid", "1", at="100", postOnly=True)
    assert ("New", True) == told(resting, "status", "postOnly")
    refused = await bob.post(ORDER, {
        **BID, "side": "Ask", "price": "100", "quantity": "1", "postOnly": True,
    })
    assert 400 == refused.status_code
    assert {
        "code": "INVALID_ORDER", "message": "Order would immediately match and take",
        "retryable": True,
    } == refused.json()


async def test_the_engines_refusals(ann: Trader) -> None:
    poor = await ann.post(ORDER, {**BID, "quantity": "1000"})
    assert (400, "INSUFFICIENT_FUNDS") == (poor.status_code, poor.json()["code"])
    first = await ann.place("Bid", "1", at="100", clientId=7)
    again = await ann.post(ORDER, {**BID, "clientId": 7})
    assert (400, "INVALID_ORDER") == (again.status_code, again.json()["code"])
    assert again.json()["message"].endswith(f"order {first['id']}")


async def test_find_by_either_id(ann: Trader, bob: Trader) -> None:
    placed = await ann.place("Bid", "1", at="100", clientId=7)
    by_id = await ann.get(ORDER, symbol="SOL_USDC", orderId=placed["id"])
    by_client_id = await ann.get(ORDER, symbol="SOL_USDC", clientId="7")
    assert placed == by_id.json()
    assert placed == by_client_id.json()
    for trader, query in (
        (bob, {"symbol": "SOL_USDC", "orderId": placed["id"]}),
        (bob, {"symbol": "SOL_USDC", "clientId": "7"}),
        (ann, {"symbol": "ETH_USDC", "orderId": placed["id"]}),
        (ann, {"symbol": "SOL_USDC", "orderId": "99"}),
    ):
        missing = await trader.get(ORDER, **query)
        assert 404 == missing.status_code
        assert NOT_FOUND == missing.json()


async def test_open_orders(ann: Trader, bob: Trader) -> None:
    sol = await ann.place("Bid", "1", at="100")
    eth = (await ann.post(ORDER, {**BID, "symbol": "ETH_USDC", "price": "2000"})).json()
    await bob.place("Ask", "0.4")
    open_orders = (await ann.get(ORDERS)).json()
    assert [("1", "PartiallyFilled", "0.4"), (eth["id"], "New", "0")] == [
        told(order, "id", "status", "executedQuantity") for order in open_orders
    ]
    assert sol["id"] == open_orders[0]["id"]
    assert [eth] == (await ann.get(ORDERS, symbol="ETH_USDC")).json()
    assert 2 == len((await ann.get(ORDERS, marketType="SPOT")).json())
    assert [] == (await ann.get(ORDERS, marketType="PERP")).json()
    assert 400 == (await ann.get(ORDERS, symbol="X")).status_code
    assert [] == (await bob.get(ORDERS)).json()


async def test_cancel(ann: Trader, bob: Trader) -> None:
    """By either id, once; what is not there, or not one's own, is not found."""
    placed = await ann.place("Bid", "1", at="100", clientId=7)
    body = {"symbol": "SOL_USDC", "orderId": placed["id"]}
    assert 404 == (await bob.delete(ORDER, body)).status_code
    canceled = await ann.delete(ORDER, body)
    assert {**placed, "status": "Cancelled"} == canceled.json()
    gone = await ann.delete(ORDER, body)
    assert 404 == gone.status_code
    assert NOT_FOUND == gone.json()
    await ann.place("Bid", "1", at="100", clientId=8)
    by_client_id = await ann.delete(ORDER, {"symbol": "SOL_USDC", "clientId": "8"})
    assert ("Cancelled", 8) == told(by_client_id.json(), "status", "clientId")


async def test_cancel_all(ann: Trader) -> None:
    """All of one market and no other."""
    await ann.place("Bid", "1", at="100")
    await ann.place("Bid", "1", at="101")
    eth = (await ann.post(ORDER, {**BID, "symbol": "ETH_USDC", "price": "2000"})).json()
    everything = {"symbol": "SOL_USDC"}
    canceled = (await ann.delete(ORDERS, everything)).json()
    assert [("1", "Cancelled"), ("2", "Cancelled")] == [
        told(order, "id", "status") for order in canceled
    ]
    assert [eth] == (await ann.get(ORDERS)).json()
    assert [] == (await ann.delete(ORDERS, everything)).json()


async def test_a_batch(venue: MemoryVenue, ann: Trader) -> None:
    """Each element stands for itself, and all that can be read share one entry."""
    entries = len(venue.log.journal)
    response = await ann.post(ORDERS, [
        {**BID, "price": "99"},
        {**BID, "price": "99.001"},
        {**BID, "quantity": "100000"},
        {"symbol": "SOL_USDC", "side": "Ask", "orderType": "Market", "quantity": "1"},
    ])
    assert 200 == response.status_code
    first, long_price, poor, taker = response.json()
    assert ("Ok", "1", "New", "99") == told(first, "operation", "id", "status", "price")
    assert {
        "operation": "Err", "code": "INVALID_CLIENT_REQUEST",
        "message": "Price decimal too long", "retryable": False,
    } == long_price
    assert {
        "operation": "Err", "code": "INSUFFICIENT_FUNDS", "message": "Insufficient funds",
        "retryable": True,
    } == poor
    assert ("Ok", "Market", "Expired") == told(taker, "operation", "orderType", "status")
    assert entries + 1 == len(venue.log.journal)


@pytest.mark.parametrize("count", [0, 21])
async def test_a_batch_has_a_size(ann: Trader, count: int) -> None:
    assert 400 == (await ann.post(ORDERS, [BID] * count)).status_code


async def test_requests_of_one_moment_share_an_entry(venue: MemoryVenue, ann: Trader) -> None:
    """Many orders at once do not need as many entries."""
    entries = len(venue.log.journal)
    await asyncio.gather(*(ann.place("Bid", "0.1", at="90") for _ in range(40)))
    assert 40 == sum(isinstance(c, PlaceOrder) for c in venue.journal_commands())
    assert len(venue.log.journal) - entries < 10


async def test_no_answer_in_time() -> None:
    """The client is told that the outcome is unknown."""
    async with open_venue(patience_s=0.05) as venue:
        ann = await venue.trader(**RICH)
        venue.engine.answering = False
        response = await ann.post(ORDER, BID)
        assert (503, "TIMEOUT") == (response.status_code, response.json()["code"])


async def test_more_than_can_be_waited_for(venue: MemoryVenue, ann: Trader) -> None:
    """Nothing is sent, and the client learns when to come back."""
    venue.command_writer._waiting_max = 0
    response = await ann.post(ORDER, BID)
    assert (503, "TOO_MANY_REQUESTS", "1") == (
        response.status_code, response.json()["code"], response.headers["Retry-After"],
    )


async def test_an_engine_that_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks while others wait too long is told so at once, and nothing is sent for him."""
    monkeypatch.setattr(views, "LAG_S_MAX", 0.05)
    async with open_venue(patience_s=0.1) as venue:
        ann = await venue.trader(**RICH)
        venue.engine.answering = False
        assert "TIMEOUT" == (await ann.post(ORDER, BID)).json()["code"]
        entries = len(venue.log.journal)
        for refused in (
            await ann.post(ORDER, BID), await ann.post(ORDERS, [BID]),
            await ann.delete(ORDER, {"symbol": "SOL_USDC", "orderId": "1"}),
            await ann.withdraw(
                symbol="USDC", quantity="1", address="x", blockchain="Solana"
            ),
        ):
            assert (503, "MAINTENANCE", "1") == (
                refused.status_code, refused.json()["code"], refused.headers["Retry-After"],
            )
        assert entries == len(venue.log.journal)
        assert "Maintenance" == (await venue.http.get("/api/v1/status")).json()["status"]
        venue.engine.answering = True
        await venue.pass_time(250)
        assert 200 == (await ann.post(ORDER, BID)).status_code


async def test_a_log_that_is_nearly_full(venue: MemoryVenue, ann: Trader) -> None:
    """What is in it can still be answered, because nothing more is put into it."""
    entries = len(venue.log.journal)
    venue.views.log_fullness = 0.71
    response = await ann.post(ORDER, BID)
    assert (503, "MAINTENANCE", "5") == (
        response.status_code, response.json()["code"], response.headers["Retry-After"],
    )
    assert entries == len(venue.log.journal)
    assert 200 == (await ann.get(ORDERS)).status_code
    status = (await venue.http.get("/api/v1/status")).json()
    assert "Maintenance" == status["status"]
    venue.views.log_fullness = 0.69
    assert 200 == (await ann.post(ORDER, BID)).status_code


async def test_a_mistake_of_ours_is_logged_and_answered(
    venue: MemoryVenue, ann: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("a mistake")

    monkeypatch.setattr(venue.command_writer, "submit", broken)
    response = await ann.post(ORDER, BID)
    assert 500 == response.status_code
    assert "SERVER_ERROR" == response.json()["code"]
    assert "mistake" not in response.text
