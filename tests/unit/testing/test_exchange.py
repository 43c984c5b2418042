"""The exchange that people test their bots with."""

import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import ccxt
import pytest
from websockets.sync.client import ClientConnection, connect

import outcry.testing
from outcry.client import ApiKey
from outcry.testing.venue import Refused, Venue
from rigs.patience import PATIENCE_S, until

ROOT = Path(__file__).parents[3]
SOL = "SOL_USDC"


def fetched(venue: Venue, path: str) -> Any:
    with urllib.request.urlopen(f"{venue.url}/api/v1/{path}", timeout=PATIENCE_S) as answer:
        return json.load(answer)


@contextmanager
def subscribed(
    venue: Venue, *streams: str, signature: list[str] | None = None
) -> Iterator[ClientConnection]:
    """A connection that has asked for streams."""
    with connect(venue.stream_url) as connection:
        request = {"method": "SUBSCRIBE", "params": list(streams), "id": 1}
        connection.send(json.dumps(request | ({"signature": signature} if signature else {})))
        yield connection


def test_it_opens_at_once() -> None:
    """A test suite with a thousand venues waits for its bots, not for them."""
    taken_ms = []
    for _ in range(7):
        start = time.perf_counter()
        with outcry.testing.exchange() as venue:
            venue.user(USDC="10000")
            taken_ms.append((time.perf_counter() - start) * 1_000)
    print("a venue with a user, in ms:", *(f"{each:.1f}" for each in taken_ms))
    assert sorted(taken_ms)[3] < 100


def test_a_client_trades_on_it(outcry_venue: Venue) -> None:
    """With ccxt, which knows nothing of us."""
    exchange = ccxt.backpack(outcry_venue.user(USDC="10000").ccxt())
    outcry_venue.set_book(SOL, bids=[("99", "5")], asks=[("101", "5"), ("102", "5")])
    book = exchange.fetch_order_book("SOL/USDC")
    assert ([[99.0, 5.0]], [[101.0, 5.0], [102.0, 5.0]]) == (book["bids"], book["asks"])
    bought = exchange.create_order("SOL/USDC", "market", "buy", 6)
    assert ("closed", 6.0) == (bought["status"], bought["filled"])
    assert [102.0, 101.0] == [fill["price"] for fill in exchange.fetch_my_trades("SOL/USDC")][::-1]
    resting = exchange.create_order("SOL/USDC", "limit", "buy", 1, 100)
    assert "open" == resting["status"]
    outcry_venue.set_book(SOL, asks=[("100", "1")])
    assert [] == exchange.fetch_open_orders("SOL/USDC")
    assert 10_000 - 5 * 101 - 102 - 100 == exchange.fetch_balance()["total"]["USDC"]
    assert ["10000"] == [each["info"]["quantity"] for each in exchange.fetch_deposits()]


def test_the_makers_book_is_what_was_said_last(outcry_venue: Venue) -> None:
    outcry_venue.set_book(SOL, bids=[("99", "5")], asks=[("101", "5")])
    outcry_venue.set_book("BTC_USDC", bids=[("60000", "1")])
    outcry_venue.set_book(SOL, bids=[("98", "1"), ("97.5", "2")])
    depth = fetched(outcry_venue, f"depth?symbol={SOL}")
    assert ([], [["97.5", "2"], ["98", "1"]]) == (depth["asks"], depth["bids"])
    assert [["60000", "1"]] == fetched(outcry_venue, "depth?symbol=BTC_USDC")["bids"]


def test_streams(outcry_venue: Venue) -> None:
    """Public ones, and a user's own."""
    user = outcry_venue.user(USDC="10000")
    key = ApiKey(user.api_key, user.api_secret)
    with (
        subscribed(outcry_venue, f"depth.{SOL}") as public,
        subscribed(
            outcry_venue, "account.orderUpdate", signature=key.subscription()
        ) as private,
    ):
        exchange = ccxt.backpack(user.ccxt())
        give_up_at = time.monotonic() + PATIENCE_S
        updates: list[Any] = []
        while not updates:  # A subscription is not acknowledged.
            assert time.monotonic() < give_up_at
            order = exchange.create_order("SOL/USDC", "limit", "buy", 1, 50)
            try:
                updates.append(json.loads(private.recv(timeout=0.2)))
            except TimeoutError:
                continue
        assert "account.orderUpdate" == updates[0]["stream"]
        assert "orderAccepted" == updates[0]["data"]["e"]
        assert int(order["id"]) >= int(updates[0]["data"]["i"])
        frame = json.loads(public.recv(timeout=PATIENCE_S))
        assert f"depth.{SOL}" == frame["stream"]


def test_the_outside_price(outcry_venue: Venue) -> None:
    outcry_venue.set_quote(SOL, "100", "100.5")
    [mark] = fetched(outcry_venue, "markPrices")
    assert (SOL, "100.25") == (mark["symbol"], mark["markPrice"])


def test_time(outcry_venue: Venue) -> None:
    """It passes by itself, and may be moved on; whoever signs the real time stays welcome."""
    exchange = ccxt.backpack(outcry_venue.user(USDC="1000").ccxt())
    before_ms = outcry_venue.now_ms
    outcry_venue.set_book(SOL, asks=[("100", "9")])
    exchange.create_order("SOL/USDC", "market", "buy", 1)
    outcry_venue.advance(2 * 24 * 3_600)
    assert outcry_venue.now_ms - before_ms >= 2 * 24 * 3_600_000
    assert abs(int(fetched(outcry_venue, "time")) - outcry_venue.now_ms) < 5_000
    assert "0" == fetched(outcry_venue, f"ticker?symbol={SOL}")["volume"], "longer than a day ago"
    assert 900 == exchange.fetch_balance()["total"]["USDC"]
    assert "Ok" == fetched(outcry_venue, "status")["status"]


def test_the_engine_beats_by_itself(outcry_venue: Venue) -> None:
    """Else a venue in which nothing happens would soon say that it is down."""
    first = fetched(outcry_venue, "venue")["lastEntry"]
    give_up_at = time.monotonic() + PATIENCE_S
    while fetched(outcry_venue, "venue")["lastEntry"] == first:
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


@pytest.mark.parametrize("wrong", [
    lambda venue: venue.user(XYZ="1"),
    lambda venue: venue.user(USDC="-1"),
    lambda venue: venue.deposit(venue.user(), USDC="0.0000001"),
    lambda venue: venue.set_quote("XYZ_USDC", "1", "2"),
    lambda venue: venue.set_quote(SOL, "2", "1"),
    lambda venue: venue.set_quote(SOL, "one", "two"),
    lambda venue: venue.set_book("XYZ_USDC"),
    lambda venue: venue.set_book(SOL, bids=[("1.001", "1")]),
    lambda venue: venue.set_book(SOL, bids=[("100000", "1000000")]),
    lambda venue: venue.advance(-1),
])
def test_what_cannot_be_is_refused(outcry_venue: Venue, wrong: Any) -> None:
    """In words, and the venue goes on."""
    with pytest.raises(Refused, match=r"\w+ \w+"):
        wrong(outcry_venue)
    assert "pong" == urllib.request.urlopen(f"{outcry_venue.url}/api/v1/ping").read().decode()


def test_venues_are_apart() -> None:
    """Two at once know nothing of each other."""
    with outcry.testing.exchange() as one, outcry.testing.exchange() as other:
        one.set_book(SOL, bids=[("99", "5")])
        assert [] == fetched(other, f"depth?symbol={SOL}")["bids"]
        stranger = ccxt.backpack(one.user(USDC="1").ccxt() | {"urls": other.user().ccxt()["urls"]})
        with pytest.raises(ccxt.AuthenticationError):
            stranger.fetch_balance()


def test_nothing_is_left() -> None:
    """No port, no thread; also when clients are still connected."""
    before = set(threading.enumerate())
    with ExitStack() as clients, outcry.testing.exchange() as venue:
        clients.enter_context(subscribed(venue, "bookTicker.SOL_USDC"))
        exchange = ccxt.backpack(venue.user(USDC="1").ccxt())
        exchange.fetch_balance()
        ports = [int(re.findall(r":(\d+)", url)[0]) for url in (venue.url, venue.stream_url)]
    until(lambda: set(threading.enumerate()) <= before, "the threads of venue and clients to end")
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)


def test_limits_can_be_tried() -> None:
    """There are none unless they are asked for."""
    with outcry.testing.exchange(rate_limit_per_minute=3) as venue:
        for _ in range(3):
            fetched(venue, "markets")
        with pytest.raises(urllib.error.HTTPError, match="429"):
            fetched(venue, "markets")


def test_the_documented_example_works(tmp_path: Path) -> None:
    """As it stands, with pytest and the plugin that comes with the package."""
    text = (ROOT / "docs/testing-bots.md").read_text()
    [example] = re.findall(r"^```python pytest\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "test_bot.py").write_text(example)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), "-p", "no:cacheprovider",
         "test_bot.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )
    assert 0 == ended.returncode, ended.stdout + ended.stderr
    assert re.search(r"\d+ passed", ended.stdout)
