"""A whole venue on one event loop without time: everything that happens follows from a seed."""

import asyncio
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, TypeVar

import pytest
import structlog

from outcry.adapters.memory.log import MemoryLog
from outcry.engine.commands import PlaceOrder
from outcry.engine.engine import Engine
from outcry.engine.rules import RULES_KNOWN
from outcry.engine.snapshot import dump
from outcry.engine.state import State
from outcry.log import command_writer
from outcry.ports.log import LeaseLost
from outcry.ports.snapshots import Snapshot
from outcry.processes.engine import facts as engine_facts
from outcry.processes.engine import loop as engine_loop
from outcry.processes.engine import snapshotter
from outcry.processes.recorder import recorder
from outcry.runtime import clock
from outcry.wire.journal import NOTHING_YET, EntryId, EventsEntry, encode_commands
from rigs.memory_venue import ALICE, BOB, opening
from simulation.chances import Chances
from simulation.clients import POISON, Clients
from simulation.observer import Broken, Observer, check
from simulation.processes import (
    CURRENT,
    SNAPSHOTS_KEPT,
    EngineProcess,
    GatewayProcess,
    PassingFault,
    Process,
    RecorderProcess,
    ServiceProcess,
    is_expected,
)
from simulation.stores import MemoryRecords, TornSnapshots
from simulation.virtual_loop import EPOCH_S, VirtualLoop, VirtualTime

TRADING_S = 6.0
SETTLING_S = 40.0
LIVES_MAX = 400  # Of all processes together; more is one that cannot be brought up.

P = TypeVar("P", bound=Process)


class World:
    """The servers, the processes on them, and what goes wrong."""

    def __init__(self, loop: VirtualLoop, chances: Chances) -> None:
        self.loop = loop
        self.chances = chances
        self.jumped_ms = 0
        self.log_away_until_s = 0.0
        self.fullness = chances.random.choice((0.0, 0.6))
        self.kept_s = chances.random.choice((0, 1, 3))
        self.log = MemoryLog(self.server_ms)
        self.snapshots = TornSnapshots(self, kept=SNAPSHOTS_KEPT)
        self.observer = Observer(self, self.shadow_engine)
        self.records = MemoryRecords(self)
        self.running: list[EngineProcess] = []  # Engines in the middle of a turn, the inner last.
        self.failure: asyncio.Future[None] = loop.create_future()
        self.lives = 0
        self.children: dict[int, tuple[float, int]] = {}  # When each ends, and how.
        self.engines: list[EngineProcess] = []
        self.gateways: list[GatewayProcess] = []
        self.recorders: list[RecorderProcess] = []

    # The log server: whatever a process sends is done here, at once and whole.

    def server_ms(self) -> int:
        """The log server's own clock."""
        return EPOCH_S * 1000 + int(self.loop.now_s * 1000) + self.jumped_ms

    @property
    def log_is_away(self) -> bool:
        return self.loop.now_s < self.log_away_until_s

    def append(self, writer: int, number: int, commands: bytes) -> None:
        self.log.beat(writer=writer, number=number, commands=commands)
        self.look()
        for engine in self.engines:
            engine.wake()

    def take_lease(self, token: str, ttl_ms: int) -> bool:
        taken = self.log.take_lease(token=token, ttl_ms=ttl_ms)
        if taken:
            if self.observer.holder not in (None, token):
                self.chances.note("takeover")
            self.observer.note_lease(token, self.server_ms() + ttl_ms)
        return taken

    def renew_lease(self, token: str, ttl_ms: int) -> bool:
        renewed = self.log.renew_lease(token=token, ttl_ms=ttl_ms)
        if renewed:
            self.observer.note_lease(token, self.server_ms() + ttl_ms)
        return renewed

    def give_lease_back(self, token: str) -> None:
        self.log.give_lease_back(token)
        if self.observer.holder == token:
            self.observer.note_no_lease()

    def publish(
        self, entries: list[EventsEntry], after: EntryId, token: str, ttl_ms: int
    ) -> LeaseLost | None:
        allowed = self.observer.may_publish(token, self.server_ms())
        top = self.log.events_top()
        self.log.publish(entries, after=after, token=token, ttl_ms=ttl_ms)
        try:
            self.log.confirm()
        except LeaseLost as refusal:
            self.chances.note("refused publication")
            return refusal
        self.guard(lambda: check(allowed, "events were published without the lease"))
        self.guard(lambda: check(top == after, "events were published onto another end"))
        self.observer.note_lease(token, self.server_ms() + ttl_ms)
        self.look()
        return None

    # What must hold, after everything that changes something.

    def guard(self, checks: Callable[[], None]) -> None:
        """Check something; a failure ends the run, whoever's call it came up in."""
        try:
            checks()
        except Exception as error:
            self.fail(error)

    def look(self) -> None:
        self.guard(self.observer.look)

    def observe_trim(self) -> None:
        self.chances.note("trim")
        self.guard(lambda: self.observer.check_restart(self.snapshots, self.records.at[0]))

    def observe_archive(self) -> None:
        self.guard(lambda: self.observer.check_archive(self.records))

    def fail(self, error: BaseException) -> None:
        if not self.failure.done():
            self.failure.set_exception(error)

    # Engines.

    def make_engine(self, state: State, *, rules: Collection[int] = RULES_KNOWN) -> Engine:
        """An engine that poisonous orders, and sometimes bad luck, make fail."""
        return self._failing(state, lambda: bool(self.running) and self._fails_now(), rules)

    def shadow_engine(self, state: State) -> Engine:
        """The observer's engine, which only poison makes fail."""
        return self._failing(state, lambda: False, RULES_KNOWN)

    def _failing(
        self, state: State, fails: Callable[[], bool], rules: Collection[int]
    ) -> Engine:
        engine = Engine(state, rules=rules)
        place_order = engine._apply[PlaceOrder]

        def place(state: State, command: PlaceOrder) -> Any:
            events = place_order(state, command)
            if command.quantity == POISON or fails():
                raise PassingFault
            return events

        engine._apply[PlaceOrder] = place
        return engine

    def _fails_now(self) -> bool:
        process = self.running[-1]
        failed, process.fails_next = process.fails_next, False
        return failed

    def sleep(self, seconds: float) -> None:
        """An engine's own pause."""
        self.loop.pump(seconds)
        self.running[-1].die_if_dead()

    # Snapshots are written by a child: this stands in for `os` where they are.

    WNOHANG = os.WNOHANG
    waitstatus_to_exitcode = staticmethod(os.waitstatus_to_exitcode)

    def fork(self) -> int:
        process = self.running[-1]
        self.guard(lambda: self.observer.check_state(
            process.engine.position, process.engine.digest, process.engine.engine
        ))
        status = 0
        try:
            process.snapshotter.write(process.engine)
        except OSError:
            status = 1
        pid = len(self.children) + 1
        self.children[pid] = (self.loop.now_s + self.snapshots.takes_s, status)
        return pid

    def waitpid(self, pid: int, options: int) -> tuple[int, int]:
        ends_at, status = self.children[pid]
        if options == 0 and self.loop.now_s < ends_at:
            self.sleep(ends_at - self.loop.now_s)
        return (pid, status << 8) if self.loop.now_s >= ends_at else (0, 0)

    # Lives and deaths.

    def open(self) -> None:
        """Write the first entry, and start one of everything, two of engines and gateways."""
        self.append(7, 1, encode_commands(opening()))
        for kind in (EngineProcess, EngineProcess, GatewayProcess, GatewayProcess, RecorderProcess):
            self.start(kind)

    def start(self, kind: type[P]) -> P:
        self.lives += 1
        process = kind(self)
        self._kept(process).append(process)
        process.start()
        return process

    def _kept(self, process: Process) -> list[Any]:
        if isinstance(process, EngineProcess):
            return self.engines
        return self.gateways if isinstance(process, GatewayProcess) else self.recorders

    def ended(self, process: Process, error: BaseException | None) -> None:
        """A process is no more: another one starts, unless it may not have ended like this."""
        kept = self._kept(process)
        kept.remove(process)
        self.chances.note(f"ended by {type(error).__name__}")
        if not is_expected(process, error):
            self.fail(error or Broken(f"{type(process).__name__} ended"))
        elif self.lives > LIVES_MAX:
            self.fail(Broken("a process cannot be brought up"))
        elif len(kept) < (1 if kept is self.recorders else 2):
            self.loop.call_later(self.chances.between(0.01, 0.3), self.start, type(process))

    def keep_early_snapshot(self, process: EngineProcess) -> None:
        """One of a state whose events are not all published: nobody may start from it yet."""
        engine = process.engine
        if engine.position != NOTHING_YET:
            state = dump(engine.engine.state)
            self.snapshots.put(Snapshot(engine.position, engine.digest, state))

    # The end.

    def unsettled(self) -> str | None:
        """What keeps the venue from having come to rest."""
        top = self.log.events_top()
        if top != self.log.journal[-1].id:
            return f"nobody answers what came after {top}"
        for engine in self.engines:
            if engine.engine.position != top:
                return f"an engine is at {engine.engine.position}, not at {top}"
        for gateway in self.gateways:
            if gateway.views is None or gateway.views.venue.reached != top:
                return f"a gateway is not at {top}"
        if not self.recorders or self.records.at[0] != top:
            return f"the recorder is at {self.records.at[0]}, not at {top}"
        return None if len(self.engines) == len(self.gateways) == 2 else "a process is away"

    async def check_end(self, clients: Clients) -> None:
        """Everything is answered, and all that was kept is the same."""
        top = self.observer.top
        check(len(self.observer.journal) == len(self.observer.events), "an entry has no answer")
        for engine in self.engines:
            self.observer.check_state(
                engine.engine.position, engine.engine.digest, engine.engine.engine
            )
        for gateway in self.gateways:
            assert gateway.views is not None
            self.observer.check_views(gateway.views)
        self.observer.check_archive(self.records)
        if self.records.at[0] == top:
            await self.observer.check_rows(self.records)
        clients.check_all()


@contextmanager
def in_the_world(world: World) -> Iterator[None]:
    """Let the services see the world's time, its engines and its children instead of real ones."""
    time = VirtualTime(world.loop, world.sleep)
    kept = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with pytest.MonkeyPatch.context() as patch:
        services: tuple[ModuleType, ...] = (
            clock, command_writer, engine_facts, engine_loop, recorder, snapshotter
        )
        for module in services:
            patch.setattr(module, "time", time)
        patch.setattr(snapshotter, "os", world)
        patch.setattr(engine_loop, "Engine", world.make_engine)
        patch.setattr(engine_loop, "_rest_collector", lambda: None)
        patch.setattr(engine_loop, "UNPUBLISHED_MAX", 48)
        patch.setattr(engine_loop, "REPLAY_ENTRIES", 16)
        try:
            yield
        finally:
            structlog.configure(**kept)


def make_task(loop: Any, coroutine: Any, context: Any = None) -> Any:
    """A task, which its process knows of."""
    task = asyncio.Task(coroutine, loop=loop, context=context)
    process: ServiceProcess | None = (
        CURRENT.get(None) if context is None else context.get(CURRENT)
    )
    if process is not None:
        process.tasks.append(task)
    return task


def accounts() -> list[int]:
    """Who trades."""
    return [ALICE, BOB]
