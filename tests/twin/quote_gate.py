"""The naive twin's gate: every quote since the last certain one is kept, and looked at anew."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from outcry.engine.commands import SetQuote, SetQuoteRules
from outcry.engine.events import QuoteDoubted, QuoteRulesSet, QuoteSet
from outcry.engine.rejects import DoubtReason

MILLION = 1_000_000
THREE = 3


class Seen(NamedTuple):
    """A quote, and the bounds that were in force when it came."""

    quote: SetQuote
    band: int
    widest: int

    @property
    def is_wide(self) -> bool:
        apart = Fraction(self.quote.ask - self.quote.bid, self.quote.bid)
        return self.widest != 0 and apart > Fraction(self.widest, MILLION)

    def agrees(self, other: SetQuote | QuoteSet) -> bool:
        """Whether both sides are within the band around the other's."""
        return self.band == 0 or all(
            abs(Fraction(mine, theirs) - 1) <= Fraction(self.band, MILLION)
            for mine, theirs in ((self.quote.bid, other.bid), (self.quote.ask, other.ask))
        )


@dataclass
class NaiveGate:
    """The bounds for quotes, and all quotes since the last certain one."""

    band: int = 0
    widest: int = 0
    open: bool = True
    reopened: bool = False  # Without a certain quote since.
    since: list[Seen] = field(default_factory=list)
    newest_ms: int = 0  # Of all doubted quotes there ever were.

    @property
    def doubts(self) -> bool:
        """Whether nobody may deal, though the session is open."""
        return self.reopened or bool(self.since)

    def set_rules(self, command: SetQuoteRules) -> QuoteRulesSet:
        if command.band_rate is not None:
            self.band = command.band_rate
        if command.spread_max_rate is not None:
            self.widest = command.spread_max_rate
        return QuoteRulesSet(
            instrument_id=command.instrument_id, band_rate=self.band, spread_max_rate=self.widest
        )

    def set_open(self, now_open: bool) -> None:
        if now_open and not self.open:
            # Quotes from before the closing confirm nothing.
            self.reopened, self.since = True, []
        self.open = now_open

    def judge(self, last: QuoteSet | None, command: SetQuote) -> QuoteSet | QuoteDoubted:
        """What the quote is answered with."""
        seen = Seen(command, self.band, self.widest)
        why = self._why(last, seen)
        named = {
            "instrument_id": command.instrument_id, "bid": command.bid, "ask": command.ask,
            "source_ms": command.source_ms,
        }
        if why == 0:
            self.reopened, self.since = False, []
            return QuoteSet(**named)
        self.since.append(seen)
        self.newest_ms = command.source_ms
        return QuoteDoubted(**named, why=why)

    def _why(self, last: QuoteSet | None, seen: Seen) -> int:
        if seen.is_wide:
            return DoubtReason.TOO_WIDE
        if last is None or seen.agrees(last) or self._confirms(seen):
            return 0
        return DoubtReason.TOO_FAR

    def _confirms(self, newest: Seen) -> bool:
        """Whether it is the third in a row, each later than the one before, near the first."""
        row: list[Seen] = []
        before_ms = 0
        for seen in (*self.since, newest):
            if seen.is_wide:
                row = []
            elif not row or not seen.agrees(row[0].quote):
                row = [seen]
            elif seen.quote.source_ms > before_ms:
                row.append(seen)
            before_ms = seen.quote.source_ms
        return len(row) == THREE
