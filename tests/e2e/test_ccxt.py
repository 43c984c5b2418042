"""Unmodified ccxt trades here: class `backpack`, told another address, and nothing else.

ccxt reads numbers as floats; where an amount must be exact the test reads what ccxt was sent.
"""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import ccxt
import ccxt.pro
import pytest

from ccxt_client import MAKER_FEE, SOL, TAKER_FEE, Client, options
from venues import Venue


@pytest.fixture(scope="module")
def ann(venue: Venue) -> Client:
    return Client(venue, "ann")


@pytest.fixture(scope="module")
def bob(venue: Venue) -> Client:
    return Client(venue, "bob")


@pytest.fixture(autouse=True)
def nothing_left_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test ends with an empty book, and with balances that add up."""
    yield
    for name in {"ann", "bob"} & set(request.fixturenames):
        client: Client = request.getfixturevalue(name)
        client.ccxt.cancel_all_orders(SOL)
        assert client.expected_balances() == client.balances()


def test_markets(ann: Client) -> None:
    """Markets are active, with the precision and limits of the venue's own rules."""
    markets = ann.ccxt.markets
    assert {"SOL/USDC", "ETH/USDC", "BTC/USDC"} == set(markets)
    assert all(market["active"] and market["spot"] for market in markets.values())
    assert {"amount": 0.01, "price": 0.01} == markets[SOL]["precision"]
    assert 0.01 == markets[SOL]["limits"]["amount"]["min"]
    assert {"USDC", "SOL", "ETH", "BTC"} <= set(ann.ccxt.currencies)
    assert "ok" == ann.ccxt.fetch_status()["status"]


def test_a_limit_order_from_birth_to_end(ann: Client) -> None:
    """It is in open orders and in history at once, by both of its ids, and then canceled."""
    placed = ann.limit("buy", 1.5, 90.25, clientOrderId=77)
    assert ("open", 1.5, 90.25, 0.0, "77") == tuple(
        placed[name] for name in ("status", "amount", "price", "filled", "clientOrderId")
    )
    assert [placed["id"]] == [order["id"] for order in ann.ccxt.fetch_open_orders(SOL)]
    for found in (
        ann.ccxt.fetch_open_order(placed["id"], SOL), ann.ccxt.fetch_order(placed["id"], SOL),
    ):
        assert ("open", "buy", "limit", placed["timestamp"]) == tuple(
            found[name] for name in ("status", "side", "type", "timestamp")
        )
    balance = ann.ccxt.fetch_balance()["USDC"]
    assert 1.5 * 90.25 == balance["used"]
    assert ann.balances()["USDC"] == Decimal(str(balance["total"]))
    assert "canceled" == ann.ccxt.cancel_order(placed["id"], SOL)["status"]
    assert "canceled" == ann.ccxt.fetch_order(placed["id"], SOL)["status"]
    assert [] == ann.ccxt.fetch_open_orders(SOL)


def test_a_market_order_and_its_fills(ann: Client, bob: Client) -> None:
    """The taker crosses two levels; both sides' fills carry the fee each of them paid."""
    ann.limit("sell", 1, 101)
    ann.limit("sell", 1, 102)
    taken = bob.market("buy", 1.5)
    assert ("closed", 1.5, 152.0) == tuple(taken[name] for name in ("status", "filled", "cost"))
    fills = [f for f in bob.ccxt.fetch_my_trades(SOL) if f["order"] == taken["id"]]
    assert [("101", "1"), ("102", "0.5")] == [
        (fill["info"]["price"], fill["info"]["quantity"]) for fill in fills
    ]
    assert {("taker", "SOL")} == {(f["takerOrMaker"], f["fee"]["currency"]) for f in fills}
    assert Decimal("1.5") * TAKER_FEE == sum(Decimal(fill["info"]["fee"]) for fill in fills)
    mine = ann.ccxt.fetch_my_trades(SOL)[-2:]
    assert {("maker", "USDC")} == {(f["takerOrMaker"], f["fee"]["currency"]) for f in mine}
    assert Decimal(152) * MAKER_FEE == sum(Decimal(fill["info"]["fee"]) for fill in mine)
    assert "closed" == bob.ccxt.fetch_order(taken["id"], SOL)["status"]


def test_a_market_order_by_cost(ann: Client, bob: Client) -> None:
    """So much USDC, spent down to the last lot it buys."""
    ann.limit("sell", 10, 33)
    spent = bob.market("buy", None, cost=100)
    assert ("closed", 3.03) == (spent["status"], spent["filled"])
    assert Decimal("99.99") == Decimal(spent["info"]["executedQuoteQuantity"])


def test_post_only(ann: Client, bob: Client) -> None:
    """One that would take is refused; one that would not rests."""
    ann.limit("sell", 1, 101)
    with pytest.raises(ccxt.InvalidOrder, match="Order would immediately match and take"):
        bob.limit("buy", 1, 101, postOnly=True)
    resting = bob.limit("buy", 1, 100.99, timeInForce="PO")
    assert ("open", True) == (resting["status"], resting["postOnly"])


def test_immediate_or_cancel_and_fill_or_kill(ann: Client, bob: Client) -> None:
    """What is not there at once is not waited for."""
    ann.limit("sell", 1, 101)
    assert 0.0 == bob.limit("buy", 2, 101, timeInForce="FOK")["filled"]
    part = bob.limit("buy", 2, 101, timeInForce="IOC")
    assert (1.0, "Expired") == (part["filled"], part["info"]["status"])
    [recorded] = [o for o in bob.ccxt.fetch_orders(SOL) if o["id"] == part["id"]]
    assert "ImmediateOrCancel" == recorded["info"]["expiryReason"]
    assert [] == bob.ccxt.fetch_open_orders(SOL)


def test_several_orders_at_once(ann: Client) -> None:
    """Each stands for itself."""
    placed, refused = ann.ccxt.create_orders([
        {"symbol": SOL, "type": "limit", "side": "buy", "amount": 0.1, "price": 50},
        {"symbol": SOL, "type": "limit", "side": "buy", "amount": 100_000, "price": 100},
    ])
    if placed["id"] is None:  # ccxt sorts what it is answered.
        placed, refused = refused, placed
    assert "open" == placed["status"]
    assert "INSUFFICIENT_FUNDS" == refused["info"]["code"]
    assert 1 == len(ann.ccxt.cancel_all_orders(SOL))


@pytest.mark.parametrize(("error", "order"), [
    (ccxt.InsufficientFunds, ("limit", "buy", 100_000, 100, {})),
    (ccxt.InvalidOrder, ("limit", "buy", 1, 100_001, {})),
    (ccxt.BadRequest, ("limit", "buy", 2_000_000, 100, {})),
    (ccxt.BadRequest, ("limit", "buy", 1, 100, {"clientOrderId": "not-a-number"})),
    (ccxt.BadRequest, ("limit", "buy", 1, 100, {"clientOrderId": 2**32})),
    (ccxt.BadRequest, ("limit", "buy", 1, 100, {"stopLossPrice": 90})),
    (ccxt.OperationFailed, ("limit", "buy", 1, 100, {"triggerPrice": 120})),
])
def test_orders_that_cannot_be(ann: Client, error: type[Exception], order: Any) -> None:
    """ccxt understands what it is told, and nothing is left behind."""
    with pytest.raises(error):
        ann.ccxt.create_order(SOL, *order)
    assert [] == ann.ccxt.fetch_open_orders(SOL)


def test_what_is_not_there_cannot_be_canceled(ann: Client, bob: Client) -> None:
    """Unknown, finished and foreign orders are the same to who asks."""
    theirs = bob.limit("buy", 1, 50)
    for order_id in ("999999", theirs["id"]):
        with pytest.raises(ccxt.BaseError, match="RESOURCE_NOT_FOUND"):
            ann.ccxt.cancel_order(order_id, SOL)
    assert [theirs["id"]] == [order["id"] for order in bob.ccxt.fetch_open_orders(SOL)]


def test_a_wrong_secret(venue: Venue, ann: Client) -> None:
    """A valid key with another's secret gets nothing."""
    thief: Any = ccxt.backpack(options(venue, {**ann.keys, "api_secret": "A" * 43 + "="}))
    with pytest.raises(ccxt.BadRequest, match="Invalid signature"):
        thief.fetch_balance()


def test_market_data(ann: Client, bob: Client) -> None:
    """Book, trades, ticker and candles tell of the same trade."""
    ann.limit("sell", 2, 105)
    ann.limit("buy", 2, 95)
    bob.market("buy", 0.75)
    book = ann.ccxt.fetch_order_book(SOL, 5)
    assert ([[95.0, 2.0]], [[105.0, 1.25]]) == (book["bids"], book["asks"])
    trade = ann.ccxt.fetch_trades(SOL)[-1]
    assert ("buy", 105.0, 0.75) == (trade["side"], trade["price"], trade["amount"])
    assert trade["id"] == ann.ccxt.fetch_trades(SOL, params={"offset": 0})[-1]["id"]
    ticker = ann.ccxt.fetch_ticker(SOL)
    assert 105.0 == ticker["last"]
    assert ticker["low"] <= 105.0 <= ticker["high"]
    assert 105.0 == ann.ccxt.fetch_tickers([SOL])[SOL]["last"]
    candle = ann.ccxt.fetch_ohlcv(SOL, "1m", limit=2)[-1]
    assert 105.0 == candle[4]


def test_deposits(ann: Client) -> None:
    deposits = {d["currency"]: Decimal(d["info"]["quantity"]) for d in ann.ccxt.fetch_deposits()}
    assert ann.deposits == deposits
    assert [] == ann.ccxt.fetch_withdrawals()
    assert [] == ann.ccxt.fetch_positions()


def test_the_stream(venue: Venue, ann: Client, bob: Client) -> None:
    """ccxt.pro sees the book change, the trade, and what becomes of one's own order."""
    asyncio.run(watch(venue, ann, bob))


async def watch(venue: Venue, ann: Client, bob: Client) -> None:
    pro: Any = ccxt.pro.backpack({
        **options(venue, ann.keys), "options": {"watchOrderBook": {"snapshotDelay": 0}},
    })
    try:
        await pro.load_markets()

        async def until(coroutine: Any, holds: Any) -> Any:
            """Watch until what is seen is what is waited for."""
            while not holds(seen := await coroutine()):
                pass
            return seen

        async def trade() -> None:
            # Subscriptions are not acknowledged: what moves until all have been seen is seen.
            while True:
                mine = await asyncio.to_thread(ann.limit, "sell", 0.2, 107)
                await asyncio.to_thread(bob.limit, "buy", 0.1, 107)
                await asyncio.to_thread(ann.ccxt.cancel_order, mine["id"], SOL)

        trading = asyncio.create_task(trade())
        try:
            async with asyncio.timeout(30):
                _, trades, orders = await asyncio.gather(
                    until(
                        lambda: pro.watch_order_book(SOL),
                        lambda book: book["asks"] and book["asks"][0][0] == 107
                        and book["asks"][0][1] in (0.1, 0.2),
                    ),
                    until(lambda: pro.watch_trades(SOL), lambda trades: trades[-1]["price"] == 107),
                    until(
                        lambda: pro.watch_orders(SOL),
                        lambda orders: orders[-1]["status"] == "canceled",
                    ),
                )
        finally:
            trading.cancel()
            await finished(trading)
        assert (0.1, "buy") == (trades[-1]["amount"], trades[-1]["side"])
        assert ("sell", 107.0, SOL) == tuple(orders[-1][n] for n in ("side", "price", "symbol"))
    finally:
        await pro.close()


async def finished(task: "asyncio.Task[None]") -> None:
    """Wait for a canceled task; whatever else ended it is the test's failure."""
    try:
        await task
    except asyncio.CancelledError:
        return
