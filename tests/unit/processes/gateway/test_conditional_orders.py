"""Orders that wait for a price, and what follows an order: from request to history, over HTTP."""

from typing import Any

import pytest

from outcry.engine.commands import SetQuote
from rigs.gateway_venue import RICH, MemoryVenue, Trader, open_venue

ORDER = "/api/v1/order"
ORDERS = "/api/v1/orders"
HISTORY = "/wapi/v1/history/orders"
STOP = {
    "symbol": "SOL_USDC", "side": "Ask", "orderType": "Market", "triggerPrice": "95",
    "triggerQuantity": "2",
}
SOL_USDC = 1


@pytest.fixture(autouse=True)
async def _last_price(ann: Trader, bob: Trader) -> None:
    """The market has traded at 100."""
    await ann.place("Ask", "1", at="100")
    await bob.place("Bid", "1", at="100")


async def placed(trader: Trader, **body: object) -> Any:
    response = await trader.post(ORDER, {**STOP, **body})
    assert response.status_code == 200, response.text
    return response.json()


async def trade_at(price: str, seller: Trader, buyer: Trader) -> None:
    await buyer.place("Bid", "0.5", at=price)
    await seller.place("Ask", "0.5", at=price)


async def past(trader: Trader, order_id: str) -> Any:
    [order] = (await trader.get(HISTORY, orderId=order_id)).json()
    return order


def told(order: Any, *names: str) -> tuple[Any, ...]:
    return tuple(order[name] for name in names)


async def test_an_order_waits(venue: MemoryVenue, ann: Trader) -> None:
    """It is open, with all it was asked for, and reserves nothing."""
    before = (await ann.get("/api/v1/capital")).json()
    order = await placed(ann, clientId=7, triggerBy="LastPrice")
    assert {
        "id": order["id"], "clientId": 7, "symbol": "SOL_USDC", "side": "Ask",
        "orderType": "Market", "status": "TriggerPending", "timeInForce": "GTC",
        "selfTradePrevention": "RejectTaker", "createdAt": venue.now_ms,
        "executedQuantity": "0", "executedQuoteQuantity": "0", "quantity": None,
        "quoteQuantity": None, "reduceOnly": None, "slippageTolerance": None,
        "slippageToleranceType": None, "triggerBy": "LastPrice", "triggerPrice": "95",
        "triggerQuantity": "2", "triggeredAt": None, "relatedOrderId": None,
        "strategyId": None, "systemOrderType": None, "takeProfitTriggerPrice": None,
        "takeProfitLimitPrice": None, "takeProfitTriggerBy": None,
        "stopLossTriggerPrice": None, "stopLossLimitPrice": None, "stopLossTriggerBy": None,
    } == order
    assert before == (await ann.get("/api/v1/capital")).json()
    assert [order] == (await ann.get(ORDERS)).json()
    assert order == (await ann.get(ORDER, symbol="SOL_USDC", clientId="7")).json()
    assert ("TriggerPending", None, "95", "2") == told(
        await past(ann, order["id"]), "status", "expiryReason", "triggerPrice",
        "triggerQuantity",
    )


async def test_a_trigger_fires(venue: MemoryVenue, ann: Trader, bob: Trader) -> None:
    """The order is matched like any other then, under the id it has."""
    order = await placed(ann)
    await bob.place("Bid", "3", at="94")
    venue.now_ms += 1_000
    await trade_at("95", ann, bob)
    done = await past(ann, order["id"])
    assert ("Filled", "2", "2", "188", venue.now_ms) == told(
        done, "status", "quantity", "triggerQuantity", "executedQuoteQuantity", "triggeredAt"
    )
    assert [] == (await ann.get(ORDERS)).json()


async def test_a_limit_order_rests_once_triggered(
    venue: MemoryVenue, ann: Trader, bob: Trader
) -> None:
    order = await placed(ann, orderType="Limit", price="96")
    await trade_at("95", ann, bob)
    [open_order] = (await ann.get(ORDERS)).json()
    assert (order["id"], "New", "96", "2", venue.now_ms) == told(
        open_order, "id", "status", "price", "quantity", "triggeredAt"
    )


async def test_the_mark_can_fire_it(venue: MemoryVenue, ann: Trader, bob: Trader) -> None:
    """An order that follows the mark does not care about trades."""
    def quote(price: int) -> SetQuote:
        return SetQuote(
            instrument_id=SOL_USDC, bid=price * 10**6, ask=price * 10**6,
            source_ms=venue.now_ms,
        )

    await venue.command_writer.submit(quote(100))
    order = await placed(ann, triggerBy="MarkPrice")
    assert "MarkPrice" == order["triggerBy"]
    await trade_at("90", ann, bob)
    assert "TriggerPending" == (await past(ann, order["id"]))["status"]
    await venue.command_writer.submit(quote(95))
    assert "Expired" == (await past(ann, order["id"]))["status"]


async def test_a_share_of_what_is_free_then(ann: Trader, bob: Trader) -> None:
    """The percentage stays what was asked for; the quantity is what it came to."""
    order = await placed(ann, triggerQuantity="50%")
    assert (None, "50%") == told(order, "quantity", "triggerQuantity")
    await bob.place("Bid", "80", at="94")
    await trade_at("95", ann, bob)
    # Ann had 100, sold 1, and has sold 0.5 to set it off.
    assert ("Filled", "49.25", "50%") == told(
        await past(ann, order["id"]), "status", "quantity", "triggerQuantity"
    )


async def test_a_trigger_that_fails(venue: MemoryVenue, ann: Trader, bob: Trader) -> None:
    """The order that cannot be placed then says why, in history."""
    order = await placed(ann, orderType="Limit", price="96", triggerQuantity="1000")
    await trade_at("95", ann, bob)
    assert ("TriggerFailed", "InsufficientFunds", venue.now_ms) == told(
        await past(ann, order["id"]), "status", "expiryReason", "triggeredAt"
    )
    assert [] == (await ann.get(ORDERS)).json()
    assert 404 == (
        await ann.get(ORDER, symbol="SOL_USDC", orderId=order["id"])
    ).status_code


async def test_exits_come_with_what_was_filled(ann: Trader, bob: Trader) -> None:
    """Each names the order it belongs to; when one fires the other is gone."""
    exits = {
        "takeProfitTriggerPrice": "110", "takeProfitTriggerBy": "LastPrice",
        "stopLossTriggerPrice": "90", "stopLossLimitPrice": "89",
    }
    entered = await ann.place("Bid", "2", at="100", **exits)
    assert ("110", None, "LastPrice", "90", "89", "LastPrice") == told(
        entered, "takeProfitTriggerPrice", "takeProfitLimitPrice", "takeProfitTriggerBy",
        "stopLossTriggerPrice", "stopLossLimitPrice", "stopLossTriggerBy",
    )
    await bob.place("Ask", "2", at="100")
    profit, loss = (await ann.get(ORDERS)).json()
    # The fee was taken from what was bought, and lots are whole.
    assert ("TriggerPending", "Ask", "Market", "110", "1.99", entered["id"]) == told(
        profit, "status", "side", "orderType", "triggerPrice", "triggerQuantity",
        "relatedOrderId",
    )
    assert ("TriggerPending", "Ask", "Limit", "90", "89", entered["id"]) == told(
        loss, "status", "side", "orderType", "triggerPrice", "price", "relatedOrderId"
    )
    await bob.place("Bid", "5", at="110")
    await ann.place("Ask", "1", at="110")
    assert "Filled" == (await past(ann, profit["id"]))["status"]
    assert ("Cancelled", None) == told(await past(ann, loss["id"]), "status", "expiryReason")
    assert [] == (await ann.get(ORDERS)).json()


@pytest.mark.parametrize(("filled", "exits"), [("2", "1.99"), ("0.01", "0")])
async def test_the_answer_says_the_quantity_that_the_exits_have(
    venue: MemoryVenue, ann: Trader, bob: Trader, filled: str, exits: str
) -> None:
    """The fee comes off what was bought; of one lot nothing is left, and both exits have failed."""
    await bob.place("Ask", filled, at="100")
    entered = await ann.place(
        "Bid", filled, at="100", takeProfitTriggerPrice="110", stopLossTriggerPrice="90"
    )
    assert ("Filled", exits) == told(entered, "status", "exitQuantity")
    waiting = (await ann.get(ORDERS)).json()
    assert ([exits] * 2 if exits != "0" else []) == [each["triggerQuantity"] for each in waiting]
    ended = [told(each, "status", "relatedOrderId") for each in (await ann.get(HISTORY)).json()]
    if exits == "0":
        assert [("TriggerFailed", entered["id"])] * 2 == ended[:2]
    assert "exitQuantity" not in await ann.place("Bid", "1", at="50", stopLossTriggerPrice="40")


async def test_cancel_by_kind(ann: Trader) -> None:
    """Those that rest, those that wait, or all."""
    async def both() -> tuple[str, str]:
        resting = await ann.place("Bid", "1", at="50")
        return resting["id"], (await placed(ann))["id"]

    async def canceled(**kind: str) -> list[str]:
        answer = await ann.delete(ORDERS, {"symbol": "SOL_USDC", **kind})
        assert {"Cancelled"} >= {order["status"] for order in answer.json()}
        return [order["id"] for order in answer.json()]

    resting, waiting = await both()
    assert [waiting] == await canceled(orderType="ConditionalOrder")
    assert [] == await canceled(orderType="ConditionalOrder")
    assert [resting] == await canceled(orderType="RestingLimitOrder")
    assert list(await both()) == await canceled()


async def test_cancel_all_names_what_it_was_asked_for(ann: Trader, bob: Trader) -> None:
    """Not the exit that made way for the other, which fired because of it."""
    entered = await ann.place(
        "Bid", "2", at="100", takeProfitTriggerPrice="110", stopLossTriggerPrice="101"
    )
    await bob.place("Ask", "1", at="100")
    canceled = (await ann.delete(ORDERS, {"symbol": "SOL_USDC"})).json()
    assert [(entered["id"], "Cancelled", "1")] == [
        told(order, "id", "status", "executedQuantity") for order in canceled
    ]
    loss, profit = (await ann.get(HISTORY, limit="2")).json()
    assert [("Cancelled", entered["id"]), ("Expired", entered["id"])] == [
        told(order, "status", "relatedOrderId") for order in (profit, loss)
    ]


async def test_a_waiting_order_is_canceled_by_either_id(ann: Trader, bob: Trader) -> None:
    order = await placed(ann, clientId=7)
    mine = {"symbol": "SOL_USDC", "clientId": 7}
    assert 404 == (await bob.delete(ORDER, mine)).status_code
    assert {**order, "status": "Cancelled"} == (await ann.delete(ORDER, mine)).json()
    assert ("Cancelled", None, None) == told(
        await past(ann, order["id"]), "status", "quantity", "triggeredAt"
    )
    assert 404 == (await ann.delete(ORDER, mine)).status_code


async def test_a_batch_of_them(ann: Trader) -> None:
    answers = (await ann.post(ORDERS, [
        STOP, {**STOP, "triggerQuantity": None}, {**STOP, "triggerPrice": "120"},
    ])).json()
    assert [("Ok", "TriggerPending"), ("Err", None), ("Ok", "TriggerPending")] == [
        (answer["operation"], answer.get("status")) for answer in answers
    ]


async def test_without_a_price_there_is_nothing_to_follow() -> None:
    async with open_venue() as venue:
        ann = await venue.trader(**RICH)
        refused = await ann.post(ORDER, STOP)
        assert (400, "INVALID_PRICE") == (refused.status_code, refused.json()["code"])


@pytest.mark.parametrize("recorded", [False, True])
async def test_history_has_them_whoever_remembers(
    venue: MemoryVenue, ann: Trader, bob: Trader, *, recorded: bool
) -> None:
    """The order and its exits, in the order they were placed, wherever history reaches."""
    stop = await placed(ann)
    entered = await ann.place(
        "Bid", "2", at="100", takeProfitTriggerPrice="110", stopLossTriggerPrice="90"
    )
    if recorded:
        venue.history.catch_up()
    await bob.place("Ask", "2", at="100")
    history = (await ann.get(HISTORY)).json()
    ids = [int(order["id"]) for order in history]
    assert sorted(ids, reverse=True) == ids
    assert ["TriggerPending", "TriggerPending", "Filled", "TriggerPending", "Filled"] == [
        order["status"] for order in history
    ]
    assert [entered["id"], entered["id"], None, None, None] == [
        order["relatedOrderId"] for order in history
    ]
    assert stop["id"] == history[3]["id"]
    venue.history.catch_up()
    venue.views.forget(venue.history.recorded)
    assert history == (await ann.get(HISTORY)).json()
