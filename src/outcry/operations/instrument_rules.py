"""An instrument's rules as an operator writes them, in decimals, and as the engine counts them."""

from collections.abc import Mapping
from typing import Any, Final

from outcry.engine.commands import ChangeInstrument, ListAsset, ListInstrument
from outcry.engine.events import AssetListed, InstrumentListed
from outcry.engine.units import (
    CANCEL_ONLY,
    CLOSED,
    LIMIT_ONLY,
    OPEN,
    POST_ONLY,
    RATE_DECIMALS,
)
from outcry.operations.genesis import MAKER_FEE_RATE, TAKER_FEE_RATE
from outcry.projections.listing import Listing
from outcry.wire.decimals import (
    NotADecimal,
    NotAMultiple,
    TooManyDecimals,
    format_decimal,
    parse_decimal,
    parse_steps,
    parse_uint,
    price_text,
    quantity_text,
)

STATES: Final = {
    "open": OPEN, "post-only": POST_ONLY, "limit-only": LIMIT_ONLY, "cancel-only": CANCEL_ONLY,
    "closed": CLOSED,
}
_STATE_WORDS: Final = {state: word for word, state in STATES.items()}

PRICES: Final = ("price_min", "price_max")
QUANTITIES: Final = ("quantity_min", "quantity_max")
# Fractions: 0.0005 is 5 basis points, 0.1 is 10 %. The names are those of the engine's rules.
RATES: Final = {
    "maker_fee": "maker_fee_rate", "taker_fee": "taker_fee_rate",
    "price_band": "price_band_rate", "impact": "impact_rate",
}

Rules = Mapping[str, str | None]  # As they were written; what is None was not.


class RulesRefused(Exception):
    """Rules that cannot be read; the message is one line for people."""


def asset_to_list(symbol: str, *, name: str, decimals: int) -> ListAsset:
    """A new asset."""
    return ListAsset(symbol=symbol, name=name, decimals=decimals)


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
    price_decimals, tick = _size("tick size", tick_size)
    quantity_decimals, lot = _size("lot size", lot_size)
    stated = {
        "price_min": tick_size, "price_max": "1000000", "quantity_min": lot_size,
        "quantity_max": "1000000",
        "maker_fee": format_decimal(MAKER_FEE_RATE, RATE_DECIMALS),
        "taker_fee": format_decimal(TAKER_FEE_RATE, RATE_DECIMALS),
        **{name: text for name, text in rules.items() if text is not None},
    }
    if "state" in stated:
        raise RulesRefused("a new instrument is open; change its state afterwards")
    return ListInstrument(
        symbol=symbol, base_asset_id=_asset(listing, base).asset_id,
        quote_asset_id=_asset(listing, quote).asset_id, price_decimals=price_decimals,
        tick_size=tick, quantity_decimals=quantity_decimals, lot_size=lot,
        **_counted(stated, price=(price_decimals, tick), quantity=(quantity_decimals, lot)),
    )


def instrument_to_change(listing: Listing, symbol: str, rules: Rules) -> ChangeInstrument:
    """Other rules for an instrument, which keeps those that are not stated.

    Raises `RulesRefused`.
    """
    instrument = listing.instrument(symbol)
    if instrument is None:
        known = ", ".join(each.symbol for each in listing.instruments.values())
        raise RulesRefused(f"there is no instrument {symbol!r}; there are {known or 'none'}")
    stated = {name: text for name, text in rules.items() if text is not None}
    if not stated:
        raise RulesRefused("nothing to change was stated")
    return ChangeInstrument(
        instrument_id=instrument.instrument_id,
        **_counted(
            stated, price=(instrument.price_decimals, instrument.tick_size),
            quantity=(instrument.quantity_decimals, instrument.lot_size),
        ),
    )


def rules_of(instrument: InstrumentListed) -> dict[str, str]:
    """An instrument's rules, as they would be written."""
    written = {
        "symbol": instrument.symbol, "state": _STATE_WORDS[instrument.state],
        "tick_size": price_text(instrument, 1), "lot_size": quantity_text(instrument, 1),
    }
    for name in PRICES:
        written[name] = price_text(instrument, getattr(instrument, name))
    for name in QUANTITIES:
        written[name] = quantity_text(instrument, getattr(instrument, name))
    for name, field in RATES.items():
        written[name] = format_decimal(getattr(instrument, field), RATE_DECIMALS)
    return written | {"open_orders_max": str(instrument.open_orders_max)}


def _counted(
    stated: Mapping[str, str], *, price: tuple[int, int], quantity: tuple[int, int]
) -> dict[str, Any]:
    """The engine's fields, of rules that were stated; steps are (decimals, size)."""
    counted: dict[str, Any] = {}
    for name, text in stated.items():
        if name in PRICES:
            counted[name] = _steps(name, text, *price)
        elif name in QUANTITIES:
            counted[name] = _steps(name, text, *quantity)
        elif name in RATES:
            counted[RATES[name]] = _decimal(name, text, RATE_DECIMALS)
        elif name == "open_orders_max":
            counted[name] = _whole(name, text)
        else:
            assert name == "state", name
            if text not in STATES:
                raise RulesRefused(f"there is no state {text!r}; there are {', '.join(STATES)}")
            counted[name] = STATES[text]
    return counted


def _asset(listing: Listing, symbol: str) -> AssetListed:
    asset = listing.asset(symbol)
    if asset is None:
        known = ", ".join(each.symbol for each in listing.assets.values())
        raise RulesRefused(
            f"there is no asset {symbol!r}; there are {known or 'none'}, and an instrument is "
            "called BASE_QUOTE"
        )
    return asset


def _size(name: str, text: str) -> tuple[int, int]:
    """A step as (decimals, how many of the last of them)."""
    decimals = len(text.partition(".")[2].rstrip("0"))
    return decimals, _decimal(name, text, decimals)


def _steps(name: str, text: str, decimals: int, step: int) -> int:
    try:
        return parse_steps(text, decimals, step)
    except NotADecimal:
        raise RulesRefused(f"{_said(name)} is not a decimal number: {text!r}") from None
    except (TooManyDecimals, NotAMultiple):
        least = format_decimal(step, decimals)
        raise RulesRefused(f"{_said(name)} is not a multiple of {least}: {text!r}") from None


def _decimal(name: str, text: str, decimals: int) -> int:
    try:
        return parse_decimal(text, decimals)
    except NotADecimal:
        raise RulesRefused(f"{_said(name)} is not a decimal number: {text!r}") from None
    except TooManyDecimals:
        raise RulesRefused(
            f"{_said(name)} has more than {decimals} decimals: {text!r}"
        ) from None


def _whole(name: str, text: str) -> int:
    try:
        return parse_uint(text)
    except NotADecimal:
        raise RulesRefused(f"{_said(name)} is not a whole number: {text!r}") from None


def _said(name: str) -> str:
    return name.replace("_", " ")
