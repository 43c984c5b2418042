"""Contracts are listed from the catalogue or from options, and what cannot be read is refused."""

from collections.abc import Mapping

import pytest

from outcry.adapters.prices.walk import MARKETS, PriceWalk
from outcry.engine.commands import (
    Command,
    ListContract,
    SetCalendar,
    SetQuote,
    SetQuoteRules,
    SetSession,
)
from outcry.engine.engine import Engine
from outcry.engine.events import ContractListed, Event, QuoteSet
from outcry.engine.state import State
from outcry.engine.units import div_ceil, div_floor
from outcry.operations.genesis import first_commands
from outcry.operations.new_contracts import calendar_to_set, contract_to_add
from outcry.operations.profiles import PROFILES, profile_commands
from outcry.operations.rules import RulesRefused
from outcry.ports.prices import QUOTE_DECIMALS
from outcry.projections.venue import VenueView
from outcry.runtime.catalogue import catalogue
from outcry.runtime.market_calendar import parse_calendar
from outcry.wire.journal import EntryId, decode_outcome, encode_commands

START_MS = 1_795_618_800_000  # A Wednesday, 10:00 in New York: every market is open.
COINS = {"SOL_USDC", "ETH_USDC", "BTC_USDC"}


class Venue:
    """A new venue on the real engine, with its view."""

    def __init__(self) -> None:
        self.engine = Engine(State())
        self.view = VenueView()
        self.number = 0
        self.do(*first_commands("0000-1"))

    def do(self, *commands: Command) -> list[list[Event]]:
        self.number += 1
        outcome = decode_outcome(self.engine.apply(
            entry_ms=START_MS, writer=1, number=self.number,
            commands=encode_commands(list(commands)), quarantined=[],
        ))
        self.view.fold(EntryId(START_MS, self.number), outcome)
        return outcome.answers

    def add(self, name: str, **rules: str) -> ContractListed:
        new = contract_to_add(self.view, name, rules, catalogue())
        [[listed]] = self.do(new.listing)
        assert isinstance(listed, ContractListed), listed
        for command in new.following(listed.instrument_id, START_MS):
            [[event]] = self.do(command)
            assert type(event).__name__ != "CommandRejected", command
        return listed


def test_the_whole_catalogue_can_be_listed_and_quoted_by_its_simulation() -> None:
    """Three coins, eight currency pairs, gold and silver, three indices: no quote is doubted."""
    venue = Venue()
    listed = {name: venue.add(name) for name in catalogue() if name not in COINS}
    assert 16 == len(catalogue()) == len(MARKETS)
    assert 13 == len(listed)
    walk = PriceWalk(5)
    for name in listed:
        walk.watch(name, None)
    for step in range(400):
        for quote in walk.quotes_at(START_MS - 200_000 + 250 * step):
            contract = listed[quote.symbol]
            scale = 10 ** (QUOTE_DECIMALS - contract.price_decimals)
            [[first, *_]] = venue.do(SetQuote(
                instrument_id=contract.instrument_id, bid=div_floor(quote.bid, scale),
                ask=div_ceil(quote.ask, scale), source_ms=START_MS,
            ))
            assert isinstance(first, QuoteSet), (quote, first)
            assert 0 == quote.bid % scale, f"{quote.symbol} has too few decimals for its feed"


def test_the_coins_of_the_catalogue_are_those_of_a_new_venue() -> None:
    venue = Venue()
    for name in sorted(COINS):
        contract = venue.view.cfd.contract(name)
        assert contract is not None
        entry = catalogue()[name]
        assert (contract.price_decimals, contract.price_max) == (
            int(entry.rules["decimals"]),
            int(entry.rules["price_max"]) * 10 ** contract.price_decimals,
        )
        assert parse_calendar(entry.calendar) is None


@pytest.mark.parametrize("name", sorted(set(catalogue()) - COINS))
def test_markets_that_close_are_closed_on_a_saturday_and_at_christmas(name: str) -> None:
    calendar = parse_calendar(catalogue()[name].calendar)
    assert calendar is not None
    assert calendar.is_open(START_MS)
    assert not calendar.is_open(START_MS + 3 * 24 * 3_600_000)  # Saturday.
    assert not calendar.is_open(START_MS + 30 * 24 * 3_600_000)  # Friday, December 25.


def test_options_win_over_the_catalogue() -> None:
    venue = Venue()
    new = contract_to_add(venue.view, "EUR_USD", {
        "leverage_max": "30", "spread": "0.0002", "calendar": "UTC; Mon 09:00-17:00",
        "band": None, "symbol": "EURO",
    }, catalogue())
    assert ("EURO", "EUR_USD", 6, 300, 200) == (
        new.listing.symbol, new.listing.underlying, new.listing.price_decimals,
        new.listing.leverage_max, new.listing.spread_rate,
    )
    bounds, calendar, session, *_ = new.following(7, START_MS)  # type: ignore[arg-type]
    assert SetQuoteRules(instrument_id=7, band_rate=20_000, spread_max_rate=5_000) == bounds  # type: ignore[arg-type]
    assert SetCalendar(instrument_id=7, calendar="UTC; Mon 09:00-17:00") == calendar  # type: ignore[arg-type]
    assert SetSession(instrument_id=7, is_open=False) == session  # type: ignore[arg-type]


def test_a_market_of_ones_own_needs_its_decimals_alone() -> None:
    """The rest has the values of a new venue, and it never closes."""
    venue = Venue()
    listed = venue.add("DOGE_USD", decimals="5")
    assert ("DOGE_USD_CFD", 5, 1_000, 10_000) == (
        listed.symbol, listed.price_decimals, listed.leverage_max, listed.margin_min
    )
    gate = venue.view.gates.gate(listed.instrument_id)
    assert (100_000, 20_000, True) == (gate.band_rate, gate.spread_max_rate, gate.is_open)
    assert {} == venue.view.calendars


@pytest.mark.parametrize(("name", "rules", "why"), [
    ("SOL_USDC", {}, "already"),
    ("DOGE_USD", {}, "give at least --decimals"),
    ("DOGE_USD", {"decimals": "ten"}, "--decimals"),
    ("DOGE_USD", {"decimals": "10"}, "--decimals"),
    ("EUR_USD", {"asset": "EUR"}, "no asset 'EUR'"),
    ("EUR_USD", {"leverage_max": "much"}, "--leverage-max"),
    ("EUR_USD", {"spread": "0.00000001"}, "--spread"),
    ("EUR_USD", {"calendar": "weekdays"}, "--calendar"),
])
def test_what_cannot_be_listed_is_refused(
    name: str, rules: Mapping[str, str], why: str
) -> None:
    with pytest.raises(RulesRefused, match=why):
        contract_to_add(Venue().view, name, rules, catalogue())


def test_a_new_contract_is_as_strict_as_the_profile_of_all_others() -> None:
    """Unless an option says otherwise; with profiles that differ it has none."""
    venue = Venue()
    venue.do(*profile_commands(venue.view, "retail", ()))
    retail = PROFILES["retail"]
    listed = venue.add("EUR_USD")
    assert (1_000, retail.spread_rate, retail.maintenance_rate) == (
        listed.leverage_max, listed.spread_rate, listed.maintenance_rate
    )
    terms = venue.view.terms.of(listed.instrument_id)
    assert ("retail", len(retail.tiers)) == (terms.profile, len(terms.tiers))
    assert 500 == venue.add("XAU_USD").leverage_max, "the catalogue is stricter"
    assert 0 == venue.add("GBP_USD", spread="0").spread_rate
    venue.do(*profile_commands(venue.view, "crypto", ("SOL_USDC",)))
    assert 50 == venue.add("USD_JPY").spread_rate, "as in the catalogue"


def test_a_calendar_is_set_by_the_markets_name() -> None:
    view = Venue().view
    command = calendar_to_set(view, "SOL_USDC", " UTC; Mon 09:00-17:00 ")
    assert "UTC; Mon 09:00-17:00" == command.calendar
    assert view.cfd.contract("SOL_USDC").instrument_id == command.instrument_id  # type: ignore[union-attr]
    with pytest.raises(RulesRefused, match="no contract 'EUR_USD'"):
        calendar_to_set(view, "EUR_USD", "")
    with pytest.raises(RulesRefused, match="--calendar"):
        calendar_to_set(view, "SOL_USDC", "UTC; never")


def test_the_listing_is_one_command_that_the_engine_may_refuse() -> None:
    """Nothing follows a refusal: the id would be another contract's."""
    venue = Venue()
    venue.add("EUR_USD", symbol="SAME")
    new = contract_to_add(venue.view, "GBP_USD", {"symbol": "SAME"}, catalogue())
    assert isinstance(new.listing, ListContract)
    [[refused]] = venue.do(new.listing)
    assert not isinstance(refused, ContractListed)
