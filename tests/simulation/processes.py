"""The venue's processes, of the real parts: killed at any time, started again when they end."""

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from outcry.log.command_writer import CommandWriter
from outcry.ports.log import LogTrimmed
from outcry.processes.engine.loop import EngineLoop
from outcry.processes.engine.snapshotter import Snapshotter
from outcry.processes.gateway.start import start_views
from outcry.processes.gateway.views import Views
from outcry.processes.recorder.recorder import AnotherRecorder, Recorder
from outcry.processes.recorder.trimming import Trimmer
from simulation.lines import EngineLine, ServiceLine
from simulation.stores import DatabaseLine

if TYPE_CHECKING:
    from simulation.world import World

LEASE_MS = 1_000
HEARTBEAT_MS = 250
SNAPSHOT_EVERY_S = 0.4
SNAPSHOTS_KEPT = 3
PATIENCE_S = 2.5
TRIM_EVERY_S = 0.3
TURN_S = 0.002
STATE_CHECKED = 0.02  # After how many of its turns an engine's whole state is looked at.

CURRENT: contextvars.ContextVar["ServiceProcess"] = contextvars.ContextVar("process")


class Killed(BaseException):
    """SIGKILL. Nothing in a service catches it."""


class TurnIsOver(Exception):
    """An engine has done one turn; it goes on when its time has come."""


class PassingFault(RuntimeError):
    """What a command, or bad luck, makes an engine fail with."""


class Process:
    """One life of a process, from a start to an end."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.alive = True
        self.stopped_until_s = 0.0

    def stop_for(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT later."""
        self.stopped_until_s = self.world.loop.now_s + seconds

    async def gate(self) -> None:
        """Pass only while the process runs."""
        left_s = self.stopped_until_s - self.world.loop.now_s
        if left_s > 0:
            await asyncio.sleep(left_s)
            await self.gate()  # It may have been stopped again meanwhile.
        if not self.alive:
            await self.world.loop.create_future()

    def kill(self) -> None:
        """SIGKILL."""
        self.alive = False


class EngineProcess(Process):
    """An engine, its turns, and its snapshots."""

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self.stopped_for_s = 0.0  # In the middle of the next turn.
        self.calls_left = -1  # Until it is killed, between two calls; below 0: it is not.
        self.fails_next = False
        self.ending = False
        self.busy = False
        self._turned = False
        self._timer: asyncio.TimerHandle | None = None
        self.line = EngineLine(world, self)
        self.snapshotter = Snapshotter(world.snapshots, interval_s=SNAPSHOT_EVERY_S)
        self.engine = EngineLoop(
            self.line, world.snapshots, session=world.chances.session(), lease_ms=LEASE_MS,
            heartbeat_ms=HEARTBEAT_MS, on_published=self.snapshotter,
        )

    def start(self) -> None:
        self._turn_at(self.world.loop.now_s)

    def wake(self) -> None:
        """There is a new entry in the journal."""
        if self.alive and not self.busy and self._timer is not None:
            soon = self.world.loop.now_s + self.world.chances.between(0, TURN_S)
            if soon < self._timer.when():
                self._timer.cancel()
                self._turn_at(soon)

    def kill(self) -> None:
        super().kill()
        if not self.busy:
            self.world.ended(self, Killed())

    def die_if_dead(self) -> None:
        if not self.alive:
            raise Killed

    def count_down(self) -> None:
        """Be killed, when so many calls have been made."""
        if self.calls_left >= 0:
            self.calls_left -= 1
            if self.calls_left < 0:
                self.alive = False
        self.die_if_dead()

    def _turn_at(self, at: float) -> None:
        self._timer = self.world.loop.call_at(at, self._turn)

    def _turn(self) -> None:
        if not self.alive:
            return
        if self.world.loop.now_s < self.stopped_until_s:
            self._turn_at(self.stopped_until_s)
            return
        self.busy = True
        self.world.running.append(self)
        try:
            self._turned = False
            self.engine.run(self._told_to_stop)
        except TurnIsOver:
            self._plan_next()
            compared = not len(self.engine._unpublished)  # Until then it may have to start again.
            if compared and self.world.chances.random.random() < STATE_CHECKED:
                self.world.guard(lambda: self.world.observer.check_state(
                    self.engine.position, self.engine.digest, self.engine.engine
                ))
        except (Exception, Killed) as error:
            self.alive = False
            self.world.ended(self, error)
        else:
            self.alive = False
            self.world.ended(self, None)
        finally:
            self.world.running.pop()
            self.busy = False

    def _told_to_stop(self) -> bool:
        if self.ending:
            return True
        if self._turned:
            raise TurnIsOver
        self._turned = True
        return False

    def _plan_next(self) -> None:
        now = self.world.loop.now_s
        soon = now + self.world.chances.between(0.0001, TURN_S)
        waits = self.engine.position == self.world.log.journal[-1].id
        self._turn_at(max(soon, self.line.asked_until_s) if waits else soon)


class ServiceProcess(Process):
    """A process of tasks, with connections of its own."""

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self.line = ServiceLine(world, self)
        self.tasks: list[asyncio.Task[Any]] = []

    def start(self) -> None:
        self.spawn(self.main()).add_done_callback(self._on_end)

    async def main(self) -> None:
        """Run until killed."""

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something in this process: it ends with it."""
        context = contextvars.copy_context()
        context.run(CURRENT.set, self)
        return self.world.loop.create_task(coroutine, context=context)

    def kill(self) -> None:
        if self.alive:
            super().kill()
            self._cancel_all()
            self.world.ended(self, Killed())

    def _cancel_all(self) -> None:
        """Whatever a task does when it is canceled, it has no connection any more."""
        left = [task for task in self.tasks if not task.done()]
        for task in left:
            task.cancel()
        if left:
            self.world.loop.call_later(0.001, self._cancel_all)

    def _on_end(self, task: asyncio.Task[Any]) -> None:
        if self.alive:
            self.alive = False
            error = None if task.cancelled() else task.exception()
            self._cancel_all()
            self.world.ended(self, error)


class GatewayProcess(ServiceProcess):
    """A gateway without HTTP: views, the follower that moves them, and commands on their way."""

    views: Views | None = None

    async def main(self) -> None:
        command_writer = CommandWriter(
            self.line, session=self.world.chances.session(), patience_s=PATIENCE_S
        )
        views, follower = await start_views(
            reader=self.line, snapshots=self.world.snapshots, history=self.world.records.history,
            command_writer=command_writer,
        )
        self.world.observer.check_views(views)
        if views.venue.reached != views.recorded:
            self.world.chances.note("views ahead of history")
        self.views = views
        stop = asyncio.Event()
        running = [
            asyncio.create_task(follower.run(stop)), asyncio.create_task(command_writer.run(stop)),
        ]
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()


class RecorderProcess(ServiceProcess):
    """The recorder, and the trimmer beside it."""

    async def main(self) -> None:
        stop = asyncio.Event()
        database = DatabaseLine(self.world, self)
        recorder = Recorder(
            events=self.line, journal=self.line, records=database, board=self.line, pid=1
        )
        trimmer = Trimmer(
            events=self.line, log=self.line, archive=database, snapshots=self.world.snapshots,
            snapshots_kept=SNAPSHOTS_KEPT, kept_s=self.world.kept_s,
        )
        running = [
            asyncio.create_task(recorder.run(stop)),
            asyncio.create_task(trimmer.run(stop, interval_s=TRIM_EVERY_S)),
        ]
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()


def is_expected(process: Process, error: BaseException | None) -> bool:
    """Whether a process may end like this, to be started again."""
    if error is None or isinstance(error, Killed | PassingFault):
        return isinstance(process, EngineProcess) or error is not None
    if isinstance(process, GatewayProcess):
        return isinstance(error, LogTrimmed)
    return isinstance(process, RecorderProcess) and isinstance(error, AnotherRecorder)


