"""Both kinds of log, from both sides, for the suites that hold them to one port."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import redis

from outcry.adapters.memory.log import MemoryLog
from outcry.adapters.valkey.streams import EVENTS, JOURNAL, LEASE, RedisEngineLog, RedisLog
from outcry.ports.log import EngineLog, EventReader, JournalReader, JournalWriter
from outcry.ports.status_board import StatusBoard
from outcry.wire.journal import encode_commands
from rigs.patience import PATIENCE_S


class VenueLog(JournalWriter, EventReader, JournalReader, StatusBoard, Protocol):
    """The log as every process but the engine sees it."""


Use = Callable[[VenueLog], Coroutine[Any, Any, Any]]


class Rig(Protocol):
    """One log, from both sides, with a clock that tests can push."""

    engine: EngineLog

    def use(self, use: Use) -> Any:
        """Run a coroutine on the log as the other processes see it."""

    def another_engine(self) -> EngineLog:
        """A second engine on the same log."""

    def let_lease_run_out(self) -> None:
        """Wait until the lease that is held now has run out."""

    def set_clock_back(self, milliseconds: int) -> None:
        """Let the log server's clock be that much earlier from now on."""

    def lease_runs_out_in_ms(self) -> int:
        """How long the lease that is held now still lasts."""

    def lose_the_events(self) -> None:
        """Make the event stream empty, as if the server had lost it."""


class MemoryRig:
    def __init__(self) -> None:
        self.now_ms = 1_790_000_000_000
        self.log = MemoryLog(lambda: self.now_ms)
        self.engine: EngineLog = self.log
        self.log.beat(writer=0, number=1, commands=encode_commands([]))

    def use(self, use: Use) -> Any:
        return asyncio.run(use(self.log))

    def another_engine(self) -> EngineLog:
        return self.log

    def let_lease_run_out(self) -> None:
        self.now_ms += 10**6

    def set_clock_back(self, milliseconds: int) -> None:
        self.now_ms -= milliseconds

    def lease_runs_out_in_ms(self) -> int:
        now_ms = self.now_ms
        while not self.log.take_lease(token="somebody else", ttl_ms=1):
            self.now_ms += 100
        return self.now_ms - now_ms

    def lose_the_events(self) -> None:
        self.log.events.clear()


class ValkeyRig:
    def __init__(self, url: str) -> None:
        self.url = url
        self.client = redis.Redis.from_url(url)
        self.opened: list[RedisEngineLog] = []
        self.engine = self.another_engine()
        self.client.xadd(JOURNAL, {"w": 0, "n": 1, "c": encode_commands([]), "v": 1})

    def use(self, use: Use) -> Any:
        async def run() -> Any:
            log = RedisLog(self.url)
            try:
                return await use(log)
            finally:
                await log.close()

        return asyncio.run(run())

    def another_engine(self) -> EngineLog:
        self.opened.append(RedisEngineLog(self.url))
        return self.opened[-1]

    def let_lease_run_out(self) -> None:
        self.client.pexpire(LEASE, 1)
        deadline = time.monotonic() + PATIENCE_S
        while self.client.exists(LEASE):
            assert time.monotonic() < deadline

    def set_clock_back(self, milliseconds: int) -> None:
        """What a server sees of it: the lease ends at the same time of day."""
        left: Any = self.client.pttl(LEASE)
        self.client.pexpire(LEASE, int(left) + milliseconds)

    def lease_runs_out_in_ms(self) -> int:
        left: Any = self.client.pttl(LEASE)
        return int(left)

    def lose_the_events(self) -> None:
        self.client.delete(EVENTS)

    def close(self) -> None:
        for log in self.opened:
            log.close()
        self.client.close()
