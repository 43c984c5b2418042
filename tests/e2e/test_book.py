"""A book kept from the stream through heavy flow equals the venue's at every checkpoint.

One client has a line of its own and must never see a gap. Another has a bad one, which is cut,
stalls and loses bytes, and heals each time. At the end the stream process is killed under both, and
both books are compared with the engine's own, from its snapshot.

A minute here; `make book-long` has ten.
"""

import asyncio
import contextlib
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from outcry.adapters.snapshots.files import FileSnapshots
from outcry.client import (
    ApiKey,
    ClientError,
    Depth,
    LiveBook,
    OrderBook,
    OrderRequest,
    PlacedOrder,
    RestClient,
    StreamClient,
)
from outcry.engine.image import BookImage, OrderImage, decode_image
from outcry.runtime.backoff import Backoff
from outcry.wire.journal import EntryId
from rigs.cutting_proxy import CuttingProxy
from rigs.patience import PATIENCE_S, until
from rigs.venues import Venue, running_venue

SECONDS = int(os.environ.get("BOOK_SECONDS", "60"))
SEED = random.SystemRandom().randrange(2**32)
SYMBOL = "SOL_USDC"
TRADERS = 6
CHECKPOINT_EVERY_S = 0.25
FAULT_EVERY_S = 4.0
SILENCE_S = 2.0

Levels = dict[Decimal, Decimal]
pytestmark = pytest.mark.timeout(SECONDS + 300)


class State(NamedTuple):
    """A book at one id."""

    bids: Levels
    asks: Levels


class Watcher:
    """A client that keeps the book, and compares it with what REST says at the same id."""

    def __init__(self, name: str, rest: RestClient, stream: StreamClient) -> None:
        self.name = name
        self.compared = 0
        self.missed = 0  # The gateway was behind, or the book began anew meanwhile.
        self.most_levels = 0
        self.stream = stream
        self.live: LiveBook = stream.book(SYMBOL, self._remember)
        self._rest = rest
        self._states: dict[int, State] | None = None

    @property
    def heals(self) -> int:
        """How often the book was brought back to being exact."""
        return self.live.syncs - 1

    async def checkpoint(self) -> None:
        """Compare once, if both come to say something about the same id."""
        book = await asyncio.wait_for(self.live.ready(), PATIENCE_S)
        self._states = {book.last_id: _state(book)}
        try:
            depth = await self._rest.depth(SYMBOL)
            last_id = int(depth.last_update_id)
            syncs = self.live.syncs
            await _until(lambda: book.last_id >= last_id or self.live.syncs != syncs)
            state = self._states.get(last_id)
        finally:
            self._states = None
        if state is None:
            self.missed += 1
            return
        _assert_same(depth, state, f"{self.name} at {last_id}")
        self.compared += 1
        self.most_levels = max(self.most_levels, len(state.bids) + len(state.asks))

    async def keep_comparing(self) -> None:
        """Compare again and again."""
        while True:
            await self.checkpoint()
            await asyncio.sleep(CHECKPOINT_EVERY_S)

    def told(self) -> str:
        """What there is to say of it."""
        return (
            f"{self.name}: {self.live.updates} updates, {self.compared} checkpoints "
            f"({self.missed} missed), {self.heals} heals, {self.live.book.gaps} gaps, "
            f"{self.stream.connections} connections, up to {self.most_levels} levels"
        )

    def _remember(self, book: OrderBook) -> None:
        if self._states is not None:
            self._states[book.last_id] = _state(book)


def _state(book: OrderBook) -> State:
    assert book.is_whole
    return State(dict(book.bids), dict(book.asks))


def _assert_same(depth: Depth, state: State, where: str) -> None:
    assert dict(depth.bids) == state.bids, where
    assert dict(depth.asks) == state.asks, where
    assert not state.bids or not state.asks or max(state.bids) < min(state.asks), where


class Flow:
    """Traders that place, cancel and replace as fast as they are answered."""

    def __init__(self, venue: Venue, number: int) -> None:
        self.orders = 0
        self._dice = random.Random(SEED + number)
        self._url = venue.url
        keys = venue.create_user(
            f"flow{number}@example.org", USDC="1000000000", SOL="10000000"
        )
        self._key = ApiKey(keys["api_key"], keys["api_secret"])
        self._open: list[str] = []

    async def run(self, stop: asyncio.Event) -> None:
        """Trade until told to stop; no request is under way afterwards."""
        async with RestClient(self._url, key=self._key) as rest:
            while not stop.is_set():
                with contextlib.suppress(ClientError):
                    await self._act(rest)

    async def _act(self, rest: RestClient) -> None:
        kind = self._dice.random()
        if kind < 0.5 or not self._open:
            answers = await rest.place_orders([self._order() for _ in range(4)])
            self._open += [
                answer.id for answer in answers
                if isinstance(answer, PlacedOrder) and answer.is_open
            ]
            self.orders += len(answers)
        elif kind < 0.9:
            await rest.cancel_order(SYMBOL, order_id=self._take())
        elif kind < 0.995:
            order_id = self._dice.choice(self._open)
            await rest.replace_order(
                SYMBOL, order_id=order_id, price=self._price(),
                quantity=Decimal(self._dice.randint(1, 500)) / 100,
            )
        else:
            await rest.cancel_orders(SYMBOL)
            self._open.clear()

    def _order(self) -> OrderRequest:
        side = self._dice.choice(("Bid", "Ask"))
        quantity = Decimal(self._dice.randint(1, 500)) / 100
        if self._dice.random() < 0.1:
            return OrderRequest(
                symbol=SYMBOL, side=side, order_type="Market", quantity=quantity * 3
            )
        return OrderRequest(
            symbol=SYMBOL, side=side, price=self._price(), quantity=quantity,
            time_in_force=self._dice.choice((None, None, None, "IOC")),
        )

    def _price(self) -> Decimal:
        return Decimal(round(self._dice.gauss(10_000, 60))) / 100

    def _take(self) -> str:
        place = self._dice.randrange(len(self._open))
        self._open[place], self._open[-1] = self._open[-1], self._open[place]
        return self._open.pop()


class BadLine:
    """What goes wrong between a client and the stream, and how often each thing did."""

    def __init__(self, proxy: CuttingProxy) -> None:
        self.faults: list[str] = []
        self._proxy = proxy
        self._dice = random.Random(SEED)

    async def spoil(self) -> None:
        """Do one thing after the other, for ever."""
        kinds = [self._cut, self._stall, self._lose]
        while True:
            self._dice.shuffle(kinds)
            for kind in kinds:
                await asyncio.sleep(FAULT_EVERY_S)
                self.faults.append(kind.__name__.strip("_"))
                await kind()

    async def _cut(self) -> None:
        self._proxy.cut()

    async def _stall(self) -> None:
        self._proxy.stall()
        await asyncio.sleep(SILENCE_S * 1.5)
        self._proxy.flow()

    async def _lose(self) -> None:
        self._proxy.lose(self._dice.randint(1, 3_000))


async def test_a_book_is_the_venues_whatever_happens_to_the_line(tmp_path: Path) -> None:
    """At every checkpoint, to the last level; and in the end it is the engine's."""
    print(f"seed {SEED}, {SECONDS} s")
    with running_venue(tmp_path / "data", "--no-maker", "--prices", "sim") as venue:
        last_id, kept = await _watch(venue)
        snapshots = FileSnapshots(tmp_path / "data" / "snapshots")
        until(lambda: _engine_book(snapshots).seq >= last_id, "a snapshot of the book as it is")
        book = _engine_book(snapshots)
    assert [_engine_levels(book)] * len(kept) == kept


async def _watch(venue: Venue) -> tuple[int, list[State]]:
    """Let them trade and keep the book; returns what the books are when all is quiet again, and
    the id by which it was.
    """
    traders = [await asyncio.to_thread(Flow, venue, number) for number in range(TRADERS)]
    async with (
        RestClient(venue.url) as rest, CuttingProxy(venue.stream_port) as proxy,
        _connected(venue.stream_url, rest) as good,
        _connected(f"ws://127.0.0.1:{proxy.port}/", rest) as bad,
    ):
        watchers = [Watcher("good line", rest, good), Watcher("bad line", rest, bad)]
        line = BadLine(proxy)
        started_s = time.monotonic()
        async with _trading(traders):
            async with _meanwhile(*(one.keep_comparing for one in watchers), line.spoil):
                await asyncio.sleep(SECONDS)
            proxy.flow()
            told = _verdict(watchers, line, time.monotonic() - started_s)
            print(f"{sum(trader.orders for trader in traders)} orders, {told}")
            await _survive_a_kill(venue, watchers)
        print("after the kill: ", *(one.told() for one in watchers), sep="\n  ")
        return await _settled(rest, watchers)


async def _survive_a_kill(venue: Venue, watchers: list[Watcher]) -> None:
    """Kill the stream: both books heal, and are compared again."""
    heals = [one.heals for one in watchers]
    await asyncio.to_thread(venue.kill, "stream")
    await _until(lambda: all(
        one.heals > was and one.live.book.synced
        for one, was in zip(watchers, heals, strict=True)
    ))
    compared = [one.compared for one in watchers]
    async with _meanwhile(*(one.keep_comparing for one in watchers)):
        await _until(lambda: all(
            one.compared > was + 5 for one, was in zip(watchers, compared, strict=True)
        ))


@contextlib.asynccontextmanager
async def _trading(traders: list[Flow]) -> AsyncIterator[None]:
    """Heavy flow, for as long as the block lasts."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for trader in traders:
            group.create_task(trader.run(stop))
        try:
            yield
        finally:
            stop.set()


@contextlib.asynccontextmanager
async def _connected(url: str, rest: RestClient) -> AsyncIterator[StreamClient]:
    async with StreamClient(
        url, rest=rest, silence_s=SILENCE_S, backoff=Backoff(first_s=0.05, longest_s=1.0)
    ) as stream:
        yield stream


@contextlib.asynccontextmanager
async def _meanwhile(*works: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Endless work, for as long as the block lasts; what it fails with is raised."""
    async with asyncio.TaskGroup() as group:
        tasks: list[asyncio.Task[Any]] = [
            group.create_task(work()) for work in works  # type: ignore[arg-type]
        ]
        yield
        for task in tasks:
            task.cancel()


def _verdict(watchers: list[Watcher], line: BadLine, seconds: float) -> str:
    """What has come of it before the stream was killed."""
    good, bad = watchers
    told = "\n  ".join([
        f"{len(line.faults)} faults in {seconds:.0f} s", *(one.told() for one in watchers)
    ])
    assert good.heals == 0, told
    assert good.live.book.gaps == 0, told
    assert good.compared > SECONDS / 2, told
    assert bad.compared > SECONDS / 10, told
    # What was lost may have been between two faults, or within one that was cut.
    assert bad.heals >= len(line.faults) * 2 // 3, told
    assert {"cut", "stall", "lose"} == set(line.faults), told
    assert good.live.updates > SECONDS * 5, told
    return told


async def _settled(rest: RestClient, watchers: list[Watcher]) -> tuple[int, list[State]]:
    """The kept books once they have all that was done, and the id by which they had."""
    top = int((await rest.depth(SYMBOL)).last_update_id)
    states = []
    for one in watchers:
        book = one.live.book
        await _until(lambda book=book: book.synced and book.last_id >= top)
        states.append(_state(book))
    return top, states


async def _until(holds: Callable[[], bool]) -> None:
    give_up_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up_s, "waited too long"
        await asyncio.sleep(0.005)


def _engine_book(snapshots: FileSnapshots) -> BookImage:
    """SOL_USDC's in the newest snapshot; it alone was traded in."""
    newest = snapshots.newest(EntryId(2**62, 0))
    assert newest is not None
    [book] = [book for book in decode_image(newest.state).books if book.last_trade_id]
    return book


def _engine_levels(book: BookImage) -> State:
    """The levels of the engine's own book; tick and lot of SOL_USDC are 0.01."""
    return State(_levels(book.bids), _levels(book.asks))


def _levels(orders: list[OrderImage]) -> Levels:
    levels: Levels = {}
    for image in orders:
        price = Decimal(image.order.price) / 100
        lots = image.order.quantity - image.filled
        levels[price] = levels.get(price, Decimal(0)) + Decimal(lots) / 100
    return levels
