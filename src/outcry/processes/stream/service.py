"""The stream process: follows the event stream and serves subscribers."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

import structlog

from outcry.api.backpack.stream import CFD, StreamName
from outcry.log.follower import EventConsumer
from outcry.people.api_keys import ApiKeyCache
from outcry.people.cookies import PageOrigins
from outcry.people.sessions import SessionCache
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.history import History
from outcry.ports.log import EventReader, LogUnavailable
from outcry.ports.snapshots import SnapshotStore
from outcry.ports.status_board import StatusBoard
from outcry.processes.stream.feed import BEAT_MS, BEATS_PER_SECOND
from outcry.processes.stream.hub import Hub
from outcry.processes.stream.limits import Limits
from outcry.processes.stream.publisher import Publisher
from outcry.processes.stream.requests import Requests
from outcry.processes.stream.server import StreamServer
from outcry.processes.stream.start import start_publisher
from outcry.projections.venue import VenueView
from outcry.runtime.addresses import TrustedProxies
from outcry.runtime.connections import ConnectionGate

RETRY_S: Final = 0.2

log = structlog.get_logger("stream")


def _wall_us() -> int:
    return time.time_ns() // 1_000


class StreamService:
    """One stream process. `run` ends when told to stop, and raises lasting errors."""

    def __init__(
        self, *, store: SnapshotStore, reader: EventReader, history: History, keys: ApiKeyCache,
        sessions: SessionCache, pages: PageOrigins, board: StatusBoard, pid: int,
        gate: ConnectionGate, proxies: TrustedProxies | None = None,
        limits: Limits | None = None, now_us: Callable[[], int] = _wall_us,
    ) -> None:
        self.port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._store = store
        self._reader = reader
        self._history = history
        self._keys = keys
        self._sessions = sessions
        self._board = board
        self._pid = pid
        self._now_us = now_us
        self._hub = Hub()
        self._limits = limits or Limits()
        self._tasks: asyncio.TaskGroup | None = None
        self._working: set[asyncio.Task[None]] = set()
        self._server = StreamServer(
            self._hub,
            Requests(
                self._hub, keys, sessions, self._limits, now_ms=lambda: now_us() // 1_000,
                spawn=self._spawn, exists=self._exists,
            ),
            self._limits, gate=gate, pages=pages, proxies=proxies, now_s=time.monotonic,
            now_us=now_us,
        )
        self._gate = gate
        self._venue: VenueView | None = None

    async def run(self, stop: asyncio.Event, *, host: str, port: int) -> None:
        """Serve until told to stop. Port 0 takes a free port, which `self.port` resolves to."""
        follower_and_publisher = await self._catch_up(stop)
        if follower_and_publisher is None:
            return
        follower, publisher = follower_and_publisher
        self._venue = publisher.venue
        async with asyncio.TaskGroup() as self._tasks:
            self._spawn(follower.run(stop))
            self._spawn(self._keys.run(stop))
            self._spawn(self._sessions.run(stop))
            self._spawn(self._beat(publisher))
            self._spawn(self._report(publisher))
            self.port.set_result(await self._server.listen(host, port))
            log.info("streaming", port=self.port.result(), reached=str(publisher.venue.reached))
            await stop.wait()
            await self._server.close()
            for task in self._working:
                task.cancel()

    async def _catch_up(self, stop: asyncio.Event) -> tuple[EventConsumer, Publisher] | None:
        """Catch up with the event stream, waiting for the servers; None when told to stop first."""
        while not stop.is_set():
            try:
                publisher, position = await start_publisher(
                    store=self._store, reader=self._reader, history=self._history,
                    hub=self._hub, now_us=self._now_us,
                )
                follower = EventConsumer(self._reader, position, publisher.on_entries)
                await follower.catch_up()
            except (LogUnavailable, DatabaseUnavailable) as error:
                log.warning("cannot start yet", why=str(error))
                await asyncio.sleep(RETRY_S)
            else:
                return follower, publisher
        return None

    def _exists(self, stream: StreamName) -> bool:
        """Whether a stream is about a market that is listed."""
        assert self._venue is not None
        if not stream.symbol:
            return True
        if stream.kind in CFD:
            return any(
                contract.underlying == stream.symbol
                for contract in self._venue.cfd.contracts.values()
            )
        return self._venue.listing.instrument(stream.symbol) is not None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        assert self._tasks is not None
        task = self._tasks.create_task(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        return task

    async def _beat(self, publisher: Publisher) -> None:
        """Publish the frames that go by the clock, at even intervals."""
        loop = asyncio.get_running_loop()
        count = 0
        next_s = loop.time()
        while True:
            next_s = max(next_s + BEAT_MS / 1000, loop.time())
            await asyncio.sleep(next_s - loop.time())
            count += 1
            publisher.beat()
            if count % BEATS_PER_SECOND == 0:
                self._server.beat()

    async def _report(self, publisher: Publisher) -> None:
        """Post the facts of this process each second."""
        frames, sent = 0, 0
        while True:
            hub = self._hub
            venue = publisher.venue
            facts: dict[str, object] = {
                "pid": self._pid,
                "state": "running",
                "reached": str(venue.reached),
                "age_ms": max(0, self._now_us() // 1_000 - venue.reached.ms),
                "connections": len(self._server.connections),
                "subscriptions": hub.subscriptions,
                "frames_per_s": hub.frames_sent - frames,
                "bytes_per_s": hub.bytes_sent - sent,
                "slow_readers": self._server.slow_readers,
                "connections_refused": self._gate.refused,
            }
            frames, sent = hub.frames_sent, hub.bytes_sent
            # The follower reports an unavailable log, and the board may lag.
            with suppress(LogUnavailable):
                await self._board.post("stream", facts)
            await asyncio.sleep(1)
