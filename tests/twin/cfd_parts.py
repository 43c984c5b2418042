"""A position and a contract of the naive twin: exact fractions, no sums kept."""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from outcry.engine.events import ContractListed, PositionChanged, QuoteSet, ShortfallCharged
from outcry.engine.rejects import CloseReason
from twin.quote_gate import NaiveGate

LONG = 1
MILLION = 1_000_000


@dataclass(kw_only=True)
class NaivePosition:
    """A position, its notional an exact fraction of the asset's smallest unit."""

    number: int
    account: int
    contract: int
    direction: int
    margin: int
    leverage: int
    notional: Fraction
    entry: int
    rate: int
    liquidation: int = 0
    stop: int = 0
    target: int = 0
    paid: int = 0
    realized: int = 0
    owed: int = 0

    def find_liquidation(self) -> None:
        """Where losses leave no more than the maintenance margin, rounded toward the entry."""
        loss = Fraction(self.margin - self.owed) - Fraction(self.rate, MILLION) * self.notional
        away = floor(self.entry * loss / self.notional)
        price = self.entry - self.direction * away
        self.liquidation = max(price, 0 if self.direction == LONG else 1)

    def worth(self, price: int) -> int:
        """What is left of it at a price; below zero, what is short."""
        earned = self.direction * self.notional * Fraction(price - self.entry, self.entry)
        return self.margin - self.owed + floor(earned)

    def reached(self, price: int) -> list[tuple[int, int]]:
        """The prices that this one has reached, the worst for the position first."""
        found = []
        if self.liquidation and self.direction * price <= self.direction * self.liquidation:
            found.append((self.liquidation, CloseReason.LIQUIDATED))
        if self.stop and self.direction * price <= self.direction * self.stop:
            found.append((self.stop, CloseReason.STOP_LOSS))
        if self.target and self.direction * price >= self.direction * self.target:
            found.append((self.target, CloseReason.TAKE_PROFIT))
        return found

    def gain_max(self, price_max: int) -> int:
        """The most it can gain at prices from 0 to `price_max`."""
        if self.direction == LONG:
            return ceil(self.notional * max(price_max - self.entry, 0) / self.entry)
        return ceil(self.notional)


@dataclass
class NaiveContract:
    """A contract's rules and price."""

    listed: ContractListed
    quote: QuoteSet | None = None
    gate: NaiveGate = field(default_factory=NaiveGate)

    @property
    def bid(self) -> int:
        assert self.quote
        return floor(self.quote.bid * Fraction(MILLION - self.listed.spread_rate, MILLION))

    @property
    def ask(self) -> int:
        assert self.quote
        return ceil(self.quote.ask * Fraction(MILLION + self.listed.spread_rate, MILLION))

    def exit(self, direction: int) -> int:
        return self.bid if direction == LONG else self.ask

    def entry(self, direction: int) -> int:
        return self.ask if direction == LONG else self.bid


def tenths(notional: Fraction) -> int:
    """A notional as the engine counts it."""
    tenths = notional * 10
    assert tenths.denominator == 1
    return tenths.numerator



def as_it_stands(position: NaivePosition) -> PositionChanged:
    """The event of a change."""
    return PositionChanged(
        position.number, position.account, position.contract, position.margin,
        position.paid, tenths(position.notional), position.liquidation, position.stop,
        position.target,
    )


def owing(position: NaivePosition, cause: int, amount: int) -> ShortfallCharged:
    """The event of a change of its debt."""
    return ShortfallCharged(
        position.number, position.account, position.contract, cause, amount, position.owed,
        position.liquidation,
    )
