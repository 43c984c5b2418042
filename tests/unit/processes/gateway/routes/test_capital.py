"""Money goes out once, to the last unit, and what came and went is listed page by page."""

import asyncio
from typing import Any

import pytest

from outcry.engine.commands import SetQuote, Withdraw
from outcry.engine.units import InstrumentId
from rigs.gateway_venue import RICH, MemoryVenue, Trader
from rigs.patience import PATIENCE_S

WITHDRAWALS = "/wapi/v1/capital/withdrawals"
DEPOSITS = "/wapi/v1/capital/deposits"
TEN = {"symbol": "USDC", "quantity": "10.5", "address": "somewhere", "blockchain": "Solana"}


@pytest.fixture
async def ann(venue: MemoryVenue) -> Trader:
    """Ann has 10,000 USDC and 100 SOL, and the recorder has kept up with that."""
    ann = await venue.trader(**RICH)
    venue.history.catch_up()
    return ann


async def withdrawn(venue: MemoryVenue, trader: Trader, **changes: object) -> Any:
    """A withdrawal that must be made, and is recorded meanwhile."""
    asking = asyncio.create_task(trader.withdraw(**{**TEN, **changes}))
    asked = venue.history.asked
    async with asyncio.timeout(PATIENCE_S):
        while venue.history.asked == asked:  # noqa: ASYNC110 - only the question can tell.
            await asyncio.sleep(0)
    venue.history.catch_up()
    response = await asking
    assert response.status_code == 200, response.text
    return response.json()


async def available(trader: Trader) -> str:
    balances = (await trader.get("/api/v1/capital")).json()
    return str(balances["USDC"]["available"])


async def test_what_an_account_is_worth(venue: MemoryVenue, ann: Trader) -> None:
    """Everything at its outside price, or else its last, or not at all; never rounded up."""
    async def worth() -> tuple[Any, dict[str, Any]]:
        told = (await ann.get("/api/v1/capital/collateral")).json()
        return told, {item["symbol"]: item for item in told["collateral"]}

    told, items = await worth()
    assert ("10000", "0", "0") == (
        told["netEquity"], items["SOL"]["assetMarkPrice"], items["SOL"]["balanceNotional"]
    )
    bob = await venue.trader(USDC=10**10, BTC=1)
    await bob.place("Bid", "1", at="100.01")
    await ann.place("Ask", "0.5")
    await ann.place("Bid", "2", at="30")
    told, items = await worth()
    # 10,000 + 50.005 less the fee, and 99.5 SOL.
    assert ("20000.974997", "60", "19940.974997") == (
        told["netEquity"], told["netEquityLocked"], told["netEquityAvailable"]
    )
    await venue.command_writer.submit(SetQuote(
        instrument_id=InstrumentId(1), bid=200_000_000, ask=200_000_002,
        source_ms=venue.now_ms,
    ))
    told, items = await worth()
    assert {
        "symbol": "SOL", "assetMarkPrice": "200.000001", "totalQuantity": "99.5",
        "balanceNotional": "19900.000099", "collateralValue": "19900.000099",
        "openOrderQuantity": "0", "availableQuantity": "99.5", "collateralWeight": "1",
        "lendQuantity": "0",
    } == items["SOL"]
    assert {
        "assetsValue": "29949.980096", "netEquity": "29949.980096",
        "netEquityAvailable": "29889.980096", "netEquityLocked": "60",
        "collateral": list(items.values()), "borrowLiability": "0", "liabilitiesValue": "0",
        "netExposureFutures": "0", "unsettledEquity": "0", "pnlUnrealized": "0", "imf": "0",
        "mmf": "0", "marginFraction": None,
    } == told
    assert ["USDC", "SOL"] == list(items)


async def test_a_withdrawal(venue: MemoryVenue, ann: Trader) -> None:
    """The answer is what the list shows, with where it should go."""
    made = await withdrawn(venue, ann, clientId="rent")
    assert {
        "id": 3, "symbol": "USDC", "quantity": "10.5", "createdAt": made["createdAt"],
        "fee": "0", "status": "confirmed", "blockchain": "Solana", "clientId": "rent",
        "identifier": None, "subaccountId": None, "toAddress": "somewhere",
        "transactionHash": None, "isInternal": True, "fiatFee": None, "fiatState": None,
        "fiatSymbol": None, "providerId": None, "accountIdentifier": None,
        "bankIdentifier": None, "bankName": None, "triggerAt": None,
    } == made
    assert "9989.5" == await available(ann)
    assert [made] == (await ann.get(WITHDRAWALS)).json()


async def test_a_client_id_works_once(venue: MemoryVenue, ann: Trader) -> None:
    """Who does not know the outcome sends it again, and loses nothing."""
    await withdrawn(venue, ann, clientId="rent")
    venue.now_ms += 1  # Else it would be the same signed request, which has the first answer.
    again = await ann.withdraw(**TEN, clientId="rent")
    assert (409, "INVALID_CLIENT_REQUEST") == (again.status_code, again.json()["code"])
    assert "9989.5" == await available(ann)
    await withdrawn(venue, ann, clientId="food")
    bob = await venue.trader(**RICH)
    await withdrawn(venue, bob, clientId="rent")
    assert "9979" == await available(ann)


async def test_everything_to_the_last_unit(venue: MemoryVenue, ann: Trader) -> None:
    """What is locked in orders stays, and not a unit more than what is free can go."""
    await ann.place("Bid", "1", at="100")
    refused = await ann.withdraw(**{**TEN, "quantity": "9900.000001"})
    assert (400, "INSUFFICIENT_FUNDS") == (refused.status_code, refused.json()["code"])
    await withdrawn(venue, ann, quantity="9900")
    assert "0" == await available(ann)


@pytest.mark.parametrize(("changes", "code", "message"), [
    ({"symbol": None}, "INVALID_CLIENT_REQUEST", "Missing `symbol`"),
    ({"symbol": "DOGE"}, "INVALID_ASSET", "Invalid asset symbol"),
    ({"quantity": None}, "INVALID_CLIENT_REQUEST", "Missing `quantity`"),
    ({"quantity": "0"}, "INVALID_QUANTITY", "quantity is out of range"),
    ({"quantity": "-1"}, "INVALID_QUANTITY", "quantity is out of range"),
    ({"quantity": "9" * 20}, "INVALID_QUANTITY", "quantity is out of range"),
    ({"quantity": "0.0000001"}, "INVALID_CLIENT_REQUEST", "Quantity decimal too long"),
    ({"quantity": "x"}, "INVALID_CLIENT_REQUEST", "Invalid quantity: not a decimal number"),
    ({"address": None}, "INVALID_CLIENT_REQUEST", "Missing `address`"),
    ({"address": ""}, "INVALID_CLIENT_REQUEST", "Invalid address: expected 1 to 256 characters"),
    ({"address": "x" * 257}, "INVALID_CLIENT_REQUEST",
     "Invalid address: expected 1 to 256 characters"),
    ({"address": True}, "INVALID_CLIENT_REQUEST", "Invalid address: expected 1 to 256 characters"),
    ({"blockchain": None}, "INVALID_CLIENT_REQUEST", "Invalid blockchain: expected Solana"),
    ({"blockchain": "Tron"}, "INVALID_CLIENT_REQUEST", "Invalid blockchain: expected Solana"),
    ({"clientId": "a\nb"}, "INVALID_CLIENT_REQUEST",
     "Invalid signature: a name or a value has `&`, `=`, a control character or a reserved "
     "name; sign values percent-encoded, or use X-Signature-Version: 2"),
    ({"clientId": "x" * 257}, "INVALID_CLIENT_REQUEST",
     "Invalid clientId: expected 1 to 256 characters"),
    ({"memo": "x"}, "INVALID_CLIENT_REQUEST", "Unknown field `memo`"),
])
async def test_a_withdrawal_that_cannot_be(
    venue: MemoryVenue, ann: Trader, changes: dict[str, Any], code: str, message: str
) -> None:
    """Nothing reaches the journal."""
    entries = len(venue.log.journal)
    refused = await ann.withdraw(**{**TEN, **changes})
    assert (400, {"code": code, "message": message, "retryable": False}) == (
        refused.status_code, refused.json()
    )
    assert entries == len(venue.log.journal)


async def test_only_keys_that_may_withdraw_take_money_out(
    venue: MemoryVenue, ann: Trader
) -> None:
    for scopes in (("read",), ("read", "trade")):
        assert 403 == (await ann.with_scopes(*scopes).withdraw(**TEN)).status_code
    assert not any(isinstance(command, Withdraw) for command in venue.journal_commands())


async def test_a_withdrawal_while_the_database_is_away(venue: MemoryVenue, ann: Trader) -> None:
    """It is made, and has no id yet."""
    venue.history.away = True
    made = await ann.withdraw(**TEN)
    assert (200, 0) == (made.status_code, made.json()["id"])
    assert "9989.5" == await available(ann)


async def test_pages_of_transfers(venue: MemoryVenue, ann: Trader) -> None:
    """Newest first or oldest first, within a time, counted in the headers."""
    times = []
    for quantity in ("1", "2", "3"):
        venue.now_ms += 1_000
        times.append(venue.now_ms)
        await withdrawn(venue, ann, quantity=quantity)

    async def page(**query: str) -> list[str]:
        return [row["quantity"] for row in (await ann.get(WITHDRAWALS, **query)).json()]

    assert ["3", "2", "1"] == await page()
    assert ["1", "2"] == await page(sortDirection="Asc", limit="2")
    assert ["1", "2"] == await page(sort_direction="Asc", limit="2")
    assert ["2"] == await page(limit="1", offset="1")
    window = {"from": str(times[1]), "endTime": str(times[1])}
    assert ["2"] == await page(**window)
    assert ["3", "2"] == await page(**{"from": str(times[1])})
    response = await ann.get(WITHDRAWALS, limit="2", offset="2")
    assert ("2", "1", "2", "3") == tuple(response.headers[name] for name in (
        "X-PAGE-COUNT", "X-CURRENT-PAGE", "X-PAGE-SIZE", "X-TOTAL",
    ))
    deposits = await ann.get(DEPOSITS, limit="1")
    assert ("2", "2") == (deposits.headers["X-PAGE-COUNT"], deposits.headers["X-TOTAL"])
