"""A contract on a currency pair is added to a running venue, traded, closed, and opened again."""

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from outcry.runtime.catalogue import catalogue
from rigs.browsers import Browser, browsing
from rigs.patience import PATIENCE_S
from rigs.patience import until as until_true
from rigs.price_feed import SteadyFeed, steady_feed
from rigs.venues import Venue, outcry, running_venue

ASSET = "EUR_USD"
OPEN = {
    "command": "CREATE_TRADE", "asset": ASSET, "direction": "LONG", "margin": 10, "leverage": 50,
}
ALWAYS = "UTC; Mon 00:00-Mon 00:00"


@pytest.fixture(scope="module")
def feed() -> Iterator[SteadyFeed]:
    with steady_feed(SOL_USDC="200", EUR_USD="1.1625") as feed:
        yield feed


@pytest.fixture(scope="module")
def venue(feed: SteadyFeed) -> Iterator[Venue]:
    with (
        tempfile.TemporaryDirectory(prefix="outcry-venue-") as directory,
        running_venue(
            Path(directory) / "data", "--no-maker", "--no-standby", "--prices",
            f"stream:{feed.url}",
        ) as venue,
    ):
        yield venue


def tool(venue: Venue, *arguments: str) -> str:
    ended = outcry("contract", *arguments, data_dir=venue.data_dir)
    assert 0 == ended.returncode, ended.stderr
    return ended.stdout


def holidays() -> str:
    """A calendar that is always open, but for these days."""
    today = datetime.now(UTC).date()
    days = ", ".join(str(today + timedelta(days=number)) for number in (-1, 0, 1))
    return f"{ALWAYS}; closed {days}"


async def until(browser: Browser, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            _, contracts = await browser.get("/api/v1/cfd/contracts")
            for contract in contracts:
                if contract["asset"] == ASSET and holds(contract):
                    return dict(contract)
            await asyncio.sleep(0.02)


async def ask(browser: Browser, **command: Any) -> tuple[int, dict[str, Any]]:
    status, answer = await browser.change("/api/v1/engine", command)
    return status, answer.get("engineResponse", {}).get("data", answer)


async def test_a_pair_is_added_traded_closed_and_opened_again(
    venue: Venue, feed: SteadyFeed
) -> None:
    """All without a restart; the price that comes after the closed days is the one of the exit."""
    async with browsing(venue) as browser:
        assert 200 == (await browser.change("/api/v1/user/demo"))[0]
        assert 400 == (await ask(browser, **OPEN))[0], "there is no such contract yet"

        said = tool(venue, "add", ASSET, "--calendar", ALWAYS, "--spread", "0")
        assert f"{ASSET}      symbol EUR_USD_CFD, session open, calendar {ALWAYS}" in said
        await until(browser, lambda now: now["bid"] == "1.1625" and not now["stale"])
        status, opened = await ask(browser, **OPEN)
        assert (200, 1.1625) == (status, opened["entryPrice"])

        tool(venue, "calendar", ASSET, holidays())
        await until(browser, lambda now: now["priceState"] == "closed")
        feed.prices[ASSET] = "1.1741"
        assert 503 == (await ask(browser, **OPEN))[0]
        close = {"command": "CLOSE_TRADE", "tradeId": opened["tradeId"]}
        assert 503 == (await ask(browser, **close))[0]
        assert [ASSET] == venue.status()["said"]["prices"]["closed"]

        venue.kill("prices")  # The calendar is in the journal.
        assert "session closed" in tool(venue, "calendar", ASSET, holidays())

        tool(venue, "calendar", ASSET, ALWAYS)
        await until(browser, lambda now: now["bid"] == "1.1741" and not now["stale"])
        status, closed = await ask(browser, **close)
        assert (200, 1.1741) == (status, closed["closePrice"])
        assert closed["pnl"] > 0


def test_what_cannot_be_added_is_one_line(venue: Venue) -> None:
    for arguments, why in (
        (("add", "SOL_USDC"), "already"), (("add", "DOGE"), "--decimals"),
        (("add", "GBP_USD", "--calendar", "Mars; Mon 09:00-10:00"), "no time zone"),
        (("calendar", "DOGE", ""), "no contract"),
        (("add", "GBP_USD", "--leverage-max", "0"), "refused"),
    ):
        ended = outcry("contract", *arguments, data_dir=venue.data_dir)
        assert 1 == ended.returncode
        assert why in ended.stderr.splitlines()[-1]
        assert "Traceback" not in ended.stderr


def all_quoted(venue: Venue, listed: set[str]) -> bool:
    return listed <= venue.status()["said"].get("prices", {}).get("symbols", {}).keys()


def test_the_whole_catalogue_is_listed_at_a_start_and_once(tmp_path: Path) -> None:
    """Each market is quoted by the simulation, or closed; a second start lists nothing twice."""
    arguments = ("--no-maker", "--no-standby", "--prices", "sim", "--catalogue", "all")
    for _ in range(2):
        with running_venue(tmp_path / "data", *arguments) as venue:
            listed = [each["asset"] for each in json.loads(tool(venue, "list", "--json"))]
            assert sorted(catalogue()) == sorted(listed)

            until_true(partial(all_quoted, venue, set(listed)), "a quote of each market")
            closed = set(venue.status()["said"]["prices"]["closed"])
            assert closed <= set(listed) - {"SOL_USDC", "ETH_USDC", "BTC_USDC"}
            assert {} == venue.status()["said"]["prices"]["refused"]
