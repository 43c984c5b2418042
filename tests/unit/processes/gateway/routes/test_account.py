"""What an account learns about itself: complete at once, whatever the recorder has reached."""

import asyncio
from typing import Any

import pytest

from outcry.processes.gateway.routes.empty import PRIVATE_EMPTY
from rigs.gateway_venue import START_MS, MemoryVenue, Trader
from rigs.patience import PATIENCE_S

ORDER = "/api/v1/order"
ORDER_HISTORY = "/wapi/v1/history/orders"
FILL_HISTORY = "/wapi/v1/history/fills"


async def read(trader: Trader, path: str, **query: str) -> Any:
    response = await trader.get(path, **query)
    assert response.status_code == 200, response.text
    return response.json()


async def test_fees_are_in_basis_points(ann: Trader) -> None:
    account = await read(ann, "/api/v1/account")
    assert ("2", "5") == (account["spotMakerFee"], account["spotTakerFee"])
    assert account["limitOrders"] > 0


async def test_balances_add_up_to_the_last_unit(ann: Trader, bob: Trader) -> None:
    """The buyer pays the fee in what it buys, the seller in what it gets."""
    await ann.place("Bid", "1.23", at="101.37")
    await bob.place("Ask", "1.23", at="101.37")
    # 1.23 x 101.37 = 124.6851; the maker pays 2 bps of 1.23 SOL, the taker 5 of 124.6851 USDC.
    anns = await read(ann, "/api/v1/capital")
    assert {"available": "9875.3149", "locked": "0", "staked": "0"} == anns["USDC"]
    assert "101.229754" == anns["SOL"]["available"]
    bobs = await read(bob, "/api/v1/capital")
    assert "98.77" == bobs["SOL"]["available"]
    assert "10124.622757" == bobs["USDC"]["available"]
    fills = await read(bob, FILL_HISTORY)
    assert [{
        "tradeId": 1, "orderId": "2", "clientId": None, "symbol": "SOL_USDC", "side": "Ask",
        "price": "101.37", "quantity": "1.23", "fee": "0.062343", "feeSymbol": "USDC",
        "isMaker": False, "timestamp": "2026-09-21T14:13:20.000", "systemOrderType": None,
    }] == fills


async def test_an_order_in_history(ann: Trader) -> None:
    await ann.place("Ask", "1", at="100", timeInForce="IOC", clientId=9)
    [order] = await read(ann, ORDER_HISTORY)
    assert {
        "id": "1", "clientId": 9, "symbol": "SOL_USDC", "side": "Ask", "orderType": "Limit",
        "status": "Expired", "expiryReason": "ImmediateOrCancel", "timeInForce": "IOC",
        "createdAt": "2026-09-21T14:13:20.000", "executedQuantity": "0",
        "executedQuoteQuantity": "0", "quantity": "1", "price": "100", "postOnly": False,
        "quoteQuantity": None,
    }.items() <= order.items()


@pytest.mark.parametrize("recorded_after", range(7))
async def test_history_is_complete_wherever_the_recorder_is(
    venue: MemoryVenue, ann: Trader, bob: Trader, recorded_after: int
) -> None:
    """Whatever is recorded and whatever is not, the answers are the same, page by page."""
    async def step(number: int) -> None:
        if number == recorded_after:
            venue.history.catch_up()
            venue.views.note_recorded(venue.history.recorded)
        await venue.pass_time(1)

    await step(0)
    await ann.place("Bid", "5", at="100", clientId=1)
    await step(1)
    await bob.place("Ask", "1")
    await step(2)
    await ann.place("Bid", "1", at="90")
    await step(3)
    await bob.place("Ask", "1", at="100")
    await step(4)
    await ann.delete(ORDER, {"symbol": "SOL_USDC", "clientId": "1"})
    await step(5)
    await ann.place("Ask", "1", at="120")
    await step(6)
    orders = await read(ann, ORDER_HISTORY)
    assert [("5", "New", "0"), ("3", "New", "0"), ("1", "Cancelled", "2")] == [
        (order["id"], order["status"], order["executedQuantity"]) for order in orders
    ]
    fills = await read(ann, FILL_HISTORY)
    assert [2, 1] == [fill["tradeId"] for fill in fills]
    assert ["1", "1"] == [fill["clientId"] for fill in fills]
    for limit in (1, 2, 3):
        for path, rows in ((ORDER_HISTORY, orders), (FILL_HISTORY, fills)):
            for offset in range(5):
                page = {"limit": str(limit), "offset": str(offset)}
                assert rows[offset : offset + limit] == await read(ann, path, **page)
                assert rows[::-1][offset : offset + limit] == await read(
                    ann, path, **page, sortDirection="Asc"
                )


async def test_history_can_be_narrowed(venue: MemoryVenue, ann: Trader, bob: Trader) -> None:
    """By order, market, time and kind; in camel case and in snake case."""
    await ann.place("Bid", "1", at="100")
    await bob.place("Ask", "1")
    venue.history.catch_up()
    await venue.pass_time(1_000)
    await ann.place("Bid", "1", at="100")
    await bob.place("Ask", "1")
    assert ["3"] == [o["id"] for o in await read(ann, ORDER_HISTORY, orderId="3")]
    assert ["1"] == [o["id"] for o in await read(ann, ORDER_HISTORY, order_id="1")]
    assert [] == await read(ann, ORDER_HISTORY, orderId="2"), "it is Bob's"
    assert [] == await read(ann, ORDER_HISTORY, symbol="ETH_USDC")
    assert [] == await read(ann, ORDER_HISTORY, marketType="PERP")
    assert [] == await read(ann, ORDER_HISTORY, strategyId="1")
    assert ["3"] == [f["orderId"] for f in await read(ann, FILL_HISTORY, orderId="3")]
    late = str(START_MS + 1_000)
    assert [2] == [f["tradeId"] for f in await read(ann, FILL_HISTORY, **{"from": late})]
    assert [1] == [
        f["tradeId"] for f in await read(ann, FILL_HISTORY, to=str(START_MS + 999))
    ]
    assert [2, 1] == [
        f["tradeId"] for f in await read(ann, FILL_HISTORY, fillType="User")
    ]
    assert [1, 2] == [
        f["tradeId"] for f in await read(ann, FILL_HISTORY, sort_direction="Asc")
    ]
    assert [] == await read(ann, FILL_HISTORY, fill_type="Liquidation")


async def test_pages_say_which_they_are(ann: Trader) -> None:
    response = await ann.get(ORDER_HISTORY, limit="50", offset="100")
    assert ("50", "2") == (
        response.headers["X-PAGE-SIZE"], response.headers["X-CURRENT-PAGE"]
    )


async def test_deposits_are_waited_for(venue: MemoryVenue, ann: Trader) -> None:
    """Their ids are the recorder's; one of this moment is listed when it is recorded."""
    asking = asyncio.create_task(read(ann, "/wapi/v1/capital/deposits"))
    async with asyncio.timeout(PATIENCE_S):
        while not venue.history.asked:  # noqa: ASYNC110 - only the question can tell.
            await asyncio.sleep(0)
    venue.history.catch_up()
    deposits = await asking
    assert [("SOL", "100", "confirmed"), ("USDC", "10000", "confirmed")] == [
        (deposit["symbol"], deposit["quantity"], deposit["status"]) for deposit in deposits
    ]
    assert [] == await read(ann, "/wapi/v1/capital/withdrawals", endTime="1")


@pytest.mark.parametrize("recorded", [0, 3, 5])
async def test_pages_are_counted(
    venue: MemoryVenue, ann: Trader, bob: Trader, recorded: int
) -> None:
    """Wherever history reaches, a page says how many there are; and times choose among them."""
    times = []
    for number in range(5):
        venue.now_ms += 1_000
        times.append(venue.now_ms)
        await ann.place("Bid", "1", at="100")
        await bob.place("Ask", "1", at="100")
        if number + 1 == recorded:
            venue.history.catch_up()
    for path in (ORDER_HISTORY, FILL_HISTORY):
        for query, expected in (
            ({}, ("1", "0", "100", "5")),
            ({"limit": "2"}, ("3", "0", "2", "5")),
            ({"limit": "2", "offset": "4"}, ("3", "2", "2", "5")),
            ({"limit": "2", "offset": "4", "sort_direction": "Asc"}, ("3", "2", "2", "5")),
            ({"limit": "2", "offset": "9"}, ("3", "4", "2", "5")),
            ({"limit": "2", "symbol": "BTC_USDC"}, ("0", "0", "2", "0")),
            ({"limit": "1", "from": str(times[1]), "to": str(times[3])}, ("3", "0", "1", "3")),
            ({"limit": "1", "marketType": "PERP"}, ("0", "0", "1", "0")),
        ):
            response = await ann.get(path, **query)
            assert expected == tuple(response.headers[name] for name in (
                "X-PAGE-COUNT", "X-CURRENT-PAGE", "X-PAGE-SIZE", "X-TOTAL",
            )), query
    orders = await read(ann, ORDER_HISTORY, **{"from": str(times[1]), "to": str(times[3])})
    assert ["7", "5", "3"] == [order["id"] for order in orders]


async def test_pages_of_other_origins_can_read_the_counts(venue: MemoryVenue, ann: Trader) -> None:
    headers = ann.headers("instruction=orderHistoryQueryAll")
    answer = await venue.http.get(
        ORDER_HISTORY, headers={**headers, "Origin": "https://elsewhere.example"}
    )
    assert {"X-PAGE-COUNT", "X-CURRENT-PAGE", "X-PAGE-SIZE", "X-TOTAL"} <= set(
        answer.headers["Access-Control-Expose-Headers"].split(", ")
    )


async def test_what_does_not_exist_is_empty(venue: MemoryVenue, ann: Trader) -> None:
    for [path] in (handler.paths for handler in PRIVATE_EMPTY):
        assert [] == await read(ann, path)
        assert 401 == (await venue.http.get(path)).status_code
    address = await read(ann, "/wapi/v1/capital/deposit/address", blockchain="Solana")
    assert {"address": "no-deposits-from-chains:ask-the-operator-of-this-venue"} == address
    assert 400 == (await ann.get("/wapi/v1/capital/deposit/address")).status_code


async def test_there_is_nothing_to_set(venue: MemoryVenue, ann: Trader) -> None:
    """Clients set lending when they start; it is taken as read, from who may trade."""
    text = "instruction=accountUpdate&autoLend=true"
    for trader, status in ((ann, 200), (ann.with_scopes("read"), 403)):
        answer = await venue.http.patch(
            "/api/v1/account", content=b'{"autoLend":true}', headers=trader.headers(text)
        )
        assert status == answer.status_code
        assert (answer.content == b"") == (status == 200)


async def test_what_is_recorded_can_be_forgotten(
    venue: MemoryVenue, ann: Trader, bob: Trader
) -> None:
    """History goes on being complete when the views let go of what it has."""
    await ann.place("Bid", "1", at="100")
    await bob.place("Ask", "1")
    before = await read(ann, ORDER_HISTORY), await read(ann, FILL_HISTORY)
    venue.history.catch_up()
    venue.views.forget(venue.history.recorded)
    assert None is venue.views.venue.orders.order(1)
    assert before == (await read(ann, ORDER_HISTORY), await read(ann, FILL_HISTORY))
