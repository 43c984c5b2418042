"""A price loop in virtual time: a feed with a timetable, and an engine that takes its time."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from outcry.engine.commands import Command, SetQuote
from outcry.engine.events import ContractListed, Event, Outcome, QuoteSet
from outcry.engine.units import AssetId, InstrumentId
from outcry.ports.prices import QUOTE_DECIMALS, PriceSource, Quote
from outcry.processes.prices.loop import CommandSink, PriceLoop
from outcry.wire.journal import FIRST_DIGEST, NOTHING_YET, EntryId, EventsEntry
from simulation.virtual_loop import VirtualLoop

START_MS = 1_790_000_000_000
SYMBOL = "SOL_USDC"
CONTRACT = InstrumentId(1)
ONE = 10**QUOTE_DECIMALS

T = TypeVar("T")


def virtual_ms() -> int:
    """The time of the running virtual loop."""
    return START_MS + round(asyncio.get_running_loop().time() * 1_000)


class Timetable:
    """A feed that says each quote at the quote's own time."""

    def __init__(self, quotes: Sequence[Quote]) -> None:
        self._quotes = quotes

    def watch(self, symbol: str, mark: int | None) -> None:
        """Any symbol will do."""

    async def quotes(self) -> AsyncGenerator[Quote, None]:
        for quote in self._quotes:
            await asyncio.sleep(max(0, quote.source_ms - virtual_ms()) / 1_000)
            yield quote

    def facts(self) -> Mapping[str, object]:
        return {"source": "timetable", "simulated": True}


class SlowEngine:
    """Takes `answer_s` to answer, and keeps what it was told, by entry."""

    def __init__(self, answer_s: float) -> None:
        self.answer_s = answer_s
        self.entries: list[list[SetQuote]] = []

    async def submit(self, *commands: Command) -> Sequence[Sequence[Event]]:
        quotes = [command for command in commands if isinstance(command, SetQuote)]
        self.entries.append(quotes)
        await asyncio.sleep(self.answer_s)
        return [[quote_set(quote)] for quote in quotes]

    @property
    def told(self) -> list[SetQuote]:
        return [quote for entry in self.entries for quote in entry]


def quote_set(quote: SetQuote) -> QuoteSet:
    """The engine's answer to a quote that it takes."""
    return QuoteSet(
        instrument_id=quote.instrument_id, bid=quote.bid, ask=quote.ask, source_ms=quote.source_ms
    )


class NoBoard:
    """A status board nobody reads."""

    async def post(self, process: str, facts: dict[str, object]) -> None:
        pass

    async def read(self) -> dict[str, dict[str, object]]:
        raise AssertionError


def contract_listed(decimals: int = 0) -> tuple[EventsEntry, Outcome]:
    """The entry that lists a contract on the symbol."""
    contract = ContractListed(
        symbol="SOL_USDC_CFD", underlying=SYMBOL, asset_id=AssetId(1), price_decimals=decimals,
        price_max=10**12, leverage_max=1_000, margin_min=1, maintenance_rate=0, spread_rate=0,
        exposure_max=0, house_exposure_max=0, positions_max=1, quote_age_max_ms=5_000,
        instrument_id=CONTRACT, state=1, listed_ms=1,
    )
    entry = EventsEntry(EntryId(1, 0), 1, 1, b"", NOTHING_YET, FIRST_DIGEST)
    return entry, Outcome(answers=[[contract]], balances=[], books=[])


def price_loop(source: PriceSource, sink: CommandSink, *, interval_ms: int = 0) -> PriceLoop:
    """A loop that feeds one contract, in virtual time."""
    loop = PriceLoop(
        source, sink, NoBoard(), interval_ms=interval_ms, clock_ms=virtual_ms,
    )
    loop.on_entries([contract_listed()])
    return loop


def in_virtual_time(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Do something in virtual seconds, which take no real ones."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work())


async def run_for(loop: PriceLoop, seconds: float) -> dict[str, Any]:
    """Let a price loop run for some seconds of its time; its facts then."""
    stop = asyncio.Event()
    running = asyncio.create_task(loop.run(stop))
    await asyncio.sleep(seconds)
    stop.set()
    await running
    return loop.facts()


async def collected(source: PriceSource, seconds: float) -> list[Quote]:
    """The quotes of a source within some seconds."""
    found: list[Quote] = []
    try:
        async with asyncio.timeout(seconds), aclosing(source.quotes()) as quotes:
            async for quote in quotes:
                found.append(quote)
    except TimeoutError:
        pass
    return found
