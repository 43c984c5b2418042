"""Whatever is wrong with a request, its sender is told what, and the journal never hears of it."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from outcry.api.backpack.signing import canonical_text
from rigs.gateway_venue import MemoryVenue, Trader

ORDER = "/api/v1/order"
BID = {
    "symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "100.05", "quantity": "1.5",
}


Ask = Callable[[MemoryVenue, Trader], Awaitable[httpx.Response]]
Refused = Callable[[Awaitable[httpx.Response]], Awaitable[tuple[int, str, str]]]


@pytest.fixture
def refused(venue: MemoryVenue) -> Refused:
    """Status, code and message of a request that must leave no trace in the venue."""
    async def refused(asking: Awaitable[httpx.Response]) -> tuple[int, str, str]:
        entries = len(venue.log.journal)
        response = await asking
        assert entries == len(venue.log.journal)
        body = response.json()
        assert {"code", "message", "retryable"} == set(body)
        assert response.headers["content-type"].startswith("application/json")
        return response.status_code, body["code"], body["message"]

    return refused


@pytest.mark.parametrize(("body", "why"), [
    (b"", "at character 0"),
    (b"{", "at character 1"),
    (b'{"symbol":"SOL_USDC","symbol":"SOL_USDC"}', "a key occurs twice"),
    (b"[]", "expected an object"),
    (b'{"price":NaN}', "NaN is not a number"),
    (b"\xff\xfe", "not UTF-8"),
    (b"[" * 10_000, "nested too deeply"),
])
async def test_malformed_json(
    venue: MemoryVenue, ann: Trader, refused: Refused, body: bytes, why: str
) -> None:
    """It cannot be signed either, so nobody is asked who they are."""
    headers = ann.headers("instruction=orderExecute")
    status, code, message = await refused(venue.http.post(ORDER, content=body, headers=headers))
    assert (400, "INVALID_CLIENT_REQUEST") == (status, code)
    if body:
        assert message.startswith("parse request payload error: ")
        assert why in message


@pytest.mark.parametrize(("extra", "code", "message"), [
    ({"clientOrderId": "mine"}, "INVALID_CLIENT_REQUEST", "Unknown field `clientOrderId`"),
    ({"price": "100.051"}, "INVALID_CLIENT_REQUEST", "Price decimal too long"),
    ({"quantity": "1.505"}, "INVALID_CLIENT_REQUEST", "Quantity decimal too long"),
    ({"price": "-1"}, "INVALID_PRICE", "Price must be from 0.01 to 100000"),
    ({"price": "1e2"}, "INVALID_CLIENT_REQUEST", "Invalid price: not a decimal number"),
    ({"price": 1e300}, "INVALID_CLIENT_REQUEST", "Invalid price: not a decimal number"),
    ({"quantity": "99999999999999999999"}, "INVALID_QUANTITY",
     "Quantity must be from 0.01 to 1000000"),
    ({"quantity": "0"}, "INVALID_QUANTITY", "Quantity must be from 0.01 to 1000000"),
    ({"clientId": 4294967296}, "INVALID_CLIENT_REQUEST",
     "Invalid clientId: expected a whole number from 0 to 4294967295"),
    ({"symbol": "NO_SUCH"}, "INVALID_CLIENT_REQUEST", "Invalid market symbol"),
    ({"triggerPrice": "90", "triggerQuantity": "1", "quantity": None, "triggerBy": "IndexPrice"},
     "NOT_IMPLEMENTED",
     "Invalid triggerBy: there is no index price here; use LastPrice or MarkPrice"),
    ({"triggerPrice": "90"}, "INVALID_CLIENT_REQUEST",
     "Must specify both `triggerPrice` and `triggerQuantity` or neither"),
    ({"slippageTolerance": "1"}, "NOT_IMPLEMENTED",
     "There is no slippage tolerance here: send a limit order with timeInForce IOC"),
])
async def test_orders_that_cannot_be(
    ann: Trader, refused: Refused, extra: dict[str, Any], code: str, message: str
) -> None:
    """Signed well, and still no order."""
    assert (400, code, message) == await refused(ann.post(ORDER, {**BID, **extra}))


def signed_as(
    text: str, *, body: dict[str, Any] = BID, at_ms: int = 0, **headers: str | None
) -> Ask:
    """A request for an order with another text signed, at another time or with other headers."""
    async def ask(venue: MemoryVenue, ann: Trader) -> httpx.Response:
        sent = ann.headers(text, at_ms=venue.now_ms + at_ms)
        for name, value in headers.items():
            key = name.replace("_", "-")
            if value is None:
                del sent[key]
            else:
                sent[key] = value
        return await venue.http.request("POST", ORDER, json=body, headers=sent)

    return ask


RIGHT = canonical_text("orderExecute", {**BID})
STRANGER = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="


@pytest.mark.parametrize(("ask", "status", "code", "message"), [
    (signed_as(RIGHT + "&x=1"), 400, "INVALID_CLIENT_REQUEST", "Invalid signature"),
    (signed_as(RIGHT.replace("100.05", "100.06")), 400, "INVALID_CLIENT_REQUEST",
     "Invalid signature"),
    (signed_as(RIGHT, X_Window="6000"), 400, "INVALID_CLIENT_REQUEST", "Invalid signature"),
    (signed_as(RIGHT, X_Signature="AAAA"), 400, "INVALID_CLIENT_REQUEST",
     "Invalid X-Signature header"),
    (signed_as(RIGHT, X_Signature=None), 400, "INVALID_CLIENT_REQUEST",
     "Missing X-Signature header"),
    (signed_as(RIGHT, X_Window="60001"), 400, "INVALID_CLIENT_REQUEST",
     "Invalid X-Window header: expected 1 to 60000"),
    (signed_as(RIGHT, at_ms=-5001), 400, "INVALID_CLIENT_REQUEST", "Request has expired"),
    (signed_as(RIGHT, at_ms=5001), 400, "INVALID_CLIENT_REQUEST",
     "Invalid timestamp: it is in the future"),
    (signed_as(RIGHT, X_Timestamp="soon"), 400, "INVALID_CLIENT_REQUEST",
     "Invalid timestamp: X-Timestamp is not a time in milliseconds"),
    (signed_as(RIGHT, X_API_Key=None), 401, "UNAUTHORIZED", "Missing X-API-Key header"),
    (signed_as(RIGHT, X_API_Key=STRANGER), 401, "UNAUTHORIZED", "Unknown or revoked API key"),
    (signed_as(RIGHT, X_API_Key="%%%"), 401, "UNAUTHORIZED", "Unknown or revoked API key"),
])
async def test_signatures_that_do_not_hold(
    venue: MemoryVenue, ann: Trader, refused: Refused, ask: Ask, status: int, code: str,
    message: str,
) -> None:
    assert (status, code, message) == await refused(ask(venue, ann))


async def test_a_key_that_may_only_read(ann: Trader, refused: Refused) -> None:
    reader = ann.with_scopes("read")
    assert 200 == (await reader.get("/api/v1/orders")).status_code
    assert (403, "FORBIDDEN", "This API key may not trade") == await refused(
        reader.post(ORDER, BID)
    )


async def test_a_body_without_end(venue: MemoryVenue, ann: Trader, refused: Refused) -> None:
    async def endless() -> Any:
        for _ in range(100):
            yield b" " * 1024
    assert (413, "INVALID_CLIENT_REQUEST", "The request's body is too large") == await refused(
        venue.http.post(ORDER, content=endless(), headers=ann.headers(RIGHT))
    )


@pytest.mark.parametrize("path", [
    "/api/v1/nothing", "/wapi/v1/history/pnl", "/api", "/wapi", "/api/v1/orders/1",
    "/api/v1/order/",
])
async def test_unknown_paths(venue: MemoryVenue, refused: Refused, path: str) -> None:
    assert (404, "RESOURCE_NOT_FOUND", "Not Found") == await refused(venue.http.get(path))


async def test_another_method(venue: MemoryVenue, refused: Refused) -> None:
    assert (405, "INVALID_CLIENT_REQUEST", "Method Not Allowed") == await refused(
        venue.http.post("/api/v1/depth?symbol=SOL_USDC")
    )


@pytest.mark.parametrize(("path", "said"), [
    ("depth", "failed to parse parameter `symbol`: it is required"),
    ("markets?marketType=X", "failed to parse parameter `marketType`"),
    ("depth?symbol=SOL_USDC&limit=30", "failed to parse parameter `limit`"),
    ("depth?symbol=sol_usdc", "Invalid market symbol"),
    ("market?symbol=", "Missing `symbol`"),
    ("ticker?symbol=SOL_USDC&interval=2d", "failed to parse parameter `interval`"),
    ("trades?symbol=SOL_USDC&limit=1001", "failed to parse parameter `limit`"),
    ("trades/history?symbol=SOL_USDC&offset=-1", "failed to parse parameter `offset`"),
    ("klines?symbol=SOL_USDC&interval=1m",
     "failed to parse parameter `startTime`: it is required"),
    ("klines?symbol=SOL_USDC&interval=7m&startTime=1", "failed to parse parameter `interval`"),
    ("klines?symbol=SOL_USDC&interval=1m&startTime=x", "failed to parse parameter `startTime`"),
    ("klines?symbol=SOL_USDC&interval=1s&startTime=1", "at most 5000 candles"),
    ("markPrices?symbol=X", "Symbol not found"),
])
async def test_public_parameters(
    venue: MemoryVenue, refused: Refused, path: str, said: str
) -> None:
    status, code, message = await refused(venue.http.get(f"/api/v1/{path}"))
    assert (400, "INVALID_CLIENT_REQUEST") == (status, code)
    assert said in message


@pytest.mark.parametrize(("path", "query", "message"), [
    ("/api/v1/order", {}, "Missing `symbol`"),
    ("/api/v1/order", {"symbol": "SOL_USDC"},
     "Must specify exactly one of `orderId` and `clientId`"),
    ("/wapi/v1/history/orders", {"limit": "0"}, "Invalid limit: expected 1 to 1000"),
    ("/wapi/v1/history/orders", {"limit": "1001"},
     "Invalid limit: expected a whole number up to 1000"),
    ("/wapi/v1/history/orders", {"orderId": "x"}, "Invalid orderId"),
    ("/wapi/v1/history/orders", {"symbol": "X"}, "Invalid market symbol"),
    ("/wapi/v1/history/fills", {"sortDirection": "Up"},
     "Invalid sortDirection: expected one of Asc, Desc"),
    ("/wapi/v1/history/fills", {"from": "yesterday"},
     "Invalid from: expected a whole number up to 1000000000000000"),
    ("/wapi/v1/capital/deposit/address", {}, "Missing `blockchain`"),
])
async def test_private_parameters(
    ann: Trader, refused: Refused, path: str, query: dict[str, str], message: str
) -> None:
    assert (400, "INVALID_CLIENT_REQUEST", message) == await refused(ann.get(path, **query))


async def test_a_parameter_that_occurs_twice(
    venue: MemoryVenue, ann: Trader, refused: Refused
) -> None:
    text = canonical_text("orderQueryAll", {"symbol": "SOL_USDC"})
    assert (400, "INVALID_CLIENT_REQUEST", "A query parameter occurs twice") == await refused(
        venue.http.get(
            "/api/v1/orders?symbol=ETH_USDC&symbol=SOL_USDC", headers=ann.headers(text)
        )
    )
