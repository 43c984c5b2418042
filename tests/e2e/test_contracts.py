"""An operator sets a contract's rules and looks at the house, while positions are open."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rigs.browsers import browsing
from rigs.patience import until
from rigs.venues import Venue, outcry, running_venue
from twin.cfd_prices import cfd_prices, quiet_feed

POSITIONS = "/api/v1/cfd/positions"
LONG = {"asset": "SOL_USDC", "direction": "LONG", "margin": "1000", "leverage": 100}


@pytest.fixture(scope="module")
def quiet_venue() -> Iterator[Venue]:
    with tempfile.TemporaryDirectory(prefix="outcry-venue-") as directory, running_venue(
        Path(directory) / "data", "--no-maker", "--prices", quiet_feed(Path(directory)),
    ) as venue:
        yield venue


def tool(venue: Venue, *arguments: str) -> str:
    ended = outcry(*arguments, data_dir=venue.data_dir)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


async def test_rules_hold_at_once_and_the_house_is_seen(quiet_venue: Venue) -> None:
    async with browsing(quiet_venue) as browser:
        assert 200 == (await browser.change("/api/v1/user/demo"))[0]
        async with cfd_prices(quiet_venue) as prices:
            await prices.quote("SOL_USDC", "200")
            status, opened = await browser.change(POSITIONS, LONG)
            assert (200, "OPEN") == (status, opened["status"])
            tool(quiet_venue, "contract", "halt", "SOL_USDC")
            await prices.quote("SOL_USDC", "200")
            assert 400 == (await browser.change(POSITIONS, LONG))[0]
            tool(quiet_venue, "contract", "open", "SOL_USDC")
            said = tool(quiet_venue, "contract", "set", "SOL_USDC", "--leverage-max", "5")
            assert "SOL_USDC     symbol SOL_USDC_CFD, state open, leverage max 5," in said
            await prices.quote("SOL_USDC", "190")
            assert 400 == (await browser.change(POSITIONS, LONG))[0]
            assert 200 == (await browser.change(POSITIONS, LONG | {"leverage": 50}))[0]
    house = {row["asset"]: row for row in json.loads(tool(quiet_venue, "house", "--json"))}
    assert {
        "asset": "SOL_USDC", "positions": "2", "long": "15000", "short": "0",
        "house_net": "-15000", "margin": "2000", "house_unrealized_pnl": "500",
        "house_balance": house["SOL_USDC"]["house_balance"], "wallet": "USDC",
    } == house["SOL_USDC"]
    assert "no price" == house["BTC_USDC"]["house_unrealized_pnl"]


async def test_a_profile_and_limits_of_the_house_hold_in_a_running_venue(
    quiet_venue: Venue
) -> None:
    said = tool(quiet_venue, "contract", "profile", "crypto", "ETH_USDC")
    assert "profile crypto, tiers 50000:50,250000:20,1000000:10,5, payout room 10" in said
    assert "capital 1000," in tool(quiet_venue, "house", "fund", "1000")
    said = tool(quiet_venue, "house", "limits", "--loss-per-day", "50")
    assert "loss per day 50, loss 0, result of day 0, result 0, opens yes" in said
    async with browsing(quiet_venue) as browser:
        assert 200 == (await browser.change("/api/v1/user/demo"))[0]
        async with cfd_prices(quiet_venue) as prices:
            await prices.quote("ETH_USDC", "2000")
            wins = {"asset": "ETH_USDC", "direction": "LONG", "margin": "1000", "leverage": 20}
            status, opened = await browser.change(POSITIONS, wins)
            assert 200 == status, opened
            await prices.quote("ETH_USDC", "2100")
            one = f"{POSITIONS}/{opened['tradeId']}"
            status, closed = await browser.change(one, {}, method="DELETE")
            assert ("200", "CLOSED") == (str(status), closed["status"])
            status, refused = await browser.change(POSITIONS, wins)
            assert (503, "TRADING_PAUSED") == (status, refused["code"])
            until(
                lambda: any("the house has stopped in USDC" in each
                            for each in quiet_venue.status()["warnings"]),
                "the stop to be on the status board",
            )
            assert "opens yes" in tool(quiet_venue, "house", "resume")
            await prices.quote("ETH_USDC", "2100")
            assert 200 == (await browser.change(POSITIONS, wins))[0]
    lost = f"-{closed['realizedPnl']}"
    tool(quiet_venue, "house", "limits", "--loss-per-day", "0")

    def results(by: str) -> list[tuple[str, str, str]]:
        rows = json.loads(tool(quiet_venue, "house", "results", "--by", by, "--json"))
        return [(row["of"].split()[0], row["closes"], row["house_result"]) for row in rows]

    until(lambda: results("contract"), "the recorder to have the close")
    assert [("ETH_USDC", "1", lost)] == results("contract")
    assert [("account", "1", lost)] == results("account")
    [(day, *of_day)] = results("day")
    assert (10, ["1", lost]) == (len(day), of_day)


def test_what_cannot_be_set_is_one_line(quiet_venue: Venue) -> None:
    for arguments in (("SOL_USDC", "--state", "shut"), ("DOGE", "--spread", "0"), ("SOL_USDC",)):
        ended = outcry("contract", "set", *arguments, data_dir=quiet_venue.data_dir)
        assert ended.returncode == 1
        assert "outcry: " in ended.stderr.splitlines()[-1]
        assert "Traceback" not in ended.stderr
    ended = outcry(
        "contract", "set", "SOL_USDC", "--maintenance", "1", data_dir=quiet_venue.data_dir
    )
    assert "the engine refused" in ended.stderr
