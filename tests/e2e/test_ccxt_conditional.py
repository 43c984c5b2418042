"""ccxt's trigger orders, take profits and stop losses, with balances to the last unit."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from rigs.ccxt_client import SOL, Client
from rigs.venues import Venue


@pytest.fixture(scope="module")
def ann(venue: Venue) -> Client:
    return Client(venue, "ann")


@pytest.fixture(scope="module")
def bob(venue: Venue) -> Client:
    return Client(venue, "bob")


@pytest.fixture(autouse=True)
def last_trade_at_100(ann: Client, bob: Client) -> Iterator[None]:
    """Every test begins after a trade at 100, and ends with balances that add up."""
    ann.limit("sell", 1, 100)
    bob.limit("buy", 1, 100)
    yield
    for client in (ann, bob):
        client.ccxt.cancel_all_orders(SOL)
        assert client.expected_balances() == client.balances()


def trade_at(price: float, seller: Client, buyer: Client) -> None:
    buyer.limit("buy", 0.5, price)
    seller.limit("sell", 0.5, price)


def test_a_stop_loss(ann: Client, bob: Client) -> None:
    """A market order below the market: it waits, fires, and sells into what is there."""
    placed = ann.market("sell", 2, triggerPrice=95)
    assert ("open", 2.0, 95.0, "TriggerPending") == (
        placed["status"], placed["amount"], placed["triggerPrice"], placed["info"]["status"]
    )
    assert [placed["id"]] == [order["id"] for order in ann.ccxt.fetch_open_orders(SOL)]
    assert "open" == ann.ccxt.fetch_open_order(placed["id"], SOL)["status"]
    bob.limit("buy", 5, 94)
    trade_at(95, ann, bob)
    done = ann.ccxt.fetch_order(placed["id"], SOL)
    assert ("closed", 2.0, 188.0) == (done["status"], done["filled"], done["cost"])
    assert done["info"]["triggeredAt"]


def test_a_take_profit_limit(ann: Client, bob: Client) -> None:
    """A limit order above the market rests once the price is there."""
    placed = ann.limit("sell", 2, 111, triggerPrice=110)
    trade_at(110, ann, bob)
    [resting] = ann.ccxt.fetch_open_orders(SOL)
    assert (placed["id"], "open", 2.0, 111.0) == tuple(
        resting[name] for name in ("id", "status", "amount", "price")
    )
    assert 2.0 == bob.market("buy", 2)["filled"]
    assert "closed" == ann.ccxt.fetch_order(placed["id"], SOL)["status"]


def test_a_share_of_the_balance(ann: Client, bob: Client) -> None:
    """ccxt signs the percent sign encoded, and sends it as it is."""
    before = ann.balances()["SOL"]
    placed = ann.ccxt.private_post_api_v1_order({
        "symbol": "SOL_USDC", "side": "Ask", "orderType": "Market", "triggerPrice": "95",
        "triggerQuantity": "10%",
    })
    bob.limit("buy", 500, 94)
    trade_at(95, ann, bob)
    done = ann.history(placed["id"])
    sold = (before - Decimal("0.5")) / 10 // Decimal("0.01") * Decimal("0.01")
    assert ("Filled", sold) == (done["status"], Decimal(done["executedQuantity"]))


def test_a_trigger_that_fails(ann: Client, bob: Client) -> None:
    """The money is asked for when it fires."""
    placed = ann.limit("buy", 10_000, 100, triggerPrice=95)
    trade_at(95, ann, bob)
    done = ann.ccxt.fetch_order(placed["id"], SOL)["info"]
    assert ("TriggerFailed", "InsufficientFunds") == (done["status"], done["expiryReason"])


def test_an_order_with_exits(ann: Client, bob: Client) -> None:
    """What was bought is sold again at one of two prices; the other exit is gone then."""
    entered = ann.limit(
        "buy", 1, 99, takeProfit={"triggerPrice": 110},
        stopLoss={"triggerPrice": 90, "price": 89},
    )
    assert (110.0, 89.0) == (entered["takeProfitPrice"], entered["stopLossPrice"])
    bob.market("sell", 1)
    profit, loss = ann.ccxt.fetch_open_orders(SOL)
    assert (("market", "sell", 0.99, 110.0), ("limit", "sell", 0.99, 90.0)) == tuple(
        (exit_["type"], exit_["side"], exit_["amount"], exit_["triggerPrice"])
        for exit_ in (profit, loss)
    )
    assert {entered["id"]} == {exit_["info"]["relatedOrderId"] for exit_ in (profit, loss)}
    bob.limit("buy", 3, 110)
    ann.limit("sell", 0.5, 110)
    assert ("closed", "canceled") == tuple(
        ann.ccxt.fetch_order(exit_["id"], SOL)["status"] for exit_ in (profit, loss)
    )
    assert [] == ann.ccxt.fetch_open_orders(SOL)


def test_several_at_once_and_cancel_by_kind(ann: Client) -> None:
    """A batch may mix them; cancel-all may choose among them."""
    placed = ann.ccxt.create_orders([
        {"symbol": SOL, "type": "limit", "side": "buy", "amount": 1, "price": 50},
        {"symbol": SOL, "type": "market", "side": "sell", "amount": 1,
         "params": {"triggerPrice": 90}},
        {"symbol": SOL, "type": "limit", "side": "sell", "amount": 1, "price": 120,
         "params": {"triggerPrice": 119, "triggerBy": "LastPrice"}},
    ])
    assert {"open"} == {order["status"] for order in placed}
    waiting = ann.ccxt.cancel_all_orders(SOL, {"orderType": "ConditionalOrder"})
    assert {90.0, 119.0} == {order["triggerPrice"] for order in waiting}
    resting = ann.ccxt.cancel_all_orders(SOL, {"orderType": "RestingLimitOrder"})
    assert [50.0] == [order["price"] for order in resting]
    assert [] == ann.ccxt.fetch_open_orders(SOL)


def test_a_waiting_order_is_canceled_by_its_client_id(ann: Client) -> None:
    placed = ann.market("sell", 1, triggerPrice=90, clientOrderId=78)
    canceled = ann.ccxt.private_delete_api_v1_order({"symbol": "SOL_USDC", "clientId": "78"})
    assert (placed["id"], "Cancelled") == (canceled["id"], canceled["status"])
    assert "canceled" == ann.ccxt.fetch_order(placed["id"], SOL)["status"]
