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
from outcry.runtime.errors import OperatorError
from outcry.runtime.exit_status import STOP_FOR_A_PERSON

State = Literal["starting", "running", "restarting", "stopping", "stopped"]

PAUSE_S_FIRST = 0.1
PAUSE_S_MAX = 5.0
LIVED_S = 10.0  # After so long an end counts as the first again.
READY_POLL_S = 0.02
STARTS_MAX = 4  # How often a program may end before it was ready the first time.

log = structlog.get_logger()


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
        self._kept: list[_Kept] = []

    def states(self) -> list[ProgramState]:
        """Every program in the order of its start."""
        return [
            ProgramState(kept.program.name, kept.child.pid if kept.child else None, kept.state)
            for kept in self._kept
        ]

    async def start(self, *programs: Program, timeout_s: float = 60.0) -> None:
        """Start programs side by side, return when all are ready, and keep them running.

        Raises `OperatorError` when one is not ready in time or keeps ending before it is.
        """
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._note_ends)
        added = [_Kept(program) for program in programs]
        self._kept += added
        starts = [asyncio.create_task(self._first_start(kept)) for kept in added]
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.gather(*starts)
        except TimeoutError:
            late = next(kept.program for kept in added if kept.state == "starting")
            raise OperatorError(
                f"{late.name} was not ready after {timeout_s:.0f} s: {late.last_words()}"
            ) from None
        finally:
            for start in starts:
                start.cancel()
            await asyncio.gather(*starts, return_exceptions=True)

    async def stop(self) -> None:
        """Stop every program, the last started first."""
        for kept in self._kept:
            kept.state = "stopping"
            if kept.keeper is not None:
                kept.keeper.cancel()
        for kept in reversed(self._kept):
            if kept.keeper is not None:
                with contextlib.suppress(asyncio.CancelledError):
                    await kept.keeper
            await self._end(kept)
        self._kept.clear()
        self._on_change()

    async def _first_start(self, kept: "_Kept") -> None:
        pause_s = PAUSE_S_FIRST
        for _ in range(STARTS_MAX):
            if await self._lives(kept):
                kept.keeper = asyncio.create_task(
                    self._keep(kept), name=f"keep {kept.program.name}"
                )
                return
            await asyncio.sleep(pause_s)
            pause_s *= 2
        raise OperatorError(f"{kept.program.name} did not start: {kept.program.last_words()}")

    async def _keep(self, kept: "_Kept") -> None:
        loop = asyncio.get_running_loop()
        pause_s = PAUSE_S_FIRST
        while True:
            began = loop.time()
            await kept.ended.wait()
            if loop.time() - began > LIVED_S:
                pause_s = PAUSE_S_FIRST
            assert kept.child is not None
            self._on_end(kept.program, kept.child.returncode)
            if kept.child.returncode == STOP_FOR_A_PERSON:
                self._enter(kept, "stopped")
                return
            self._enter(kept, "restarting")
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, PAUSE_S_MAX)
            try:
                await self._lives(kept)
            except (OperatorError, OSError) as why:  # A full disk, say: it may be mended.
                log.warning("cannot start again", program=kept.program.name, why=str(why))

    async def _lives(self, kept: "_Kept") -> bool:
        """Start a program; True once it is ready, False when it ended before."""
        await self._spawn(kept)
        while not await asyncio.to_thread(kept.program.ready):
            if kept.ended.is_set():
                return False
            await asyncio.sleep(READY_POLL_S)
        if kept.ended.is_set():
            return False
        self._enter(kept, "running")
        return True

    async def _spawn(self, kept: "_Kept") -> None:
        await asyncio.to_thread(kept.program.prepare)
        kept.ended.clear()
        kept.child = kept.program.spawn()
        self._on_change()
        self._note_ends()  # It may have ended before SIGCHLD could name it.

    async def _end(self, kept: "_Kept") -> None:
        if kept.child is None:
            return
        self._note_ends()
        with contextlib.suppress(ProcessLookupError):
            kept.child.send_signal(kept.program.stop_signal)
        try:
            async with asyncio.timeout(self._grace_s):
                await kept.ended.wait()
        except TimeoutError:
            log.warning("killed, for it did not stop", program=kept.program.name)
            kept.child.kill()
            await kept.ended.wait()

    def _note_ends(self) -> None:
        for kept in self._kept:
            if kept.child is not None and kept.child.poll() is not None:
                kept.ended.set()

    def _enter(self, kept: "_Kept", state: State) -> None:
        kept.state = state
        self._on_change()


class _Kept:
    """A program with what is known of its present run."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.child: subprocess.Popen[bytes] | None = None
        self.state: State = "starting"
        self.ended = asyncio.Event()
        self.keeper: asyncio.Task[None] | None = None
