"""Profiles: the rules and terms that a name stands for."""

import pytest

from outcry.engine import invariants
from outcry.engine.engine import Engine
from outcry.engine.events import CommandRejected, ContractListed, ContractTermsSet
from outcry.engine.state import State
from outcry.engine.units import LEVERAGE_ONE
from outcry.operations.genesis import first_commands
from outcry.operations.profiles import PROFILES, REFERENCE, profile_commands
from outcry.operations.rules import RulesRefused
from outcry.projections.venue import VenueView
from outcry.wire.journal import EntryId, decode_outcome, encode_commands


def opened(name: str) -> tuple[Engine, VenueView]:
    """A venue that was opened with this profile."""
    engine, venue = Engine(State()), VenueView()
    apply(engine, venue, first_commands("a-venue", PROFILES[name]))
    return engine, venue


def apply(engine: Engine, venue: VenueView, commands: list[object]) -> None:
    number = venue.reached.ms + 1
    outcome = decode_outcome(engine.apply(
        entry_ms=number, writer=1, number=number, commands=encode_commands(commands),
        quarantined=[],
    ))
    assert not [each for each in outcome.answers if isinstance(each[0], CommandRejected)]
    venue.fold(EntryId(number, 0), outcome)
    invariants.check(engine.state)


def rules(listed: ContractListed, terms: ContractTermsSet) -> tuple[object, ...]:
    return (
        terms.profile, listed.leverage_max // LEVERAGE_ONE, listed.spread_rate,
        listed.maintenance_rate,
        [(tier.notional_max // 10**6, tier.leverage_max // 10) for tier in terms.tiers],
        terms.payout_room_rate // 10**6,
    )


@pytest.mark.parametrize("name", PROFILES)
def test_a_venue_opens_with_a_profile_on_every_contract(name: str) -> None:
    _, venue = opened(name)
    profile = PROFILES[name]
    assert 3 == len(venue.cfd.contracts)
    for listed in venue.cfd.contracts.values():
        assert (
            name, profile.leverage_max, profile.spread_rate, profile.maintenance_rate,
            list(profile.tiers), profile.payout_room,
        ) == rules(listed, venue.terms.of(listed.instrument_id))


def test_reference_is_the_documented_desk() -> None:
    """Its vectors hold to the digit only without cost, maintenance and tiers."""
    assert (100, 0, 0, ()) == (
        REFERENCE.leverage_max, REFERENCE.spread_rate, REFERENCE.maintenance_rate, REFERENCE.tiers
    )


@pytest.mark.parametrize("name", set(PROFILES) - {"reference"})
def test_every_other_one_leaves_margin_to_lose_in_every_tier(name: str) -> None:
    """After the mark-up and above the maintenance, or nobody could open at the tier's leverage."""
    profile = PROFILES[name]
    assert profile.spread_rate > 0
    assert profile.maintenance_rate > 0
    for _, leverage in profile.tiers:
        assert 10**6 // leverage > profile.maintenance_rate + 2 * profile.spread_rate


@pytest.mark.parametrize("name", PROFILES)
def test_a_running_venue_takes_another_profile(name: str) -> None:
    engine, venue = opened("retail")
    apply(engine, venue, profile_commands(venue, name, ["ETH_USDC"]))
    assert ["retail", name, "retail"] == [
        venue.terms.of(each).profile for each in venue.cfd.contracts
    ]
    apply(engine, venue, profile_commands(venue, name, []))
    _, expected = opened(name)
    for contract_id, listed in venue.cfd.contracts.items():
        assert rules(listed, venue.terms.of(contract_id)) == rules(
            expected.cfd.contracts[contract_id], expected.terms.of(contract_id)
        )


@pytest.mark.parametrize(("name", "assets", "said"), [
    ("free", [], "there is no profile 'free'; there are reference, retail, crypto"),
    ("retail", ["DOGE"], "there is no contract 'DOGE'; there are SOL_USDC, ETH_USDC, BTC_USDC"),
])
def test_what_cannot_be_given_is_said_in_one_line(
    name: str, assets: list[str], said: str
) -> None:
    _, venue = opened("reference")
    with pytest.raises(RulesRefused, match=said):
        profile_commands(venue, name, assets)
