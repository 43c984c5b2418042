"""ccxt.pro follows the venue: book, trades, tickers, candles, one's own orders and balances."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import ccxt.pro
import pytest

from rigs.ccxt_client import SOL, Client, options
from rigs.patience import PATIENCE_S
from rigs.venues import Venue


@pytest.fixture(scope="module")
def ann(venue: Venue) -> Client:
    return Client(venue, "ann")


@pytest.fixture(scope="module")
def bob(venue: Venue) -> Client:
    return Client(venue, "bob")


@asynccontextmanager
async def following(venue: Venue, client: Client, **settings: Any) -> AsyncIterator[Any]:
    """ccxt.pro with a client's key."""
    pro: Any = ccxt.pro.backpack({**options(venue, client.keys), "options": settings})
    try:
        await pro.load_markets()
        async with asyncio.timeout(PATIENCE_S):
            yield pro
    finally:
        await pro.close()


@asynccontextmanager
async def trading(ann: Client, bob: Client) -> AsyncIterator[None]:
    """Ann sells 0.2 at 107 and Bob buys half of it, over and over.

    Subscriptions are not acknowledged: what moves until all have been seen is seen.
    """
    ended = asyncio.Event()

    async def trade() -> None:
        while not ended.is_set():
            mine = await asyncio.to_thread(ann.limit, "sell", 0.2, 107)
            await asyncio.to_thread(bob.limit, "buy", 0.1, 107)
            await asyncio.to_thread(ann.ccxt.cancel_order, mine["id"], SOL)

    at_work = asyncio.create_task(trade())
    try:
        yield
    finally:
        ended.set()
        await at_work


async def until(watch: Callable[[], Awaitable[Any]], holds: Callable[[Any], object]) -> Any:
    """Watch until what is seen is what is waited for."""
    while not holds(seen := await watch()):
        pass
    return seen


async def best_ask(watched: Awaitable[Any]) -> Any:
    """Price and amount of the best ask just now; the book a client shows goes on changing."""
    book = await watched
    return list(book["asks"][0]) if book["asks"] else None


async def newest(watched: Awaitable[Any]) -> Any:
    """The last of the trades a client shows, whose list it empties whenever it is watched again."""
    trades = list(await watched)
    return trades[-1] if trades else None


async def test_everything_that_is_public(venue: Venue, ann: Client, bob: Client) -> None:
    """Book, trades, tickers, tops and candles tell of the same trades."""
    async with following(venue, ann, watchOrderBook={"snapshotDelay": 0}) as pro:
        async with trading(ann, bob):
            ask, trade, other, ticker, tickers, tops, candles, sets = await asyncio.gather(
                until(
                    lambda: best_ask(pro.watch_order_book(SOL)),
                    lambda ask: ask and ask[0] == 107,
                ),
                until(lambda: newest(pro.watch_trades(SOL)), lambda trade: trade),
                until(
                    lambda: newest(pro.watch_trades_for_symbols([SOL, "BTC/USDC"])),
                    lambda trade: trade,
                ),
                until(lambda: pro.watch_ticker(SOL), lambda ticker: ticker["last"] == 107),
                until(
                    lambda: pro.watch_tickers([SOL, "ETH/USDC"]),
                    lambda tickers: SOL in tickers and tickers[SOL]["last"] == 107,
                ),
                until(
                    lambda: pro.watch_bids_asks([SOL]),
                    lambda tops: SOL in tops and tops[SOL]["ask"] == 107,
                ),
                until(lambda: pro.watch_ohlcv(SOL, "1m"), lambda candles: candles),
                until(
                    lambda: pro.watch_ohlcv_for_symbols([[SOL, "1h"]]),
                    lambda sets: SOL in sets,
                ),
            )
        assert ask[1] in (0.1, 0.2)
        for seen in (trade, other):
            assert (107.0, 0.1, "buy", SOL) == tuple(
                seen[name] for name in ("price", "amount", "side", "symbol")
            )
        assert ticker["baseVolume"] > 0
        assert 107.0 == tickers[SOL]["close"]
        assert tops[SOL]["askVolume"] in (0.1, 0.2)
        assert 107.0 == candles[-1][4] == sets[SOL]["1h"][-1][4]
        rest = await pro.fetch_trades(SOL)
        assert trade["id"] in [each["id"] for each in rest]


@pytest.mark.parametrize("symbol", [SOL, None])
async def test_ones_own_orders(venue: Venue, ann: Client, bob: Client, symbol: str | None) -> None:
    """Placed, filled in part and canceled, for one market or for all."""
    async with following(venue, ann) as pro, trading(ann, bob):
        words: list[str] = []

        async def watch() -> Any:
            orders = await pro.watch_orders(symbol)
            words.extend(order["info"]["e"] for order in orders[-1:])
            return orders

        orders = await until(watch, lambda orders: orders[-1]["status"] == "canceled")
        assert ("sell", 107.0, SOL, "limit") == tuple(
            orders[-1][name] for name in ("side", "price", "symbol", "type")
        )
        assert {"orderAccepted", "orderFill", "orderCancelled"} >= set(words)


async def test_ones_own_waiting_orders(venue: Venue, ann: Client, bob: Client) -> None:
    """One that begins to wait, and one whose trigger fires."""
    ann.limit("sell", 1, 107)
    bob.limit("buy", 1, 107)
    async with following(venue, ann) as pro:
        ended = asyncio.Event()

        async def place() -> None:
            while not ended.is_set():
                placed = await asyncio.to_thread(ann.market, "sell", 1, triggerPrice=90)
                await asyncio.to_thread(ann.ccxt.cancel_order, placed["id"], SOL)

        async def watch() -> dict[str, Any]:
            orders = await pro.watch_orders(SOL)
            return dict(orders[-1]["info"])  # The list goes on changing.

        at_work = asyncio.create_task(place())
        try:
            frame = await until(watch, lambda frame: frame["e"] == "triggerPlaced")
        finally:
            ended.set()
            await at_work
        assert ("TriggerPending", "90", "LastPrice", "Ask") == tuple(
            frame[name] for name in ("X", "P", "B", "S")
        )


async def test_ones_own_balances(venue: Venue, ann: Client, bob: Client) -> None:
    """What the stream says last is what REST says, to the last unit."""
    async with following(venue, bob) as pro:
        async with trading(ann, bob):
            await until(
                lambda: pro.watch_balance(),
                lambda balance: {"SOL", "USDC"} <= balance.keys(),
            )
        ends_at = await asyncio.to_thread(bob.balances)
        while ends_at != {  # noqa: ASYNC110 - what was sent is on its way.
            asset: Decimal(str(pro.balance[asset]["total"])) for asset in ends_at
        }:
            await asyncio.sleep(0.05)
    assert bob.expected_balances() == bob.balances()


async def test_a_quiet_book_with_ccxts_own_settings(venue: Venue, ann: Client) -> None:
    """ccxt waits for eleven changes before it shows a book; a quiet one says that it lives."""
    placed = ann.ccxt.create_order("BTC/USDC", "limit", "buy", 0.001, 50_000)
    async with following(venue, ann) as pro:
        book = await pro.watch_order_book("BTC/USDC")
        assert [[50_000.0, 0.001]] == book["bids"]
    ann.ccxt.cancel_order(placed["id"], "BTC/USDC")
