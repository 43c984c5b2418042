"""Starts a gateway: the log and history on one side, HTTP on the other."""

import asyncio
import gc
import os
import secrets
import socket
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final

import structlog

import outcry
from outcry.adapters.postgres.history import PostgresHistory
from outcry.adapters.postgres.latencies import PostgresLatencies
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.sessions import PostgresSessions
from outcry.adapters.postgres.users import PostgresUsers
from outcry.adapters.postgres.withdrawals import PostgresWithdrawals
from outcry.adapters.valkey.edge import SharedEdge
from outcry.adapters.valkey.streams import RedisLog
from outcry.bootstrap import people
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.bootstrap.tables import bring_up_to_date
from outcry.log.command_writer import CommandWriter
from outcry.people.api_keys import ApiKeyCache
from outcry.people.sessions import SessionCache
from outcry.processes.gateway.app import make_app
from outcry.processes.gateway.gateway import Gateway
from outcry.processes.gateway.history import CompleteHistory
from outcry.processes.gateway.limits import RequestLimits
from outcry.processes.gateway.routes.venue import VenueDescription
from outcry.processes.gateway.shared_limits import LimitSharing
from outcry.processes.gateway.sign_in import SignIn
from outcry.processes.gateway.start import start_views
from outcry.processes.gateway.terminal import Terminal
from outcry.processes.gateway.trail import LatencyRecorder
from outcry.runtime.clock import clock_ms
from outcry.runtime.config import Settings, VenueSettings
from outcry.runtime.connections import ConnectionGate, connections_possible
from outcry.runtime.process import run_process
from outcry.runtime.stopping import unless_stopped

QUESTION_TIMEOUT_S: Final = 10.0
BACKLOG: Final = 2048
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

log = structlog.get_logger()


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    run_process("gateway", partial(_run, settings))


async def _run(settings: Settings, stop: asyncio.Event, resources: AsyncExitStack) -> None:
    gateway = await unless_stopped(stop, _gateway(settings.with_servers(), resources))
    if gateway is not None:
        # These objects live as long as the process: the collector need not visit them.
        gc.collect()
        gc.freeze()
        log.info("gateway listens", host=settings.host, port=settings.port)
        await gateway.run(stop)


async def _gateway(settings: VenueSettings, resources: AsyncExitStack) -> Gateway:
    event_log = await resources.enter_async_context(RedisLog(settings.redis_url))
    database = await resources.enter_async_context(Database(
        settings.database_url, application="gateway", connections_max=8,
        command_timeout_s=QUESTION_TIMEOUT_S,
    ))
    await bring_up_to_date(database)
    command_writer = CommandWriter(event_log, session=secrets.randbits(63))
    history = PostgresHistory(database)
    views, follower = await start_views(
        reader=event_log,
        snapshots=snapshot_store(settings),
        history=history, command_writer=command_writer,
    )
    stored_users = PostgresUsers(database, settings.database_url)
    stored_sessions = PostgresSessions(database, settings.database_url)
    people.refuse_root(settings)
    tokens = people.tokens_of(settings)
    keys = ApiKeyCache(stored_users, clock=time.monotonic)
    sessions = SessionCache(stored_sessions, tokens, clock_ms=clock_ms)
    proxies = people.proxies_of(settings)
    limits = RequestLimits(settings.rate_limit_per_minute, time.monotonic)
    sign_in = SignIn(
        keys, sessions, limits=limits, origins=people.origins_of(settings), clock_ms=clock_ms
    )
    users = people.users_of(
        settings, users=stored_users, sign_ins=stored_sessions, views=views, tokens=tokens,
        clock_ms=clock_ms,
    )
    shared = await resources.enter_async_context(SharedEdge(settings.redis_url))
    trail = LatencyRecorder(PostgresLatencies(database))
    application = make_app(
        views=views, complete=CompleteHistory(history, views), sign_in=sign_in, limits=limits,
        board=event_log, about=_about(settings), terminal=Terminal(terminal_folder()), users=users,
        clock_ms=clock_ms, trail=trail, proxies=proxies,
        withdrawals=PostgresWithdrawals(database), claims=shared,
    )
    gate = ConnectionGate(
        connections_possible(), per_address=settings.connections_per_address, proxies=proxies
    )
    return Gateway(
        views=views, follower=follower, keys=keys, sessions=sessions, history=history,
        trail=trail,
        board=event_log, application=application,
        listening=socket.create_server((settings.host, settings.port), backlog=BACKLOG),
        gate=gate, sharing=LimitSharing(limits, shared, clock_ms=clock_ms), pid=os.getpid(),
        clock_ms=clock_ms,
    )


def _about(settings: Settings) -> VenueDescription:
    """At a loopback address, the terminal finds the stream by the host of its own page."""
    elsewhere = settings.host not in LOOPBACK
    return VenueDescription(
        mode=settings.mode, stream_url=settings.stream_url if elsewhere else None,
        stream_port=settings.stream_port,
    )


def terminal_folder() -> Path:
    """The built terminal: inside an installed package, else where a checkout builds it."""
    package = Path(outcry.__file__).parent
    inside = package / "terminal"
    return inside if inside.is_dir() else package.parents[1] / "web" / "dist"
