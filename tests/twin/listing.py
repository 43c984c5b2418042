"""The naive twin's listing: what may be listed, in which units, and outside prices."""

from fractions import Fraction
from typing import Any

from outcry.engine.commands import (
    ChangeInstrument,
    ListAsset,
    ListInstrument,
    SetQuote,
    SetQuoteRules,
)
from outcry.engine.events import (
    AssetListed,
    Event,
    InstrumentChanged,
    InstrumentListed,
    QuoteSet,
    VenueOpened,
)
from outcry.engine.rejects import RejectReason
from outcry.engine.units import OPEN
from twin.quote_gate import NaiveGate

TOO_MUCH = 2**62
QUOTE_AGE_MS = 5_000


class Refused(Exception):
    """A command is not carried out."""

    def __init__(self, reason: int, order_id: int = 0) -> None:
        self.reason = reason
        self.order_id = order_id


def refuse_unless(fine: bool, reason: int) -> None:
    """Raise `Refused` for a reason."""
    if not fine:
        raise Refused(reason)


class NaiveListing:
    """Assets and instruments in the order of their ids."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.version = 1  # Of the rules.
        self.venue_id = ""
        self.assets: list[AssetListed] = []
        self.instruments: list[InstrumentListed] = []
        self.quotes: dict[int, QuoteSet] = {}
        self.gates: dict[int, NaiveGate] = {}
        self.lot_value: dict[int, int] = {}  # Instrument → base units in a lot,
        self.tick_value: dict[int, int] = {}  # and quote units of a lot at a price of one tick.

    def instrument(self, instrument_id: int) -> InstrumentListed:
        if not 1 <= instrument_id <= len(self.instruments):
            raise Refused(RejectReason.INSTRUMENT_NOT_FOUND)
        return self.instruments[instrument_id - 1]

    def open_venue(self, venue_id: str) -> Event:
        refuse_unless(
            not self.venue_id and _is_symbol(venue_id.replace("-", "")), RejectReason.VENUE_OPEN
        )
        self.venue_id = venue_id
        return VenueOpened(venue_id=venue_id)

    def list_asset(self, command: ListAsset) -> Event:
        known = [asset.symbol for asset in self.assets]
        refuse_unless(command.symbol not in known, RejectReason.ASSET_EXISTS)
        sound = (
            _is_symbol(command.symbol)
            and 0 <= command.decimals <= 9
            and 1 <= len(command.name) <= 64
            and command.name.isprintable()
        )
        refuse_unless(sound, RejectReason.ASSET_INVALID)
        self.assets.append(
            AssetListed(
                asset_id=len(self.assets) + 1, symbol=command.symbol, name=command.name,
                decimals=command.decimals,
            )
        )
        return self.assets[-1]

    def list_instrument(self, command: ListInstrument) -> Event:
        for asset_id in (command.base_asset_id, command.quote_asset_id):
            refuse_unless(1 <= asset_id <= len(self.assets), RejectReason.ASSET_NOT_FOUND)
        known = [listed.symbol for listed in self.instruments]
        refuse_unless(command.symbol not in known, RejectReason.INSTRUMENT_EXISTS)
        units = self._units_if_sound(command)
        rules = {name: getattr(command, name) for name in command.__struct_fields__}
        instrument_id = len(self.instruments) + 1
        self.lot_value[instrument_id], self.tick_value[instrument_id] = units
        self.instruments.append(
            InstrumentListed(
                instrument_id=instrument_id, state=OPEN, listed_ms=self.now_ms, **rules
            )
        )
        return self.instruments[-1]

    def change_instrument(self, command: ChangeInstrument) -> Event:
        before = self.instrument(command.instrument_id)
        rules: dict[str, Any] = {
            name: getattr(before, name) for name in before.__struct_fields__
        }
        for name in rules:
            stated = getattr(command, name, None)
            if stated is not None:
                rules[name] = stated
        after = InstrumentListed(**rules)
        refuse_unless(after.state in (1, 2, 3, 4, 5), RejectReason.INSTRUMENT_INVALID)
        self._units_if_sound(after)
        self.instruments[command.instrument_id - 1] = after
        return InstrumentChanged(instrument=after)

    def _units_if_sound(self, rules: ListInstrument | InstrumentListed) -> tuple[int, int]:
        units = None
        if _rules_are_sound(rules):
            units = _units_of(
                rules,
                base=self.assets[rules.base_asset_id - 1],
                quote=self.assets[rules.quote_asset_id - 1],
            )
        if units is None:
            raise Refused(RejectReason.INSTRUMENT_INVALID)
        return units

    def mark(self, instrument_id: int) -> Fraction | None:
        """Halfway between bid and ask of the outside, in ticks; None before the first quote."""
        quote = self.quotes.get(instrument_id)
        if quote is None:
            return None
        listed = self.instrument(instrument_id)
        tick = Fraction(listed.tick_size, 10**listed.price_decimals)
        return Fraction(quote.bid + quote.ask, 2 * 10**listed.mark_decimals) / tick

    def gate(self, instrument_id: int) -> NaiveGate:
        refuse_unless(
            1 <= instrument_id <= len(self.instruments), RejectReason.INSTRUMENT_NOT_FOUND
        )
        return self.gates.setdefault(instrument_id, NaiveGate())

    def set_quote_rules(self, command: SetQuoteRules) -> Event:
        gate = self.gate(command.instrument_id)
        refuse_unless(
            0 <= (command.band_rate or 0) < TOO_MUCH
            and 0 <= (command.spread_max_rate or 0) < TOO_MUCH,
            RejectReason.INSTRUMENT_INVALID,
        )
        return gate.set_rules(command)

    def set_quote(self, command: SetQuote) -> Event:
        gate = self.gate(command.instrument_id)
        sound = 0 < command.bid <= command.ask < TOO_MUCH
        refuse_unless(
            sound and command.source_ms <= self.now_ms + QUOTE_AGE_MS, RejectReason.QUOTE_INVALID
        )
        before = self.quotes.get(command.instrument_id)
        refuse_unless(
            command.source_ms >= max(self.now_ms - QUOTE_AGE_MS, gate.newest_ms)
            and (before is None or before.source_ms <= command.source_ms),
            RejectReason.QUOTE_STALE,
        )
        answer = gate.judge(before, command)
        if isinstance(answer, QuoteSet):
            self.quotes[command.instrument_id] = answer
        return answer


def _is_symbol(text: str) -> bool:
    plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    some = any(letter in plain for letter in text)
    return some and len(text) <= 64 and all(letter in plain + "_" for letter in text)


def _rules_are_sound(command: ListInstrument | InstrumentListed) -> bool:
    """Everything about a listing but its units."""
    counts = (
        command.tick_size, command.lot_size, command.price_min, command.price_max,
        command.quantity_min, command.quantity_max,
    )
    decimals = (command.price_decimals, command.quantity_decimals, command.mark_decimals)
    return (
        _is_symbol(command.symbol)
        and command.base_asset_id != command.quote_asset_id
        and all(0 < count < TOO_MUCH for count in counts)
        and command.price_min <= command.price_max
        and command.quantity_min <= command.quantity_max
        and all(0 <= places <= 9 for places in decimals)
        and all(abs(rate) < 1_000_000 for rate in (command.maker_fee_rate, command.taker_fee_rate))
        and command.maker_fee_rate + command.taker_fee_rate >= 0
        and 0 <= command.price_band_rate < TOO_MUCH
        and 0 <= command.impact_rate < TOO_MUCH
        and 0 <= command.open_orders_max < TOO_MUCH
    )


def _units_of(
    command: ListInstrument | InstrumentListed, *, base: AssetListed, quote: AssetListed
) -> tuple[int, int] | None:
    """(base units in a lot, quote units of a lot at one tick); None when a trade would round."""
    lot = Fraction(command.lot_size, 10**command.quantity_decimals)
    tick = Fraction(command.tick_size, 10**command.price_decimals)
    lot_value = lot * 10**base.decimals
    tick_value = tick * lot * 10**quote.decimals
    if lot_value.denominator != 1 or tick_value.denominator != 1:
        return None
    largest = command.quantity_max * max(lot_value, command.price_max * tick_value)
    return (int(lot_value), int(tick_value)) if largest < TOO_MUCH else None
