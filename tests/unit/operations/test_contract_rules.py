"""A contract's rules as an operator writes them."""

import pytest

from outcry.engine.commands import ChangeContract, ListAsset, OpenPosition, SetQuote
from outcry.engine.units import CANCEL_ONLY, LONG, SHORT, InstrumentId
from outcry.operations.contract_rules import contract_rules, contract_to_change
from outcry.operations.rules import RulesRefused
from outcry.projections.house import house_rows
from outcry.projections.venue import VenueView
from rigs.scripted_log import ALICE, BOB, ScriptedLog
from twin.cfd_traffic import contracts

SOL_CFD = InstrumentId(2)  # Beside one instrument.
ONE = 1_000_000


def a_desk() -> tuple[ScriptedLog, VenueView]:
    log, venue = ScriptedLog(), VenueView()
    log.open_market()
    log.write(ListAsset(symbol="BTC", name="Bitcoin", decimals=8), *contracts())
    follow(log, venue)
    return log, venue


def follow(log: ScriptedLog, venue: VenueView) -> None:
    for entry, outcome in zip(log.entries, log.outcomes, strict=True):
        if entry.id > venue.reached:
            venue.fold(entry.id, outcome)


def test_rules_are_shown_as_they_are_written() -> None:
    _, venue = a_desk()
    contract = venue.cfd.contract("BTC_USDC")
    assert contract is not None
    assert {
        "asset": "BTC_USDC", "symbol": "BTC_USDC_CFD", "state": "open", "leverage_max": "50",
        "margin_min": "1", "exposure_max": "10000000", "house_exposure_max": "30000000",
        "maintenance": "0.005", "spread": "0.0001", "positions_max": "10000",
        "quote_age_max_ms": "5000", "price_max": "10000000",
    } == contract_rules(contract, venue.listing.assets[contract.asset_id])


def test_what_is_stated_is_set() -> None:
    _, venue = a_desk()
    assert ChangeContract(
        instrument_id=SOL_CFD, state=CANCEL_ONLY, leverage_max=205, margin_min=1_500_000,
        maintenance_rate=2_500, spread_rate=0, quote_age_max_ms=900,
    ) == contract_to_change(venue, "SOL_USDC", {
        "state": "close-only", "leverage_max": "20.5", "margin_min": "1.5",
        "maintenance": "0.0025", "spread": "0", "quote_age_max_ms": "900", "exposure_max": None,
    })


@pytest.mark.parametrize(("name", "rules", "said"), [
    ("DOGE_USDC", {"state": "open"}, "there is no contract 'DOGE_USDC'; there are SOL_USDC, BTC"),
    ("SOL_USDC", {"state": None}, "nothing to change: give at least one rule"),
    ("SOL_USDC", {"state": "post-only"}, "give one of open, close-only, closed"),
    ("SOL_USDC", {"leverage_max": "2.55"}, "--leverage-max must be a number in steps of 0.1"),
    ("SOL_USDC", {"positions_max": "1.5"}, "--positions-max must be a number in steps of 1"),
    ("SOL_USDC", {"spread": "1%"}, "--spread must be a number in steps of 0.000001"),
    ("SOL_USDC", {"margin_min": "-1"}, "--margin-min is out of range"),
])
def test_what_cannot_be_read_is_named(name: str, rules: dict[str, str | None], said: str) -> None:
    _, venue = a_desk()
    with pytest.raises(RulesRefused, match=said):
        contract_to_change(venue, name, rules)


def test_what_the_house_stands_against() -> None:
    """It is short what its traders are long, and gains what they lose."""
    log, venue = a_desk()

    def quote(price: int) -> SetQuote:
        return SetQuote(
            instrument_id=SOL_CFD, bid=price * ONE, ask=price * ONE, source_ms=log.now_ms
        )

    log.write(quote(200))
    for account_id, direction, margin in ((ALICE, LONG, 300), (BOB, SHORT, 100)):
        log.write(OpenPosition(
            account_id=account_id, instrument_id=SOL_CFD, direction=direction,
            margin=margin * ONE, leverage=50,
        ))
    log.write(quote(190))
    follow(log, venue)
    [sol, btc] = house_rows(venue.cfd)
    assert (2, 15_000 * ONE, 5_000 * ONE, -10_000 * ONE, 400 * ONE) == (
        sol.positions, sol.long_notional, sol.short_notional, sol.net_notional, sol.margin
    )
    assert 50 * ONE == sol.unrealized, "1500 long less 500 short, by 5 %"
    assert (0, None) == (btc.positions, btc.unrealized)
