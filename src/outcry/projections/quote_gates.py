"""The bounds for outside quotes, and whether anybody can deal at a price right now."""

from typing import Final, NamedTuple, Self

from outcry.engine.events import QuoteDoubted, QuoteRulesSet, QuoteSet, SessionChanged
from outcry.engine.image import StateImage
from outcry.engine.rejects import RejectReason
from outcry.engine.units import InstrumentId

GateEvent = QuoteRulesSet | QuoteDoubted | QuoteSet | SessionChanged


class Gate(NamedTuple):
    """The gate of a contract's or an instrument's quotes as it stands."""

    band_rate: int = 0  # 0 is no bound, here and below.
    spread_max_rate: int = 0
    is_open: bool = True  # The session.
    in_doubt: bool = False

    @property
    def fault(self) -> int:
        """The `RejectReason` with which the engine refuses to deal; 0 is none."""
        if not self.is_open:
            return RejectReason.SESSION_CLOSED
        return RejectReason.QUOTE_DOUBTED if self.in_doubt else 0

    @property
    def is_unbounded(self) -> bool:
        """Whether any quote passes."""
        return self.band_rate == 0 and self.spread_max_rate == 0


_AS_LISTED: Final = Gate()


class QuoteGates:
    """The gate of each contract and instrument, by id."""

    def __init__(self) -> None:
        self._gates: dict[InstrumentId, Gate] = {}

    @classmethod
    def from_image(cls, image: StateImage) -> Self:
        """The gates of a snapshot."""
        gates = cls()
        for each in image.gates:
            gates._gates[each.instrument_id] = Gate(
                band_rate=each.band_rate, spread_max_rate=each.spread_max_rate,
                is_open=each.is_open, in_doubt=each.in_doubt,
            )
        return gates

    def gate(self, instrument_id: InstrumentId) -> Gate:
        """The gate of a contract or an instrument."""
        return self._gates.get(instrument_id, _AS_LISTED)

    def fold(self, event: GateEvent) -> bool:
        """Take in an event; returns whether clients can now deal, and could not, or the reverse."""
        before = self.gate(event.instrument_id)
        after = _after(before, event)
        if after != before:
            self._gates[event.instrument_id] = after
        return after.fault != before.fault


def _after(gate: Gate, event: GateEvent) -> Gate:
    match event:
        case QuoteSet():
            return gate._replace(in_doubt=False) if gate.in_doubt else gate
        case QuoteDoubted():
            return gate._replace(in_doubt=True)
        case SessionChanged():
            # A session that opens is in doubt until the first quote.
            opens = event.is_open and not gate.is_open
            return gate._replace(is_open=event.is_open, in_doubt=gate.in_doubt or opens)
        case QuoteRulesSet():
            return gate._replace(
                band_rate=event.band_rate, spread_max_rate=event.spread_max_rate
            )
