"""The bounds of outside quotes as an operator writes them, and the command that sets them."""

from collections.abc import Sequence
from typing import Final

from outcry.engine.commands import Command, SetQuoteRules
from outcry.engine.units import InstrumentId
from outcry.operations.rules import (
    Numbers,
    Rules,
    RulesRefused,
    any_given,
    counted,
    fraction,
    written,
)
from outcry.projections.quote_gates import Gate
from outcry.projections.venue import VenueView

QUOTE_RULES: Final[Numbers] = {
    "band": fraction("band_rate"), "spread_max": fraction("spread_max_rate"),
}


def quote_rules(gate: Gate) -> dict[str, str]:
    """The bounds, as they would be written."""
    return written(gate, QUOTE_RULES)


def bounds_to_set(instrument_id: InstrumentId, rules: Rules) -> Sequence[Command]:
    """The command that sets those bounds that are given; raises `RulesRefused`."""
    if not any_given(rules):
        return []
    return [SetQuoteRules(instrument_id=instrument_id, **counted(rules, {}, QUOTE_RULES))]


def bounds_of_listed(venue: VenueView, symbol: str, rules: Rules) -> Sequence[Command]:
    """The same for an instrument that is listed by now."""
    instrument = venue.listing.instrument(symbol)
    if instrument is None:
        raise RulesRefused(f"{symbol} is not listed: look at `outcry instrument list`")
    return bounds_to_set(instrument.instrument_id, rules)
