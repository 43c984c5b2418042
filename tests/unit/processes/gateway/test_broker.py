"""The broker's route and the desk's own routes, at a venue in memory."""

import asyncio
import uuid
from http.cookies import SimpleCookie
from typing import Any

import pytest

from outcry.engine.commands import SetQuote, SetQuoteRules, SetSession
from outcry.engine.units import InstrumentId
from rigs.gateway_venue import MemoryVenue, open_venue
from rigs.memory_users import token_in
from rigs.patience import PATIENCE_S

OURS = {"Origin": "http://venue"}
LONG = {"asset": "SOL_USDC", "direction": "LONG", "margin": 1000, "leverage": 100}


async def sign_in(venue: MemoryVenue, email: str = "ann@example.org") -> None:
    await venue.http.post("/api/v1/user/signup", json={"email": email})
    answer = await venue.http.post(
        "/api/v1/user/signin/post", json={"token": token_in(venue.mailer.mails[-1].text)}
    )
    cookie = SimpleCookie(answer.headers["set-cookie"])["authToken"].value
    venue.http.headers["Cookie"] = f"authToken={cookie}"


async def quote(venue: MemoryVenue, price: int, asset: str = "SOL_USDC") -> None:
    """Bid and ask alike, in whole USDC."""
    contract = venue.views.venue.cfd.contract(asset)
    assert contract is not None
    price *= 10**contract.price_decimals
    await venue.command_writer.submit(SetQuote(
        instrument_id=contract.instrument_id, bid=price, ask=price, source_ms=venue.now_ms
    ))


async def tell(venue: MemoryVenue, command: str, **fields: Any) -> tuple[int, dict[str, Any]]:
    answer = await venue.http.post(
        "/api/v1/engine", json={"command": command, **fields}, headers=OURS
    )
    return answer.status_code, answer.json()


async def stored(venue: MemoryVenue, count: int) -> None:
    """Wait until so many latencies are."""
    async with asyncio.timeout(PATIENCE_S):
        while len(venue.latencies.measured) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_each_answered_command_is_measured(venue: MemoryVenue) -> None:
    """Reads and refusals as well; what is turned away at the door is not."""
    _, stranger = await tell(venue, "GET_BALANCE")
    await sign_in(venue)
    _, read = await tell(venue, "GET_BALANCE")
    _, wrong = await tell(venue, "CLOSE_TRADE", tradeId="5")
    await stored(venue, 3)
    expected = [
        (stranger, None, "UNKNOWN", False), (read, 501, "GET_BALANCE", True),
        (wrong, 501, "CLOSE_TRADE", False),
    ]
    for (answer, user_id, command, success), row in zip(
        expected, venue.latencies.measured, strict=True
    ):
        assert uuid.UUID(answer["orderId"]).bytes == row.request_id
        assert (user_id, command, success, answer.get("error"), answer["latency"]) == row[1:]


@pytest.mark.parametrize("name", [rb"\ud800", rb"\u0000"])
async def test_what_is_no_character_is_not_repeated(venue: MemoryVenue, name: bytes) -> None:
    """No answer could carry it, and no database keep it: a gateway once ended over it."""
    await sign_in(venue)
    answer = await venue.http.post(
        "/api/v1/engine", content=b'{"command":"GET_BALANCE","' + name + b'":1}', headers=OURS
    )
    assert (400, False) == (answer.status_code, answer.json()["success"])
    await stored(venue, 1)
    [row] = venue.latencies.measured
    assert row.error is not None
    assert row.error.isprintable()


@pytest.mark.parametrize("trade_id", ["5", "a trade", "-1", "9" * 100])
async def test_a_trade_that_is_not_there(venue: MemoryVenue, trade_id: str) -> None:
    """However it is called: the two kinds of nothing cannot be told apart."""
    await sign_in(venue)
    status, answer = await tell(venue, "CLOSE_TRADE", tradeId=trade_id)
    assert (404, "Trade not found") == (status, answer["error"])


async def test_too_many_commands() -> None:
    async with open_venue(per_minute=6) as venue:
        await sign_in(venue)
        for _ in range(10):
            status, answer = await tell(venue, "GET_BALANCE")
            if status == 429:
                break
        assert (429, "Too many requests", False) == (status, answer["error"], answer["success"])
        assert "orderId" in answer
        await asyncio.sleep(0)
        assert all("Too many" not in (row.error or "") for row in venue.latencies.measured)


async def test_a_position_through_its_life_on_the_typed_routes(venue: MemoryVenue) -> None:
    await sign_in(venue)
    await quote(venue, 200)
    path = "/api/v1/cfd/positions"
    opened = (await venue.http.post(path, json=LONG, headers=OURS)).json()
    one = f"{path}/{opened['tradeId']}"
    assert ("200", "180", "10", "10000", "OPEN", None) == tuple(opened[name] for name in (
        "entryPrice", "liquidationPrice", "leverage", "notional", "status", "stopLossPrice",
    ))
    changed = (await venue.http.patch(one, json={"stopLossPrice": 190}, headers=OURS)).json()
    assert "190" == changed["stopLossPrice"]
    changed = (await venue.http.patch(one, json={"stopLossPrice": None}, headers=OURS)).json()
    assert changed["stopLossPrice"] is None
    more = (await venue.http.patch(one, json={"margin": "500"}, headers=OURS)).json()
    assert ("1500", "170") == (more["margin"], more["liquidationPrice"])
    await quote(venue, 210)
    part = await venue.http.request("DELETE", one, json={"margin": 750}, headers=OURS)
    assert ("750", "250", "5000", "OPEN") == tuple(part.json()[name] for name in (
        "remainingMargin", "realizedPnl", "notional", "status",
    ))
    equity = (await venue.http.get("/api/v1/cfd/equity")).json()
    assert {"wallet": "USDC", "free": "4500", "margin": "750", "unrealizedPnl": "250",
            "equity": "5500"} == equity
    whole = (await venue.http.request("DELETE", one, json={}, headers=OURS)).json()
    assert ("CLOSED", "500", "210", "0") == tuple(whole[name] for name in (
        "status", "realizedPnl", "closePrice", "remainingMargin",
    ))
    assert [] == (await venue.http.get(path)).json()
    closes = (await venue.http.get(f"{path}/closed")).json()
    names = ("tradeId", "margin", "remainingMargin", "realizedPnl", "closePrice", "status")
    assert [
        (opened["tradeId"], "750", "0", "250", "210", "CLOSED"),
        (opened["tradeId"], "750", "750", "250", "210", "CLOSED"),
    ] == [tuple(row[name] for name in names) for row in closes], "each part is a close"


@pytest.mark.parametrize("body", [
    {}, {"stopLoss": 5}, {"stopLossPrice": 5, "margin": 5}, {"margin": 0}, {"stopLossPrice": True},
])
async def test_changes_that_make_no_sense(venue: MemoryVenue, body: dict[str, Any]) -> None:
    await sign_in(venue)
    await quote(venue, 200)
    opened = (await venue.http.post("/api/v1/cfd/positions", json=LONG, headers=OURS)).json()
    answer = await venue.http.patch(
        f"/api/v1/cfd/positions/{opened['tradeId']}", json=body, headers=OURS
    )
    assert 400 == answer.status_code


async def test_prices_and_what_can_be_traded(venue: MemoryVenue) -> None:
    assert ["SOL_USDC", "ETH_USDC", "BTC_USDC"] == (
        await venue.http.get("/api/v1/supportedAssets")
    ).json()
    assert 503 == (await venue.http.get("/api/v1/price?asset=BTC_USDC")).status_code
    assert 400 == (await venue.http.get("/api/v1/price?asset=DOGE")).status_code
    await quote(venue, 100_000, "BTC_USDC")
    assert {"asset": "BTC_USDC", "price": "1000000000", "decimal": 4} == (
        await venue.http.get("/api/v1/price?asset=BTC_USDC")
    ).json()
    await venue.pass_time(5_001)
    assert 503 == (await venue.http.get("/api/v1/price?asset=BTC_USDC")).status_code
    stale = {each["asset"]: each["stale"] for each in (
        await venue.http.get("/api/v1/cfd/contracts")
    ).json()}
    assert {"SOL_USDC": True, "ETH_USDC": True, "BTC_USDC": True} == stale


async def test_a_price_in_doubt_has_its_own_answer_and_state(venue: MemoryVenue) -> None:
    """On the routes for prices, contracts and positions, until the feed confirms the price."""
    trader = await venue.trader(USDC=10**9)
    await venue.command_writer.submit(
        SetQuoteRules(instrument_id=InstrumentId(4), band_rate=100_000)
    )
    await quote(venue, 100)
    body = {"asset": "SOL_USDC", "direction": "LONG", "margin": 10, "leverage": 10}
    for _ in range(2):
        await venue.pass_time(1)
        await quote(venue, 150)
        for answer in (
            await venue.http.get("/api/v1/price?asset=SOL_USDC"),
            await trader.post("/api/v1/cfd/positions", body),
        ):
            error = answer.json()
            assert (503, "QUOTE_DOUBTED", True) == (
                answer.status_code, error["code"], error["retryable"]
            )
            assert "1" == answer.headers["Retry-After"]
        assert ("100", "doubted") == await price_and_state(venue)
    await venue.pass_time(1)
    await quote(venue, 150)
    assert ("150", "certain") == await price_and_state(venue)
    assert 200 == (await trader.post("/api/v1/cfd/positions", body)).status_code
    await venue.command_writer.submit(SetSession(
        instrument_id=InstrumentId(4), is_open=False
    ))
    await venue.pass_time(1)  # The same request at the same time would have the same signature.
    closed = await trader.post("/api/v1/cfd/positions", body)
    assert (503, "SESSION_CLOSED", True) == (
        closed.status_code, closed.json()["code"], closed.json()["retryable"]
    )
    assert ("150", "closed") == await price_and_state(venue)


async def price_and_state(venue: MemoryVenue) -> tuple[str, str]:
    [contract, *_] = (await venue.http.get("/api/v1/cfd/contracts")).json()
    return contract["bid"], contract["priceState"]
