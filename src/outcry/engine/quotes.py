"""Taking in outside prices: quotes, the rules that they have to meet, and sessions."""

from typing import Final

from outcry.engine.cfd.closing import quote_contract
from outcry.engine.cfd.risk import is_payable
from outcry.engine.commands import SetQuote, SetQuoteRules, SetSession
from outcry.engine.events import (
    Event,
    QuoteDoubted,
    QuoteRulesSet,
    QuoteSet,
    SessionChanged,
)
from outcry.engine.quote_gate import QuoteGate, quote_rules_are_sound
from outcry.engine.refusal import refused
from outcry.engine.rejects import RejectReason
from outcry.engine.spot.conditional import settle_mark
from outcry.engine.state import State
from outcry.engine.units import AMOUNT_MAX, InstrumentId

QUOTE_AGE_MAX_MS: Final = 5_000  # A quote older than this at its entry's time is refused.


def set_quote(state: State, command: SetQuote) -> list[Event]:
    """Take in an outside price unless it is unsound, late or doubted, and fire what it reaches."""
    contract = state.contracts.get(command.instrument_id)
    book = state.books.get(command.instrument_id)
    if contract is not None:
        gate = contract.gate
        before = contract.quote
        sound = contract.takes(command)
    elif book is not None:
        gate = book.gate
        before = book.quote
        sound = 0 < command.bid <= command.ask < AMOUNT_MAX
    else:
        return refused(RejectReason.INSTRUMENT_NOT_FOUND)
    fault = _quote_fault(state, gate, before, command, sound=sound)
    if fault != 0:
        return refused(fault)
    if contract is not None and not is_payable(state, contract, command):
        return refused(RejectReason.QUOTE_UNPAYABLE)
    doubt = gate.judge(before, command)
    if doubt != 0:
        return [QuoteDoubted(
            instrument_id=command.instrument_id, bid=command.bid, ask=command.ask,
            source_ms=command.source_ms, why=doubt,
        )]
    quote = QuoteSet(
        instrument_id=command.instrument_id,
        bid=command.bid,
        ask=command.ask,
        source_ms=command.source_ms,
    )
    if contract is not None:
        return [quote, *quote_contract(state, contract, quote)]
    assert book is not None
    mark_before = book.mark_ticks()[0]
    book.quote = quote
    events: list[Event] = [quote]
    settle_mark(state, book, mark_before, events)
    return events


def set_quote_rules(state: State, command: SetQuoteRules) -> list[Event]:
    """Set the bounds of a contract's or an instrument's quotes; a doubt stays until a quote passes.
    """
    gate = gate_of(state, command.instrument_id)
    if gate is None:
        return refused(RejectReason.INSTRUMENT_NOT_FOUND)
    band: int = gate.band_rate if command.band_rate is None else command.band_rate
    spread_max: int = (
        gate.spread_max_rate if command.spread_max_rate is None else command.spread_max_rate
    )
    if not quote_rules_are_sound(band_rate=band, spread_max_rate=spread_max):
        return refused(RejectReason.INSTRUMENT_INVALID)
    gate.band_rate = band
    gate.spread_max_rate = spread_max
    return [QuoteRulesSet(
        instrument_id=command.instrument_id, band_rate=band, spread_max_rate=spread_max
    )]


def set_session(state: State, command: SetSession) -> list[Event]:
    """Open or close a contract's session. Nothing fires: triggers wait for the next quote."""
    contract = state.contracts.get(command.instrument_id)
    if contract is None:
        return refused(RejectReason.INSTRUMENT_NOT_FOUND)
    contract.gate.set_session(is_open=command.is_open)
    return [SessionChanged(instrument_id=command.instrument_id, is_open=command.is_open)]


def gate_of(state: State, instrument_id: InstrumentId) -> QuoteGate | None:
    """The gate of a contract or an instrument; None when there is no such thing."""
    contract = state.contracts.get(instrument_id)
    if contract is not None:
        return contract.gate
    book = state.books.get(instrument_id)
    return None if book is None else book.gate


def _quote_fault(
    state: State, gate: QuoteGate, before: QuoteSet | None, command: SetQuote, *, sound: bool
) -> int:
    """The `RejectReason` of a quote that is not even judged; 0 is none."""
    if not gate.is_open:
        return RejectReason.SESSION_CLOSED
    ahead_ms = command.source_ms - state.now_ms
    if not sound or ahead_ms > QUOTE_AGE_MAX_MS:
        return RejectReason.QUOTE_INVALID
    if -ahead_ms > QUOTE_AGE_MAX_MS or command.source_ms < gate.doubted_ms:
        return RejectReason.QUOTE_STALE
    if before is not None and command.source_ms < before.source_ms:
        return RejectReason.QUOTE_STALE
    return 0
