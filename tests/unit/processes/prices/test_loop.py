"""Outside prices reach the journal: all of them, in order, and only while the feed lives."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest

from outcry.api.broker.price_message import AssetPrice
from outcry.engine.commands import Command, SetQuote
from outcry.engine.events import (
    CommandRejected,
    ContractListed,
    Event,
    InstrumentListed,
    Outcome,
    QuoteSet,
)
from outcry.engine.rejects import RejectReason
from outcry.engine.units import AssetId, InstrumentId
from outcry.ports.log import LogUnavailable
from outcry.ports.price_facts import Feeds, process_of
from outcry.ports.prices import Quote
from outcry.processes.prices.loop import PriceLoop
from outcry.processes.prices.quote_queue import QuoteQueue
from outcry.wire.journal import FIRST_DIGEST, EntryId, EventsEntry

NOW_MS = 1_700_000_000_000
ONE = 10**9
SOL = InstrumentId(1)


class ScriptedSource:
    """Says what the test puts in."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Quote] = asyncio.Queue()
        self.watched: list[tuple[str, int | None]] = []

    def watch(self, symbol: str, mark: int | None) -> None:
        self.watched.append((symbol, mark))

    async def quotes(self) -> AsyncGenerator[Quote, None]:
        while True:
            yield await self.queue.get()
            self.queue.task_done()

    def facts(self) -> Mapping[str, object]:
        return {"source": "scripted", "simulated": True}


class Sink:
    """Takes commands, and answers with whatever `answer` says."""

    def __init__(self) -> None:
        self.taken: asyncio.Queue[list[Command]] = asyncio.Queue()
        self.answer: Callable[[Command], Event] = _quote_set
        self.raises: Exception | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def submit(self, *commands: Command) -> Sequence[Sequence[Event]]:
        await self.taken.put(list(commands))
        await self.may_answer.wait()
        if self.raises is not None:
            raise self.raises
        return [[self.answer(command)] for command in commands]


def _quote_set(command: Command) -> Event:
    assert isinstance(command, SetQuote)
    return QuoteSet(
        instrument_id=command.instrument_id, bid=command.bid, ask=command.ask,
        source_ms=command.source_ms,
    )


class Board:
    """Keeps what was posted; is out of reach as often as the test wants."""

    def __init__(self, process: str) -> None:
        self.process = process
        self.posts: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self.failures = 0

    async def post(self, process: str, facts: dict[str, object]) -> None:
        assert self.process == process
        if self.failures:
            self.failures -= 1
            raise LogUnavailable
        await self.posts.put(facts)

    async def read(self) -> dict[str, dict[str, object]]:
        raise AssertionError


class Writer:
    """Keeps what is told to others; is out of reach as often as the test wants."""

    def __init__(self) -> None:
        self.told: list[tuple[int, list[AssetPrice]]] = []
        self.failures = 0

    async def write(self, prices: Sequence[AssetPrice], time_ms: int) -> None:
        if self.failures:
            self.failures -= 1
            raise LogUnavailable
        self.told.append((time_ms, list(prices)))


def listed(
    symbol: str = "SOL_USDC", *, number: int = 1, mark_decimals: int = 6
) -> InstrumentListed:
    return InstrumentListed(
        instrument_id=InstrumentId(number), symbol=symbol, base_asset_id=AssetId(2),
        quote_asset_id=AssetId(1), price_decimals=2, tick_size=1, quantity_decimals=2, lot_size=1,
        price_min=1, price_max=10**6, quantity_min=1, quantity_max=10**6, maker_fee_rate=0,
        taker_fee_rate=0, mark_decimals=mark_decimals, price_band_rate=0, impact_rate=0,
        open_orders_max=10, state=1, listed_ms=0,
    )


def contract(
    underlying: str = "SOL_USDC", *, number: int = 4, decimals: int = 4
) -> ContractListed:
    return ContractListed(
        instrument_id=InstrumentId(number), symbol=f"{underlying}_CFD", underlying=underlying,
        asset_id=AssetId(1), price_decimals=decimals, price_max=10**12, leverage_max=1000,
        margin_min=1, maintenance_rate=0, spread_rate=0, exposure_max=0, house_exposure_max=0,
        positions_max=10, quote_age_max_ms=5_000, state=1, listed_ms=0,
    )


def entry_of(*events: Event) -> tuple[EventsEntry, Outcome]:
    entry = EventsEntry(EntryId(NOW_MS, 0), 1, 1, b"", EntryId(0, 0), FIRST_DIGEST)
    return entry, Outcome(answers=[list(events)], balances=[], books=[])


def quote(bid: int, ask: int, at_ms: int = NOW_MS, symbol: str = "SOL_USDC") -> Quote:
    return Quote(symbol, bid, ask, at_ms)


class Scene:
    """A price loop between a scripted source and a sink."""

    def __init__(self, feeds: Feeds = "all", symbols: frozenset[str] | None = None) -> None:
        self.source, self.sink, self.board = ScriptedSource(), Sink(), Board(process_of(feeds))
        self.writer = Writer()
        self.now_ms = NOW_MS
        self.loop = PriceLoop(
            self.source, self.sink, self.board, clock_ms=lambda: self.now_ms,
            post_every_s=0, feeds=feeds, symbols=symbols, writer=self.writer,
        )

    @asynccontextmanager
    async def playing(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        running = asyncio.create_task(self.loop.run(stop))
        yield
        stop.set()
        await running


async def test_a_quote_becomes_a_command_in_the_instruments_own_decimals() -> None:
    """Bid rounded down, ask rounded up, source time kept."""
    scene = Scene()
    scene.loop.on_entries([entry_of(listed(mark_decimals=2))])
    async with scene.playing():
        scene.source.queue.put_nowait(quote(141_079_999_999, 141_080_000_001, NOW_MS - 3))
        assert [
            SetQuote(instrument_id=SOL, bid=14107, ask=14109, source_ms=NOW_MS - 3)
        ] == await scene.sink.taken.get()


async def test_one_quote_prices_the_instrument_and_the_contract_on_it() -> None:
    """Each in its own decimals, in one entry, and the source is asked to quote the symbol once."""
    scene = Scene()
    scene.loop.on_entries([entry_of(listed(mark_decimals=2)), entry_of(contract(decimals=4))])
    async with scene.playing():
        scene.source.queue.put_nowait(quote(141_079_999_999, 141_080_000_001))
        assert [
            SetQuote(instrument_id=SOL, bid=14107, ask=14109, source_ms=NOW_MS),
            SetQuote(
                instrument_id=InstrumentId(4), bid=1_410_799, ask=1_410_801, source_ms=NOW_MS
            ),
        ] == await scene.sink.taken.get()
    assert ["SOL_USDC"] == [symbol for symbol, _ in scene.source.watched]


@pytest.mark.parametrize(("feeds", "fed"), [("all", [1, 4]), ("spot", [1]), ("cfd", [4])])
async def test_a_process_feeds_what_it_is_told_to(feeds: Feeds, fed: list[int]) -> None:
    """And asks its source for nothing else."""
    scene = Scene(feeds)
    scene.loop.on_entries([entry_of(
        listed(), contract(), listed("ETH_USDC", number=2), contract("BTC_USDC", number=5)
    )])
    async with scene.playing():
        scene.source.queue.put_nowait(quote(ONE, 2 * ONE))
        commands = await scene.sink.taken.get()
        assert fed == [each.instrument_id for each in commands if isinstance(each, SetQuote)]
        assert feeds == (await scene.board.posts.get())["feeds"]
    expected = {"all": 3, "spot": 2, "cfd": 2}
    assert expected[feeds] == len(scene.source.watched)


async def test_what_the_engine_took_of_contracts_is_told_to_others() -> None:
    """One price, in the contract's decimals; of one moment in one message; the spot's are not."""
    scene = Scene()
    scene.loop.on_entries([entry_of(
        listed(), contract(), contract("BTC_USDC", number=5), contract("ETH_USDC", number=6)
    )])
    refused = CommandRejected(reason=RejectReason.QUOTE_INVALID)
    scene.sink.answer = lambda command: (
        refused if isinstance(command, SetQuote) and command.instrument_id == 6
        else _quote_set(command)
    )
    async with scene.playing():
        scene.sink.may_answer.clear()
        scene.source.queue.put_nowait(quote(ONE, ONE))
        await scene.sink.taken.get()
        scene.source.queue.put_nowait(quote(141 * ONE, 142 * ONE, NOW_MS + 9))
        scene.source.queue.put_nowait(quote(3 * ONE, 3 * ONE, NOW_MS + 9, "BTC_USDC"))
        scene.source.queue.put_nowait(quote(4 * ONE, 4 * ONE, NOW_MS + 8, "ETH_USDC"))
        await scene.source.queue.join()
        scene.writer.failures = 1
        scene.sink.may_answer.set()
        while (facts := await scene.board.posts.get())["written"] != 1:
            pass
        assert 1 == facts["unwritten"]
    assert [(NOW_MS + 9, [
        AssetPrice("SOL_USDC", 1_415_000, 4), AssetPrice("BTC_USDC", 30_000, 4),
    ])] == scene.writer.told


async def test_what_comes_while_an_entry_is_in_flight_is_the_next_entry() -> None:
    """One entry at a time; the next one carries every quote of each symbol, as they came."""
    scene = Scene()
    scene.loop.on_entries([entry_of(listed(), listed("BTC_USDC", number=2))])
    async with scene.playing():
        scene.sink.may_answer.clear()
        scene.source.queue.put_nowait(quote(1 * ONE, 2 * ONE))
        await scene.sink.taken.get()
        for bid in range(3, 50):
            scene.source.queue.put_nowait(quote(bid * ONE, 50 * ONE))
            scene.source.queue.put_nowait(quote(bid * ONE, 50 * ONE, symbol="BTC_USDC"))
        await scene.source.queue.join()
        assert 94 == scene.loop.facts()["waiting"]
        scene.sink.may_answer.set()
        commands = await scene.sink.taken.get()
        assert [(number, bid * 1_000_000) for bid in range(3, 50) for number in (1, 2)] == [
            (c.instrument_id, c.bid) for c in commands if isinstance(c, SetQuote)
        ]


async def test_only_the_symbols_it_is_told_to_follow_are_followed() -> None:
    """The source is asked for no other, and no other is missed."""
    scene = Scene(symbols=frozenset({"BTC_USDC"}))
    scene.loop.on_entries([entry_of(listed(), listed("BTC_USDC", number=2), contract())])
    async with scene.playing():
        scene.source.queue.put_nowait(quote(ONE, ONE))
        scene.source.queue.put_nowait(quote(ONE, ONE, symbol="BTC_USDC"))
        (command,) = await scene.sink.taken.get()
        assert isinstance(command, SetQuote)
        assert 2 == command.instrument_id
    assert [("BTC_USDC", None)] == scene.source.watched
    assert [] == scene.loop.facts()["unquoted"]


async def test_the_source_learns_what_to_follow_and_where_prices_stand() -> None:
    """At the start every instrument with its mark; later, what is listed while it runs."""
    scene = Scene()
    scene.loop.on_entries([entry_of(
        listed(), QuoteSet(instrument_id=SOL, bid=100_000_000, ask=102_000_000, source_ms=1)
    )])
    async with scene.playing():
        await scene.board.posts.get()
        assert [("SOL_USDC", 101 * ONE)] == scene.source.watched
        scene.loop.on_entries([entry_of(listed("BTC_USDC", number=2))])
        assert ("BTC_USDC", None) == scene.source.watched[-1]
        scene.source.queue.put_nowait(quote(ONE, ONE, symbol="BTC_USDC"))
        (command,) = await scene.sink.taken.get()
        assert isinstance(command, SetQuote)
        assert 2 == command.instrument_id


async def test_no_status_board_does_not_stop_it() -> None:
    """The next post succeeds."""
    scene = Scene()
    scene.loop.on_entries([entry_of(listed())])
    scene.board.failures = 3
    async with scene.playing():
        scene.source.queue.put_nowait(quote(ONE, 9 * ONE))
        await scene.sink.taken.get()
        while (await scene.board.posts.get())["sent"] != 1:
            pass
    assert 0 == scene.board.failures


async def test_refusals_are_counted_by_reason() -> None:
    """The status board shows why the engine refuses quotes."""
    scene = Scene()
    scene.loop.on_entries([entry_of(listed())])
    scene.sink.answer = lambda _: CommandRejected(reason=RejectReason.QUOTE_STALE)
    async with scene.playing():
        scene.source.queue.put_nowait(quote(ONE, ONE))
        while not (facts := await scene.board.posts.get())["refused"]:
            pass
        assert {"quote_stale": 1} == facts["refused"]


async def test_the_board_shows_source_and_age() -> None:
    """Source, whether simulated, the newest quote's time; who is stale, who has no quote."""
    scene = Scene()
    scene.loop.on_entries([entry_of(listed(), listed("BTC_USDC", number=2))])
    async with scene.playing():
        scene.source.queue.put_nowait(quote(ONE, 2 * ONE))
        await scene.sink.taken.get()
        scene.now_ms += 6_000
        while True:
            facts = await scene.board.posts.get()
            symbols = facts["symbols"]
            assert isinstance(symbols, dict)
            if symbols and symbols["SOL_USDC"]["stale"]:
                break
        assert ("scripted", True) == (facts["source"], facts["simulated"])
        assert NOW_MS == facts["last_quote_ms"]
        assert {
            "SOL_USDC": {"bid": "1", "ask": "2", "source_ms": NOW_MS, "stale": True}
        } == symbols
        assert ["BTC_USDC"] == facts["unquoted"]


def test_an_unchanged_quote_is_repeated_once_a_second_and_only_if_said_again() -> None:
    """Changed quotes go at once; the same again waits its second; silence is not repeated."""
    queue = QuoteQueue()

    def said(bid: int, ask: int, at_ms: int) -> list[SetQuote]:
        queue.offer(SetQuote(instrument_id=SOL, bid=bid, ask=ask, source_ms=at_ms), at_ms)
        return queue.take(at_ms)

    assert [1] == [quote.bid for quote in said(1, 2, 10_000)]
    assert [] == queue.take(15_000)
    assert [] == said(1, 2, 10_999)
    assert [11_000] == [quote.source_ms for quote in said(1, 2, 11_000)]
    assert [11_001] == [quote.source_ms for quote in said(1, 3, 11_001)]
    assert [11_002] == [quote.source_ms for quote in said(1, 2, 11_002)]


async def test_nothing_old_and_nothing_crossed_passes() -> None:
    """A quote older than the one before it, or that is no quote, is dropped and counted."""
    scene = Scene()
    scene.loop.on_entries([entry_of(listed())])
    async with scene.playing():
        for each in (
            quote(5, 6, NOW_MS), quote(1, 2, NOW_MS - 1), quote(7, 6), quote(0, 6), quote(-1, 6)
        ):
            scene.source.queue.put_nowait(each)
        await scene.source.queue.join()
        assert 1 == len(await scene.sink.taken.get())
        assert 4 == scene.loop.facts()["dropped"]
        assert 0 == scene.loop.facts()["waiting"]
