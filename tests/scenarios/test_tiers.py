"""Tiers: the larger an account's notional in a contract, the less leverage it may have."""

from typing import Any

import pytest

from domain.cfd import CONTRACT, CfdFloor, units
from outcry.engine.commands import SetContractTerms, Tier
from outcry.engine.events import CommandRejected, ContractTermsSet, PositionOpened
from outcry.engine.rejects import RejectReason
from outcry.engine.units import LONG, SHORT

R = RejectReason
RETAIL = ((50_000, 100), (250_000, 50), (0, 20))


def tiers(*steps: tuple[int, int]) -> list[Tier]:
    return [
        Tier(notional_max=units(notional), leverage_max=10 * leverage)
        for notional, leverage in steps
    ]


def terms(floor: CfdFloor, **stated: Any) -> Any:
    [event] = floor.do(SetContractTerms(instrument_id=CONTRACT, **stated))
    return event


@pytest.fixture
def floor() -> CfdFloor:
    """Ann and Bob with a million each, a price of 200, and the tiers of retail."""
    floor = CfdFloor()
    floor.person("ann", 1_000_000)
    floor.person("bob", 1_000_000)
    floor.price(200)
    assert isinstance(terms(floor, tiers=tiers(*RETAIL)), ContractTermsSet)
    return floor


@pytest.mark.parametrize(("margin", "leverage", "taken"), [
    (500, 100, True), ("500.000001", 100, False), (1_000, 51, False), (1_000, 50, True),
    (5_000, 50, True), ("5000.1", 50, False), (12_501, 20, True), (50_000, 20, True),
    (50_000, "20.1", False),
])
def test_the_notional_decides_the_highest_leverage(
    floor: CfdFloor, margin: Any, leverage: Any, taken: bool
) -> None:
    answer = floor.open("ann", LONG, margin, leverage)
    assert isinstance(answer, PositionOpened) if taken else answer == R.LEVERAGE_TIER


def test_what_the_account_has_counts_whatever_its_side(floor: CfdFloor) -> None:
    assert isinstance(floor.open("ann", LONG, 400, 100), PositionOpened)
    assert R.LEVERAGE_TIER == floor.open("ann", SHORT, 101, 100)
    assert isinstance(floor.open("ann", SHORT, 100, 100), PositionOpened)
    assert R.LEVERAGE_TIER == floor.open("ann", LONG, 1, 51)
    assert isinstance(floor.open("ann", LONG, 1, 50), PositionOpened)
    assert isinstance(floor.open("bob", LONG, 500, 100), PositionOpened), "others are not counted"


def test_a_closed_position_counts_no_more(floor: CfdFloor) -> None:
    position = floor.open("ann", LONG, 500, 100)
    assert isinstance(position, PositionOpened)
    assert R.LEVERAGE_TIER == floor.open("ann", LONG, 1, 100)
    floor.close("ann", position.position_id)
    assert isinstance(floor.open("ann", LONG, 1, 100), PositionOpened)


def test_no_tier_exceeds_the_maximum_of_the_contract(floor: CfdFloor) -> None:
    floor.rules(leverage_max=300)
    assert R.LEVERAGE_INVALID == floor.open("ann", LONG, 1, 50)
    assert isinstance(floor.open("ann", LONG, 1, 30), PositionOpened)


def test_without_tiers_the_maximum_of_the_contract_holds(floor: CfdFloor) -> None:
    assert R.LEVERAGE_TIER == floor.open("ann", LONG, 10_000, 100)
    terms(floor, tiers=[])
    assert isinstance(floor.open("ann", LONG, 10_000, 100), PositionOpened)


def test_terms_that_are_not_stated_stay(floor: CfdFloor) -> None:
    terms(floor, profile="retail", payout_room_rate=5_000_000)
    after = terms(floor)
    assert (tiers(*RETAIL), "retail", 5_000_000) == (
        after.tiers, after.profile, after.payout_room_rate
    )


@pytest.mark.parametrize("stated", [
    {"tiers": tiers((50_000, 100))}, {"tiers": tiers((0, 100), (0, 50))},
    {"tiers": tiers((50_000, 100), (50_000, 50), (0, 20))},
    {"tiers": tiers((50_000, 50), (0, 100))}, {"tiers": tiers((0, 0))},
    {"tiers": tiers(*((number, 100) for number in range(1, 33)), (0, 100))},
    {"payout_room_rate": 999_999}, {"payout_room_rate": 10**12 + 1}, {"profile": "two words"},
])
def test_terms_that_make_no_sense_are_refused(floor: CfdFloor, stated: dict[str, Any]) -> None:
    assert CommandRejected(reason=R.INSTRUMENT_INVALID) == terms(floor, **stated)


def test_terms_of_no_contract_are_refused(floor: CfdFloor) -> None:
    [event] = floor.do(SetContractTerms(instrument_id=9))
    assert CommandRejected(reason=R.INSTRUMENT_NOT_FOUND) == event
