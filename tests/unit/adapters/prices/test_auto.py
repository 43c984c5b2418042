"""Live prices while there are any, simulated ones while there are none."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from outcry.adapters.prices.auto import AutomaticPrices
from outcry.ports.prices import Quote


class ScriptedSource:
    """Says what the test puts in, and remembers what it was told to watch."""

    def __init__(self, name: str) -> None:
        self.queue: asyncio.Queue[Quote] = asyncio.Queue()
        self.watched: list[tuple[str, int | None]] = []
        self.listened = False
        self._name = name

    def watch(self, symbol: str, mark: int | None) -> None:
        self.watched.append((symbol, mark))

    async def quotes(self) -> AsyncGenerator[Quote, None]:
        self.listened = True
        try:
            while True:
                yield await self.queue.get()
                self.queue.task_done()
        finally:
            self.listened = False

    def facts(self) -> Mapping[str, object]:
        return {"source": self._name, "simulated": self._name == "sim"}


async def test_it_falls_back_and_returns() -> None:
    """Silence of the live feed brings the simulation, from where the live price was left; the
    first live quote ends it."""
    live, simulated = ScriptedSource("live"), ScriptedSource("sim")
    prices = AutomaticPrices(live, simulated, patience_s=0.05)
    prices.watch("SOL_USDC", 99)
    async with aclosing(prices.quotes()) as quotes:
        live.queue.put_nowait(Quote("SOL_USDC", 100, 102, 1))
        assert 100 == (await anext(quotes)).bid
        assert "live" == prices.facts()["source"]

        simulated.queue.put_nowait(Quote("SOL_USDC", 200, 202, 2))
        assert 200 == (await anext(quotes)).bid
        assert [("SOL_USDC", 101)] == simulated.watched
        assert prices.facts()["simulated"]

        live.queue.put_nowait(Quote("SOL_USDC", 300, 302, 3))
        await live.queue.join()
        simulated.queue.put_nowait(Quote("SOL_USDC", 204, 206, 3))
        assert 300 == (await anext(quotes)).bid
        assert not prices.facts()["simulated"]
        assert not simulated.listened
    assert not live.listened


async def test_a_symbol_watched_during_simulation_is_simulated() -> None:
    """Both sources follow what is listed later."""
    live, simulated = ScriptedSource("live"), ScriptedSource("sim")
    prices = AutomaticPrices(live, simulated, patience_s=0.01)
    async with aclosing(prices.quotes()) as quotes:
        simulated.queue.put_nowait(Quote("SOL_USDC", 200, 202, 2))
        await anext(quotes)
        prices.watch("BTC_USDC", None)
        assert [("BTC_USDC", None)] == live.watched
        assert [("BTC_USDC", None)] == simulated.watched


async def test_a_feed_that_never_spoke_is_waited_for_more_briefly() -> None:
    """A venue without network soon has prices; one whose feed only pauses keeps the real ones."""
    live, simulated = ScriptedSource("live"), ScriptedSource("sim")
    prices = AutomaticPrices(live, simulated, patience_s=3600, first_patience_s=0.01)
    async with aclosing(prices.quotes()) as quotes:
        simulated.queue.put_nowait(Quote("SOL_USDC", 200, 202, 1))
        assert 200 == (await anext(quotes)).bid
        live.queue.put_nowait(Quote("SOL_USDC", 300, 302, 2))
        await live.queue.join()
        simulated.queue.put_nowait(Quote("SOL_USDC", 204, 206, 2))
        assert 300 == (await anext(quotes)).bid
        simulated.queue.put_nowait(Quote("SOL_USDC", 208, 210, 3))
        waiting = asyncio.ensure_future(anext(quotes))
        done, _ = await asyncio.wait({waiting}, timeout=0.2)
        assert not done
        live.queue.put_nowait(Quote("SOL_USDC", 304, 306, 4))
        assert 304 == (await waiting).bid
