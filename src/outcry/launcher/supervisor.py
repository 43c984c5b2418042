"""Keeps programs running: started in order, started again when they end, stopped in reverse.

A program that keeps ending is started again less and less often; one that had lived for a while
comes back at once; one that asks for a person stays stopped. The supervisor notices an end through
SIGCHLD, so it must run in the main thread of its process.
"""

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import Callable
from typing import Literal, NamedTuple

import structlog

from outcry.launcher.program import Program
from outcry.launcher.servers.logfile import last_line
from outcry.runtime.backoff import Backoff
from outcry.runtime.errors import OperatorError
from outcry.runtime.exit_status import STOP_FOR_A_PERSON

State = Literal["starting", "running", "restarting", "stopping", "stopped"]

RETRY_FIRST_S = 0.1
RETRY_MAX_S = 5.0
LIVED_S = 10.0  # After so long an end counts as the first again.
READY_POLL_S = 0.02
STOPPED_POLL_S = 0.2
STARTS_MAX = 4  # How often a program may end before it was ready the first time.

log = structlog.get_logger()


class _StoppedForAPerson(Exception):
    """A program ended with the status that keeps it down."""


class ProgramState(NamedTuple):
    """How a program is now."""

    name: str
    pid: int | None
    state: State


class Supervisor:
    """The programs of one venue, kept running."""

    def __init__(
        self, *, on_change: Callable[[], None], on_end: Callable[[Program, int], None],
        grace_s: float = 5.0,
    ) -> None:
        """`on_change` hears of every new state, `on_end` of every end that nobody asked for.

        A program that has not ended `grace_s` after it was asked to is killed.
        """
        self._on_change = on_change
        self._on_end = on_end
        self._grace_s = grace_s
        self._children: list[_Child] = []

    def states(self) -> list[ProgramState]:
        """Every program in the order of its start."""
        return [
            ProgramState(
                child.program.name, child.process.pid if child.process else None, child.state
            )
            for child in self._children
        ]

    async def start(self, *programs: Program, timeout_s: float = 60.0) -> None:
        """Start programs side by side, return when all are ready, and keep them running.

        Raises `OperatorError` when one is not ready in time or keeps ending before it is.
        """
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._note_ends)
        added = [_Child(program) for program in programs]
        self._children += added
        starts = [asyncio.create_task(self._first_start(child)) for child in added]
        try:
            async with asyncio.timeout(timeout_s):
                await self._all_ready(starts)
        except _StoppedForAPerson as stopped:
            raise OperatorError(str(stopped)) from None
        except TimeoutError:
            late = next(child.program for child in added if child.state == "starting")
            raise OperatorError(
                f"{late.name} was not ready after {timeout_s:.0f} s: {last_line(late.log)}"
            ) from None
        finally:
            for start in starts:
                start.cancel()
            await asyncio.gather(*starts, return_exceptions=True)

    async def _all_ready(self, starts: "list[asyncio.Task[None]]") -> None:
        """Wait for starts, unless a program that they may need stays down."""
        pending = set(starts)
        while pending:
            done, pending = await asyncio.wait(
                pending, timeout=STOPPED_POLL_S, return_when=asyncio.FIRST_EXCEPTION
            )
            for start in done:
                start.result()
            for child in self._children:
                if pending and child.state == "stopped":
                    raise _StoppedForAPerson(
                        f"{child.program.name} stays down: {last_line(child.program.log)}"
                    )

    async def stop(self) -> None:
        """Stop every program, the last started first."""
        for child in self._children:
            child.state = "stopping"
            if child.keeper is not None:
                child.keeper.cancel()
        for child in reversed(self._children):
            if child.keeper is not None:
                with contextlib.suppress(asyncio.CancelledError):
                    await child.keeper
            await self._end(child)
        self._children.clear()
        self._on_change()

    async def _first_start(self, child: "_Child") -> None:
        backoff = _backoff()
        for _ in range(STARTS_MAX):
            if await self._lives(child):
                child.keeper = asyncio.create_task(
                    self._keep(child), name=f"keep {child.program.name}"
                )
                return
            await asyncio.sleep(backoff.next_s())
        advice = f" ({child.program.advice})" if child.program.advice else ""
        raise OperatorError(
            f"{child.program.name} did not start: {last_line(child.program.log)}{advice}"
        )

    async def _keep(self, child: "_Child") -> None:
        loop = asyncio.get_running_loop()
        backoff = _backoff()
        while True:
            began = loop.time()
            await child.ended.wait()
            if loop.time() - began > LIVED_S:
                backoff.reset()
            assert child.process is not None
            self._on_end(child.program, child.process.returncode)
            if child.process.returncode == STOP_FOR_A_PERSON:
                self._enter(child, "stopped")
                return
            self._enter(child, "restarting")
            await asyncio.sleep(backoff.next_s())
            try:
                await self._lives(child)
            except (OperatorError, OSError) as why:  # A full disk, say: it may be mended.
                log.warning("cannot start again", program=child.program.name, why=str(why))

    async def _lives(self, child: "_Child") -> bool:
        """Start a program; True once it is ready, False when it ended before."""
        await self._spawn(child)
        while not await asyncio.to_thread(child.program.ready):
            if child.ended.is_set():
                return False
            await asyncio.sleep(READY_POLL_S)
        if child.ended.is_set():
            return False
        self._enter(child, "running")
        return True

    async def _spawn(self, child: "_Child") -> None:
        await asyncio.to_thread(child.program.prepare)
        child.ended.clear()
        child.process = child.program.spawn()
        self._on_change()
        self._note_ends()  # It may have ended before SIGCHLD could name it.

    async def _end(self, child: "_Child") -> None:
        if child.process is None:
            return
        self._note_ends()
        with contextlib.suppress(ProcessLookupError):
            child.process.send_signal(child.program.stop_signal)
        try:
            async with asyncio.timeout(self._grace_s):
                await child.ended.wait()
        except TimeoutError:
            log.warning("killed, for it did not stop", program=child.program.name)
            child.process.kill()
            await child.ended.wait()

    def _note_ends(self) -> None:
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                child.ended.set()

    def _enter(self, child: "_Child", state: State) -> None:
        child.state = state
        self._on_change()


def _backoff() -> Backoff:
    return Backoff(first_s=RETRY_FIRST_S, longest_s=RETRY_MAX_S, spread=0.0)


class _Child:
    """A program and its present run."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.state: State = "starting"
        self.ended = asyncio.Event()
        self.keeper: asyncio.Task[None] | None = None
