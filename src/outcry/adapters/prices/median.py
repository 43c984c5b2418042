"""Several feeds as one: the median of those that are fresh and agree.

A feed that strays from the median is left out and named. Where no majority agrees, there is no
quote: the price is in doubt, and it grows stale. Each change of the median is a quote.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing

import structlog

from outcry.ports.prices import PriceSource, Quote
from outcry.runtime.clock import clock_ms

RATE_ONE = 1_000_000
FRESH_MS = 5_000  # An older quote counts no more.
STRAY_RATE = 5_000  # From the median to the middle of a feed, in millionths.
_BACKLOG_MAX = 1_000

log = structlog.get_logger(__name__)


class MedianPrices:
    """One source made of several. `stray_rate` is how far a feed may be from the median."""

    def __init__(
        self, sources: Sequence[PriceSource], *, stray_rate: int = STRAY_RATE,
        clock_ms: Callable[[], int] = clock_ms,
    ) -> None:
        assert sources
        self._sources = sources
        self._names = [
            f"{number} {source.facts()['source']}" for number, source in enumerate(sources, start=1)
        ]
        self._stray_rate = stray_rate
        self._clock_ms = clock_ms
        self._newest: dict[str, dict[str, Quote]] = {}  # By symbol and feed.
        self._strays: dict[str, list[str]] = {}  # By symbol: the feeds that are left out.
        self._in_doubt: set[str] = set()  # Symbols about which no majority agrees.

    def watch(self, symbol: str, mark: int | None) -> None:
        """Follow a symbol in all of them."""
        self._newest.setdefault(symbol, {})
        for source in self._sources:
            source.watch(symbol, mark)

    async def quotes(self) -> AsyncGenerator[Quote, None]:
        """Quotes until all feeds have ended, which only recorded ones do."""
        arrived: asyncio.Queue[tuple[str, Quote] | None] = asyncio.Queue(_BACKLOG_MAX)
        listening = [
            asyncio.create_task(_listen(name, source, arrived))
            for name, source in zip(self._names, self._sources, strict=True)
        ]
        ended = 0
        try:
            while ended < len(listening):
                came = await arrived.get()
                if came is None:
                    ended += 1
                    for task in listening:
                        if task.done():
                            task.result()  # Raises if the feed is broken.
                    continue
                quote = self._combine(*came)
                if quote is not None:
                    yield quote
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)

    def facts(self) -> Mapping[str, object]:
        """The facts of each feed, the feeds left out, and the symbols without a price."""
        now_ms = self._clock_ms()
        facts = [source.facts() for source in self._sources]
        return {
            "source": "median of " + ", ".join(str(each["source"]) for each in facts),
            "simulated": any(each["simulated"] for each in facts),
            "sources": dict(zip(self._names, facts, strict=True)),
            "strays": {symbol: list(names) for symbol, names in self._strays.items()},
            "in_doubt": sorted(self._in_doubt),
            "silent": sorted(
                symbol for symbol, quotes in self._newest.items()
                if not any(now_ms - quote.source_ms <= FRESH_MS for quote in quotes.values())
            ),
        }

    def _combine(self, name: str, quote: Quote) -> Quote | None:
        """Take in a feed's quote; the median after it, None while there is none."""
        if not 0 < quote.bid <= quote.ask:
            return None
        quotes = self._newest.setdefault(quote.symbol, {})
        quotes[name] = quote
        now_ms = self._clock_ms()
        fresh = {
            each: said for each, said in quotes.items() if now_ms - said.source_ms <= FRESH_MS
        }
        middle = _median([said.bid + said.ask for said in fresh.values()])
        agreeing = {
            each: said for each, said in fresh.items()
            if abs(said.bid + said.ask - middle) * RATE_ONE <= self._stray_rate * middle
        }
        self._note_strays(quote.symbol, sorted(fresh.keys() - agreeing.keys()))
        if 2 * len(agreeing) <= len(fresh):
            if quote.symbol not in self._in_doubt:
                log.warning("the feeds disagree: no price", symbol=quote.symbol)
            self._in_doubt.add(quote.symbol)
            return None
        self._in_doubt.discard(quote.symbol)
        return Quote(
            quote.symbol,
            _median([said.bid for said in agreeing.values()]),
            _median([said.ask for said in agreeing.values()]),
            max(said.source_ms for said in agreeing.values()),
        )

    def _note_strays(self, symbol: str, strays: list[str]) -> None:
        if strays != self._strays.get(symbol, []):
            log.warning("feeds that are left out", symbol=symbol, feeds=strays)
        if strays:
            self._strays[symbol] = strays
        else:
            self._strays.pop(symbol, None)


async def _listen(
    name: str, source: PriceSource, arrived: asyncio.Queue[tuple[str, Quote] | None]
) -> None:
    try:
        async with aclosing(source.quotes()) as quotes:
            async for quote in quotes:
                await arrived.put((name, quote))
    finally:
        await arrived.put(None)


def _median(prices: list[int]) -> int:
    """The one in the middle, or halfway between the two in the middle, rounded down."""
    prices = sorted(prices)
    return (prices[(len(prices) - 1) // 2] + prices[len(prices) // 2]) // 2
