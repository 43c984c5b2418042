"""Quotes whose answer is lost are sent again, and no quote is applied twice or out of order."""

import asyncio
from random import Random
from types import SimpleNamespace

import pytest

from domain.cfd import CfdFloor
from outcry.engine.events import QuoteSet
from outcry.log import command_writer
from outcry.log.command_writer import CommandWriter, OutcomeUnknown, Overloaded
from outcry.ports.log import LogUnavailable
from outcry.ports.prices import Quote
from outcry.wire.journal import (
    FIRST_DIGEST,
    NOTHING_YET,
    EntryId,
    EventsEntry,
    decode_outcome,
)
from rigs.price_loop import (
    ONE,
    START_MS,
    SYMBOL,
    SlowEngine,
    Timetable,
    in_virtual_time,
    price_loop,
    run_for,
    virtual_ms,
)

PER_SECOND = 20
SECONDS = 60


def feed() -> list[Quote]:
    """Two quotes in every millisecond that has any."""
    return [
        Quote(SYMBOL, (100 + number % 7) * ONE, (101 + number % 7) * ONE,
              START_MS + 2_000 * (number // 2) // PER_SECOND)
        for number in range(PER_SECOND * SECONDS)
    ]


class FaultyLog:
    """A journal and an engine that are away again and again, for `away_s` at most."""

    def __init__(self, seed: int, away_s: float) -> None:
        self.dice = Random(seed)
        self.engine = CfdFloor(price_max=10**9).engine
        self.writer = CommandWriter(self, session=9)
        self.set: list[QuoteSet] = []
        self._away_s = away_s
        self._back_ms = 0
        self._waiting: list[tuple[int, int, bytes]] = []  # Appended, and not applied yet.
        self.entries = 0

    async def append(self, *, writer: int, number: int, commands: bytes) -> None:
        await asyncio.sleep(0.002)
        if virtual_ms() < self._back_ms:
            await asyncio.sleep(0.2)
            raise LogUnavailable("away")
        self._waiting.append((virtual_ms(), number, commands))
        fault = self.dice.choice(("", "", "", "lost reply", "away"))
        if fault:
            if fault == "away":
                self._back_ms = virtual_ms() + int(self.dice.uniform(0, self._away_s) * 1_000)
            raise LogUnavailable(fault)

    async def work(self) -> None:
        """Apply what was appended, after a while, at the time of its entry."""
        while True:
            await asyncio.sleep(0.005)
            if self.dice.random() < 0.01:
                await asyncio.sleep(self.dice.uniform(0, self._away_s))
            waiting, self._waiting = self._waiting, []
            for entry_ms, number, commands in waiting:
                self.entries += 1
                events = self.engine.apply(
                    entry_ms=entry_ms, writer=9, number=number, commands=commands, quarantined=[]
                )
                outcome = decode_outcome(events)
                self.set += [
                    event for answer in outcome.answers for event in answer
                    if isinstance(event, QuoteSet)
                ]
                self.writer.on_entry(EventsEntry(
                    EntryId(entry_ms, self.entries), 9, number, events, NOTHING_YET, FIRST_DIGEST
                ), outcome)


@pytest.fixture(autouse=True)
def virtual_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        command_writer, "time", SimpleNamespace(monotonic=lambda: asyncio.get_running_loop().time())
    )


async def live_through(seed: int, away_s: float) -> FaultyLog:
    log = FaultyLog(seed, away_s)
    stop = asyncio.Event()
    tasks = [asyncio.create_task(log.work()), asyncio.create_task(log.writer.run(stop))]
    await run_for(price_loop(Timetable(feed()), log.writer), SECONDS + 5 * away_s + 10)
    stop.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return log


@pytest.mark.parametrize("seed", range(5))
def test_lost_replies_lose_and_repeat_nothing(seed: int) -> None:
    """While the log and the engine are back within seconds: every quote once, in order."""
    log = in_virtual_time(lambda: live_through(seed, away_s=1.0))
    assert [quote.bid // ONE for quote in feed()] == [quote.bid for quote in log.set]


@pytest.mark.parametrize("seed", range(5))
def test_a_long_outage_costs_only_what_became_too_old(seed: int) -> None:
    """Quotes older than the engine takes are missing; the others are all there, once each."""
    log = in_virtual_time(lambda: live_through(seed, away_s=12.0))
    said = [(quote.source_ms, quote.bid // ONE) for quote in feed()]
    came = [(quote.source_ms, quote.bid) for quote in log.set]
    places = [said.index(each) for each in came]
    assert places == sorted(set(places))
    assert len(said) > len(came) > len(said) // 10
    assert said[-1] == came[-1]


@pytest.mark.parametrize("trouble", [OutcomeUnknown(), Overloaded(), LogUnavailable()])
def test_what_was_not_answered_is_sent_first(trouble: Exception) -> None:
    """Before newer quotes, and counted."""
    class Deaf(SlowEngine):
        """Answers from its third entry on."""

        async def submit(self, *commands):  # type: ignore[no-untyped-def]
            answers = await super().submit(*commands)
            if len(self.entries) < 3:
                raise trouble
            return answers

    quotes, engine = feed()[:20], Deaf(0.2)
    facts = in_virtual_time(lambda: run_for(price_loop(Timetable(quotes), engine), 5))
    first, second, third = engine.entries[:3]
    assert first == second[:len(first)]
    assert second == third[:len(second)]
    told = [quote for entry in engine.entries[2:] for quote in entry]
    assert [quote.bid // ONE for quote in quotes] == [quote.bid for quote in told]
    assert (len(first) + len(second), len(quotes)) == (facts["unanswered"], facts["sent"])
