"""The gate that every outside quote passes or fails: a price is dealt at only while it is certain.

A quote is *doubted* when its bid or its ask is far from that side of the last certain quote, or
when the two are far apart. While a contract or an instrument is *in doubt* it keeps its last
certain quote, and nobody can deal at it: a price that everybody else has left is a free option.

A price that has truly moved is repeated. The third quote in a row that agrees with the first
doubted one passes; each must be later at its source than the one before, because a quote that was
sent twice confirms nothing. A quote that is too wide is never confirmed by repetition; it ends the
row. The band has no clock: after a gap of any length a far quote still needs two that agree with
it, which costs an honest feed two quotes.
"""

from typing import Final

from outcry.engine.commands import SetQuote
from outcry.engine.events import QuoteSet
from outcry.engine.rejects import DoubtReason, RejectReason
from outcry.engine.units import AMOUNT_MAX, RATE_ONE

CONFIRMATIONS: Final = 3  # Quotes in a row that must agree, the first of them included.


class QuoteGate:
    """The rules for the quotes of one contract or instrument, and its doubts."""

    def __init__(self) -> None:
        self.band_rate = 0  # Largest distance of a side from the last certain one; 0 is no bound.
        self.spread_max_rate = 0  # Largest distance of ask and bid, of the bid; 0 is no bound.
        self.is_open = True  # Whether the session is open: outside it no quote is taken.
        self.in_doubt = False
        self.doubted_ms = 0  # The source's time of the newest doubted quote.
        self.first_bid = 0  # Of the row of quotes that agree.
        self.first_ask = 0
        self.agreeing = 0  # The length of the row; 0 is none.

    def fault(self) -> int:
        """The `RejectReason` that keeps everybody from dealing; 0 is none."""
        if not self.is_open:
            return RejectReason.SESSION_CLOSED
        return RejectReason.QUOTE_DOUBTED if self.in_doubt else 0

    def judge(self, last: QuoteSet | None, command: SetQuote) -> int:
        """Judge the next quote after the last certain one: a `DoubtReason`, or 0 when it passes."""
        bid: int = command.bid
        ask: int = command.ask
        doubt = self._doubt(last, bid, ask, command.source_ms)
        self.in_doubt = doubt != 0
        if doubt == 0:
            self.agreeing = 0
        else:
            self.doubted_ms = command.source_ms
        return doubt

    def set_session(self, *, is_open: bool) -> None:
        """Open or close the session. After an opening the first quote that passes ends the doubt.

        The price from before the closing is not dealt at, however long the contract deems a quote
        fresh.
        """
        if is_open and not self.is_open:
            self.in_doubt = True
            self.agreeing = 0
        self.is_open = is_open

    def _doubt(self, last: QuoteSet | None, bid: int, ask: int, source_ms: int) -> int:
        spread_max = self.spread_max_rate
        if spread_max != 0 and (ask - bid) * RATE_ONE > spread_max * bid:
            self.agreeing = 0
            return DoubtReason.TOO_WIDE
        if last is None or self._agrees(bid, ask, last.bid, last.ask):
            return 0
        if self.agreeing == 0 or not self._agrees(bid, ask, self.first_bid, self.first_ask):
            self.first_bid = bid
            self.first_ask = ask
            self.agreeing = 1
        elif source_ms > self.doubted_ms:
            self.agreeing += 1
        return DoubtReason.TOO_FAR if self.agreeing < CONFIRMATIONS else 0

    def _agrees(self, bid: int, ask: int, other_bid: int, other_ask: int) -> bool:
        """Whether each side is within the band around the same side of another quote."""
        band = self.band_rate
        return band == 0 or (
            abs(bid - other_bid) * RATE_ONE <= band * other_bid
            and abs(ask - other_ask) * RATE_ONE <= band * other_ask
        )


def quote_rules_are_sound(*, band_rate: int, spread_max_rate: int) -> bool:
    """Whether both rates are zero or above, and fit 64 bits."""
    return 0 <= band_rate < AMOUNT_MAX and 0 <= spread_max_rate < AMOUNT_MAX
