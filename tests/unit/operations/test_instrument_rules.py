"""Rules as people write them become the engine's, and come back as they were written."""

import pytest

from outcry.engine.commands import ChangeInstrument, Command, ListAsset, ListInstrument
from outcry.engine.engine import Engine
from outcry.engine.events import Event, InstrumentChanged
from outcry.engine.state import State
from outcry.operations.genesis import first_commands
from outcry.operations.instrument_rules import (
    STATES,
    instrument_rules,
    instrument_to_change,
    instrument_to_list,
)
from outcry.operations.rules import RulesRefused
from outcry.projections.listing import Listing
from outcry.projections.venue import VenueView
from outcry.wire.journal import EntryId, decode_outcome, encode_commands


class Listed:
    """An engine, and the venue somebody sees who follows it."""

    def __init__(self) -> None:
        self._engine = Engine(State())
        self.venue = VenueView()
        self._number = 0
        self.do(*first_commands("rules"))

    @property
    def listing(self) -> Listing:
        return self.venue.listing

    def do(self, *commands: Command) -> list[Event]:
        self._number += 1
        outcome = decode_outcome(self._engine.apply(
            entry_ms=self._number, writer=1, number=self._number,
            commands=encode_commands(list(commands)), quarantined=[],
        ))
        self.venue.fold(EntryId(self._number, 0), outcome)
        return [events[0] for events in outcome.answers]


def test_a_new_instrument() -> None:
    """With the rules it is given, and the usual ones for the rest."""
    listed = Listed()
    listed.do(ListAsset(symbol="WIF", name="dogwifhat", decimals=6))
    command = instrument_to_list(
        listed.listing, "WIF_USDC", tick_size="0.0001", lot_size="0.10",
        rules={"price_max": "50", "taker_fee": "0.001", "price_band": "0.1", "impact": None},
    )
    assert ListInstrument(
        symbol="WIF_USDC", base_asset_id=5, quote_asset_id=1, price_decimals=4, tick_size=1,
        quantity_decimals=1, lot_size=1, price_min=1, price_max=500_000, quantity_min=1,
        quantity_max=10_000_000, maker_fee_rate=200, taker_fee_rate=1_000, price_band_rate=100_000,
    ) == command
    listed.do(command)
    instrument = listed.listing.instrument("WIF_USDC")
    assert instrument is not None
    assert {
        "symbol": "WIF_USDC", "state": "open", "tick_size": "0.0001", "lot_size": "0.1",
        "price_min": "0.0001", "price_max": "50", "quantity_min": "0.1",
        "quantity_max": "1000000", "maker_fee": "0.0002", "taker_fee": "0.001",
        "price_band": "0.1", "impact": "0", "open_orders_max": "10000",
    } == instrument_rules(instrument)


def test_a_tick_of_several() -> None:
    """A tick of 0.05 and a lot of 25."""
    command = instrument_to_list(
        Listed().listing, "SOL_BTC", tick_size="0.05", lot_size="25", rules={"quantity_max": "100"}
    )
    assert (2, 5, 0, 25) == (
        command.price_decimals, command.tick_size, command.quantity_decimals, command.lot_size
    )
    assert (1, 20_000_000, 1, 4) == (
        command.price_min, command.price_max, command.quantity_min, command.quantity_max
    )


@pytest.mark.parametrize("word", STATES)
def test_states(word: str) -> None:
    listed = Listed()
    listed.do(instrument_to_change(listed.listing, "SOL_USDC", {"state": word}))
    instrument = listed.listing.instrument("SOL_USDC")
    assert instrument is not None
    assert word == instrument_rules(instrument)["state"]


def test_every_rule_can_be_changed_alone() -> None:
    """And only what is stated changes."""
    changes = {
        "price_min": "1", "price_max": "5000", "quantity_min": "0.5", "quantity_max": "100",
        "maker_fee": "-0.0001", "taker_fee": "0.002", "price_band": "0.25", "impact": "0.05",
        "open_orders_max": "7", "state": "post-only",
    }
    for name, text in changes.items():
        listed = Listed()
        before = listed.listing.instrument("ETH_USDC")
        assert before is not None
        [event] = listed.do(instrument_to_change(listed.listing, "ETH_USDC", {name: text}))
        assert isinstance(event, InstrumentChanged)
        assert {**instrument_rules(before), name: text} == instrument_rules(event.instrument)


@pytest.mark.parametrize(("symbol", "rules", "why"), [
    ("X_USDC", {"impact": "1"}, "there is no instrument 'X_USDC'; there are SOL_USDC, ETH_USDC"),
    ("SOL_USDC", {}, "nothing to change: give at least one rule"),
    ("SOL_USDC", {"state": "halted"},
     "there is no state 'halted': give one of open, post-only, limit-only, cancel-only, closed"),
    ("SOL_USDC", {"price_min": "0.005"},
     "--price-min must be a number in steps of 0.01, was '0.005'"),
    ("SOL_USDC", {"quantity_max": "many"},
     "--quantity-max must be a number in steps of 0.01, was 'many'"),
    ("SOL_USDC", {"taker_fee": "0.0000001"},
     "--taker-fee must be a number in steps of 0.000001, was '0.0000001'"),
    ("SOL_USDC", {"open_orders_max": "-1"}, "--open-orders-max is out of range: '-1'"),
    ("SOL_USDC", {"price_max": "1" + "0" * 17}, "--price-max is out of range: '1000"),
])
def test_changes_that_cannot_be(symbol: str, rules: dict[str, str], why: str) -> None:
    with pytest.raises(RulesRefused) as refused:
        instrument_to_change(Listed().listing, symbol, rules)
    assert str(refused.value).startswith(why)


@pytest.mark.parametrize(("symbol", "tick", "rules", "why"), [
    ("SOL_USDC", "1", {}, "SOL_USDC is listed already"),
    ("WIF_USDC", "1", {}, "there is no asset 'WIF'; there are USDC, SOL, ETH, BTC"),
    ("SOL", "1", {}, "there is no asset ''"),
    ("SOL_EUR", "1", {}, "there is no asset 'EUR'"),
    ("SOL_BTC", "1e-3", {}, "--tick-size must be a number above 0 such as 0.01, was '1e-3'"),
    ("SOL_BTC", "0", {}, "--tick-size must be a number above 0 such as 0.01, was '0'"),
    ("SOL_BTC", "0.1", {"price_max": "0.55"},
     "--price-max must be a number in steps of 0.1, was '0.55'"),
])
def test_instruments_that_cannot_be(
    symbol: str, tick: str, rules: dict[str, str], why: str
) -> None:
    with pytest.raises(RulesRefused) as refused:
        instrument_to_list(Listed().listing, symbol, tick_size=tick, lot_size="1", rules=rules)
    assert str(refused.value).startswith(why)


def test_commands_say_what_was_meant() -> None:
    listing = Listed().listing
    assert ChangeInstrument(instrument_id=3, price_min=10, impact_rate=0) == instrument_to_change(
        listing, "BTC_USDC", {"price_min": "1", "impact": "0", "price_max": None}
    )
