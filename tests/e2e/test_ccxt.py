"""Unmodified ccxt trades here: class `backpack`, told another address, and nothing else.

ccxt reads numbers as floats; where an amount must be exact the test reads what ccxt was sent.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from rigs.ccxt_client import MAKER_FEE, SOL, TAKER_FEE, Client, options
from rigs.venues import Venue


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
    (ccxt.BadRequest, ("market", "buy", None, None, {"triggerPrice": 120, "cost": 5})),
    (ccxt.OperationFailed, ("limit", "buy", 1, 100, {
        "triggerPrice": 120, "triggerBy": "IndexPrice"})),
    (ccxt.InvalidOrder, ("limit", "buy", 1, 100, {
        "takeProfit": {"triggerPrice": 90}, "stopLoss": {"triggerPrice": 110}})),
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


def test_a_book_at_every_limit(ann: Client, bob: Client) -> None:
    """Both sides, best first once ccxt has sorted them, however many levels are asked for."""
    for level in range(12):
        ann.limit("sell", 1, 200 + level)
        bob.limit("buy", 1, 100 - level)
    for limit in (5, 10, 20, 50, 100, 500, 1000, None):
        book = ann.ccxt.fetch_order_book(SOL, limit)
        levels = min(limit or 12, 12)
        assert [[200.0 + level, 1.0] for level in range(levels)] == book["asks"]
        assert [[100.0 - level, 1.0] for level in range(levels)] == book["bids"]
        assert book["nonce"] > 0


def test_pages_of_trades_and_candles(ann: Client, bob: Client) -> None:
    """Trades by number, candles of every length."""
    ann.limit("sell", 2, 105)
    taken = [bob.market("buy", 0.5)["id"] for _ in range(3)]
    newest = ann.ccxt.fetch_trades(SOL, limit=2)
    assert [trade["id"] for trade in newest] == [
        trade["id"] for trade in ann.ccxt.fetch_trades(SOL, limit=3)[1:]
    ]
    mine = bob.ccxt.fetch_my_trades(SOL, limit=3)
    assert taken == [fill["order"] for fill in mine]
    since = mine[1]["timestamp"]
    assert taken[1:] == [f["order"] for f in bob.ccxt.fetch_my_trades(SOL, since=since)][-2:]
    for timeframe in ("1s", "1m", "3m", "5m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "1w"):
        before = since - 1_000 * ann.ccxt.parse_timeframe(timeframe)
        candle = ann.ccxt.fetch_ohlcv(
            SOL, timeframe, since=before, limit=3, params={"interval": timeframe}
        )[-1]
        assert 105.0 == candle[4], timeframe


def test_closed_and_canceled_orders(ann: Client, bob: Client) -> None:
    """All orders, by what became of them."""
    resting = ann.limit("sell", 1, 105)
    taken = bob.market("buy", 1)
    canceled = bob.limit("buy", 1, 50)
    bob.ccxt.cancel_order(canceled["id"], SOL)
    assert [taken["id"], canceled["id"]] == [
        order["id"] for order in bob.ccxt.fetch_orders(SOL, limit=2)
    ]
    assert taken["id"] in [order["id"] for order in bob.ccxt.fetch_closed_orders(SOL)]
    assert [resting["id"]] == [order["id"] for order in ann.ccxt.fetch_closed_orders(SOL)][-1:]


@pytest.mark.parametrize(("word", "left", "expired"), [
    ("EXPIRE_TAKER", {"maker"}, {"taker"}), ("EXPIRE_MAKER", {"taker"}, {"maker"}),
    ("EXPIRE_BOTH", set(), {"maker", "taker"}),
])
def test_self_trade_prevention(
    ann: Client, word: str, left: set[str], expired: set[str]
) -> None:
    """One's own orders never meet: one of them ends, or both."""
    placed = {
        "maker": ann.limit("sell", 1, 105),
        "taker": ann.limit("buy", 1, 105, selfTradePrevention=word),
    }
    names = {order["id"]: name for name, order in placed.items()}
    assert left == {names[order["id"]] for order in ann.ccxt.fetch_open_orders(SOL)}
    assert expired == {
        name for name, order in placed.items()
        if ann.history(order["id"])["expiryReason"] == "SelfTradePrevention"
    }


def test_money_in_and_out(ann: Client) -> None:
    """A withdrawal leaves to the last unit, once; the deposits are those that were made."""
    deposits = {d["currency"]: Decimal(d["info"]["quantity"]) for d in ann.ccxt.fetch_deposits()}
    assert ann.deposits == deposits
    before = ann.balances()
    # The signature covers what needs encoding in an address.
    made = ann.ccxt.withdraw("USDC", 12.345678, "a/b c%&", {"network": "SOL", "tag": "rent 1"})
    assert (12.345678, "ok", "a/b c%&") == (made["amount"], made["status"], made["addressTo"])
    with pytest.raises(ccxt.BadRequest, match="This clientId was used before"):
        ann.ccxt.withdraw("USDC", 12.345678, "a/b c%&", {"network": "SOL", "tag": "rent 1"})
    with pytest.raises(ccxt.InsufficientFunds):
        ann.ccxt.withdraw("USDC", 1e9, "x", {"network": "SOL"})
    assert {**before, "USDC": before["USDC"] - Decimal("12.345678")} == ann.balances()
    assert [made["id"]] == [row["id"] for row in ann.ccxt.fetch_withdrawals("USDC")]
    assert ann.ccxt.fetch_deposit_address("USDC", {"network": "SOL"})["address"]


def test_limits(ann: Client, bob: Client) -> None:
    """What could be ordered and taken out, by what is free."""
    free = Decimal(ann.ccxt.private_get_api_v1_capital()["USDC"]["available"])
    most = ann.ccxt.private_get_api_v1_account_limits_order(
        {"symbol": "SOL_USDC", "side": "Bid", "price": "100"}
    )["maxOrderQuantity"]
    assert free // 1 / 100 == Decimal(most)
    assert free == Decimal(ann.ccxt.private_get_api_v1_account_limits_withdrawal(
        {"symbol": "USDC"}
    )["maxWithdrawalQuantity"])
    assert "0" == bob.ccxt.private_get_api_v1_account_limits_borrow(
        {"symbol": "USDC"}
    )["maxBorrowQuantity"]


def test_what_there_is_none_of(ann: Client) -> None:
    """Clients ask, and get an empty list."""
    assert [] == ann.ccxt.fetch_positions()
    assert [] == ann.ccxt.fetch_funding_history()
    for name in (
        "api_v1_borrowlend_positions", "wapi_v1_history_settlement", "api_v1_rfqs",
        "wapi_v1_history_borrowlend", "wapi_v1_history_interest", "wapi_v1_history_dust",
        "wapi_v1_history_borrowlend_positions", "wapi_v1_history_strategies",
        "wapi_v1_history_rfq", "wapi_v1_history_rfq_fill", "wapi_v1_history_quote",
        "wapi_v1_history_quote_fill",
    ):
        assert [] == getattr(ann.ccxt, f"private_get_{name}")(), name
    for name in ("collateral", "wallets", "borrowlend_markets", "openinterest", "prediction"):
        assert [] == getattr(ann.ccxt, f"public_get_api_v1_{name}")(), name
