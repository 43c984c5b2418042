"""An operator lists and halts from the command line; clients see it at once, without a restart."""

import json
from typing import Any

import ccxt
import pytest

from rigs.ccxt_client import options
from rigs.venues import Venue, outcry


def tool(venue: Venue, *arguments: str) -> str:
    """What a command of ours says."""
    ended = outcry(*arguments, data_dir=venue.data_dir)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def refusal(venue: Venue, *arguments: str) -> str:
    """The one line with which a command of ours gives up."""
    ended = outcry(*arguments, data_dir=venue.data_dir)
    assert ended.returncode == 1, ended.stdout
    return ended.stderr.splitlines()[-1]


@pytest.fixture(scope="module")
def ann(venue: Venue) -> Any:
    keys = venue.create_user("ann@example.org", USDC="100000", SOL="1000")
    exchange: Any = ccxt.backpack(options(venue, keys))
    exchange.load_markets()
    return exchange


def test_list_add_trade_halt_open_set(venue: Venue, ann: Any) -> None:
    """The life of an instrument, as its operator and a trader see it."""
    assert {"SOL_USDC", "ETH_USDC", "BTC_USDC"} == {
        row["symbol"] for row in json.loads(tool(venue, "instrument", "list", "--json"))
    }
    tool(venue, "asset", "add", "WIF", "--name", "dogwifhat", "--decimals", "6")
    said = tool(
        venue, "instrument", "add", "WIF_USDC", "--tick-size", "0.0001", "--lot-size", "1",
        "--price-max", "100", "--price-band", "0.5",
    )
    assert "WIF_USDC     open        tick size 0.0001, lot size 1, price min 0.0001" in said
    ann.load_markets(reload=True)
    market = ann.market("WIF/USDC")
    assert {"amount": 1.0, "price": 0.0001} == market["precision"]
    assert ("0.5", "1.5", "100", "Open") == (
        market["info"]["filters"]["price"]["minMultiplier"],
        market["info"]["filters"]["price"]["maxMultiplier"],
        market["info"]["filters"]["price"]["maxPrice"], market["info"]["orderBookState"],
    )
    order = ann.create_order("WIF/USDC", "limit", "buy", 100, 0.5)
    assert "open" == order["status"]

    tool(venue, "instrument", "halt", "WIF_USDC")
    ann.load_markets(reload=True)
    assert (False, "CancelOnly") == (
        ann.market("WIF/USDC")["active"], ann.market("WIF/USDC")["info"]["orderBookState"]
    )
    with pytest.raises(ccxt.BaseError, match="TRADING_PAUSED"):
        ann.create_order("WIF/USDC", "limit", "buy", 100, 0.5)
    assert "canceled" == ann.cancel_order(order["id"], "WIF/USDC")["status"]

    tool(venue, "instrument", "open", "WIF_USDC")
    tool(venue, "instrument", "set", "WIF_USDC", "--quantity-min", "10", "--price-max", "2")
    with pytest.raises(ccxt.BadRequest, match="Quantity must be from 10 to"):
        ann.create_order("WIF/USDC", "limit", "buy", 9, 0.5)
    with pytest.raises(ccxt.InvalidOrder, match=r"Price must be from 0\.0001 to 2"):
        ann.create_order("WIF/USDC", "limit", "buy", 10, 2.5)
    assert "open" == ann.create_order("WIF/USDC", "limit", "buy", 10, 0.5)["status"]
    assert 1 == len(ann.cancel_all_orders("WIF/USDC"))
    assert 100_000 == ann.fetch_balance()["USDC"]["free"]


@pytest.mark.parametrize(("arguments", "why"), [
    (("asset", "add", "SOL", "--name", "Solana", "--decimals", "9"),
     "the engine refused: The asset is listed already"),
    (("instrument", "add", "SOL_EUR", "--tick-size", "1", "--lot-size", "1"),
     "there is no asset 'EUR'"),
    (("instrument", "add", "SOL_BTC", "--tick-size", "0.001", "--lot-size", "0.000000001"),
     "the engine refused: The market's rules contradict each other"),
    (("instrument", "set", "SOL_USDC"), "nothing to change: give at least one rule"),
    (("instrument", "set", "SOL_USDC", "--price-min", "200000"),
     "the engine refused: The market's rules contradict each other"),
    (("instrument", "halt", "NO_SUCH"), "there is no instrument 'NO_SUCH'"),
])
def test_what_cannot_be(venue: Venue, arguments: tuple[str, ...], why: str) -> None:
    """One line says why, and nothing changes."""
    before = tool(venue, "instrument", "list")
    assert refusal(venue, *arguments).startswith(f"outcry: {why}")
    assert before == tool(venue, "instrument", "list")
