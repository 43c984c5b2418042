"""The broker's wire contract at a whole venue: from the mail to the closed trade, and every no."""

import asyncio
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from yarl import URL

from outcry.runtime.config import settings_of_running_venue
from rigs.browsers import Browser, browsing
from rigs.mail_servers import resend_server, smtp_server
from rigs.memory_users import link_in, token_in
from rigs.patience import PATIENCE_S, until
from rigs.venues import Venue, running_venue
from twin.cfd_prices import CfdPrices, cfd_prices, quiet_feed

LIMIT = 200  # Of requests in a minute, where there is one.
ENGINE = "/api/v1/engine"
SIGN_UP = "/api/v1/user/signup"
MEMBERS = {"success", "orderId", "engineResponse", "latency"}
SENT = (200, {"message": "successfully sent email"})
SHORT = {"asset": "SOL_USDC", "direction": "SHORT", "margin": 5000, "leverage": 1000}
SMALL = {"asset": "SOL_USDC", "direction": "LONG", "margin": 10, "leverage": 100}

Scenario = Callable[[Browser, CfdPrices], Awaitable[None]]


@pytest.fixture(scope="module")
def quiet_venue() -> Iterator[Venue]:
    """A venue of people who find their mail in the outbox, and whose prices the test sets."""
    with tempfile.TemporaryDirectory(prefix="outcry-venue-") as directory, running_venue(
        Path(directory) / "data", "--no-maker", "--prices", quiet_feed(Path(directory)),
    ) as venue:
        yield venue


@asynccontextmanager
async def at(venue: Venue) -> AsyncIterator[tuple[Browser, CfdPrices]]:
    async with browsing(venue) as browser, cfd_prices(venue) as prices:
        yield browser, prices


async def by_outbox(browser: Browser, email: str) -> None:
    """Sign up with the link that the demo prints."""
    said = f"mail for {email}: "
    assert SENT == await browser.change(SIGN_UP, {"email": email})
    await asyncio.to_thread(until, lambda: said in browser.venue.output, "the link")
    [line] = [each for each in browser.venue.lines if each.startswith(said)]
    await browser.sign_in(token_in(line))


async def tell(browser: Browser, command: str, **fields: Any) -> tuple[int, dict[str, Any]]:
    """Send a command; what every answer must have is looked at here."""
    sent_s = time.monotonic()
    status, answer = await browser.change(ENGINE, {"command": command, **fields})
    took_ms = 1_000 * (time.monotonic() - sent_s)
    assert 4 == uuid.UUID(answer["orderId"]).version
    assert isinstance(answer["latency"], int)
    assert 0 <= answer["latency"] <= took_ms
    assert answer["success"] is (status == 200)
    response = answer["engineResponse"]
    if status == 200:
        assert MEMBERS == answer.keys()
        assert "success" == response["status"]
    else:
        assert MEMBERS | {"error", "retryable"} == answer.keys()
        assert {"status": "error", "data": None, "message": answer["error"]} == response
    return status, answer


async def done(browser: Browser, command: str, **fields: Any) -> dict[str, Any]:
    """What a command that is carried out brings."""
    status, answer = await tell(browser, command, **fields)
    assert 200 == status, answer
    found: dict[str, Any] = answer["engineResponse"]["data"]
    return found


async def refusal(browser: Browser, command: str, **fields: Any) -> tuple[int, str]:
    status, answer = await tell(browser, command, **fields)
    return status, answer.get("error", "it was carried out")


async def the_way(browser: Browser, prices: CfdPrices, email: str) -> None:
    """The contract's first vector, by somebody who has just signed in."""
    status, answer = await tell(browser, "CREATE_ACCOUNT")
    assert (200, "account created successfully") == (status, answer["engineResponse"]["message"])
    assert {"email": email, "initialUsdBalance": 5000, "assets": ["USD"]} == (
        answer["engineResponse"]["data"]
    )
    assert (409, "Account already exists") == await refusal(browser, "CREATE_ACCOUNT")
    assert {"email": email, "usdBalance": 5000} == await done(browser, "GET_USD_BALANCE")

    await prices.quote("SOL_USDC", "235.95")
    opened = await done(browser, "CREATE_TRADE", **SHORT)
    trade_id = opened.pop("tradeId")
    assert {"email": email, "entryPrice": 235.95, "liquidationPrice": 238.3095, "margin": 5000,
            "leverage": 100} == opened
    assert {"email": email, "usdBalance": 0} == await done(browser, "GET_USD_BALANCE")
    await prices.quote("SOL_USDC", "235.74")
    assert {
        "email": email, "tradeId": trade_id, "asset": "SOL_USDC", "marginReturned": 5000,
        "pnl": 445.0095, "totalReturn": 5445.0095, "closePrice": 235.74,
    } == await done(browser, "CLOSE_TRADE", tradeId=trade_id)
    assert {"email": email, "balances": {"USD": 5445.0095}} == await done(browser, "GET_BALANCE")
    assert 404 == (await refusal(browser, "CLOSE_TRADE", tradeId=trade_id))[0]


async def test_the_way_by_the_outbox(quiet_venue: Venue) -> None:
    async with at(quiet_venue) as (browser, prices):
        await by_outbox(browser, "ann@example.org")
        await the_way(browser, prices, "ann@example.org")


async def test_the_way_by_smtp_and_the_link_that_is_got() -> None:
    """The sign-in of programs: a GET, which redirects and brings the cookie."""
    with (
        tempfile.TemporaryDirectory(prefix="outcry-venue-") as directory,
        smtp_server() as mail,
        running_venue(
            Path(directory) / "data", "--no-maker", "--prices", quiet_feed(Path(directory)),
            mail="smtp", mail_sender="Outcry <outcry@example.org>", mail_smtp_host="127.0.0.1",
            mail_smtp_port=str(mail.port), mail_smtp_security="none",
        ) as venue,
    ):
        async with at(venue) as (browser, prices):
            assert SENT == await browser.change(SIGN_UP, {"email": "ann@example.org"})
            token = token_in(mail.mails[-1].get_content())
            async with browser.session.get(
                f"{browser.venue.url}/api/v1/user/signin/post?token={token}",
                allow_redirects=False,
            ) as answer:
                assert 302 == answer.status
            await the_way(browser, prices, "ann@example.org")


async def test_the_way_by_resend() -> None:
    """And too many commands, where few are allowed."""
    with (
        tempfile.TemporaryDirectory(prefix="outcry-venue-") as directory,
        resend_server() as mail,
        running_venue(
            Path(directory) / "data", "--no-maker", "--prices", quiet_feed(Path(directory)),
            mail="resend", mail_sender="outcry@example.org", mail_resend_api_key="re_123",
            mail_resend_url=mail.url, rate_limit_per_minute=str(LIMIT),
        ) as venue,
    ):
        async with at(venue) as (browser, prices):
            assert SENT == await browser.change(SIGN_UP, {"email": "ann@example.org"})
            [(_, _, sent)] = mail.requests
            assert "/sign-in?token=" in link_in(sent["text"])
            await browser.sign_in(token_in(sent["text"]))
            await the_way(browser, prices, "ann@example.org")
            # Together, so that no allowance comes back between them on a slow machine.
            answers = await asyncio.gather(*(tell(browser, "GET_BALANCE") for _ in range(LIMIT)))
            assert (429, "Too many requests") in [
                (status, answer.get("error")) for status, answer in answers
            ]


async def test_the_second_vector(quiet_venue: Venue) -> None:
    """A long that lives at 181 and is gone at 180, and its margin with it."""
    async with at(quiet_venue) as (browser, prices):
        await by_outbox(browser, "liz@example.org")
        await prices.quote("SOL_USDC", "200")
        opened = await done(
            browser, "CREATE_TRADE", asset="SOL_USDC", direction="LONG", margin=1000, leverage=100
        )
        assert (180, 10) == (opened["liquidationPrice"], opened["leverage"])
        await prices.quote("SOL_USDC", "181")
        [position] = await positions(browser)
        assert ("OPEN", "-950") == (position["status"], position["unrealizedPnl"])
        await prices.quote("SOL_USDC", "180")
        assert [] == await positions(browser)
        assert 4000 == (await done(browser, "GET_USD_BALANCE"))["usdBalance"]
        assert 404 == (await refusal(browser, "CLOSE_TRADE", tradeId=opened["tradeId"]))[0]


async def positions(browser: Browser) -> list[dict[str, Any]]:
    status, found = await browser.get("/api/v1/cfd/positions")
    assert 200 == status
    return list(found)


async def test_prices_that_set_positions_off(quiet_venue: Venue) -> None:
    """Stop loss and take profit of both directions, and a gap, which costs the margin at most."""
    async with at(quiet_venue) as (browser, prices):
        await by_outbox(browser, "tom@example.org")
        await prices.quote("ETH_USDC", "3000", "3001")
        long = await done(
            browser, "CREATE_TRADE", asset="ETH_USDC", direction="LONG", margin=100, leverage=50,
            stopLossPrice=2900, takeProfitPrice=3100.5,
        )
        assert (3001, 2900, 3100.5) == (
            long["entryPrice"], long["stopLossPrice"], long["takeProfitPrice"]
        )
        await done(
            browser, "CREATE_TRADE", asset="ETH_USDC", direction="SHORT", margin=100, leverage=50,
            stopLossPrice=3102,
        )
        plain = await done(browser, "CREATE_TRADE", asset="ETH_USDC", direction="LONG", margin=10)
        assert "liquidationPrice" not in plain, "at 1x a long cannot be liquidated"
        await prices.quote("ETH_USDC", "3100", "3101.99")
        assert 3 == len(await positions(browser))
        await prices.quote("ETH_USDC", "3100.5", "3102")
        [left] = await positions(browser)
        assert plain["tradeId"] == left["tradeId"]
        gapped = await done(
            browser, "CREATE_TRADE", asset="ETH_USDC", direction="LONG", margin=100, leverage=1000
        )
        before = (await done(browser, "GET_USD_BALANCE"))["usdBalance"]
        await prices.quote("ETH_USDC", "2000")
        # The other long of the account pays for the shortfall, with all that it has.
        assert [] == await positions(browser)
        assert before == (await done(browser, "GET_USD_BALANCE"))["usdBalance"]
        assert 404 == (await refusal(browser, "CLOSE_TRADE", tradeId=gapped["tradeId"]))[0]


async def test_refusals(quiet_venue: Venue) -> None:
    """Each names what is wrong, and nothing is taken for another thing."""
    async with at(quiet_venue) as (browser, prices):
        assert 401 == (await refusal(browser, "GET_BALANCE"))[0]
        await by_outbox(browser, "ray@example.org")
        faults: list[tuple[dict[str, Any], str]] = [
            ({"leverage": 9}, "leverage"), ({"leverage": 1001}, "leverage"),
            ({"leverage": 10.5}, "leverage"), ({"leverage": "100"}, "leverage"),
            ({"margin": 0}, "margin"), ({"margin": -1}, "margin"), ({"margin": "10"}, "margin"),
            ({"margin": True}, "margin"), ({"margin": 1e30}, "margin"),
            ({"margin": 0.0000001}, "margin"), ({"asset": "DOGE_USDC"}, "asset"),
            ({"asset": None}, "asset"), ({"direction": "UP"}, "direction"),
            ({"stopLossPrice": 0}, "stopLossPrice"), ({"takeProfitPrice": -5}, "takeProfitPrice"),
            ({"amount": 3}, "Unknown field `amount`"), ({"margin": 5000.01}, "Insufficient funds"),
            ({"stopLossPrice": 200}, "wrong side"), ({"takeProfitPrice": 200}, "wrong side"),
            ({"stopLossPrice": 201}, "wrong side"), ({"takeProfitPrice": 199}, "wrong side"),
        ]
        for wrong, said in faults:
            await prices.quote("SOL_USDC", "200")
            status, message = await refusal(browser, "CREATE_TRADE", **SMALL | wrong)
            assert 400 == status, wrong
            assert said in message, (wrong, message)
        for lacking in ("asset", "direction", "margin"):
            some = {name: value for name, value in SMALL.items() if name != lacking}
            status, message = await refusal(browser, "CREATE_TRADE", **some)
            assert status == 400
            assert lacking in message
        assert 400 == (await refusal(browser, "MAKE_ME_RICH"))[0]
        assert 400 == (await refusal(browser, "GET_BALANCE", asset="USD"))[0]
        assert 400 == (await refusal(browser, "CLOSE_TRADE"))[0]
        for trade_id in ("999999", "a trade", "-1", str(2**70)):
            assert 404 == (await refusal(browser, "CLOSE_TRADE", tradeId=trade_id))[0]
        async with browser.session.post(
            browser.venue.url + ENGINE, data=b"{", headers={"Origin": browser.venue.url}
        ) as answer:
            assert (400, False) == (answer.status, (await answer.json())["success"])
        evil = {"Origin": "https://evil.example"}
        async with browser.session.post(
            browser.venue.url + ENGINE, json={"command": "GET_BALANCE"}, headers=evil
        ) as answer:
            assert (403, False) == (answer.status, (await answer.json())["success"])
        assert 5000 == (await done(browser, "GET_USD_BALANCE"))["usdBalance"]


async def test_without_a_fresh_price(quiet_venue: Venue) -> None:
    """Nothing opens or closes at an old price, and the public price is not told either."""
    async with at(quiet_venue) as (browser, prices):
        await by_outbox(browser, "sue@example.org")
        no_price = (503, "There is no fresh price right now")
        long = {**SMALL, "asset": "BTC_USDC"}
        assert no_price == await refusal(browser, "CREATE_TRADE", **long)
        await prices.quote("BTC_USDC", "100000")
        trade = await done(browser, "CREATE_TRADE", **long)
        assert (200, {"asset": "BTC_USDC", "price": "1000000000", "decimal": 4}) == (
            await browser.get("/api/v1/price?asset=BTC_USDC")
        )
        async with asyncio.timeout(PATIENCE_S):
            while not await is_stale(browser, "BTC_USDC"):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert no_price == await refusal(browser, "CREATE_TRADE", **long)
        assert no_price == await refusal(browser, "CLOSE_TRADE", tradeId=trade["tradeId"])
        assert 503 == (await browser.get("/api/v1/price?asset=BTC_USDC"))[0]
        await prices.quote("BTC_USDC", "100000")
        await done(browser, "CLOSE_TRADE", tradeId=trade["tradeId"])


async def is_stale(browser: Browser, asset: str) -> bool:
    _, contracts = await browser.get("/api/v1/cfd/contracts")
    [stale] = [each["stale"] for each in contracts if each["asset"] == asset]
    return bool(stale)


async def test_what_others_have(quiet_venue: Venue) -> None:
    """Somebody else's trade can neither be closed, changed nor seen."""
    async with at(quiet_venue) as (browser, prices):
        await by_outbox(browser, "own@example.org")
        await prices.quote("SOL_USDC", "200")
        trade = await done(browser, "CREATE_TRADE", **SMALL)
        theirs = f"/api/v1/cfd/positions/{trade['tradeId']}"
        owners = {cookie.key: cookie.value for cookie in browser.session.cookie_jar}
        browser.session.cookie_jar.clear()
        await by_outbox(browser, "spy@example.org")
        await prices.quote("SOL_USDC", "200")
        assert [] == await positions(browser)
        hidden = await refusal(browser, "CLOSE_TRADE", tradeId=trade["tradeId"])
        assert hidden == await refusal(browser, "CLOSE_TRADE", tradeId="999999")
        assert hidden[0] == 404
        for method, body in (("PATCH", {"stopLossPrice": 150}), ("PATCH", {"margin": 1}),
                             ("DELETE", {})):
            seen = await browser.change(theirs, body, method=method)
            nothing = await browser.change(
                "/api/v1/cfd/positions/999999", body, method=method
            )
            assert (404, nothing) == (seen[0], seen)
        browser.session.cookie_jar.clear()
        browser.session.cookie_jar.update_cookies(owners, URL(browser.venue.url))
        assert [trade["tradeId"]] == [each["tradeId"] for each in await positions(browser)]


async def test_numbers_as_programs_make_them(quiet_venue: Venue) -> None:
    """Floats with a tail: margin is cut off, prices become the nearest."""
    async with at(quiet_venue) as (browser, prices):
        await by_outbox(browser, "pat@example.org")
        await prices.quote("SOL_USDC", "200.1")
        trade = await done(
            browser, "CREATE_TRADE", asset="SOL_USDC", direction="LONG", leverage=15,
            margin=0.1 + 0.2 + 10, stopLossPrice=100.1 + 0.2, takeProfitPrice=300.0000004999,
        )
        assert (10.3, 100.3, 300, 1.5) == tuple(
            trade[name] for name in ("margin", "stopLossPrice", "takeProfitPrice", "leverage")
        )
        spent = await done(browser, "CREATE_TRADE", **SMALL | {"margin": 1.0000019})
        assert 1 == spent["margin"], "four decimals are shown"
        [_, cut] = await positions(browser)
        assert "1.000001" == cut["margin"], "six are kept"


async def test_the_audit_trail(quiet_venue: Venue) -> None:
    """Each command is a row of `orders` with its latency, each position one of `trades`."""
    async with at(quiet_venue) as (browser, prices):
        await by_outbox(browser, "kim@example.org")
        _, read = await tell(browser, "GET_BALANCE")
        await prices.quote("SOL_USDC", "235.95")
        _, opened = await tell(browser, "CREATE_TRADE", **SHORT)
        _, refused = await tell(browser, "CREATE_TRADE", **SHORT)
        _, wrong = await tell(browser, "CREATE_TRADE", **SHORT | {"leverage": 5})
        await prices.quote("SOL_USDC", "235.74")
        trade_id = opened["engineResponse"]["data"]["tradeId"]
        _, closed = await tell(browser, "CLOSE_TRADE", tradeId=trade_id)
        expected: list[tuple[dict[str, Any], tuple[object, ...]]] = [
            (read, ("GET_BALANCE", None, None, None, None, None, "SUCCESS")),
            (opened, (
                "CREATE_TRADE", "SOL_USDC", "SHORT", 5_000_000_000, 1000, trade_id, "SUCCESS",
            )),
            (refused, (
                "CREATE_TRADE", "SOL_USDC", "SHORT", 5_000_000_000, 1000, None, "ERROR",
            )),
            (wrong, ("CREATE_TRADE", None, None, None, None, None, "ERROR")),
            (closed, ("CLOSE_TRADE", "SOL_USDC", "SHORT", 0, None, trade_id, "SUCCESS")),
        ]
        url = settings_of_running_venue(quiet_venue.data_dir).database_url
        database = await asyncpg.connect(url)
        try:
            user_id = await database.fetchval(
                "SELECT id FROM users WHERE email = 'kim@example.org'"
            )
            for answer, row in expected:
                complete = (user_id, *row, answer["latency"])
                assert complete == await row_of(database, answer["orderId"], complete)
            trade = await database.fetchrow(
                'SELECT * FROM trades WHERE "tradeId" = $1', trade_id
            )
        finally:
            await database.close()
        assert created_and_updated_last(trade) == {
            "tradeId": trade_id, "user": user_id, "asset": "SOL_USDC", "direction": "SHORT",
            "margin": 5_000_000_000, "marginDecimals": 6, "leverage": 1000,
            "entryPrice": 235_950_000, "liquidationPrice": 238_309_500, "stopLossPrice": None,
            "takeProfitPrice": None, "exitPrice": 235_740_000, "priceDecimals": 6,
            "pnl": 445_009_535, "status": "CLOSED", "id": int(trade_id), "userId": user_id,
            "email": "kim@example.org", "pnlDecimals": 6, "remainingMargin": 0,
            **dict.fromkeys((
                "entryPriceDecimals", "liquidationPriceDecimals", "stopLossPriceDecimals",
                "takeProfitPriceDecimals", "exitPriceDecimals",
            ), 6),
        }


def created_and_updated_last(trade: asyncpg.Record) -> dict[str, Any]:
    """A row without its times, which are in order."""
    found = dict(trade)
    created, updated = found.pop("created"), found.pop("updated")
    assert created < updated
    assert (created, updated) == (found.pop("createdAt"), found.pop("updatedAt"))
    return found


async def row_of(
    database: Any, order_id: str, expected: tuple[object, ...]
) -> tuple[object, ...] | None:
    """A command's row once it is complete: recorder and gateway each write a part, in any order.

    After all patience, the row as it then is.
    """
    ends_at = time.monotonic() + PATIENCE_S
    while True:
        row = await database.fetchrow(
            'SELECT "user", command, asset, direction, amount, leverage, "tradeId", status, '
            'latency FROM orders WHERE "orderId" = $1', order_id,
        )
        found = None if row is None else tuple(row)
        if found == expected or time.monotonic() > ends_at:
            return found
        await asyncio.sleep(0.05)
