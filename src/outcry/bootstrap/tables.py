"""Brings the database's tables up to date, for processes that start beside one another."""

import asyncio
from typing import Final

import structlog

from outcry.adapters.postgres.migrate import migrate
from outcry.adapters.postgres.pool import Database
from outcry.ports.database import DatabaseUnavailable

RETRY_S: Final = 0.25

log = structlog.get_logger()


async def bring_up_to_date(database: Database) -> None:
    """Apply the migrations that are missing, waiting for the database."""
    while True:
        try:
            await migrate(database)
        except DatabaseUnavailable as error:
            log.warning("waiting for the database", reason=str(error))
            await asyncio.sleep(RETRY_S)
        else:
            return
