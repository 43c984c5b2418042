"""The bounds of quotes as an operator writes them, and the warnings where there are none."""

import pytest

from outcry.engine.commands import ChangeContract, ChangeInstrument, SetQuoteRules
from outcry.operations.contract_rules import contract_commands
from outcry.operations.instrument_rules import instrument_commands
from outcry.operations.protection import warnings
from outcry.operations.quote_rules import bounds_of_listed, quote_rules
from outcry.operations.rules import RulesRefused
from outcry.projections.protection import unprotected
from outcry.projections.venue import VenueView
from rigs.scripted_log import ScriptedLog
from twin.cfd_traffic import contracts

SOL, SOL_CFD = 1, 2


def a_venue() -> tuple[ScriptedLog, VenueView]:
    log, venue = ScriptedLog(), VenueView()
    log.open_market()
    log.write(contracts()[0])
    follow(log, venue)
    return log, venue


def follow(log: ScriptedLog, venue: VenueView) -> None:
    for entry, outcome in zip(log.entries, log.outcomes, strict=True):
        if entry.id > venue.reached:
            venue.fold(entry.id, outcome)


def test_bounds_are_set_beside_the_rules_that_are_given() -> None:
    _, venue = a_venue()
    bounds = {"band": "0.1", "spread_max": None}
    limits = SetQuoteRules(instrument_id=SOL_CFD, band_rate=100_000)
    assert [limits] == contract_commands(venue, "SOL_USDC", {"state": None}, bounds)
    assert [ChangeContract(instrument_id=SOL_CFD, spread_rate=500), limits] == (
        contract_commands(venue, "SOL_USDC", {"spread": "0.0005"}, bounds)
    )
    assert [ChangeInstrument(instrument_id=SOL, impact_rate=50_000)] == (
        instrument_commands(venue, "SOL_USDC", {"impact": "0.05"}, {"band": None})
    )
    assert [SetQuoteRules(instrument_id=SOL, spread_max_rate=20_000)] == (
        instrument_commands(venue, "SOL_USDC", {"impact": None}, {"spread_max": "0.02"})
    )
    assert [] == bounds_of_listed(venue, "SOL_USDC", {"band": None})


@pytest.mark.parametrize(("bounds", "said"), [
    ({"band": "-0.1"}, "--band is out of range"), ({"band": "much"}, "--band must be a number"),
    ({"spread_max": "0.0000001"}, "--spread-max must be a number in steps of 0.000001"),
    ({"band": None}, "nothing to change: give at least one rule"),
])
def test_bounds_that_make_no_sense_are_refused(bounds: dict[str, str | None], said: str) -> None:
    _, venue = a_venue()
    for commands in (contract_commands, instrument_commands):
        with pytest.raises(RulesRefused, match=said):
            commands(venue, "SOL_USDC", {"state": None}, bounds)


def test_bounds_are_shown_as_they_are_written() -> None:
    log, venue = a_venue()
    assert {"band": "0", "spread_max": "0"} == quote_rules(venue.gates.gate(SOL_CFD))
    log.write(SetQuoteRules(instrument_id=SOL_CFD, band_rate=100_000, spread_max_rate=20_000))
    follow(log, venue)
    assert {"band": "0.1", "spread_max": "0.02"} == quote_rules(venue.gates.gate(SOL_CFD))


def test_markets_and_contracts_without_bounds_are_named() -> None:
    log, venue = a_venue()
    assert {"books": ["SOL_USDC"], "quotes": ["SOL_USDC", "SOL_USDC_CFD"]} == unprotected(venue)
    assert [
        "one order can make other people's stops trade at any price in SOL_USDC: set --price-band"
        " or --impact",
        "every quote is taken for the price of SOL_USDC, SOL_USDC_CFD: set --band",
    ] == warnings(unprotected(venue))
    log.write(
        ChangeInstrument(instrument_id=SOL, impact_rate=1),
        SetQuoteRules(instrument_id=SOL, band_rate=1),
        SetQuoteRules(instrument_id=SOL_CFD, spread_max_rate=1),
    )
    follow(log, venue)
    assert {"books": [], "quotes": []} == unprotected(venue)
    assert [] == warnings(unprotected(venue))
