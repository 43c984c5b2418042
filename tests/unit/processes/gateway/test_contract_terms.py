"""Profile and tiers of a contract, a debt and a stopped house, as clients meet them."""

from decimal import Decimal

import msgspec
import pytest

from outcry.client.cfd import Contract, Tier
from outcry.engine.commands import (
    ResumeHouse,
    SetContractTerms,
    SetHouseLimits,
    SetQuote,
)
from outcry.engine.commands import Tier as Step
from outcry.engine.units import AssetId, InstrumentId
from outcry.operations.profiles import PROFILES
from rigs.gateway_venue import MemoryVenue

SOL_CFD = InstrumentId(4)
USDC = AssetId(1)
PATH = "/api/v1/cfd/positions"
LONG = {"asset": "SOL_USDC", "direction": "LONG", "margin": 1_000, "leverage": 500}


async def quote(venue: MemoryVenue, price: int) -> None:
    price *= 10**6
    [[event, *_]] = await venue.command_writer.submit(SetQuote(
        instrument_id=SOL_CFD, bid=price, ask=price, source_ms=venue.now_ms
    ))
    assert type(event).__name__ == "QuoteSet", event


async def listed(venue: MemoryVenue) -> Contract:
    answer = await venue.http.get("/api/v1/cfd/contracts")
    return msgspec.json.decode(answer.content, type=list[Contract], strict=False)[0]


async def test_a_new_venue_shows_its_profile(venue: MemoryVenue) -> None:
    contract = await listed(venue)
    assert ("reference", [], 100) == (contract.profile, contract.tiers, contract.leverage_max)


async def test_the_tiers_of_a_profile_are_shown(venue: MemoryVenue) -> None:
    await venue.command_writer.submit(*PROFILES["retail"].commands(SOL_CFD, 6))
    contract = await listed(venue)
    assert "retail" == contract.profile
    assert [
        Tier(Decimal(50_000), Decimal(100)), Tier(Decimal(250_000), Decimal(50)),
        Tier(None, Decimal(20)),
    ] == contract.tiers


@pytest.mark.parametrize(("leverage", "said"), [
    (500, "At this size leverage must be at most 200, in tenths"),
    (250, "At this size leverage must be at most 200, in tenths"), (200, None),
])
async def test_an_opening_above_its_tier_is_told_the_highest_leverage(
    venue: MemoryVenue, leverage: int, said: str | None
) -> None:
    trader = await venue.trader(USDC=10**10)
    await quote(venue, 200)
    await venue.command_writer.submit(SetContractTerms(instrument_id=SOL_CFD, tiers=[
        Step(notional_max=10_000 * 10**6, leverage_max=500),
        Step(notional_max=0, leverage_max=200),
    ]))
    answer = await trader.post(PATH, LONG | {"leverage": leverage})
    if said is None:
        assert 200 == answer.status_code
    else:
        assert (400, said, True) == (
            answer.status_code, answer.json()["message"], answer.json()["retryable"]
        )


async def test_a_stopped_house_opens_nothing_until_it_is_resumed(venue: MemoryVenue) -> None:
    trader = await venue.trader(USDC=10**10)
    await venue.command_writer.submit(SetHouseLimits(
        asset_id=USDC, loss_per_day_max=10**6, loss_max=0
    ))
    await quote(venue, 200)
    opened = await trader.post(PATH, LONG | {"takeProfitPrice": 201})
    assert 200 == opened.status_code, opened.text
    await quote(venue, 201)
    refused = await trader.post(PATH, LONG)
    assert (503, "TRADING_PAUSED", True) == (
        refused.status_code, refused.json()["code"], refused.json()["retryable"]
    )
    await venue.command_writer.submit(ResumeHouse(asset_id=USDC))
    assert 200 == (await trader.post(PATH, LONG)).status_code


async def test_a_debt_is_shown_and_counts_in_the_equity(venue: MemoryVenue) -> None:
    trader = await venue.trader(USDC=10**10)
    await quote(venue, 200)
    for direction in ("LONG", "SHORT"):
        opened = await trader.post(PATH, LONG | {"direction": direction, "leverage": 1_000})
        assert 200 == opened.status_code, opened.text
    await quote(venue, 206)
    [left] = (await trader.get(PATH)).json()
    assert ("LONG", "2000", "1000") == (left["direction"], left["owed"], left["unrealizedPnl"])
    equity = (await trader.get("/api/v1/cfd/equity")).json()["equity"]
    assert "10000" == equity
