"""Starts the stream: the log and history on one side, WebSocket clients on the other."""

import asyncio
import gc
import logging
import os
import time
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from outcry.adapters.postgres.history import PostgresHistory
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.sessions import PostgresSessions
from outcry.adapters.postgres.users import PostgresUsers
from outcry.adapters.valkey.streams import RedisLog
from outcry.bootstrap import people
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.bootstrap.tables import bring_up_to_date
from outcry.people.api_keys import ApiKeyCache
from outcry.people.cookies import PageOrigins
from outcry.people.sessions import SessionCache
from outcry.processes.stream.limits import Limits
from outcry.processes.stream.service import StreamService
from outcry.runtime.clock import clock_ms
from outcry.runtime.config import Settings, VenueSettings
from outcry.runtime.connections import ConnectionGate, connections_possible
from outcry.runtime.process import run_process
from outcry.runtime.stopping import unless_stopped

QUESTION_TIMEOUT_S: Final = 10.0


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    logging.getLogger("picows").setLevel(logging.WARNING)  # It logs every connection.
    run_process("stream", partial(_run, settings))


async def _run(settings: Settings, stop: asyncio.Event, resources: AsyncExitStack) -> None:
    service = await unless_stopped(stop, _service(settings.with_servers(), resources))
    if service is not None:
        service.port.add_done_callback(_settle)
        await service.run(stop, host=settings.host, port=settings.stream_port)


async def _service(settings: VenueSettings, resources: AsyncExitStack) -> StreamService:
    event_log = await resources.enter_async_context(RedisLog(settings.redis_url))
    database = await resources.enter_async_context(Database(
        settings.database_url, application="stream", connections_max=2,
        command_timeout_s=QUESTION_TIMEOUT_S,
    ))
    await bring_up_to_date(database)
    users = PostgresUsers(database, settings.database_url)
    people.refuse_root(settings)
    proxies = people.proxies_of(settings)
    return StreamService(
        store=snapshot_store(settings),
        reader=event_log,
        history=PostgresHistory(database),
        keys=ApiKeyCache(users, clock=time.monotonic),
        sessions=SessionCache(
            PostgresSessions(database, settings.database_url), people.tokens_of(settings),
            clock_ms=clock_ms,
        ),
        pages=PageOrigins(settings.port, people.origins_of(settings)),
        gate=ConnectionGate(
            connections_possible(),
            # Beside the connections themselves, those that are about to be refused politely.
            per_address=2 * settings.stream_connections_per_address, proxies=proxies,
        ),
        proxies=proxies,
        board=event_log,
        pid=os.getpid(),
        limits=Limits(connections_per_address=settings.stream_connections_per_address),
    )


def _settle(_: "asyncio.Future[int]") -> None:
    """These objects live as long as the process: the collector need not visit them."""
    gc.collect()
    gc.freeze()
