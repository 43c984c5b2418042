"""Contracts for difference: their rules, their prices, and the positions that wait for a price."""

from typing import Final

from outcry.engine.cfd.positions import QUANTITY_ONE, Position
from outcry.engine.cfd.terms import no_terms
from outcry.engine.commands import SetQuote
from outcry.engine.events import ContractListed, ContractTermsSet, QuoteSet
from outcry.engine.quote_gate import QuoteGate
from outcry.engine.rejects import RejectReason
from outcry.engine.triggers import TriggerIndex
from outcry.engine.units import (
    AMOUNT_MAX,
    CANCEL_ONLY,
    CLOSED,
    DECIMALS_MAX,
    LEVERAGE_ONE,
    LONG,
    OPEN,
    RATE_ONE,
    Approach,
    AssetId,
    InstrumentId,
    Side,
    div_ceil,
    div_floor,
    is_symbol,
)

PRICES: Final = 4  # More than the prices that can set one position off.


class Contract:
    """A contract, its prices with the spread in them, and the triggers of its positions."""

    def __init__(self, listed: ContractListed) -> None:
        self.listed = listed
        self.terms: ContractTermsSet = no_terms(listed.instrument_id)
        self.instrument_id: InstrumentId = listed.instrument_id
        self.asset_id: AssetId = listed.asset_id
        self.quote: QuoteSet | None = None  # The last certain one, as it came from outside.
        self.gate = QuoteGate()
        self.bid = 0  # Longs close here and shorts open; 0 while there is no quote.
        self.ask = 0  # Shorts close here and longs open.
        # Of its open positions: the notional of longs less that of shorts, that of shorts, both in
        # tenths, and the quantity of the underlying that longs and that shorts stand for.
        self.net_notional = 0
        self.short_notional = 0
        self.long_quantity = 0
        self.short_quantity = 0
        self.long_triggers = TriggerIndex()  # These follow the bid,
        self.short_triggers = TriggerIndex()  # and these the ask.

    def takes(self, command: SetQuote) -> bool:
        """Whether a quote's prices are in range, and stay so once the spread is in them."""
        rate: int = self.listed.spread_rate
        bid = div_floor(command.bid * (RATE_ONE - rate), RATE_ONE)
        return bid > 0 and 0 < command.bid <= command.ask <= self.listed.price_max

    def set_quote(self, quote: QuoteSet) -> None:
        """Take in an outside price, and widen it by the spread."""
        self.quote = quote
        self.bid, self.ask = self.widened(quote.bid, quote.ask)

    def widened(self, bid: int, ask: int) -> tuple[int, int]:
        """A bid and an ask with the spread in them."""
        rate: int = self.listed.spread_rate
        return (
            div_floor(bid * (RATE_ONE - rate), RATE_ONE),
            div_ceil(ask * (RATE_ONE + rate), RATE_ONE),
        )

    def count(self, position: Position, times: int) -> None:
        """Add a position to the sums of open ones; -1 times takes it off."""
        notional = times * position.notional
        quantity = times * position.quantity
        self.net_notional += position.direction * notional
        if position.direction == LONG:
            self.long_quantity += quantity
        else:
            self.short_notional += notional
            self.short_quantity += quantity

    def payable(self, bid: int) -> int:
        """A bound of what open positions can gain at bids up to this one, and at any lower ask.

        Longs gain at most what they are worth, and shorts their notional. Here and below the result
        is in units of a tenth / `QUANTITY_ONE`.
        """
        return self.long_quantity * bid + self.short_notional * QUANTITY_ONE

    def losable(self, ask: int) -> int:
        """A bound of what shorts can lose at asks up to this one. Longs lose no more than notional.
        """
        return self.short_quantity * ask

    def is_fresh(self, now_ms: int) -> bool:
        """Whether its price is young enough to deal at."""
        quote = self.quote
        if quote is None:
            return False
        age_ms: int = now_ms - quote.source_ms
        return age_ms <= self.listed.quote_age_max_ms

    def dealing_fault(self, now_ms: int) -> int:
        """The `RejectReason` that keeps everybody from dealing at its price now; 0 is none."""
        fault = self.gate.fault()
        if fault == 0 and not self.is_fresh(now_ms):
            return RejectReason.QUOTE_STALE
        return fault

    def entry_price(self, direction: Side) -> int:
        """The price at which a position of this direction opens."""
        return self.ask if direction == LONG else self.bid

    def close_price(self, direction: Side) -> int:
        """The price at which a position of this direction closes, and which its triggers follow."""
        return self.bid if direction == LONG else self.ask

    def watch(self, position: Position) -> None:
        """Let a position's prices set it off."""
        for price, approach, number in _watched(position):
            self._triggers(position).add(price, approach, number)

    def unwatch(self, position: Position) -> None:
        """No price sets a position off any more."""
        for price, approach, number in _watched(position):
            self._triggers(position).discard(price, approach, number)

    def take_due(self, bid_before: int, ask_before: int) -> list[tuple[int, int]]:
        """The positions' prices reached since, in the order of firing: (distance, number).

        A number is the position's id x `PRICES` + the place of the price among its prices.
        """
        due = self.long_triggers.take_due(low=self.bid, high=self.bid, before=bid_before)
        due += self.short_triggers.take_due(low=self.ask, high=self.ask, before=ask_before)
        due.sort()
        return due

    def _triggers(self, position: Position) -> TriggerIndex:
        return self.long_triggers if position.direction == LONG else self.short_triggers


def _watched(position: Position) -> list[tuple[int, Approach, int]]:
    """(price, approach, number) of each price that can set a position off."""
    gaining = Approach(position.direction)
    losing = Approach(-position.direction)  # A fall hurts a long, a rise hurts a short.
    number = position.position_id * PRICES
    prices = (
        (position.liquidation_price, losing, number),
        (position.stop_loss, losing, number + 1),
        (position.take_profit, gaining, number + 2),
    )
    return [watched for watched in prices if watched[0] != 0]


def contract_is_sound(listed: ContractListed) -> bool:
    """Whether the rules make sense and everything fits 64 bits."""
    if not is_symbol(listed.symbol) or not is_symbol(listed.underlying):
        return False
    if not 0 <= listed.price_decimals <= DECIMALS_MAX:
        return False
    if not 0 < listed.price_max < AMOUNT_MAX or not 0 < listed.margin_min < AMOUNT_MAX:
        return False
    if not LEVERAGE_ONE <= listed.leverage_max <= LEVERAGE_ONE * RATE_ONE:
        return False
    if not 0 <= listed.maintenance_rate < RATE_ONE or not 0 <= listed.spread_rate < RATE_ONE:
        return False
    if not 0 <= listed.exposure_max < AMOUNT_MAX:
        return False
    if not 0 <= listed.house_exposure_max < AMOUNT_MAX:
        return False
    if not 0 <= listed.positions_max < AMOUNT_MAX or not 0 < listed.quote_age_max_ms < AMOUNT_MAX:
        return False
    return listed.state in (OPEN, CANCEL_ONLY, CLOSED)
