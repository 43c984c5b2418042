"""Starts the recorder: the log on one side, PostgreSQL on the other."""

import asyncio
import os
import sys

import structlog

from outcry.adapters.postgres.archive import PostgresArchive
from outcry.adapters.postgres.migrate import migrate
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.recorder import PostgresRecords
from outcry.adapters.valkey.streams import RedisLog
from outcry.adapters.valkey.upkeep import RedisUpkeep
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogBroken
from outcry.processes.recorder.recorder import AnotherRecorder, Recorder
from outcry.processes.recorder.trimming import Trimmer
from outcry.runtime.config import Settings
from outcry.runtime.exit_status import STOP_FOR_A_PERSON
from outcry.runtime.stopping import told_to_stop

# The recorder may fall behind for a while; those who answer clients may not.
NICENESS = 10
MIGRATION_PAUSE_S = 0.5

structured_log = structlog.get_logger()


async def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT.

    A broken log or invariant, and another recorder, end the process loudly.
    """
    assert settings.redis_url is not None, "OUTCRY_REDIS_URL is not set"
    assert settings.database_url is not None, "OUTCRY_DATABASE_URL is not set"
    os.nice(max(0, NICENESS - os.nice(0)))
    log = RedisLog(settings.redis_url)
    upkeep = RedisUpkeep(settings.redis_url)
    try:
        async with told_to_stop() as stop, Database(
            settings.database_url, application="recorder", connections_max=3
        ) as database:
            if await _migrated(database, stop):
                await _record_and_trim(settings, log, upkeep, database, stop)
    except* LogBroken:
        structured_log.exception("the log does not continue what is recorded")
        sys.exit(STOP_FOR_A_PERSON)
    except* AssertionError:
        structured_log.exception("an invariant is broken: nothing of the group is recorded")
        sys.exit(STOP_FOR_A_PERSON)
    except* AnotherRecorder:
        sys.exit("recorder: another recorder writes to this database")
    finally:
        await upkeep.close()
        await log.close()


async def _record_and_trim(
    settings: Settings, log: RedisLog, upkeep: RedisUpkeep, database: Database,
    stop: asyncio.Event,
) -> None:
    recorder = Recorder(
        events=log, journal=log, records=PostgresRecords(database), board=log, pid=os.getpid()
    )
    trimmer = Trimmer(
        events=log, log=upkeep, archive=PostgresArchive(database),
        snapshots=snapshot_store(settings), snapshots_kept=settings.snapshots_kept,
        kept_s=settings.log_kept_s,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(recorder.run(stop))
        tasks.create_task(trimmer.run(stop, interval_s=settings.trim_interval_s))


async def _migrated(database: Database, stop: asyncio.Event) -> bool:
    """Bring the tables up to date, waiting for the database; False when told to stop before."""
    while not stop.is_set():
        try:
            await migrate(database)
        except DatabaseUnavailable as error:
            structured_log.warning("waiting for the database", error=str(error))
            await asyncio.sleep(MIGRATION_PAUSE_S)
        else:
            return True
    return False
