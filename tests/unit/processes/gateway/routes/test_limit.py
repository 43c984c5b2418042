"""What would be possible: the answer can be placed or withdrawn, and a step more can not."""

from typing import Any

import pytest

from outcry.engine.commands import ChangeInstrument
from rigs.gateway_venue import MemoryVenue, Trader

MOST = "/api/v1/account/limits/order"
MOST_OUT = "/api/v1/account/limits/withdrawal"


@pytest.fixture
async def ann(venue: MemoryVenue) -> Trader:
    """Ann has 1000.005 USDC and 3.456789 SOL."""
    return await venue.trader(USDC=1_000_005_000, SOL=3_456_789_000)


@pytest.fixture
async def bob(venue: MemoryVenue, ann: Trader) -> Trader:
    return await venue.trader(USDC=10**12, SOL=10**13)


async def most(trader: Trader, **query: str) -> Any:
    response = await trader.get(MOST, symbol="SOL_USDC", **query)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize(("side", "price", "quantity", "more"), [
    ("Bid", "33", "30.3", "30.31"), ("Bid", "100000", "0.01", "0.02"),
    ("Ask", "33", "3.45", "3.46"),
])
async def test_at_a_price(ann: Trader, side: str, price: str, quantity: str, more: str) -> None:
    assert {
        "symbol": "SOL_USDC", "side": side, "price": price, "maxOrderQuantity": quantity,
        "reduceOnly": None, "autoBorrow": None, "autoBorrowRepay": None,
        "autoLendRedeem": None,
    } == await most(ann, side=side, price=price)
    body = {"symbol": "SOL_USDC", "side": side, "orderType": "Limit", "price": price}
    refused = await ann.post("/api/v1/order", {**body, "quantity": more})
    assert "INSUFFICIENT_FUNDS" == refused.json()["code"]
    await ann.place(side, quantity, at=price)
    assert "0" == (await most(ann, side=side, price="99999"))["maxOrderQuantity"]


async def test_at_the_market(ann: Trader, bob: Trader) -> None:
    """As deep into the book as the money goes."""
    assert "0" == (await most(ann, side="Bid"))["maxOrderQuantity"]
    await bob.place("Ask", "5", at="100")
    await bob.place("Ask", "5", at="150")
    # 500 buy 5, and 500.005 at 150 another 3.33.
    best = await most(ann, side="Bid")
    assert ("8.33", None) == (best["maxOrderQuantity"], best["price"])
    refused = await ann.post("/api/v1/order", {
        "symbol": "SOL_USDC", "side": "Bid", "orderType": "Market", "quantity": "8.34",
    })
    assert "INSUFFICIENT_FUNDS" == refused.json()["code"]
    assert "Filled" == (await ann.place("Bid", "8.33"))["status"]


async def test_no_more_than_one_order_may_have(venue: MemoryVenue) -> None:
    carol = await venue.trader(SOL=2_000_000 * 10**9)
    assert "1000000" == (await most(carol, side="Ask"))["maxOrderQuantity"]


async def test_less_than_an_order_must_have_is_nothing(venue: MemoryVenue, ann: Trader) -> None:
    await venue.command_writer.submit(ChangeInstrument(instrument_id=1, quantity_min=346))
    assert "0" == (await most(ann, side="Ask"))["maxOrderQuantity"]
    await venue.command_writer.submit(ChangeInstrument(instrument_id=1, quantity_min=345))
    assert "3.45" == (await most(ann, side="Ask"))["maxOrderQuantity"]


async def test_withdrawing_and_borrowing(ann: Trader) -> None:
    await ann.place("Bid", "1", at="100")
    free = (await ann.get(MOST_OUT, symbol="USDC")).json()
    assert {
        "symbol": "USDC", "maxWithdrawalQuantity": "900.005", "autoBorrow": None,
        "autoLendRedeem": None,
    } == free
    assert {"symbol": "USDC", "maxBorrowQuantity": "0"} == (
        await ann.get("/api/v1/account/limits/borrow", symbol="USDC")
    ).json()


@pytest.mark.parametrize(("path", "query", "code"), [
    (MOST, {}, "INVALID_CLIENT_REQUEST"),
    (MOST, {"symbol": "SOL_USDC"}, "INVALID_CLIENT_REQUEST"),
    (MOST, {"symbol": "SOL_USDC", "side": "Buy"}, "INVALID_CLIENT_REQUEST"),
    (MOST, {"symbol": "SOL_USDC", "side": "Bid", "price": "0"}, "INVALID_PRICE"),
    (MOST, {"symbol": "X", "side": "Bid"}, "INVALID_CLIENT_REQUEST"),
    (MOST_OUT, {}, "INVALID_CLIENT_REQUEST"),
    (MOST_OUT, {"symbol": "X"}, "INVALID_ASSET"),
    ("/api/v1/account/limits/borrow", {"symbol": "X"}, "INVALID_ASSET"),
])
async def test_questions_that_cannot_be_answered(
    ann: Trader, path: str, query: dict[str, str], code: str
) -> None:
    refused = await ann.get(path, **query)
    assert (400, code) == (refused.status_code, refused.json()["code"])
