"""The supervisor: programs start in order, come back when they end, and stop in reverse."""

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from outcry.launcher.program import Program
from outcry.launcher.supervisor import ProgramState, Supervisor
from outcry.runtime.errors import OperatorError
from rigs.patience import PATIENCE_S

WAITS = "signal.sigwait([signal.SIGTERM])"
STUBBORN = "while True: signal.pause()"


@pytest.fixture
def anyio_backend() -> str:
    """The launcher runs on the loop that leaves SIGCHLD to it."""
    return "asyncio"


class Script:
    """A small Python program that notes its starts and its end in a journal for the test."""

    stop_signal = signal.SIGTERM
    advice = ""

    def __init__(self, name: str, directory: Path, code: str = WAITS) -> None:
        self.name = name
        self.journal = directory / "journal"
        self.log = directory / f"{name}.log"
        self.log.write_text("famous last words\n")
        self.ready_file = directory / f"{name}.ready"
        self.code = (
            "import pathlib, signal, sys\n"
            "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"
            f"sys.stdout = open({str(self.journal)!r}, 'a', 1)\n"
            f"print('start {name}')\n"
            f"pathlib.Path({str(self.ready_file)!r}).touch()\n"
            f"{code}\n"
            f"print('end {name}')\n"
        )

    def prepare(self) -> None:
        self.ready_file.unlink(missing_ok=True)

    def spawn(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", self.code], start_new_session=True)

    def ready(self) -> bool:
        return self.ready_file.exists()


class Bench:
    """A supervisor and what it told."""

    def __init__(self, *, grace_s: float = 5.0) -> None:
        self.ends: list[tuple[str, int]] = []
        self.changed = asyncio.Event()
        self.supervisor = Supervisor(
            on_change=self.changed.set, on_end=self._note_end, grace_s=grace_s
        )

    def _note_end(self, program: Program, code: int) -> None:
        self.ends.append((program.name, code))

    def state(self, name: str) -> ProgramState:
        return next(state for state in self.supervisor.states() if state.name == name)

    def runs_anew(self, name: str, pid_before: int) -> bool:
        state = self.state(name)
        return state.state == "running" and state.pid != pid_before

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self.changed.clear()
                await self.changed.wait()


async def test_programs_stop_in_reverse_order(tmp_path: Path) -> None:
    """What was started last may need what was started first until its end."""
    bench = Bench()
    await bench.supervisor.start(Script("first", tmp_path))
    await bench.supervisor.start(Script("second", tmp_path))
    assert ["running", "running"] == [state.state for state in bench.supervisor.states()]
    await bench.supervisor.stop()
    assert [] == bench.supervisor.states()
    assert [] == bench.ends
    assert [
        "start first", "start second", "end second", "end first"
    ] == (tmp_path / "journal").read_text().splitlines()


async def test_a_killed_program_comes_back(tmp_path: Path) -> None:
    """Under a new process id, again and again."""
    bench = Bench()
    await bench.supervisor.start(Script("engine", tmp_path))
    for _ in range(2):
        pid = bench.state("engine").pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await bench.until(partial(bench.runs_anew, "engine", pid))
    await bench.supervisor.stop()
    assert [("engine", -9), ("engine", -9)] == bench.ends


async def test_a_program_that_never_gets_ready_is_named(tmp_path: Path) -> None:
    """It is tried a few times; then its last words are the message."""
    bench = Bench()
    script = Script("engine", tmp_path, code="")
    script.ready_file = tmp_path / "never"
    with pytest.raises(OperatorError, match="engine did not start: famous last words"):
        await bench.supervisor.start(script)
    await bench.supervisor.stop()
    assert 4 == (tmp_path / "journal").read_text().count("start engine")


async def test_a_slow_program_is_given_up_after_the_time_allowed(tmp_path: Path) -> None:
    """And it does not stay behind."""
    bench = Bench()
    script = Script("engine", tmp_path)
    script.ready_file = tmp_path / "never"
    with pytest.raises(OperatorError, match="engine was not ready after 1 s"):
        await bench.supervisor.start(script, timeout_s=1)
    await bench.supervisor.stop()
    assert [] == bench.supervisor.states()
    assert ["start engine", "end engine"] == (tmp_path / "journal").read_text().splitlines()


async def test_a_program_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    """A venue ends within seconds, whatever hangs."""

    async def scene() -> float:
        bench = Bench(grace_s=0.3)
        await bench.supervisor.start(Script("stubborn", tmp_path, code=STUBBORN))
        began = time.monotonic()
        await bench.supervisor.stop()
        return time.monotonic() - began

    assert 0.3 <= await scene() < 3
    assert ["start stubborn"] == (tmp_path / "journal").read_text().splitlines()


async def test_stopping_ends_a_restart_too(tmp_path: Path) -> None:
    """A program that is between two starts is not started once more."""
    bench = Bench()
    await bench.supervisor.start(Script("brief", tmp_path, code="import time; time.sleep(.2)"))
    await bench.until(lambda: bench.state("brief").state == "restarting")
    await bench.supervisor.stop()
    assert [("brief", 0)] == bench.ends
    assert 1 == (tmp_path / "journal").read_text().count("start brief")


async def test_a_full_disk_is_waited_out(tmp_path: Path) -> None:
    """What cannot be started again for the time being is tried until it can."""
    class Unlucky(Script):
        failures = 2

        def prepare(self) -> None:
            if self.journal.exists() and self.failures:
                self.failures -= 1
                raise OSError(errno.ENOSPC, "No space left on device")
            super().prepare()
    bench = Bench()
    script = Unlucky("gateway", tmp_path)
    await bench.supervisor.start(script)
    pid = bench.state("gateway").pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await bench.until(partial(bench.runs_anew, "gateway", pid))
    assert 0 == script.failures
    await bench.supervisor.stop()


async def test_a_program_that_asks_for_a_person_stays_stopped(tmp_path: Path) -> None:
    """A broken invariant would break again: starting over helps nobody."""
    bench = Bench()
    code = "import time; time.sleep(.2); sys.exit(70)"
    await bench.supervisor.start(Script("engine", tmp_path, code=code))
    await bench.until(lambda: bench.state("engine").state == "stopped")
    await bench.supervisor.stop()
    assert [("engine", 70)] == bench.ends
    assert 1 == (tmp_path / "journal").read_text().count("start engine")
