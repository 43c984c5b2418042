"""A running gateway: views that follow the log, commands on their way into it, and HTTP."""

import asyncio
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, Protocol

import structlog
import uvicorn

from outcry.log.follower import EventConsumer
from outcry.people.api_keys import ApiKeyCache
from outcry.people.sessions import SessionCache
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.history import History
from outcry.ports.log import LogUnavailable
from outcry.ports.status_board import StatusBoard, log_faults
from outcry.processes.gateway.bounded_protocol import HttpBounds, bounded_protocol, sweep
from outcry.processes.gateway.history import reach_of
from outcry.processes.gateway.http import Application, Clock, Interruptible
from outcry.processes.gateway.shared_limits import LimitSharing
from outcry.processes.gateway.trail import LatencyRecorder
from outcry.processes.gateway.views import Views
from outcry.projections.house_facts import house_facts
from outcry.projections.protection import unprotected
from outcry.runtime.connections import ConnectionGate
from outcry.runtime.stopping import pause
from outcry.wire.journal import EntryId

BEAT_S: Final = 1.0
# Longer than any question to history takes: what was above its answer must still be here then.
KEPT_BEATS: Final = 30
STOP_PATIENCE_S: Final = 2
# Clients keep connections for reuse; one that is closed under them costs a failed request.
KEEP_ALIVE_S: Final = 75

log = structlog.get_logger()


class LogMemoryGauge(StatusBoard, Protocol):
    """The status board of a log that also says how full the log is."""

    async def fullness(self) -> float:
        """Share of its memory that the log uses; raises `LogUnavailable`."""


class _Server(uvicorn.Server):
    """A server that leaves signals to the process it runs in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Gateway:
    """One gateway process. `application` answers what comes in on `listening`."""

    def __init__(
        self, *, views: Views, follower: EventConsumer, keys: ApiKeyCache, sessions: SessionCache,
        history: History, trail: LatencyRecorder,
        board: LogMemoryGauge, application: Application, listening: socket.socket,
        gate: ConnectionGate, sharing: LimitSharing, pid: int, clock_ms: Clock,
        bounds: HttpBounds | None = None,
    ) -> None:
        self._views = views
        self._follower = follower
        self._keys = keys
        self._sessions = sessions
        self._history = history
        self._trail = trail
        self._board = board
        self._gate = gate
        self._sharing = sharing
        self._listening = listening
        self._pid = pid
        self._clock_ms = clock_ms
        self._reaches: deque[EntryId] = deque()
        self._server = _Server(uvicorn.Config(
            Interruptible(application), loop="none",
            http=bounded_protocol(gate, bounds or HttpBounds()),  # type: ignore[arg-type]
            ws="none", lifespan="on", access_log=False, log_config=None, server_header=False,
            date_header=False, proxy_headers=False, timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_PATIENCE_S,
        ))

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop; then finish what was begun. Raises `LogBroken`."""
        log_stop = asyncio.Event()  # Requests that were taken still need their answers.
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follower.run(log_stop))
                tasks.create_task(self._views.command_writer.run(log_stop))
                tasks.create_task(self._keys.run(log_stop))
                tasks.create_task(self._sessions.run(log_stop))
                tasks.create_task(self._trail.run(log_stop))
                tasks.create_task(self._sharing.run(log_stop))
                tasks.create_task(self._beat(log_stop))
                tasks.create_task(sweep(self._server.server_state.connections, log_stop))
                serving = tasks.create_task(self._server.serve(sockets=[self._listening]))
                await stop.wait()
                self._server.should_exit = True
                await serving
                log_stop.set()
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from group

    async def _beat(self, stop: asyncio.Event) -> None:
        """Once a second: post the facts, and forget rows that history has."""
        while not stop.is_set():
            await self._forget()
            with suppress(LogUnavailable):
                self._views.log_fullness = await self._board.fullness()
                self._views.log_faults = log_faults((await self._board.read()).get("engine", {}))
                await self._board.post("gateway", {
                    "pid": self._pid,
                    "state": (
                        self._views.trouble() or self._views.notice() or "running"
                    ),
                    "reached": str(self._views.venue.reached),
                    "recorded": str(self._views.recorded),
                    "log_fullness": round(self._views.log_fullness, 3),
                    "latencies_dropped": self._trail.dropped,
                    "unprotected": unprotected(self._views.venue),
                    "house": house_facts(self._views.venue),
                    "connections": self._gate.open,
                    "connections_refused": self._gate.refused,
                })
            await pause(stop, BEAT_S)

    async def _forget(self) -> None:
        try:
            reached = await reach_of(self._history)
        except DatabaseUnavailable as error:
            log.warning("history cannot be read", reason=str(error))
            return
        self._views.note_recorded(reached)
        self._reaches.append(reached)
        if len(self._reaches) > KEPT_BEATS:
            self._views.forget(self._reaches.popleft())
