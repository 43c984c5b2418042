"""A running bridge: the mirror of the log on one side, commands on the other."""

import asyncio
from contextlib import suppress
from typing import Final, Protocol

import structlog

from outcry.log.command_writer import CommandWriter
from outcry.ports.bridge import BridgeServer
from outcry.ports.log import LogUnavailable
from outcry.ports.status_board import StatusBoard
from outcry.processes.bridge.intake import Intake
from outcry.processes.bridge.mirror import Mirror
from outcry.processes.bridge.requests import Requests
from outcry.runtime.stopping import pause

BEAT_S: Final = 1.0
BLOCK_MS: Final = 500
RETRY_S: Final = 0.25
FULLNESS_MAX: Final = 0.7  # Of the log's memory. The rest is kept for the engine's answers.

log = structlog.get_logger()


class LogMemoryGauge(StatusBoard, Protocol):
    """The status board of a log that also reports how full the log is."""

    async def fullness(self) -> float:
        """Share of its memory that the log uses; raises `LogUnavailable`."""


class LogRoom:
    """Whether the log has room for commands of clients."""

    def __init__(self) -> None:
        self.fullness = 0.0

    def has_some(self) -> bool:
        """Whether commands may be taken now; until then they wait on the bridge's server."""
        return self.fullness < FULLNESS_MAX


class Bridge:
    """The parts of a bridge. They are at the position of the last bridge when they start."""

    def __init__(
        self, *, server: BridgeServer, mirror: Mirror, intake: Intake, requests: Requests,
        command_writer: CommandWriter, board: LogMemoryGauge, room: LogRoom, pid: int,
    ) -> None:
        self._server = server
        self._mirror = mirror
        self._intake = intake
        self._requests = requests
        self._command_writer = command_writer
        self._board = board
        self._room = room
        self._pid = pid

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop. Raises `LogBroken` and `TakenOver`."""
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self._mirror.run(stop)),
                tasks.create_task(self._command_writer.run(stop)),
                tasks.create_task(self._intake.run(stop)),
                tasks.create_task(self._move(stop)),
                tasks.create_task(self._beat(stop)),
            ]
            await stop.wait()
            for task in running:
                task.cancel()  # A message that is not finished is delivered again.

    async def _move(self, stop: asyncio.Event) -> None:
        """Move the items of the list to where they can be taken."""
        while not stop.is_set():
            try:
                await self._server.move_messages(block_ms=BLOCK_MS)
            except LogUnavailable:  # The other parts log it.
                await asyncio.sleep(RETRY_S)

    async def _beat(self, stop: asyncio.Event) -> None:
        """Once a second: post the facts, and drop finished messages."""
        while not stop.is_set():
            with suppress(LogUnavailable):
                self._room.fullness = await self._board.fullness()
                await self._board.post("bridge", self.facts())
            with suppress(LogUnavailable):
                await self._server.trim()
            await pause(stop, BEAT_S)

    def facts(self) -> dict[str, object]:
        """The facts for the status board."""
        return {
            "pid": self._pid,
            "state": "running" if self._room.has_some() else "the log is full",
            "reached": str(self._mirror.at.id),
            "entries": self._mirror.entries,
            "taken": self._intake.taken,
            "answered": self._requests.answers,
            "repeats": self._requests.repeats,
            "unfinished": len(self._requests),
        }
