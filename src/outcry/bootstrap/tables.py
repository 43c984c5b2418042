"""Bringing the database's tables up to date, for processes that start beside one another."""

import asyncio
from typing import Final

import structlog

from outcry.adapters.postgres.migrate import migrate
from outcry.adapters.postgres.pool import Database
from outcry.ports.database import DatabaseUnavailable

PAUSE_S: Final = 0.25

log = structlog.get_logger()


async def migrated(database: Database, stop: asyncio.Event) -> bool:
    """Bring the tables up to date, waiting for the database; False when told to stop before."""
    while not stop.is_set():
        try:
            await migrate(database)
        except DatabaseUnavailable as error:
            log.warning("waiting for the database", reason=str(error))
            await asyncio.sleep(PAUSE_S)
        else:
            return True
    return False
