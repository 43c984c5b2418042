"""Brings the database's tables up to date, for processes that start beside one another."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import structlog

from outcry.adapters.postgres.migrate import migrate
from outcry.adapters.postgres.pool import Database
from outcry.ports.database import DatabaseUnavailable

RETRY_S: Final = 0.25

log = structlog.get_logger()


async def bring_up_to_date(database: Database) -> None:
    """Apply the migrations that are missing, waiting for the database."""
    await with_database(partial(migrate, database))


async def with_database(work: Callable[[], Awaitable[object]]) -> None:
    """Do work that can be repeated, waiting for the database."""
    while True:
        try:
            await work()
        except DatabaseUnavailable as error:
            log.warning("waiting for the database", reason=str(error))
            await asyncio.sleep(RETRY_S)
        else:
            return
