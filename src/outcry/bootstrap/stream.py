"""Starts the stream: the log and history on one side, WebSocket clients on the other."""

import asyncio
import gc
import logging
import os
import sys
import time
from typing import Final

import structlog

from outcry.adapters.postgres.history import PostgresHistory
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.sessions import PostgresSessions
from outcry.adapters.postgres.users import PostgresUsers
from outcry.adapters.valkey.streams import RedisLog
from outcry.bootstrap import people
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.bootstrap.tables import migrated
from outcry.people.api_keys import KeyRing
from outcry.people.sessions import Sessions
from outcry.ports.log import LogBroken
from outcry.processes.stream.limits import Limits
from outcry.processes.stream.service import StreamService
from outcry.runtime.clock import clock_ms
from outcry.runtime.config import Settings
from outcry.runtime.stopping import told_to_stop

QUESTION_TIMEOUT_S: Final = 10.0

log = structlog.get_logger("stream")


async def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. A broken log ends the process loudly."""
    assert settings.redis_url is not None, "OUTCRY_REDIS_URL is not set"
    assert settings.database_url is not None, "OUTCRY_DATABASE_URL is not set"
    logging.getLogger("picows").setLevel(logging.WARNING)  # It tells of every connection.
    event_log = RedisLog(settings.redis_url)
    try:
        async with told_to_stop() as stop, Database(
            settings.database_url, application="stream", connections_max=2,
            command_timeout_s=QUESTION_TIMEOUT_S,
        ) as database:
            if await migrated(database, stop):
                service = _service(settings, event_log, database)
                service.port.add_done_callback(_settle)
                await service.run(stop, host=settings.host, port=settings.stream_port)
    except* LogBroken:
        # Started again, it begins at a newer snapshot.
        log.exception("the log does not continue what this stream knows; it must start again")
        sys.exit(1)
    finally:
        await event_log.close()


def _service(settings: Settings, event_log: RedisLog, database: Database) -> StreamService:
    assert settings.database_url is not None
    users = PostgresUsers(database, settings.database_url)
    return StreamService(
        store=snapshot_store(settings),
        reader=event_log,
        history=PostgresHistory(database),
        keys=KeyRing(users, clock=time.monotonic),
        sessions=Sessions(
            PostgresSessions(database, settings.database_url), people.tokens_of(settings),
            clock_ms=clock_ms,
        ),
        origins=people.origins_of(settings),
        board=event_log,
        pid=os.getpid(),
        limits=Limits(connections_per_address=settings.stream_connections_per_address),
    )


def _settle(_: "asyncio.Future[int]") -> None:
    """What lives as long as the process need not be looked through for cycles."""
    gc.collect()
    gc.freeze()
