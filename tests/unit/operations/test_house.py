"""The house's purse as an operator writes it."""

import pytest

from outcry.engine.commands import Deposit, ResumeHouse, SetHouseLimits
from outcry.engine.events import (
    AssetListed,
    ContractListed,
    HouseLimitsSet,
    HouseResumed,
    HouseStopped,
    Outcome,
)
from outcry.engine.units import HOUSE, OPEN, AssetId, InstrumentId
from outcry.operations.house import (
    fund_commands,
    limit_commands,
    purse_rules,
    resume_commands,
    stops,
)
from outcry.operations.rules import RulesRefused
from outcry.projections.house_facts import house_facts
from outcry.projections.venue import VenueView
from outcry.wire.journal import EntryId

USDC = AssetListed(asset_id=AssetId(1), symbol="USDC", name="USD Coin", decimals=6)
DAY_MS = 86_400_000


@pytest.fixture
def venue() -> VenueView:
    venue = VenueView()
    tell(venue, USDC)
    return venue


def tell(venue: VenueView, *events: object, ms: int | None = None) -> None:
    entry = EntryId(venue.reached.ms + 1 if ms is None else ms, 0)
    venue.fold(entry, Outcome(answers=[list(events)], balances=[], books=[]))


def test_a_purse_without_limits_is_open(venue: VenueView) -> None:
    assert {
        "wallet": "USDC", "capital": "0", "loss_per_day": "0", "loss": "0", "result_of_day": "0",
        "result": "0", "opens": "yes",
    } == purse_rules(venue, USDC)


def test_limits_are_set_one_by_one(venue: VenueView) -> None:
    tell(venue, HouseLimitsSet(asset_id=USDC.asset_id, loss_per_day_max=5, loss_max=7))
    given = {"loss_per_day": None, "loss": "2.5"}
    assert [SetHouseLimits(asset_id=USDC.asset_id, loss_per_day_max=5, loss_max=2_500_000)] == (
        limit_commands(venue, "USDC", given)
    )


def test_a_stop_and_its_end_are_seen(venue: VenueView) -> None:
    tell(venue, HouseLimitsSet(asset_id=USDC.asset_id, loss_per_day_max=5_000_000, loss_max=0))
    venue.house.add(USDC.asset_id, venue.now_ms, -5_000_000)
    tell(venue, HouseStopped(asset_id=USDC.asset_id, result_of_day=-5_000_000, result=-5_000_000))
    assert [USDC.asset_id] == venue.house.stopped
    shown = purse_rules(venue, USDC)
    assert ("-5", "-5", "5", "stopped") == (
        shown["result_of_day"], shown["result"], shown["loss_per_day"], shown["opens"]
    )
    tell(venue, ms=2 * DAY_MS)
    assert ("0", "-5") == (
        purse_rules(venue, USDC)["result_of_day"], purse_rules(venue, USDC)["result"]
    )
    tell(venue, HouseResumed(asset_id=USDC.asset_id))
    assert ("0", "yes") == (purse_rules(venue, USDC)["result"], purse_rules(venue, USDC)["opens"])


def test_the_status_board_says_that_it_has_stopped(venue: VenueView) -> None:
    tell(venue, ContractListed(
        instrument_id=InstrumentId(1), symbol="SOL_CFD", underlying="SOL",
        asset_id=USDC.asset_id, price_decimals=0, price_max=1, leverage_max=10, margin_min=1,
        maintenance_rate=0, spread_rate=0, exposure_max=0, house_exposure_max=0, positions_max=1,
        quote_age_max_ms=1, state=OPEN, listed_ms=1,
    ))
    assert [] == stops(house_facts(venue))
    tell(venue, HouseLimitsSet(asset_id=USDC.asset_id, loss_per_day_max=5_000_000, loss_max=0))
    venue.house.add(USDC.asset_id, venue.now_ms, -6_000_000)
    tell(venue, HouseStopped(asset_id=USDC.asset_id, result_of_day=-6_000_000, result=-6_000_000))
    [line] = stops(house_facts(venue))
    assert line.startswith("the house has stopped in USDC with a result of -6 today and -6 in all")


def test_the_house_is_funded_and_resumed(venue: VenueView) -> None:
    assert [Deposit(account_id=HOUSE, asset_id=USDC.asset_id, amount=100_500_000, key=9)] == (
        fund_commands(venue, "USDC", "100.5", key=9)
    )
    assert [ResumeHouse(asset_id=USDC.asset_id)] == resume_commands(venue, "USDC")


@pytest.mark.parametrize(("wallet", "amount", "said"), [
    ("EUR", "1", "there is no asset 'EUR'; there are USDC"), ("USDC", "0", "must be above 0"),
    ("USDC", "much", "--amount must be a number in steps of 0.000001"),
])
def test_what_cannot_be_funded_is_said_in_one_line(
    venue: VenueView, wallet: str, amount: str, said: str
) -> None:
    with pytest.raises(RulesRefused, match=said):
        fund_commands(venue, wallet, amount, key=1)
