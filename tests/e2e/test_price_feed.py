"""A feed that fails under an open CFD desk: what people see of it, when, and what they can do."""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from websockets.asyncio.client import connect

from rigs.browsers import Browser, browsing
from rigs.patience import PATIENCE_S
from rigs.price_feed import Feed, SteadyFeed, steady_feed
from rigs.venues import Venue, outcry, running_venue

ASSET = "SOL_USDC"
BOUND_MS = 1_500  # How old a quote may be here, so that the test is short.
LATE_MS = 1_000  # By how much a busy machine may see something later than it was so.
IN_DOUBT = (503, "The price is in doubt and nobody can deal at it; try again in a moment")
NO_PRICE = (503, "There is no fresh price right now")
OPEN = {
    "command": "CREATE_TRADE", "asset": ASSET, "direction": "LONG", "margin": 10, "leverage": 100,
}


class Scene(NamedTuple):
    venue: Venue
    feed: SteadyFeed


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """A venue that follows a feed which is ours to break."""
    with (
        tempfile.TemporaryDirectory(prefix="outcry-venue-") as directory,
        steady_feed(SOL_USDC="200", ETH_USDC="3000", BTC_USDC="90000") as feed,
        running_venue(
            Path(directory) / "data", "--no-maker", "--no-standby", "--prices",
            f"stream:{feed.url}",
        ) as venue,
    ):
        said = outcry(
            "contract", "set", ASSET, "--quote-age-max-ms", str(BOUND_MS), data_dir=venue.data_dir
        )
        assert 0 == said.returncode, said.stderr
        yield Scene(venue, feed)


class Quotes:
    """The desk's quotes as the stream tells them."""

    def __init__(self) -> None:
        self.bids: list[Decimal] = []
        self.source_ms = 0  # Of the newest.
        self.came = asyncio.Event()

    def take(self, frame: dict[str, Any]) -> None:
        self.bids.append(Decimal(frame["b"]))
        self.source_ms = frame["T"] // 1_000
        self.came.set()


@asynccontextmanager
async def listening(venue: Venue) -> AsyncIterator[Quotes]:
    """Hear every quote of the contract, from the first to the end of the block."""
    quotes = Quotes()

    async def listen() -> None:
        async with connect(venue.stream_url) as socket:
            await socket.send(json.dumps({"method": "SUBSCRIBE", "params": [f"cfdQuote.{ASSET}"]}))
            async for text in socket:
                quotes.take(json.loads(text)["data"])

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(listen())
        async with asyncio.timeout(PATIENCE_S):
            await quotes.came.wait()
        yield quotes
        task.cancel()


async def contract(browser: Browser) -> dict[str, Any]:
    _, contracts = await browser.get("/api/v1/cfd/contracts")
    [found] = [each for each in contracts if each["asset"] == ASSET]
    return dict(found)


async def until(browser: Browser, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until something holds of the contract, and tell how it is then."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds(found := await contract(browser)):  # noqa: ASYNC110 - other processes.
            await asyncio.sleep(0.01)
    return found


async def ask(browser: Browser, **command: Any) -> tuple[int, str]:
    status, answer = await browser.change("/api/v1/engine", command)
    return status, answer.get("error", "")


@asynccontextmanager
async def playing(scene: Scene) -> AsyncIterator[tuple[Browser, Quotes]]:
    async with browsing(scene.venue) as browser:
        assert 200 == (await browser.change("/api/v1/user/demo"))[0]
        async with listening(scene.venue) as quotes:
            yield browser, quotes


async def test_silence_is_seen_within_its_bound(scene: Scene) -> None:
    """Everywhere, and by the engine: nothing opens or closes until the feed speaks again."""
    [bound_ms] = [
        int(each["quote_age_max_ms"]) for each in json.loads(
            outcry("contract", "list", "--json", data_dir=scene.venue.data_dir).stdout
        ) if each["asset"] == ASSET
    ]
    assert BOUND_MS == bound_ms
    async with playing(scene) as (browser, quotes):
        await until(browser, lambda now: not now["stale"])
        assert (200, "") == await ask(browser, **OPEN)
        [position] = (await browser.get("/api/v1/cfd/positions"))[1]
        scene.feed.silent = True
        found = await until(browser, lambda now: bool(now["stale"]))
        age_ms = time.time_ns() // 1_000_000 - found["sourceMs"]
        assert bound_ms < age_ms <= bound_ms + LATE_MS
        assert found["sourceMs"] == quotes.source_ms, "the stream has nothing newer"

        for _ in range(20):  # And so it stays for as long as anybody tries.
            assert NO_PRICE == await ask(browser, **OPEN)
            assert NO_PRICE == await ask(
                browser, command="CLOSE_TRADE", tradeId=position["tradeId"]
            )
            assert 503 == (await browser.get(f"/api/v1/price?asset={ASSET}"))[0]
        assert [position["tradeId"]] == [
            each["tradeId"] for each in (await browser.get("/api/v1/cfd/positions"))[1]
        ]
        assert found["sourceMs"] == quotes.source_ms
        told = (await browser.get("/api/v1/venue"))[1]
        assert ("stream", False) == (told["prices"]["source"], told["prices"]["simulated"])
        assert bound_ms < told["prices"]["ageMs"]

        scene.feed.silent = False
        await until(browser, lambda now: not now["stale"])
        assert (200, "") == await ask(browser, command="CLOSE_TRADE", tradeId=position["tradeId"])
        assert (200, "") == await ask(browser, **OPEN)


async def drop(feed: Feed) -> None:
    feed.drop()


async def half_a_frame(feed: Feed) -> None:
    feed.cut()


async def garbage(feed: Feed) -> None:
    """Noise, and words that look like prices."""
    chance = Random(3)
    for text in ("{", "null", '{"data":{}}', *(chance.randbytes(30).hex() for _ in range(30))):
        await feed.raw(text)
    for price in ("0", "-200", "1e3", "NaN", "", "9" * 40):
        await feed.say(price)
    await feed.say("205", ask="195")


@pytest.mark.parametrize("fault", [drop, half_a_frame, garbage])
async def test_after_a_fault_the_true_price_is_back(
    scene: Scene, fault: Callable[[Feed], Awaitable[None]]
) -> None:
    """By itself, and meanwhile nobody was told any other."""
    async with playing(scene) as (browser, quotes):
        await until(browser, lambda now: not now["stale"])
        for price in ("200.3", "200.6"):
            scene.feed.do(fault)  # type: ignore[arg-type]
            scene.feed.prices[ASSET] = price
            await until(browser, lambda now, price=price: now["bid"] == price)
            assert (200, "") == await ask(browser, **OPEN)
        assert quotes.bids
        assert all(Decimal(200) <= bid < Decimal(201) for bid in quotes.bids), quotes.bids
        facts = scene.venue.status()["said"]["prices"]
        assert ("stream", "all") == (facts["source"], facts["feeds"])
        assert {} == facts["refused"]


async def test_a_spike_is_not_believed(scene: Scene) -> None:
    """Not even when it is the feed's last word for a while: the quote rather grows stale."""
    async def spike(feed: Feed) -> None:
        for _ in range(2):  # Said a third time it would be the price.
            await feed.say("20000")
    async with playing(scene) as (browser, quotes):
        scene.feed.prices[ASSET] = "200.9"
        await until(browser, lambda now: now["bid"] == "200.9" and not now["stale"])
        doubted = scene.venue.status()["said"]["prices"]["doubted"]
        scene.feed.silent = True
        scene.feed.do(spike)
        await until(browser, lambda now: bool(now["stale"]))
        assert IN_DOUBT == await ask(browser, **OPEN)
        scene.feed.silent = False
        await until(browser, lambda now: not now["stale"])
        assert (200, "") == await ask(browser, **OPEN)
        assert all(Decimal(200) <= bid < Decimal(201) for bid in quotes.bids), quotes.bids
        assert doubted + 2 <= scene.venue.status()["said"]["prices"]["doubted"]
