"""The signals that stop a process of the venue, the time it then has, and pauses cut short."""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeVar

import structlog

# Together shorter than the supervisor's patience, which would kill the process.
STOP_S: Final = 2.5
INSIST_S: Final = 0.5

T = TypeVar("T")

log = structlog.get_logger()


@asynccontextmanager
async def stop_signal() -> AsyncIterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set; the block ends after it.

    A block that has not ended `STOP_S` later waits for a silent server. All tasks are canceled
    then, repeatedly, since their cleanup may ask that server too.
    """
    stop = asyncio.Event()
    doing = asyncio.current_task()
    assert doing is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    late = False

    async def insist() -> None:
        nonlocal late
        await stop.wait()
        await asyncio.sleep(STOP_S)
        late = True
        while True:
            for task in asyncio.all_tasks() - {insisting}:
                task.cancel()  # All of them: a group passes only the first cancellation on.
            await asyncio.sleep(INSIST_S)

    insisting = asyncio.create_task(insist())
    try:
        yield stop
    except asyncio.CancelledError:
        if not late:
            raise
        while doing.uncancel():
            pass
        log.warning("stopped without the answer of a server that was waited for")
    finally:
        insisting.cancel()


async def unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """The result of some work, or None if the process is told to stop before its end."""
    doing = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((doing, stopping), return_when=asyncio.FIRST_COMPLETED)
        return doing.result() if doing.done() else None
    finally:
        doing.cancel()
        stopping.cancel()
        await asyncio.gather(doing, stopping, return_exceptions=True)


async def pause(until: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but no longer than so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await until.wait()
