"""How a process of the venue is told to stop, and that it then does."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

# Together shorter than the patience of whoever starts and stops the process: else it is killed.
STOP_S: Final = 2.5
INSIST_S: Final = 0.5

log = structlog.get_logger()


@asynccontextmanager
async def told_to_stop() -> AsyncIterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set; do inside what shall end then.

    What has not ended `STOP_S` later waits for a server that says nothing. All tasks are canceled
    then, again and again, since tidying up may ask that server too.
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
