"""A CFD desk with prices of its own: off the spot books, while spot follows another feed."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from outcry.adapters.prices.redis_stream import RedisPrices
from outcry.client import ApiKey, OrderRequest, RestClient
from outcry.client.models import Side
from outcry.runtime.config import settings_of_running_venue
from rigs.browsers import Browser, browsing
from rigs.patience import PATIENCE_S, until
from rigs.venues import Venue, outcry, running_venue

ASSET = "SOL_USDC"
BOUND_MS = 1_500
TOLD = "price_stream"
# Books of one order, which move at once.
OWN = "own?depth=100&average=0.25&hold=0.25&move=1&spread-max=0.05"
OPEN = {
    "command": "CREATE_TRADE", "asset": ASSET, "direction": "LONG", "margin": 10, "leverage": 100,
}


@pytest.fixture(scope="module")
def desk() -> Iterator[Venue]:
    """A venue whose market maker would follow a simulation; the desk follows the market."""
    with tempfile.TemporaryDirectory(prefix="outcry-venue-") as directory, running_venue(
        Path(directory) / "data", "--no-maker", "--no-standby", "--prices", "sim",
        "--cfd-prices", OWN, price_stream=TOLD,
    ) as venue:
        said = outcry(
            "contract", "set", ASSET, "--quote-age-max-ms", str(BOUND_MS), data_dir=venue.data_dir
        )
        assert 0 == said.returncode, said.stderr
        yield venue


async def order(rest: RestClient, side: Side, price: str) -> None:
    """One SOL, to rest or to trade."""
    await rest.place_order(OrderRequest(
        symbol=ASSET, side=side, price=Decimal(price), quantity=Decimal(1)
    ))


async def contracts(browser: Browser) -> dict[str, dict[str, Any]]:
    _, found = await browser.get("/api/v1/cfd/contracts")
    return {each["asset"]: each for each in found}


async def quoted(browser: Browser, bid: str, ask: str) -> None:
    """Wait until the contract is quoted so, and can be dealt at."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            now = (await contracts(browser))[ASSET]
            if (now["bid"], now["ask"], now["stale"]) == (bid, ask, False):
                return
            await asyncio.sleep(0.02)


async def stale(browser: Browser) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        while not (now := (await contracts(browser))[ASSET])["stale"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return now


async def test_the_desk_follows_our_own_book(desk: Venue) -> None:
    """A trade in the spot market moves it; the simulation, which spot follows, does not."""
    people = [
        ApiKey(made["api_key"], made["api_secret"]) for made in (
            desk.create_user(f"{name}@example.com", USDC="10000", SOL="10")
            for name in ("maker", "taker")
        )
    ]
    async with (
        browsing(desk) as browser, RestClient(desk.url, key=people[0]) as maker,
        RestClient(desk.url, key=people[1]) as taker,
    ):
        assert 200 == (await browser.change("/api/v1/user/demo"))[0]
        await stale(browser)  # Nobody quotes.
        for side, price in (("Bid", "300"), ("Ask", "301"), ("Ask", "302")):
            await order(maker, side, price)  # type: ignore[arg-type]
        await quoted(browser, "300", "301")
        status, opened = await browser.change("/api/v1/engine", OPEN)
        assert (200, 301) == (status, opened["engineResponse"]["data"]["entryPrice"])

        await order(taker, "Bid", "301")
        await quoted(browser, "300", "302")
        [mark] = [each for each in await taker.mark_prices() if each.symbol == ASSET]
        assert mark.mark_price < 250, "the simulation begins at 140"
        assert (await contracts(browser))["BTC_USDC"]["bid"] is None

        desk.kill("cfd-prices")
        await quoted(browser, "300", "302")  # It reads the book as it stands.

        await maker.cancel_orders(ASSET)
        last = await stale(browser)
        assert time.time_ns() // 1_000_000 - last["sourceMs"] > BOUND_MS
        status, refused = await browser.change("/api/v1/engine", OPEN)
        assert (503, "There is no fresh price right now") == (status, refused["error"])


async def test_each_source_is_told(desk: Venue) -> None:
    """By the tool, by the API that the terminal asks, and in a log of its own."""
    until(lambda: desk.status()["prices"]["source"] == "sim", "the first source")
    until(lambda: desk.status()["cfd_prices"] is not None, "the second source")
    status = desk.status()
    assert {"prices", "cfd-prices"} < {each["name"] for each in status["processes"]}
    assert ("spot", "cfd") == tuple(
        status["said"][name]["feeds"] for name in ("prices", "cfd-prices")
    )
    assert [True, False] == [status[name]["simulated"] for name in ("prices", "cfd_prices")]
    assert (desk.data_dir / "logs" / "cfd-prices.log").exists()
    text = outcry("status", data_dir=desk.data_dir).stdout
    assert "\nprices: sim (simulated), last quote " in text
    assert "\nCFD prices: own, " in text
    async with browsing(desk) as browser:
        _, told = await browser.get("/api/v1/venue")
        assert ("sim", True) == (told["prices"]["source"], told["prices"]["simulated"])
        assert ("own", False) == (told["cfdPrices"]["source"], told["cfdPrices"]["simulated"])
        _, how = await browser.get("/api/v1/venue/status")
        assert ["prices", "cfd-prices"] == [each["name"] for each in how["processes"][-2:]]


async def test_the_desks_prices_are_told_to_others(desk: Venue) -> None:
    """Each as a reference price message on a stream of the log server, read as any would be."""
    made = desk.create_user("third@example.com", USDC="10000", SOL="10")
    key = ApiKey(made["api_key"], made["api_secret"])
    url = settings_of_running_venue(desk.data_dir).redis_url
    assert url is not None
    source = RedisPrices(url, TOLD)
    source.watch(ASSET, None)
    async with RestClient(desk.url, key=key) as rest, aclosing(source.quotes()) as quotes:
        await order(rest, "Bid", "290")
        await order(rest, "Ask", "291")
        async with asyncio.timeout(PATIENCE_S):
            async for quote in quotes:
                if quote.bid == quote.ask == 290_500_000_000:
                    break
        await rest.cancel_orders(ASSET)


@pytest.mark.parametrize(("arguments", "said"), [
    (("--prices", "own"), "own books can price CFDs only"),
    (("--prices", "sim", "--cfd-prices", "simulation"), "'simulation' is no price source"),
    (("--cfd-prices", "tape:nowhere.csv"), "nowhere.csv"),
    (("--cfd-prices", "own?depth=0"), "own books take depth, average"),
    (("--assets", "SOL_USDC,"), "'' is no symbol"),
])
def test_a_source_that_is_none_is_told_before_anything_starts(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    """In one line."""
    ended = outcry("up", *arguments, data_dir=tmp_path / "data")
    assert 1 == ended.returncode
    assert said in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr
    assert [] == list((tmp_path / "data" / "logs").iterdir())
