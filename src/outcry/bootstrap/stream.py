"""Starts the stream: the log and history on one side, WebSocket clients on the other."""

import asyncio
import os
import signal
import sys
import time
from typing import Final

import structlog

from outcry.adapters.postgres.history import PostgresHistory
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.users import PostgresUsers
from outcry.adapters.redis_streams import RedisLog
from outcry.adapters.snapshots import FileSnapshots
from outcry.config import Settings
from outcry.ports import LogBroken
from outcry.services.api_keys import KeyRing
from outcry.services.stream.limits import Limits
from outcry.services.stream.service import StreamService

QUESTION_TIMEOUT_S: Final = 10.0

log = structlog.get_logger("stream")


async def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. A broken log ends the process loudly."""
    assert settings.redis_url is not None, "OUTCRY_REDIS_URL is not set"
    assert settings.database_url is not None, "OUTCRY_DATABASE_URL is not set"
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    event_log = RedisLog(settings.redis_url)
    try:
        async with Database(
            settings.database_url, application="stream", connections_max=2,
            command_timeout_s=QUESTION_TIMEOUT_S,
        ) as database:
            service = StreamService(
                store=FileSnapshots(settings.snapshot_dir, kept=settings.snapshots_kept),
                reader=event_log,
                history=PostgresHistory(database),
                keys=KeyRing(
                    PostgresUsers(database, settings.database_url), clock=time.monotonic
                ),
                board=event_log,
                pid=os.getpid(),
                limits=Limits(
                    connections_per_address=settings.stream_connections_per_address
                ),
            )
            await service.run(stop, host=settings.host, port=settings.stream_port)
    except* LogBroken:
        # Started again, it begins at a newer snapshot.
        log.exception("the log does not continue what this stream knows; it must start again")
        sys.exit(1)
    finally:
        await event_log.close()
