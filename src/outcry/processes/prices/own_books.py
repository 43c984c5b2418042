"""A price source for CFDs: the venue's own spot markets.

The books are folded from the event stream, which the prices process reads anyway. The engine states
even a quiet book twice a second, so its quote stays fresh for as long as an engine works. A book
that is too thin, or a market that takes no orders, has no price: its quote grows stale.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final, assert_never
from urllib.parse import parse_qsl

import structlog

from outcry.engine import events
from outcry.engine.events import Event, InstrumentListed, Outcome
from outcry.engine.image import StateImage
from outcry.engine.units import LIMIT_ONLY, OPEN, InstrumentId
from outcry.ports.prices import QUOTE_DECIMALS, Quote
from outcry.processes.prices.own_price import RATE_ONE, NoPrice, OwnPrice, OwnRules
from outcry.projections.depth import Depth
from outcry.wire.journal import EventsEntry

OWN: Final = "own"  # The name of this source.
_OPTIONS: Final = {  # Of the setting: the rule, and its unit.
    "depth": ("depth", 1), "average": ("average_ms", 1_000), "hold": ("hold_ms", 1_000),
    "move": ("move_rate", RATE_ONE), "spread": ("spread_rate", RATE_ONE),
    "spread-max": ("spread_max_rate", RATE_ONE),
}

_TRADING: Final = frozenset({OPEN, LIMIT_ONLY})
_LEVELS_MAX: Final = 200  # Of each side that are looked at.

log = structlog.get_logger(__name__)


class BadOwnRules(ValueError):
    """The options of the setting are wrong; the message says which there are."""


def own_rules(options: str) -> OwnRules:
    """The rules of a setting such as `depth=10000&spread=0.001`; raises `BadOwnRules`."""
    rules = OwnRules()
    try:
        for name, text in parse_qsl(options, keep_blank_values=True, strict_parsing=bool(options)):
            rule, unit = _OPTIONS[name]
            value = Decimal(text) * unit
            if not value.is_finite() or value != int(value):
                raise ValueError
            rules = rules._replace(**{rule: int(value)})
        if min(rules) <= 0:
            raise ValueError
    except (KeyError, ValueError, InvalidOperation):
        raise BadOwnRules(
            f"{options!r}: own books take {', '.join(_OPTIONS)}, each above 0, such as "
            "own?depth=10000&spread=0.001"
        ) from None
    return rules


class OwnBooks:
    """Follows the books whose symbols are watched, and keeps the latest quote of each."""

    def __init__(self, rules: OwnRules | None = None) -> None:
        self._rules = rules or OwnRules()
        self._markets: dict[InstrumentId, InstrumentListed] = {}
        self._books: dict[InstrumentId, Depth] = {}
        self._watched: dict[str, OwnPrice] = {}
        self._silent: dict[str, str] = {}  # Why a watched market has no price.
        self._waiting: list[Quote] = []
        self._moved = asyncio.Event()

    def restore(self, image: StateImage) -> None:
        """Start from an engine snapshot."""
        for listed in image.instruments:
            self._markets[listed.instrument_id] = listed
        for book in image.books:
            self._books[book.instrument_id] = Depth.from_image(book)

    def on_entries(self, entries: Iterable[tuple[EventsEntry, Outcome]]) -> None:
        """Take in changes of books and markets."""
        for entry, outcome in entries:
            for answer in outcome.answers:
                for event in answer:
                    self._fold(event)
            for after in outcome.books:
                self._books[after.instrument_id].fold(after)
                self._say(after.instrument_id, entry.id.ms)

    def watch(self, symbol: str, mark: int | None) -> None:
        """Quote this market too, setting out from its latest mark."""
        if symbol not in self._watched:
            self._watched[symbol] = OwnPrice(self._rules, mark)
            self._silent[symbol] = "no book yet"

    async def quotes(self) -> AsyncGenerator[Quote, None]:
        """Quotes without end."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            for quote in self.take():
                yield quote

    def take(self) -> list[Quote]:
        """The quotes since the last call."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def facts(self) -> Mapping[str, object]:
        """The kind of this feed, and the markets that have no price, with the reasons."""
        return {
            "source": OWN, "simulated": False, "silent": sorted(self._silent),
            "reasons": dict(self._silent),
        }

    def _fold(self, event: Event) -> None:
        match event:
            case (
                events.OrderAccepted() | events.Traded() | events.OrderCanceled()
                | events.CommandRejected() | events.OrdersCanceled() | events.OrderReplaced()
                | events.OrderWaiting() | events.TriggerFailed() | events.ClockTicked()
                | events.QuoteSet() | events.PositionOpened() | events.PositionClosed()
                | events.PositionChanged() | events.Deposited() | events.Withdrawn()
                | events.AccountCreated() | events.AssetListed() | events.ContractListed()
                | events.ContractChanged() | events.VenueOpened() | events.RulesUsed()
                | events.QuoteRulesSet() | events.QuoteDoubted() | events.SessionChanged()
                | events.ContractTermsSet() | events.HouseLimitsSet() | events.HouseStopped()
                | events.HouseResumed() | events.ShortfallCharged()
                | events.CalendarSet()
            ):
                pass  # Each entry states the books that it changed.
            case events.InstrumentListed():
                self._markets[event.instrument_id] = event
                self._books[event.instrument_id] = Depth()
            case events.InstrumentChanged():
                self._markets[event.instrument.instrument_id] = event.instrument
            case _:
                assert_never(event)

    def _say(self, instrument_id: InstrumentId, now_ms: int) -> None:
        market = self._markets[instrument_id]
        price = self._watched.get(market.symbol)
        if price is None:
            return
        try:
            bid, ask = self._price(market, price, now_ms)
        except NoPrice as why:
            if self._silent.get(market.symbol) != str(why):
                log.warning("an own book has no price", market=market.symbol, why=str(why))
            self._silent[market.symbol] = str(why)
            self._waiting = [each for each in self._waiting if each.symbol != market.symbol]
        else:
            self._silent.pop(market.symbol, None)
            self._waiting.append(Quote(market.symbol, bid, ask, now_ms))
            self._moved.set()

    def _price(self, market: InstrumentListed, price: OwnPrice, now_ms: int) -> tuple[int, int]:
        if market.state not in _TRADING:
            raise NoPrice("the market does not trade")
        levels = self._books[market.instrument_id].levels(_LEVELS_MAX)
        scale = market.tick_size * 10 ** (QUOTE_DECIMALS - market.price_decimals)
        depth = (
            self._rules.depth * 10 ** (QUOTE_DECIMALS + market.quantity_decimals)
            // market.lot_size
        )
        return price.quote(
            [(ticks * scale, lots) for ticks, lots in reversed(levels.bids)],
            [(ticks * scale, lots) for ticks, lots in levels.asks], depth, now_ms,
        )
