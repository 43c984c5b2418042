"""Starts the recorder: the log on one side, PostgreSQL on the other."""

import asyncio
import os
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from outcry.adapters.postgres.archive import PostgresArchive
from outcry.adapters.postgres.copies import copy_earlier_closes
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.recorder import PostgresRecords
from outcry.adapters.valkey.streams import RedisLog
from outcry.adapters.valkey.upkeep import RedisUpkeep
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.bootstrap.tables import bring_up_to_date, with_database
from outcry.processes.recorder.recorder import AnotherRecorder, Recorder
from outcry.processes.recorder.trimming import Trimmer
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError
from outcry.runtime.process import run_process
from outcry.runtime.stopping import unless_stopped

# The recorder may fall behind for a while; the processes that answer clients may not.
NICENESS: Final = 10


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    os.nice(max(0, NICENESS - os.nice(0)))
    run_process("recorder", partial(_run, settings))


async def _run(settings: Settings, stop: asyncio.Event, resources: AsyncExitStack) -> None:
    settings = settings.with_servers()
    log = await resources.enter_async_context(RedisLog(settings.redis_url))
    upkeep = await resources.enter_async_context(RedisUpkeep(settings.redis_url))
    database = await resources.enter_async_context(Database(
        settings.database_url, application="recorder", connections_max=3
    ))
    await unless_stopped(stop, _tables(database))
    if stop.is_set():
        return
    recorder = Recorder(
        events=log, journal=log, records=PostgresRecords(database), board=log, pid=os.getpid()
    )
    trimmer = Trimmer(
        events=log, log=upkeep, archive=PostgresArchive(database),
        snapshots=snapshot_store(settings), snapshots_kept=settings.snapshots_kept,
        kept_s=settings.log_kept_s,
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(recorder.run(stop))
            tasks.create_task(trimmer.run(stop, interval_s=settings.trim_interval_s))
    except* AnotherRecorder:
        raise OperatorError("recorder: another recorder writes to this database") from None


async def _tables(database: Database) -> None:
    """Migrate, and fill a new table with what the archive has for it."""
    await bring_up_to_date(database)
    await with_database(lambda: copy_earlier_closes(database))
