"""The live feed while it speaks, the simulated one while it does not.

The live feed is tried all the time, in the background. When it has said nothing for a few seconds
the simulation takes over from where it left the prices, and gives way with its first word. A feed
that has not spoken at all is waited for more briefly: without a price nobody quotes.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress

import structlog

from outcry.ports.prices import PriceSource, Quote

PATIENCE_S = 5.0
FIRST_PATIENCE_S = 1.5
_BACKLOG_MAX = 1_000

log = structlog.get_logger(__name__)


class AutomaticPrices:
    """One source made of two; `facts` says which of them is speaking."""

    def __init__(
        self, live: PriceSource, simulated: PriceSource, *, patience_s: float = PATIENCE_S,
        first_patience_s: float = FIRST_PATIENCE_S,
    ) -> None:
        self._live = live
        self._simulated = simulated
        self._patience_s = first_patience_s
        self._later_patience_s = patience_s
        self._marks: dict[str, int | None] = {}
        self._arrived: asyncio.Queue[Quote] = asyncio.Queue(_BACKLOG_MAX)
        self._simulating = False

    def watch(self, symbol: str, mark: int | None) -> None:
        """Follow a symbol in both."""
        self._marks[symbol] = mark
        self._live.watch(symbol, mark)
        if self._simulating:
            self._simulated.watch(symbol, mark)

    async def quotes(self) -> AsyncGenerator[Quote, None]:
        """Quotes without end, from one source at a time."""
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                async with aclosing(self._live_quotes(listening)) as quotes:
                    async for quote in quotes:
                        self._marks[quote.symbol] = (quote.bid + quote.ask) // 2
                        yield quote
                self._start_simulation()
                async with aclosing(self._simulated.quotes()) as quotes:
                    async for quote in quotes:
                        if not self._arrived.empty() or listening.done():
                            break
                        self._marks[quote.symbol] = (quote.bid + quote.ask) // 2
                        yield quote
                self._simulating = False
                log.info("live prices are back")
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    def facts(self) -> Mapping[str, object]:
        """The facts of whichever source speaks, and why the other does not."""
        if not self._simulating:
            return {**self._live.facts(), "automatic": True}
        return {**self._simulated.facts(), "automatic": True, "live": self._live.facts()}

    def _start_simulation(self) -> None:
        self._simulating = True
        for symbol, mark in self._marks.items():
            self._simulated.watch(symbol, mark)
        log.warning("no live prices; prices are simulated", patience_s=self._patience_s)

    async def _listen(self) -> None:
        async with aclosing(self._live.quotes()) as quotes:
            async for quote in quotes:
                await self._arrived.put(quote)

    async def _live_quotes(self, listening: asyncio.Task[None]) -> AsyncGenerator[Quote, None]:
        """Live quotes until none came for as long as our patience lasts."""
        while True:
            if listening.done():
                listening.result()
                return
            try:
                async with asyncio.timeout(self._patience_s):
                    quote = await self._arrived.get()
            except TimeoutError:
                return
            self._patience_s = self._later_patience_s
            yield quote
