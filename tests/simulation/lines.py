"""Connections to the log in memory that lose, delay and repeat, as the processes have them."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from outcry.ports.log import LeaseLost, LogUnavailable
from outcry.wire.journal import NOTHING_YET, EntryId, EventsEntry, JournalEntry

if TYPE_CHECKING:
    from simulation.processes import EngineProcess, Process
    from simulation.world import World

T = TypeVar("T")
LATE_S = 2.5  # How long after a connection broke what was sent on it may still arrive.


class ServiceLine:
    """The log, its upkeep included, as a gateway or a recorder has it."""

    def __init__(self, world: "World", process: "Process") -> None:
        self._world = world
        self._process = process

    async def append(self, *, writer: int, number: int, commands: bytes) -> None:
        await self._ask(lambda: self._world.append(writer, number, commands), writes=True)

    async def top(self) -> EntryId:
        return await self._ask(self._world.log.events_top)

    async def journal_top(self) -> EntryId:
        return await self._now(self._world.log.journal_top)

    async def read_after(
        self, after: EntryId, *, block_ms: int, count: int = 512
    ) -> Sequence[EventsEntry]:
        found = await self._now(
            lambda: self._world.log.read_after(after, block_ms=block_ms, count=count)
        )
        await self._process.gate()
        return found

    async def read_range(self, first: EntryId, last: EntryId) -> Sequence[EventsEntry]:
        return await self._ask(lambda: self._world.log.events_range(first, last, 512))

    async def read_journal(self, first: EntryId, last: EntryId) -> Sequence[JournalEntry]:
        return await self._now(lambda: self._world.log.read_journal(first, last))

    async def fullness(self) -> float:
        return await self._ask(lambda: self._world.fullness)

    async def oldest(self) -> EntryId:
        return await self._now(self._world.log.oldest)

    async def trim(self, boundary: EntryId) -> None:
        """Trim as one step, which what was sent late does too."""
        await self._ask(lambda: None)
        await self._world.log.trim(boundary)
        self._world.observe_trim()

    async def post(self, process: str, facts: dict[str, object]) -> None:
        await self._ask(lambda: self._world.log.report(process, facts))

    async def read(self) -> dict[str, dict[str, object]]:
        return await self._now(self._world.log.read)

    async def _now(self, question: Callable[[], Coroutine[Any, Any, T]]) -> T:
        await self._ask(lambda: None)
        return await question()

    async def _ask(self, effect: Callable[[], T], *, writes: bool = False) -> T:
        chances = self._world.chances
        await self._process.gate()
        if self._world.log_is_away or chances.strikes("lost request"):
            await asyncio.sleep(chances.between(0.001, 0.1))
            raise LogUnavailable("the request was lost")
        if writes and chances.strikes("late delivery"):
            self._world.loop.call_later(chances.between(0, LATE_S), effect)
            await asyncio.sleep(chances.between(0.001, 0.1))
            raise LogUnavailable("the connection broke, and the request is on its way")
        await asyncio.sleep(chances.between(0, 0.002))
        result = effect()
        if chances.strikes("lost reply"):
            raise LogUnavailable("the reply was lost")
        await asyncio.sleep(chances.between(0, 0.002))
        await self._process.gate()
        return result


class _Publication:
    """Events entries on their way into the stream."""

    def __init__(self, land: Callable[[], LeaseLost | None]) -> None:
        self._land = land
        self.landed = False
        self.refusal: LeaseLost | None = None

    def arrive(self) -> None:
        self.refusal = self._land()
        self.landed = True


class EngineLine:
    """The log as an engine has it. Between any two calls others may work, or the engine may die."""

    def __init__(self, world: "World", process: "EngineProcess") -> None:
        self._world = world
        self._process = process
        self._question = (NOTHING_YET, 0)
        self._reply: Sequence[JournalEntry] = ()
        self._publication: _Publication | None = None
        self._lost = False
        self.asked_until_s = 0.0  # When the question under way is answered with nothing.

    def take_lease(self, *, token: str, ttl_ms: int) -> bool:
        return self._call(lambda: self._world.take_lease(token, ttl_ms))

    def renew_lease(self, *, token: str, ttl_ms: int) -> bool:
        return self._call(lambda: self._world.renew_lease(token, ttl_ms))

    def give_lease_back(self, token: str) -> None:
        self._call(lambda: self._world.give_lease_back(token))

    def beat(self, *, writer: int, number: int, commands: bytes) -> None:
        self._call(lambda: self._world.append(writer, number, commands), writes=True)

    def ask(self, after: EntryId, *, block_ms: int, count: int) -> None:
        self._pass_time()
        self._question = (after, count)
        self._reply = self._found()
        self.asked_until_s = self._world.loop.now_s + block_ms / 1000

    def receive(self) -> Sequence[JournalEntry]:
        return self._call(lambda: self._reply or self._found())

    def _found(self) -> Sequence[JournalEntry]:
        after, count = self._question
        self._world.log.ask(after, block_ms=1, count=count)
        return self._world.log.receive()

    def publish(
        self, entries: Sequence[EventsEntry], *, after: EntryId, token: str, ttl_ms: int
    ) -> None:
        self._pass_time()
        chances = self._world.chances
        sent = list(entries)
        publication = _Publication(lambda: self._world.publish(sent, after, token, ttl_ms))
        self._lost = True
        if self._world.log_is_away or chances.strikes("lost request"):
            pass
        elif chances.strikes("late delivery"):
            self._world.loop.call_later(chances.between(0, LATE_S), publication.arrive)
        else:
            self._lost = chances.strikes("lost reply")
            self._world.loop.call_later(chances.between(0, 0.004), publication.arrive)
        self._publication = publication

    def confirm(self) -> None:
        publication, self._publication = self._publication, None
        if publication is None:
            return
        self._pass_time()
        if self._lost:
            raise LogUnavailable("the answer to a publication was lost")
        while not publication.landed:
            self._wait(0.001)
        if publication.refusal is not None:
            raise publication.refusal

    def events_top(self) -> EntryId:
        return self._call(self._world.log.events_top)

    def events_range(self, first: EntryId, last: EntryId, count: int) -> Sequence[EventsEntry]:
        return self._call(lambda: self._world.log.events_range(first, last, count))

    def quarantined(self) -> Sequence[tuple[EntryId, int]]:
        return self._call(self._world.log.quarantined)

    def quarantine(self, entry_id: EntryId, index: int, *, token: str) -> None:
        self._call(
            lambda: self._world.log.quarantine(entry_id, index, token=token), writes=True
        )

    def report(self, process: str, facts: dict[str, object]) -> None:
        self._call(lambda: self._world.log.report(process, facts))

    def said(self, process: str) -> dict[str, object]:
        return self._call(lambda: self._world.log.said(process))

    def _wait(self, seconds: float) -> None:
        self._world.loop.pump(seconds)
        self._process.die_if_dead()

    def _pass_time(self) -> None:
        """What may happen before the next thing an engine does."""
        process = self._process
        process.die_if_dead()
        if process.stopped_for_s:
            seconds, process.stopped_for_s = process.stopped_for_s, 0.0
            self._wait(seconds)
        elif self._world.chances.strikes("interleaving"):
            self._wait(self._world.chances.between(0, 0.002))
        process.count_down()

    def _call(self, effect: Callable[[], T], *, writes: bool = False) -> T:
        self._pass_time()
        chances = self._world.chances
        if self._world.log_is_away or chances.strikes("lost request"):
            self._break("the request was lost")
        if writes and chances.strikes("late delivery"):
            self._world.loop.call_later(chances.between(0, LATE_S), effect)
            self._break("the connection broke, and the request is on its way")
        result = effect()
        self._process.count_down()
        if chances.strikes("lost reply"):
            self._break("the reply was lost")
        return result

    def _break(self, reason: str) -> None:
        """All connections of the process are made anew; what they carried is not heard of again."""
        self._publication = None
        raise LogUnavailable(reason)
