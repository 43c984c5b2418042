"""Child processes that never outlive us: spawning, waiting until they work, and stopping.

A child gets a session of its own, so that Ctrl-C in the terminal reaches only us and the children
can be stopped in order. Where the system can do it (Linux), the kernel signals a child when we
are killed, so that nothing is left behind that would block the next start.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from outcry.launcher.program import Program
from outcry.launcher.servers.logfile import last_line, open_log
from outcry.launcher.servers.ordinary_user import AS_WE_ARE, ProcessUser
from outcry.runtime.backoff import Backoff
from outcry.runtime.errors import OperatorError

RETRY_FIRST_S = 0.1
STARTS_MAX = 4

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _before_exec(death_signal: signal.Signals, nice: int) -> Callable[[], None]:
    parent = os.getpid()

    def in_child() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != parent:  # Killed before the kernel knew the signal.
                os._exit(1)
        if nice:
            os.nice(nice)

    return in_child


def inherited() -> dict[str, str]:
    """This process's environment without settings, some of which are secrets."""
    return {name: text for name, text in os.environ.items() if name.upper()[:7] != "OUTCRY_"}


def spawn(
    argv: Sequence[str], *, log: Path, death_signal: signal.Signals, nice: int = 0,
    env: Mapping[str, str] | None = None, cwd: Path | None = None, run_as: ProcessUser = AS_WE_ARE,
) -> "subprocess.Popen[bytes]":
    """Start a child whose output goes to a log file and that ends when we are killed.

    Call it from the main thread: the kernel watches the thread that starts a child.
    """
    with open_log(log) as output:
        return subprocess.Popen(  # noqa: S603 - our own programs only
            [*run_as.prefix(death_signal), *argv],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            env=inherited() if env is None else env, cwd=cwd, start_new_session=True,
            preexec_fn=_before_exec(death_signal, nice),
            user=run_as.user, group=run_as.group,
            extra_groups=None if run_as.user is None else [],
        )


def start(program: Program, *, timeout_s: float = 60.0) -> "subprocess.Popen[bytes]":
    """Start a program and wait until it is ready; one that dies at once is tried a few times.

    Raises `OperatorError` with its last words.
    """
    deadline = time.monotonic() + timeout_s
    backoff = Backoff(first_s=RETRY_FIRST_S, spread=0.0)
    for _ in range(STARTS_MAX):
        program.prepare()
        child = program.spawn()
        while child.poll() is None:
            if program.ready():
                return child
            if time.monotonic() > deadline:
                stop(child, program.stop_signal)
                raise OperatorError(
                    f"{program.name} was not ready after {timeout_s:.0f} s: "
                    f"{last_line(program.log)}"
                )
            time.sleep(0.01)
        time.sleep(backoff.next_s())
    advice = f" ({program.advice})" if program.advice else ""
    raise OperatorError(f"{program.name} did not start: {last_line(program.log)}{advice}")


def stop(
    child: "subprocess.Popen[bytes]", stop_signal: signal.Signals, *, grace_s: float = 10.0
) -> None:
    """Ask a child to end and wait for it; kill it when it does not."""
    if child.poll() is not None:
        return
    child.send_signal(stop_signal)
    try:
        child.wait(grace_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


@contextlib.contextmanager
def running(program: Program) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program for as long as the block lasts."""
    child = start(program)
    try:
        yield child
    finally:
        stop(child, program.stop_signal)
