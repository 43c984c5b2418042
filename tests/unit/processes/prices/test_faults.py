"""A feed that misbehaves over a real socket: what the prices process makes of it.

The server speaks Backpack's stream; nothing in the poller knows that it is a stand-in.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random

from outcry.adapters.prices.backpack import BackpackPrices
from outcry.adapters.prices.choice import SourceSettings, price_source
from outcry.engine.commands import Command, SetQuote
from outcry.engine.events import ContractListed, Event, Outcome, QuoteSet
from outcry.processes.prices.loop import PriceLoop
from outcry.wire.journal import FIRST_DIGEST, NOTHING_YET, EntryId, EventsEntry
from rigs.patience import PATIENCE_S
from rigs.price_feed import Feed, running_feed

SYMBOL = "SOL_USDC"


class Fills:
    """Where quotes go instead of the journal."""

    def __init__(self) -> None:
        self.prices: asyncio.Queue[int] = asyncio.Queue()

    async def submit(self, *commands: Command) -> Sequence[Sequence[Event]]:
        answers: list[list[Event]] = []
        for command in commands:
            assert isinstance(command, SetQuote)
            self.prices.put_nowait(command.bid)
            answers.append([QuoteSet(
                instrument_id=command.instrument_id, bid=command.bid, ask=command.ask,
                source_ms=command.source_ms,
            )])
        return answers

    async def next(self) -> int:
        async with asyncio.timeout(PATIENCE_S):
            return await self.prices.get()


class Silent:
    """A status board nobody reads."""

    async def post(self, process: str, facts: dict[str, object]) -> None:
        pass

    async def read(self) -> dict[str, dict[str, object]]:
        raise AssertionError


def listed() -> tuple[EventsEntry, Outcome]:
    contract = ContractListed(
        symbol="SOL_USDC_CFD", underlying=SYMBOL, asset_id=1, price_decimals=0, price_max=10**9,
        leverage_max=1_000, margin_min=1, maintenance_rate=0, spread_rate=0, exposure_max=0,
        house_exposure_max=0, positions_max=1, quote_age_max_ms=5_000, instrument_id=1, state=1,
        listed_ms=1,
    )
    entry = EventsEntry(
        id=EntryId(1, 0), writer=1, number=1, outcome=b"", previous=NOTHING_YET,
        digest=FIRST_DIGEST,
    )
    return entry, Outcome(answers=[[contract]], balances=[], books=[])


class Clock:
    """Our time, which may be later than the feed's."""

    def __init__(self) -> None:
        self.later_ms = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self.later_ms


@asynccontextmanager
async def followed(
    clock: Clock | None = None
) -> AsyncIterator[tuple[Feed, Fills, PriceLoop, BackpackPrices]]:
    fills = Fills()
    async with running_feed() as feed:
        source = price_source(f"stream:{feed.url}", SourceSettings("unused"))
        assert isinstance(source, BackpackPrices)
        loop = PriceLoop(
            source, fills, Silent(), clock_ms=clock or Clock(),
        )
        loop.on_entries([listed()])
        stop = asyncio.Event()
        running = asyncio.create_task(loop.run(stop))
        try:
            await feed.client()
            yield feed, fills, loop, source
        finally:
            stop.set()
            await running


async def test_a_feed_that_breaks_and_lies() -> None:
    """Garbage, half a frame, a broken socket: only prices get through."""
    async with followed() as (feed, fills, _, source):
        await feed.say("200")
        assert await fills.next() == 200
        chance = Random(7)
        for text in ("{", "null", "[]", '{"data":{}}', "\x00", '{"data":{"e":"bookTicker"}}',
                     *(chance.randbytes(20).hex() for _ in range(20))):
            await feed.raw(text)
        for wrong in ("-1", "0", "1e5", "NaN", "9" * 40):
            await feed.say(wrong)
        await feed.say("201")
        assert await fills.next() == 201, "no garbage"
        assert int(str(source.facts()["unreadable_frames"])) >= 25

        feed.cut()
        await feed.client()
        assert int(str(source.facts()["connections"])) >= 2
        feed.updates = 0  # Another server counts anew.
        await feed.say("202")
        assert await fills.next() == 202
        assert fills.prices.empty()


async def test_a_feed_that_falls_silent() -> None:
    """Nothing is repeated in its name, and it is called stale once its last word is too old."""
    clock = Clock()
    async with followed(clock) as (feed, fills, loop, source):
        await feed.say("200")
        assert await fills.next() == 200
        clock.later_ms = 5_100
        facts = loop.facts()["symbols"]
        assert facts[SYMBOL]["stale"] is True  # type: ignore[index]
        assert [SYMBOL] == source.facts()["silent"]
        clock.later_ms = 0
        await feed.say("201")
        assert await fills.next() == 201
        assert fills.prices.empty()
