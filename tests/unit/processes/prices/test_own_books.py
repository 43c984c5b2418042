"""The CFD desk priced off the venue's own spot books."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from outcry.engine.commands import CancelOrders, ChangeInstrument, Command, Heartbeat
from outcry.engine.units import BUY, CANCEL_ONLY, CLOSED, OPEN, POST_ONLY, SELL
from outcry.ports.prices import Quote
from outcry.processes.prices.own_books import BadOwnRules, OwnBooks, own_rules
from outcry.processes.prices.own_price import OwnRules
from rigs.patience import PATIENCE_S
from rigs.scripted_log import ALICE, BOB, SOL_USDC, ScriptedLog, limit

CENT = 10**7  # A tick of the market, in the units of a quote.
# Small books are enough, and they move the price at once.
RULES = OwnRules(
    depth=100, average_ms=1, hold_ms=1, move_rate=10**9, spread_rate=1, spread_max_rate=50_000
)


class Scene:
    """A market, and who quotes the CFD desk from its book."""

    def __init__(self) -> None:
        self.script = ScriptedLog()
        self.books = OwnBooks(RULES)
        self.books.watch("SOL_USDC", None)
        self.said: asyncio.Queue[Quote] = asyncio.Queue()
        self._told = 0

    def write(self, *commands: Command) -> None:
        self.script.write(*commands, after_ms=1)
        self.tell()

    def tell(self) -> None:
        """Let it read what is new on the event stream."""
        new = slice(self._told, None)
        self.books.on_entries(zip(
            self.script.entries[new], self.script.outcomes[new], strict=True
        ))
        self._told = len(self.script.entries)

    async def quote(self) -> Quote:
        async with asyncio.timeout(PATIENCE_S):
            return await self.said.get()

    async def silence(self) -> None:
        """Nothing is said in the time in which a quote long would have been."""
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await self.said.get()

    async def read(self) -> None:
        async with aclosing(self.books.quotes()) as quotes:
            async for quote in quotes:
                self.said.put_nowait(quote)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    scene.script.open_market()
    scene.tell()
    reading = asyncio.create_task(scene.read())
    yield scene
    reading.cancel()


async def test_the_book_is_the_quote(scene: Scene) -> None:
    """As far as the depth reaches, with the time of the entry that made it so; a trade moves it."""
    scene.write(limit(ALICE, BUY, 100, at=19_900), limit(ALICE, SELL, 100, at=20_000),
                limit(ALICE, SELL, 100, at=20_100))
    assert Quote(
        "SOL_USDC", 19_900 * CENT, 20_000 * CENT, scene.script.now_ms
    ) == await scene.quote()
    scene.write(limit(BOB, BUY, 100, at=20_000))
    assert (19_900 * CENT, 20_100 * CENT) == (await scene.quote())[1:3]


async def test_a_quiet_book_is_said_again_while_the_engine_beats(scene: Scene) -> None:
    """So the quote is as old as the last word of the engine, and no older."""
    scene.write(limit(ALICE, BUY, 100, at=19_900), limit(ALICE, SELL, 100, at=20_000))
    first = await scene.quote()
    for _ in range(4):
        scene.script.write(Heartbeat(), after_ms=250)
    scene.tell()
    while (again := await scene.quote()).source_ms - first.source_ms < 500:
        pass
    assert (first.bid, first.ask) == (again.bid, again.ask)
    assert again.source_ms - first.source_ms <= 1_000


async def test_without_a_side_there_is_no_price(scene: Scene) -> None:
    """The last trade is no substitute: it says nothing of now."""
    scene.write(limit(ALICE, BUY, 100, at=19_900))
    await scene.silence()
    assert ["SOL_USDC"] == scene.books.facts()["silent"]
    assert {"SOL_USDC": "no ask"} == scene.books.facts()["reasons"]
    scene.write(limit(BOB, SELL, 100, at=20_000))
    await scene.quote()
    assert [] == scene.books.facts()["silent"]
    # What was not read yet when a side went is not said either.
    scene.write(limit(BOB, SELL, 100, at=19_950))
    scene.write(CancelOrders(account_id=BOB, instrument_id=SOL_USDC))
    await scene.silence()


@pytest.mark.parametrize("state", [POST_ONLY, CANCEL_ONLY, CLOSED])
async def test_a_market_that_does_not_trade_has_no_price(scene: Scene, state: int) -> None:
    scene.write(limit(ALICE, BUY, 100, at=19_900), limit(ALICE, SELL, 100, at=20_000))
    await scene.quote()
    scene.write(ChangeInstrument(instrument_id=SOL_USDC, state=state))
    for _ in range(4):
        scene.script.write(Heartbeat(), after_ms=250)
    scene.tell()
    await scene.silence()
    scene.write(ChangeInstrument(instrument_id=SOL_USDC, state=OPEN))
    for _ in range(4):
        scene.script.write(Heartbeat(), after_ms=250)
    scene.tell()
    await scene.quote()


async def test_it_starts_from_a_snapshot_and_quotes_what_is_asked_for(scene: Scene) -> None:
    """The book is whole from the first entry on."""
    scene.write(limit(ALICE, BUY, 100, at=19_900), limit(ALICE, SELL, 100, at=20_000))
    await scene.quote()
    scene.books.restore(scene.script.image())
    scene.write(limit(BOB, SELL, 100, at=19_999))
    assert 19_999 * CENT == (await scene.quote()).ask
    nobody = OwnBooks(RULES)
    nobody.restore(scene.script.image())
    assert [] == nobody.facts()["silent"]


async def test_a_thin_side_gives_no_price_and_says_so(scene: Scene) -> None:
    """Half a SOL at 199 is not worth 100; what stands behind it counts with it."""
    scene.write(limit(ALICE, BUY, 50, at=19_900), limit(ALICE, SELL, 100, at=20_000))
    await scene.silence()
    assert {"SOL_USDC": "the bid side is too thin"} == scene.books.facts()["reasons"]
    scene.write(limit(ALICE, BUY, 50, at=19_700))
    # 0.5 at 199 and 0.01 at 197 are the first to be worth 100.
    assert (50 * 19_900 + 1 * 19_700) * CENT // 51 == (await scene.quote()).bid
    assert {} == scene.books.facts()["reasons"]


def test_the_setting_names_the_rules() -> None:
    """In seconds and fractions; without options all have their defaults."""
    assert OwnRules() == own_rules("")
    assert OwnRules(
        depth=500, average_ms=2_500, hold_ms=60_000, move_rate=200, spread_rate=2_000,
        spread_max_rate=20_000,
    ) == own_rules("depth=500&average=2.5&hold=60&move=0.0002&spread=0.002&spread-max=0.02")


@pytest.mark.parametrize("options", [
    "depth", "depth=", "depth=many", "depth=0", "depth=1.5", "width=3", "spread=-0.1",
    "spread=1e-9", "hold=NaN", "hold=Infinity", "depth=1&&spread=1",
])
def test_wrong_rules_are_refused(options: str) -> None:
    """With the names of all that there are."""
    with pytest.raises(BadOwnRules, match="depth, average, hold, move, spread, spread-max"):
        own_rules(options)
