"""Keeps rows of the database in memory up to date: by its notifications, and each minute."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Final

import structlog

from outcry.ports.database import DatabaseUnavailable

LIFE_S: Final = 60.0  # All rows are read again after so long.

log = structlog.get_logger()


async def keep_fresh(
    stop: asyncio.Event, announced: AsyncGenerator[bytes | None, None], *, what: str,
    read: Callable[[bytes], Awaitable[None]], read_all: Callable[[], Awaitable[None]],
) -> None:
    """Read each announced row by its key, and all rows each minute, until told to stop.

    An announcement of None says that others may have been missed. `read` and `read_all` may raise
    `DatabaseUnavailable`; `what` is the word for it in the log.
    """
    async with asyncio.TaskGroup() as tasks:
        work = [
            tasks.create_task(_follow(announced, read, read_all)),
            tasks.create_task(_renew(read_all, what)),
        ]
        await stop.wait()
        for task in work:
            task.cancel()


async def _follow(
    announced: AsyncGenerator[bytes | None, None], read: Callable[[bytes], Awaitable[None]],
    read_all: Callable[[], Awaitable[None]],
) -> None:
    async with aclosing(announced) as keys:
        async for key in keys:
            # A row that cannot be read now is read after the next connection.
            with suppress(DatabaseUnavailable):
                await (read_all() if key is None else read(key))


async def _renew(read_all: Callable[[], Awaitable[None]], what: str) -> None:
    while True:
        await asyncio.sleep(LIFE_S)
        try:
            await read_all()
        except DatabaseUnavailable as error:
            log.warning("not renewed", what=what, reason=str(error))
