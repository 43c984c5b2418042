"""A price source for CFDs: the best bid and ask of the venue's own spot markets.

They are folded from the event stream, which the prices process reads anyway. The engine states
even a quiet book twice a second, so its quote stays fresh for as long as an engine works. A book
without one of its sides, or a market that takes no orders, has no price: its quote grows stale.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Final, assert_never

from outcry.engine import events
from outcry.engine.events import Event, InstrumentListed, Outcome
from outcry.engine.image import StateImage
from outcry.engine.units import LIMIT_ONLY, OPEN, InstrumentId
from outcry.ports.prices import QUOTE_DECIMALS, Quote
from outcry.projections.depth import Depth
from outcry.wire.journal import EventsEntry

OWN: Final = "own"  # The name of this source.

_TRADING: Final = frozenset({OPEN, LIMIT_ONLY})


class OwnBooks:
    """Follows the books whose symbols are watched, and keeps the latest quote of each."""

    def __init__(self) -> None:
        self._markets: dict[InstrumentId, InstrumentListed] = {}
        self._books: dict[InstrumentId, Depth] = {}
        self._watched: set[str] = set()
        self._waiting: dict[str, Quote] = {}
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
        """Quote this market too. A book needs no mark to start from."""
        self._watched.add(symbol)

    async def quotes(self) -> AsyncGenerator[Quote, None]:
        """Quotes without end, the newest of each market."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            waiting, self._waiting = self._waiting, {}
            for quote in waiting.values():
                yield quote

    def facts(self) -> Mapping[str, object]:
        """The kind of this feed, and the markets that have no price."""
        priced = {
            listed.symbol for instrument_id, listed in self._markets.items()
            if self._top(instrument_id) is not None
        }
        return {"source": OWN, "simulated": False, "silent": sorted(self._watched - priced)}

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
        market, top = self._markets[instrument_id], self._top(instrument_id)
        if top is None:
            self._waiting.pop(market.symbol, None)
        elif market.symbol in self._watched:
            scale = market.tick_size * 10 ** (QUOTE_DECIMALS - market.price_decimals)
            bid, ask = top
            self._waiting[market.symbol] = Quote(market.symbol, bid * scale, ask * scale, now_ms)
            self._moved.set()

    def _top(self, instrument_id: InstrumentId) -> tuple[int, int] | None:
        """Best bid and ask in ticks; None unless both exist and the market trades."""
        best = self._books[instrument_id].best()
        if best.bid is None or best.ask is None:
            return None
        if self._markets[instrument_id].state not in _TRADING:
            return None
        return best.bid[0], best.ask[0]
