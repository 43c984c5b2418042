"""Starts a bridge: the log and history on one side, the streams of other designs on the other."""

import asyncio
import os
import secrets
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import structlog

from outcry.adapters.postgres.archive import PostgresArchive
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.users import PostgresUsers
from outcry.adapters.valkey.bridge import RedisBridge
from outcry.adapters.valkey.streams import RedisLog
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.bootstrap.tables import bring_up_to_date
from outcry.people.onboarding import parse_deposits
from outcry.ports.bridge import TakenOver
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogUnavailable
from outcry.processes.bridge.bridge import Bridge
from outcry.processes.bridge.start import BridgeParts, start_bridge
from outcry.runtime.config import Settings, VenueSettings
from outcry.runtime.errors import OperatorError
from outcry.runtime.process import run_process
from outcry.runtime.stopping import unless_stopped

RETRY_S: Final = 0.25

log = structlog.get_logger()


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    run_process("bridge", partial(_run, settings))


async def _run(settings: Settings, stop: asyncio.Event, resources: AsyncExitStack) -> None:
    found = settings.with_servers()
    event_log = await resources.enter_async_context(RedisLog(found.redis_url))
    server = await resources.enter_async_context(
        RedisBridge(settings.bridge_redis_url or found.redis_url)
    )
    database = await resources.enter_async_context(
        Database(found.database_url, application="bridge", connections_max=4)
    )
    parts = BridgeParts(
        server=server, log=event_log, archive=PostgresArchive(database),
        snapshots=snapshot_store(settings), users=PostgresUsers(database, found.database_url),
    )
    try:
        bridge = await unless_stopped(stop, _bridge(found, database, parts))
        if bridge is not None:
            await bridge.run(stop)
    except* TakenOver:
        raise OperatorError("bridge: another bridge works on these streams now") from None


async def _bridge(settings: VenueSettings, database: Database, parts: BridgeParts) -> Bridge:
    """A bridge at the position of the last one; waits for the servers."""
    await bring_up_to_date(database)
    welcome = parse_deposits(settings.demo_deposit) if settings.mode == "demo" else {}
    while True:
        try:
            return await start_bridge(
                parts, token=secrets.token_hex(16), session=secrets.randbits(63),
                welcome=welcome, pid=os.getpid(),
            )
        except (LogUnavailable, DatabaseUnavailable) as error:
            log.warning("waiting for the servers", reason=str(error))
        await asyncio.sleep(RETRY_S)
