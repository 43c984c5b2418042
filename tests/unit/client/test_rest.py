"""REST calls are signed as the venue checks them, typed as they come back, and made once."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from nacl.signing import VerifyKey

from outcry.api.backpack.bodies import parse_batch, parse_json, parse_members
from outcry.api.backpack.signing import check_signature, read_public_key, read_signature
from outcry.client import (
    ApiKey,
    Exit,
    OrderRequest,
    PlacedOrder,
    Refused,
    RefusedOrder,
    RestClient,
    Unreachable,
    Unreadable,
    WithdrawalRequest,
)

KEY = ApiKey(
    "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
)
ORDER = {
    "id": "12", "clientId": 7, "symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit",
    "status": "New", "timeInForce": "GTC", "selfTradePrevention": "RejectTaker",
    "createdAt": 1700000000000, "executedQuantity": "0", "executedQuoteQuantity": "0",
    "quantity": "2.5", "price": "141.07", "postOnly": True, "reduceOnly": None,
}
LIMIT = OrderRequest(
    symbol="SOL_USDC", side="Bid", price=Decimal("141.07"), quantity=Decimal("2.5"),
    post_only=True, client_id=7,
)


WITHDRAW = WithdrawalRequest(
    symbol="USDC", quantity=Decimal("5.50"), address="a/b c", blockchain="Solana", client_id="mine"
)
WITHDRAWAL = {
    "id": 3, "symbol": "USDC", "quantity": "5.5", "fee": "0", "status": "confirmed",
    "createdAt": "2026-11-20T10:00:00", "clientId": "mine", "isInternal": True,
}
DEPOSIT = {
    "id": 2, "symbol": "USDC", "quantity": "10", "status": "confirmed", "source": "administrator",
    "createdAt": "2026-11-20T10:00:00",
}


BODY = web.RequestKey("body", bytes)


class Seen:
    """What the venue was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, dict[str, str], object]] = []


@asynccontextmanager
async def venue(
    answer: Callable[[web.Request], web.StreamResponse], *, key: ApiKey | None = KEY
) -> AsyncGenerator[tuple[RestClient, Seen], None]:
    """A venue that gives one answer to everything, and a client of it."""
    seen = Seen()

    async def handle(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        content = parse_json(body) if body else None
        seen.calls.append((request.method, request.path, dict(request.query), content))
        request[BODY] = body
        return answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with TestServer(app) as server, RestClient(
        str(server.make_url("")), key=key, request_s=5
    ) as rest:
        yield rest, seen


def says(value: object, status: int = 200) -> Callable[[web.Request], web.Response]:
    return lambda _: web.Response(
        status=status, body=msgspec.json.encode(value), content_type="application/json"
    )


def checked(
    instruction: str, value: object, *, batch: bool = False
) -> Callable[[web.Request], web.Response]:
    """Answer only when the request is signed for this instruction."""

    def answer(request: web.Request) -> web.Response:
        headers = request.headers
        signature = read_signature(
            headers.get("X-API-Key"), headers.get("X-Signature"), headers.get("X-Timestamp"),
            headers.get("X-Window"),
        )
        body: bytes = request[BODY]
        parts = parse_batch(body) if batch else [parse_members(body) or dict(request.query)]
        check_signature(
            VerifyKey(read_public_key(signature.api_key)), signature, instruction, parts
        )
        return says(value)(request)

    return answer


async def test_an_order_is_signed_and_typed() -> None:
    """The body carries decimals as text; the answer has exact ones."""
    async with venue(checked("orderExecute", ORDER)) as (rest, seen):
        order = await rest.place_order(LIMIT)
    assert ("12", Decimal("141.07"), Decimal("2.5"), True) == (
        order.id, order.price, order.remaining, order.is_open
    )
    assert ("POST", "/api/v1/order", {}, {
        "symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "141.07",
        "quantity": "2.5", "postOnly": True, "clientId": "7",
    }) == seen.calls[0]


async def test_a_batch_answers_order_by_order() -> None:
    """Placed and refused orders keep their places."""
    answers = [
        {**ORDER, "operation": "Ok"},
        {"operation": "Err", "code": "INVALID_ORDER", "message": "no"},
    ]
    async with venue(checked("orderExecute", answers, batch=True)) as (rest, _):
        placed, refused = await rest.place_orders([LIMIT, LIMIT])
        assert isinstance(placed, PlacedOrder)
        assert RefusedOrder(code="INVALID_ORDER", message="no") == refused
        with pytest.raises(Unreadable):
            await rest.place_orders([LIMIT])


@pytest.mark.parametrize(("call", "instruction", "answer"), [
    (lambda rest: rest.balances(), "balanceQuery", {}),
    (lambda rest: rest.open_orders(), "orderQueryAll", [ORDER]),
    (lambda rest: rest.open_orders("SOL_USDC"), "orderQueryAll", [ORDER]),
    (lambda rest: rest.order("SOL_USDC", client_id=7), "orderQuery", ORDER),
    (lambda rest: rest.cancel_order("SOL_USDC", order_id="12"), "orderCancel", ORDER),
    (lambda rest: rest.cancel_orders("SOL_USDC"), "orderCancelAll", [ORDER]),
    (
        lambda rest: rest.cancel_orders("SOL_USDC", "ConditionalOrder"), "orderCancelAll", [ORDER],
    ),
    (
        lambda rest: rest.replace_order(
            "SOL_USDC", client_id=7, price=Decimal("1.50"), quantity=Decimal(2)
        ), "orderReplace", ORDER,
    ),
    (lambda rest: rest.order_history("SOL_USDC", order_id="1"), "orderHistoryQueryAll", []),
    (lambda rest: rest.order_history(oldest_first=True), "orderHistoryQueryAll", []),
    (lambda rest: rest.fill_history(from_ms=1, to_ms=2), "fillHistoryQueryAll", []),
    (lambda rest: rest.deposits(from_ms=1), "depositQueryAll", [DEPOSIT]),
    (lambda rest: rest.withdrawals(limit=5), "withdrawalQueryAll", [WITHDRAWAL]),
    (lambda rest: rest.withdraw(WITHDRAW), "withdraw", WITHDRAWAL),
    (lambda rest: rest.fill_history(limit=5), "fillHistoryQueryAll", []),
    (lambda rest: rest.account(), "accountQuery", {"spotMakerFee": "2", "spotTakerFee": "5"}),
])
async def test_every_private_call_is_signed(
    call: Callable[[RestClient], Awaitable[object]], instruction: str, answer: object
) -> None:
    """The server's own check accepts each of them."""
    async with venue(checked(instruction, answer)) as (rest, _):
        await call(rest)


async def test_what_changes_is_said_and_nothing_else() -> None:
    async with venue(says(ORDER)) as (rest, seen):
        await rest.replace_order("SOL_USDC", order_id="12", quantity=Decimal("2.50"))
        assert ("PATCH", "/api/v1/order", {}, {
            "symbol": "SOL_USDC", "orderId": "12", "quantity": "2.50",
        }) == seen.calls[0]
        with pytest.raises(ValueError, match="another price"):
            await rest.replace_order("SOL_USDC", order_id="12")
        with pytest.raises(ValueError, match="exactly one"):
            await rest.cancel_order("SOL_USDC", order_id="12", client_id=7)
        assert 1 == len(seen.calls)


def test_an_order_that_waits_and_its_exits() -> None:
    """In Backpack's words; what is not set is left out."""
    order = OrderRequest(
        symbol="SOL_USDC", side="Ask", order_type="Market", trigger_price=Decimal("90"),
        trigger_quantity="80%", trigger_by="MarkPrice",
    )
    assert {
        "symbol": "SOL_USDC", "side": "Ask", "orderType": "Market", "triggerPrice": "90",
        "triggerQuantity": "80%", "triggerBy": "MarkPrice",
    } == order.members()
    order = OrderRequest(
        symbol="SOL_USDC", side="Bid", price=Decimal("1E+2"), quantity=Decimal("1.0"),
        take_profit=Exit(trigger_price=Decimal(120), limit_price=Decimal("119.5")),
        stop_loss=Exit(trigger_price=Decimal(80), follows="LastPrice"),
    )
    assert {
        "symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "100",
        "quantity": "1.0", "takeProfitTriggerPrice": "120", "takeProfitLimitPrice": "119.5",
        "stopLossTriggerPrice": "80", "stopLossTriggerBy": "LastPrice",
    } == order.members()


async def test_a_waiting_order_is_typed() -> None:
    answer = {
        **ORDER, "status": "TriggerPending", "quantity": None, "triggerPrice": "90",
        "triggerQuantity": "80%", "triggerBy": "LastPrice", "relatedOrderId": "5",
        "takeProfitTriggerPrice": "120", "takeProfitLimitPrice": None, "triggeredAt": None,
    }
    async with venue(says(answer)) as (rest, _):
        order = await rest.order("SOL_USDC", order_id="12")
        assert (True, False, Decimal(90), "80%", "5", Decimal(120), Decimal(0)) == (
            order.is_waiting, order.is_open, order.trigger_price, order.trigger_quantity,
            order.related_order_id, order.take_profit_trigger_price, order.remaining,
        )


async def test_history_is_read_page_by_page_however_much_is_new_meanwhile() -> None:
    """Oldest first, so that nothing moves to another page while pages are asked for."""
    rows = [{**ORDER, "id": str(number), "createdAt": "2026-11-20T10:00:00"}
            for number in range(25)]

    def page(request: web.Request) -> web.Response:
        assert "Asc" == request.query["sortDirection"]
        rows.append({**rows[-1], "id": str(len(rows))})
        offset, limit = (int(request.query[name]) for name in ("offset", "limit"))
        return says(rows[offset : offset + limit])(request)
    async with venue(page) as (rest, seen):
        found = [order.id async for order in rest.every_order("SOL_USDC", page=10)]
        assert [str(number) for number in range(28)] == found
        assert ["0", "10", "20"] == [call[2]["offset"] for call in seen.calls]


async def test_a_cancel_that_was_only_noted_is_none() -> None:
    """202 without a body means: it will be done."""
    async with venue(lambda _: web.Response(status=202)) as (rest, _):
        assert await rest.cancel_order("SOL_USDC", order_id="1") is None
        assert [] == await rest.cancel_orders("SOL_USDC")


@pytest.mark.parametrize(("answer", "code", "message"), [
    (says({"code": "INVALID_ORDER", "message": "no"}, 400), "INVALID_ORDER", "no"),
    (lambda _: web.Response(status=502, text="Bad Gateway"), "", "Bad Gateway"),
    (says({"code": "TIMEOUT", "message": "?"}, 503), "TIMEOUT", "?"),
])
async def test_a_refusal_says_why(answer: Any, code: str, message: str) -> None:
    """Code and message come through, and plain text too; 5xx leaves the outcome open."""
    async with venue(answer) as (rest, seen):
        with pytest.raises(Refused) as caught:
            await rest.place_order(LIMIT)
        assert (code, message) == (caught.value.code, caught.value.message)
        assert (caught.value.status >= 500) == caught.value.outcome_unknown
        assert 1 == len(seen.calls)


async def test_no_answer_is_told_from_a_refusal_and_nothing_is_sent_twice() -> None:
    """A connection that breaks after an order was sent leaves the outcome open."""
    def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()
    async with venue(hang_up) as (rest, seen):
        with pytest.raises(Unreachable):
            await rest.place_order(LIMIT)
        assert 1 == len(seen.calls)
    async with RestClient("http://127.0.0.1:1") as rest:
        with pytest.raises(Unreachable):
            await rest.markets()


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"id": 5}', "<html>"])
async def test_an_answer_that_is_not_the_apis_is_told(text: str) -> None:
    """A proxy's page or a changed API does not turn into an order."""
    async with venue(lambda _: web.Response(text=text)) as (rest, _):
        with pytest.raises(Unreadable):
            await rest.place_order(LIMIT)


async def test_market_data_needs_no_key() -> None:
    """Private calls without a key fail before anything is sent."""
    depth = {
        "asks": [["2", "1"]], "bids": [["1", "0.5"]], "lastUpdateId": "9", "timestamp": 1,
    }
    async with venue(says(depth), key=None) as (rest, seen):
        assert [(Decimal(2), Decimal(1))] == (await rest.depth("SOL_USDC")).asks
        with pytest.raises(ValueError, match="API key"):
            await rest.balances()
        assert 1 == len(seen.calls)
