"""Starts a bridge: the log and history on one side, the streams of other designs on the other."""

import asyncio
import os
import secrets
from contextlib import AsyncExitStack
from functools import partial
from typing import Final, NamedTuple

import structlog

from outcry.adapters.postgres.archive import PostgresArchive
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.users import PostgresUsers
from outcry.adapters.valkey.bridge import STATE, RedisBridge
from outcry.adapters.valkey.streams import RedisLog
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.bootstrap.tables import bring_up_to_date
from outcry.log.archive import WholeHistory
from outcry.log.command_writer import CommandWriter
from outcry.log.starting_point import starting_point
from outcry.people.onboarding import Onboarding, parse_deposits
from outcry.ports.bridge import BridgeState, TakenOver
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogBroken, LogUnavailable
from outcry.processes.bridge.addresses import AddressCache
from outcry.processes.bridge.bridge import Bridge, LogRoom
from outcry.processes.bridge.intake import Intake
from outcry.processes.bridge.mirror import Mirror
from outcry.processes.bridge.requests import Requests
from outcry.processes.bridge.users import BridgeUsers
from outcry.projections.venue import VenueView
from outcry.runtime.config import Settings, VenueSettings
from outcry.runtime.errors import OperatorError
from outcry.runtime.process import run_process
from outcry.runtime.stopping import unless_stopped

RETRY_S: Final = 0.25
# Further than an earlier bridge can have come with entries that nobody has seen.
NUMBERS_SKIPPED: Final = 2**32

log = structlog.get_logger()


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    run_process("bridge", partial(_run, settings))


class _Servers(NamedTuple):
    """The servers of a bridge."""

    log: RedisLog
    bridge: RedisBridge
    database: Database


async def _run(settings: Settings, stop: asyncio.Event, resources: AsyncExitStack) -> None:
    found = settings.with_servers()
    servers = _Servers(
        await resources.enter_async_context(RedisLog(found.redis_url)),
        await resources.enter_async_context(
            RedisBridge(settings.bridge_redis_url or found.redis_url)
        ),
        await resources.enter_async_context(
            Database(found.database_url, application="bridge", connections_max=4)
        ),
    )
    try:
        bridge = await unless_stopped(stop, _bridge(found, servers))
        if bridge is not None:
            await bridge.run(stop)
    except* TakenOver as group:
        raise OperatorError(f"bridge: {group.exceptions[0]}") from None


async def _bridge(settings: VenueSettings, servers: _Servers) -> Bridge:
    """A bridge at the position of the last one; waits for the servers."""
    await bring_up_to_date(servers.database)
    while True:
        try:
            return await _started(settings, servers)
        except (LogUnavailable, DatabaseUnavailable) as error:
            log.warning("waiting for the servers", reason=str(error))
        await asyncio.sleep(RETRY_S)


async def _started(settings: VenueSettings, servers: _Servers) -> Bridge:
    state = await servers.bridge.take_over(
        token=secrets.token_hex(16), session=secrets.randbits(63)
    )
    top = await servers.log.top()
    begin = top if state.position is None else state.position
    at, image = starting_point(snapshot_store(settings), not_above=begin)
    venue = VenueView.from_image(image, at.id)
    command_writer = CommandWriter(
        servers.log, session=state.session, after=state.number + NUMBERS_SKIPPED
    )
    users = PostgresUsers(servers.database, settings.database_url)
    requests, addresses, room = Requests(servers.bridge), AddressCache(users), LogRoom()
    mirror = Mirror(
        reader=servers.log, venue=venue, at=at, requests=requests,
        source=WholeHistory(
            events=servers.log, journal=servers.log, archive=PostgresArchive(servers.database)
        ),
        command_writer=command_writer, session=state.session, number=state.number,
        addresses=addresses,
    )
    if begin > top:
        raise LogBroken(f"the log ends at {top}, and the bridge had reached {begin}: {_ADVICE}")
    await mirror.fold_to(begin)
    await _check_or_save(mirror, state)
    deposits = parse_deposits(settings.demo_deposit) if settings.mode == "demo" else {}
    intake = Intake(
        server=servers.bridge, requests=requests, command_writer=command_writer, venue=venue,
        may_take=room.has_some,
        users=BridgeUsers(
            venue=venue, book=users, addresses=addresses, welcome=deposits,
            onboarding=Onboarding(users=users, command_writer=command_writer, venue=venue),
        ),
    )
    log.info("bridge starts", reached=str(begin), first=state.position is None)
    return Bridge(
        server=servers.bridge, mirror=mirror, intake=intake, requests=requests,
        command_writer=command_writer, board=servers.log, room=room, pid=os.getpid(),
    )


_ADVICE: Final = f"delete the key {STATE} on the bridge's server to begin at the log's end"


async def _check_or_save(mirror: Mirror, state: BridgeState) -> None:
    """Compare the log with the last bridge's position, or make this the first position."""
    if state.position is None:
        await mirror.save()
    elif mirror.at.digest != state.digest:
        raise LogBroken(f"entry {mirror.at.id} is not the one that the bridge had read: {_ADVICE}")
