"""The simulated feed: the random walk of `walk`, played in real time."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping

from outcry.adapters.prices.walk import STEP_MS, PriceWalk
from outcry.ports.prices import Quote
from outcry.runtime.clock import clock_ms


class SimulatedPrices:
    """About four quotes a second of every symbol it knows; needs nothing from outside."""

    def __init__(self, seed: int, *, clock_ms: Callable[[], int] = clock_ms) -> None:
        self._walk = PriceWalk(seed)
        self._clock_ms = clock_ms
        self._seed = seed

    def watch(self, symbol: str, mark: int | None) -> None:
        """Quote a symbol too, going on from `mark` if there is one."""
        self._walk.watch(symbol, mark)

    async def quotes(self) -> AsyncGenerator[Quote, None]:
        """Quotes without end."""
        while True:
            now_ms = self._clock_ms()
            for quote in self._walk.quotes_at(now_ms):
                yield quote
            await asyncio.sleep((STEP_MS - now_ms % STEP_MS) / 1000)

    def facts(self) -> Mapping[str, object]:
        """The kind of this feed."""
        return {"source": "sim", "simulated": True, "seed": self._seed}
