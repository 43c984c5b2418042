"""An instrument's rules as an operator writes them, and the commands that list and set them."""

from collections.abc import Sequence
from typing import Final

from outcry.engine.commands import ChangeInstrument, Command, ListInstrument
from outcry.engine.events import AssetListed, InstrumentListed
from outcry.engine.units import CANCEL_ONLY, CLOSED, LIMIT_ONLY, OPEN, POST_ONLY, RATE_DECIMALS
from outcry.operations.genesis import MAKER_FEE_RATE, TAKER_FEE_RATE
from outcry.operations.quote_rules import bounds_of_listed
from outcry.operations.rules import (
    Number,
    Numbers,
    Rules,
    RulesRefused,
    any_given,
    counted,
    fraction,
    option,
    word,
    written,
)
from outcry.projections.listing import Listing
from outcry.projections.venue import VenueView
from outcry.wire.decimals import (
    NotADecimal,
    format_decimal,
    parse_decimal,
    price_text,
    quantity_text,
)

STATES: Final = {
    "open": OPEN, "post-only": POST_ONLY, "limit-only": LIMIT_ONLY, "cancel-only": CANCEL_ONLY,
    "closed": CLOSED,
}

Step = tuple[int, int]  # (decimals, how many of the last of them)


def instrument_to_list(
    listing: Listing, symbol: str, *, tick_size: str, lot_size: str, rules: Rules
) -> ListInstrument:
    """A new instrument, whose symbol says what is traded for what; raises `RulesRefused`.

    Without rules of its own it has the fees of a new venue, and all prices and quantities up to a
    million.
    """
    if listing.instrument(symbol) is not None:
        raise RulesRefused(f"{symbol} is listed already")
    base, _, quote = symbol.rpartition("_")
    tick, lot = _step("tick_size", tick_size), _step("lot_size", lot_size)
    given = {
        "price_min": tick_size, "price_max": "1000000", "quantity_min": lot_size,
        "quantity_max": "1000000",
        "maker_fee": format_decimal(MAKER_FEE_RATE, RATE_DECIMALS),
        "taker_fee": format_decimal(TAKER_FEE_RATE, RATE_DECIMALS),
        **{name: text for name, text in rules.items() if text is not None},
    }
    return ListInstrument(
        symbol=symbol, base_asset_id=_asset(listing, base).asset_id,
        quote_asset_id=_asset(listing, quote).asset_id, price_decimals=tick[0],
        tick_size=tick[1], quantity_decimals=lot[0], lot_size=lot[1],
        **counted(given, {}, _numbers(tick, lot)),
    )


def instrument_to_change(listing: Listing, symbol: str, rules: Rules) -> ChangeInstrument:
    """Other rules for an instrument, which keeps those that are not given.

    Raises `RulesRefused`.
    """
    instrument = listing.instrument(symbol)
    if instrument is None:
        known = ", ".join(each.symbol for each in listing.instruments.values())
        raise RulesRefused(f"there is no instrument {symbol!r}; there are {known or 'none'}")
    return ChangeInstrument(
        instrument_id=instrument.instrument_id,
        **counted(rules, STATES, _numbers(*_steps(instrument))),
    )


def instrument_commands(
    venue: VenueView, symbol: str, rules: Rules, bounds: Rules
) -> Sequence[Command]:
    """The commands that give an instrument other rules, and its quotes other bounds.

    Those that are not given stay. Raises `RulesRefused`.
    """
    if not any_given(bounds):
        return [instrument_to_change(venue.listing, symbol, rules)]
    changes = [instrument_to_change(venue.listing, symbol, rules)] if any_given(rules) else []
    return [*changes, *bounds_of_listed(venue, symbol, bounds)]


def instrument_rules(instrument: InstrumentListed) -> dict[str, str]:
    """An instrument's state and rules, as they would be written."""
    return {
        "symbol": instrument.symbol, "state": word(STATES, instrument.state),
        "tick_size": price_text(instrument, 1), "lot_size": quantity_text(instrument, 1),
        **written(instrument, _numbers(*_steps(instrument))),
    }


def _numbers(tick: Step, lot: Step) -> Numbers:
    return {
        "price_min": Number("price_min", *tick),
        "price_max": Number("price_max", *tick),
        "quantity_min": Number("quantity_min", *lot),
        "quantity_max": Number("quantity_max", *lot),
        "maker_fee": fraction("maker_fee_rate", may_be_negative=True),
        "taker_fee": fraction("taker_fee_rate"),
        "price_band": fraction("price_band_rate"),
        "impact": fraction("impact_rate"),
        "open_orders_max": Number("open_orders_max"),
    }


def _steps(instrument: InstrumentListed) -> tuple[Step, Step]:
    return (
        (instrument.price_decimals, instrument.tick_size),
        (instrument.quantity_decimals, instrument.lot_size),
    )


def _step(rule: str, text: str) -> Step:
    decimals = len(text.partition(".")[2].rstrip("0"))
    try:
        step = parse_decimal(text, decimals)
    except NotADecimal:
        step = 0
    if step <= 0:
        raise RulesRefused(f"{option(rule)} must be a number above 0 such as 0.01, was {text!r}")
    return decimals, step


def _asset(listing: Listing, symbol: str) -> AssetListed:
    asset = listing.asset(symbol)
    if asset is None:
        known = ", ".join(each.symbol for each in listing.assets.values())
        raise RulesRefused(
            f"there is no asset {symbol!r}; there are {known or 'none'}, and an instrument is "
            "called BASE_QUOTE"
        )
    return asset
