"""How a venue begins."""

from outcry.engine.commands import ListInstrument, SetQuoteRules
from outcry.engine.engine import Engine
from outcry.engine.events import (
    AssetListed,
    CommandRejected,
    ContractListed,
    ContractTermsSet,
    InstrumentListed,
    QuoteRulesSet,
    RulesUsed,
    VenueOpened,
)
from outcry.engine.rejects import RejectReason
from outcry.engine.rules import RULES_KNOWN
from outcry.engine.state import State
from outcry.operations.genesis import first_commands
from outcry.wire.journal import decode_outcome, encode_commands

SET_AGAIN = (QuoteRulesSet, ContractTermsSet)


def first_answers(engine: Engine, *, number: int = 1) -> list[object]:
    outcome = engine.apply(
        entry_ms=1_790_000_000_000, writer=1, number=number,
        commands=encode_commands(first_commands("a-venue")), quarantined=[],
    )
    return [events[0] for events in decode_outcome(outcome).answers]


def test_the_first_entry_opens_the_venue_and_lists_everything() -> None:
    answers = first_answers(Engine(State()))

    assert VenueOpened(venue_id="a-venue") == answers[0]
    assert {"USDC": 6, "SOL": 9, "ETH": 9, "BTC": 8} == {
        event.symbol: event.decimals for event in answers if isinstance(event, AssetListed)
    }
    assert ["SOL_USDC", "ETH_USDC", "BTC_USDC"] == [
        event.symbol for event in answers if isinstance(event, InstrumentListed)
    ]
    assert not [event for event in answers if isinstance(event, CommandRejected)]


def test_a_new_venue_uses_the_newest_rules_before_anything_is_listed() -> None:
    engine = Engine(State())
    assert RulesUsed(version=RULES_KNOWN[-1]) == first_answers(engine)[1]
    assert RULES_KNOWN[-1] == engine.state.rules


def test_ticks_and_lots_are_what_the_documentation_says() -> None:
    listed = {
        event.symbol: event
        for event in first_answers(Engine(State())) if isinstance(event, InstrumentListed)
    }
    sizes = {
        symbol: (event.price_decimals, event.tick_size, event.quantity_decimals, event.lot_size)
        for symbol, event in listed.items()
    }
    assert {"SOL_USDC": (2, 1, 2, 1), "ETH_USDC": (2, 1, 4, 1), "BTC_USDC": (1, 1, 5, 1)} == sizes
    assert {(200, 500)} == {
        (event.maker_fee_rate, event.taker_fee_rate) for event in listed.values()
    }


def test_everything_listed_is_protected_from_thin_books_and_odd_quotes() -> None:
    answers = first_answers(Engine(State()))
    instruments = [event for event in answers if isinstance(event, InstrumentListed)]
    assert {(100_000, 50_000)} == {(e.price_band_rate, e.impact_rate) for e in instruments}
    listed = {e.instrument_id for e in answers if isinstance(e, InstrumentListed | ContractListed)}
    bounds = [event for event in answers if isinstance(event, QuoteRulesSet)]
    assert listed == {event.instrument_id for event in bounds}
    assert {(100_000, 20_000)} == {(e.band_rate, e.spread_max_rate) for e in bounds}


def test_for_tests_prices_can_be_left_without_bounds() -> None:
    commands = first_commands("a-venue", bounded=False)
    assert [] == [command for command in commands if isinstance(command, SetQuoteRules)]
    instruments = [command for command in commands if isinstance(command, ListInstrument)]
    assert {(0, 0)} == {(each.price_band_rate, each.impact_rate) for each in instruments}


def test_a_second_genesis_changes_nothing() -> None:
    engine = Engine(State())
    first_answers(engine)
    answers = first_answers(engine, number=2)
    assert RulesUsed(version=RULES_KNOWN[-1]) == answers.pop(1), "the version it uses already"
    answers = [answer for answer in answers if not isinstance(answer, SET_AGAIN)]
    reasons = {getattr(event, "reason", None) for event in answers}
    assert {
        RejectReason.VENUE_OPEN, RejectReason.ASSET_EXISTS, RejectReason.INSTRUMENT_EXISTS,
    } == reasons


def test_the_contracts_are_those_of_the_broker_and_priced_by_the_spot_symbols() -> None:
    contracts = [e for e in first_answers(Engine(State())) if isinstance(e, ContractListed)]
    assert [
        ("SOL_USDC_CFD", "SOL_USDC", 6), ("ETH_USDC_CFD", "ETH_USDC", 6),
        ("BTC_USDC_CFD", "BTC_USDC", 4),
    ] == [(e.symbol, e.underlying, e.price_decimals) for e in contracts]
    assert {1_000} == {e.leverage_max for e in contracts}
