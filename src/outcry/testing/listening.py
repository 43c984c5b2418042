"""A venue in memory that can be reached: HTTP and WebSocket on free ports of this machine."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from outcry.adapters.memory.log import MemorySnapshots
from outcry.people.cookies import PageOrigins
from outcry.processes.gateway.http import Application
from outcry.processes.stream.limits import Limits
from outcry.processes.stream.service import StreamService
from outcry.runtime.clock import clock_ms
from outcry.runtime.connections import ConnectionGate, connections_possible
from outcry.testing.in_memory import InMemoryVenue

HOST: Final = "127.0.0.1"
BEAT_S: Final = 0.5  # The engine's own beat: a venue that is silent for 2 s counts as down.
NO_LIMIT: Final = 0
GOODBYE_S: Final = 0.05  # Clients of a test that is over need not say goodbye.


class Clock:
    """The venue's time: that of this machine, moved forward by a test."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def __call__(self) -> int:
        """Milliseconds since 1970."""
        return clock_ms() + self.ahead_ms


class Endpoints(NamedTuple):
    """A venue, and its ports."""

    venue: InMemoryVenue
    http_port: int
    stream_port: int


@asynccontextmanager
async def listening(clock: Clock, *, rate_limit_per_minute: int) -> AsyncIterator[Endpoints]:
    """Open a venue at a clock's time. Its clients go on signing the real time."""
    venue = InMemoryVenue(clock_ms=clock, signed_ms=clock_ms, per_minute=rate_limit_per_minute)

    def answer_and_record() -> None:
        venue.engine.step()
        venue.history.catch_up()

    venue.log.on_append = answer_and_record
    stop = asyncio.Event()
    async with venue.running():
        stream = StreamService(
            store=MemorySnapshots(), reader=venue.log, history=venue.history, keys=venue.ring,
            sessions=venue.sessions, pages=PageOrigins(None, ()), board=venue.log,
            pid=os.getpid(), gate=ConnectionGate(connections_possible()),
            limits=Limits(connections_per_address=NO_LIMIT, goodbye_s=GOODBYE_S),
        )
        streaming = asyncio.create_task(stream.run(stop, host=HOST, port=0))
        beating = asyncio.create_task(_beat(venue))
        stream_port = await stream.port
        try:
            async with _serving(venue.make_application(stream_port=stream_port)) as http_port:
                yield Endpoints(venue, http_port, stream_port)
        finally:
            beating.cancel()
            stop.set()
            await streaming


async def _beat(venue: InMemoryVenue) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        await venue.beat()


@asynccontextmanager
async def _serving(application: Application) -> AsyncIterator[int]:
    """Answer HTTP on a free port, which is returned.

    With uvicorn's protocol but not its server, which looks every tenth of a second whether to stop:
    too long for a suite of a thousand tests.
    """
    config = uvicorn.Config(
        application, http="httptools", ws="none", lifespan="off", access_log=False,
        log_config=None, log_level="warning", server_header=False, date_header=False,
        proxy_headers=False,
    )
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: HttpToolsProtocol(config, state, {}), HOST, 0
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for connection in list(state.connections):
            connection.shutdown()
        for request in list(state.tasks):
            request.cancel()
