"""The end of a test that hangs, whatever it hangs in.

pytest-timeout raises its failure in whatever code runs. uvloop hands an exception of a signal's
handler to the loop's exception handler, so an asynchronous test would wait for ever, and the whole
run with it. Such a test ends with its process instead, after the places where its tasks wait are
written. Code that lets no signal through ends a little later, by a thread outside Python.
"""

import asyncio
import faulthandler
import os
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Final, TextIO

GRACE_S: Final = 30  # Code that lets no signal through is left this much longer.


def watch(limit_s: float, file: TextIO) -> None:
    """Guard a test whose alarm is set: in a loop, and in code that never gets to the alarm."""
    fail = signal.getsignal(signal.SIGALRM)

    def on_alarm(number: int, frame: FrameType | None) -> None:
        try:
            tasks = asyncio.all_tasks()
        except RuntimeError:  # No loop runs, so the test itself can fail.
            if callable(fail):
                fail(number, frame)
            return
        for task in tasks:
            print(task.get_name(), *places(task.get_coro()), sep="\n  ", file=file)
        faulthandler.dump_traceback(file=file)
        os._exit(1)

    signal.signal(signal.SIGALRM, on_alarm)
    faulthandler.dump_traceback_later(limit_s + GRACE_S, exit=True, file=file)


def leave() -> None:
    """The test has ended."""
    faulthandler.cancel_dump_traceback_later()


def places(awaited: object) -> Iterator[str]:
    """The lines at which a coroutine waits, from the outermost to the innermost."""
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is None:
            yield f"{awaited!r}"
        else:
            yield f'"{frame.f_code.co_filename}", line {frame.f_lineno} in {frame.f_code.co_name}'
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
