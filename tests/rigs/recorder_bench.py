"""Puts logs on a real Valkey and reads what was recorded in a real PostgreSQL."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import redis

from outcry.adapters.postgres.migrate import migrate
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.recorder import PostgresRecords
from outcry.adapters.valkey.streams import EVENTS, JOURNAL, RedisLog
from outcry.processes.recorder.recorder import Recorder
from outcry.wire.journal import EntryId
from rigs import patience
from rigs.patience import PATIENCE_S
from rigs.venue_log import Entry
from twin.tables import Tables

KEYS = {
    "journal": ("ms", "seq"),
    "events": ("ms", "seq"),
    "assets": ("asset_id",),
    "instruments": ("instrument_id",),
    "accounts": ("account_id",),
    "contracts": ("instrument_id",),
    "positions": ("position_id",),
    "desk_commands": ("ms", "seq", "place"),
    "position_closes": ("ms", "seq", "place"),
    "balances": ("account_id", "asset_id"),
    "transfers": ("transfer_id",),
    "spot_orders": ("order_id",),
    "spot_trades": ("instrument_id", "trade_id"),
    "spot_fills": ("account_id", "instrument_id", "trade_id"),
    "candles": ("instrument_id", "interval", "start_ms"),
}
# Small groups: there are then many moments to be killed at, and time to choose one.
PROCESS = """
from outcry.bootstrap.recorder import main
from outcry.runtime.config import Settings
from outcry.processes.recorder import recorder
recorder.GROUP_ENTRIES_MAX = 40
main(Settings())
"""


class Bench:
    """A log server and a database, and what tests do with them."""

    def __init__(self, redis_url: str, database_url: str) -> None:
        self.redis_url = redis_url
        self.database_url = database_url
        self.migrated = False

    def publish(self, entries: Sequence[Entry]) -> None:
        """Append journal and events entries as gateways and the engine do."""
        with redis.Redis.from_url(self.redis_url) as client:
            pipeline = client.pipeline(transaction=False)
            for command, entry in entries:
                pipeline.xadd(JOURNAL, {
                    "w": command.writer, "n": command.number, "c": command.commands,
                    "v": command.version,
                }, id=str(command.id))
                pipeline.xadd(EVENTS, {
                    "w": entry.writer, "n": entry.number, "e": entry.outcome,
                    "prev": str(entry.previous), "d": entry.digest,
                }, id=str(entry.id))
            pipeline.execute()

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """The database, with its tables."""
        async with Database(self.database_url, application="test") as database:
            if not self.migrated:
                await migrate(database)
                self.migrated = True
            yield database

    @asynccontextmanager
    async def recorder(
        self, database: Database
    ) -> AsyncIterator["tuple[asyncio.Task[None], PostgresRecords]"]:
        """A recorder in this process, stopped at the end of the block."""
        log = RedisLog(self.redis_url)
        records = PostgresRecords(database)
        stop = asyncio.Event()
        recorder = Recorder(events=log, journal=log, records=records, board=log, pid=1)
        running = asyncio.create_task(recorder.run(stop))
        try:
            yield running, records
        finally:
            stop.set()
            await asyncio.wait([running])
            await log.close()

    def process(self, directory: Path) -> "subprocess.Popen[bytes]":
        """The recorder as a process of its own; what it says is in `recorder.log` there."""
        with (directory / "recorder.log").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-c", PROCESS], cwd=directory, stdout=output, stderr=output,
                env={
                    **os.environ, "OUTCRY_REDIS_URL": self.redis_url,
                    "OUTCRY_DATABASE_URL": self.database_url,
                },
            )

    def offset(self) -> EntryId:
        """How far everything is recorded."""
        async def recorded() -> EntryId:
            async with self.database() as database:
                return (await PostgresRecords(database).recorded()).entry_id

        return asyncio.run(recorded())

    def wait_until(
        self, holds: Callable[[EntryId], bool], process: "subprocess.Popen[bytes]"
    ) -> None:
        """Wait until the offset is somewhere, as long as a recorder lives."""
        wait_for(lambda: holds(self.offset()), process)

    async def record(self, upto: EntryId) -> None:
        """Let a recorder come as far as an entry."""
        async with self.database() as database, self.recorder(database) as (running, records):
            await until(lambda: reached(records, upto), running)

    async def tables(self) -> Tables:
        """Everything that is recorded."""
        async with self.database() as database:
            tables: Tables = {}
            for table, names in KEYS.items():
                tables[table] = {}
                for row in await database.fetch(f"SELECT * FROM {table}"):
                    key = tuple(row[name] for name in names)
                    plain = {name: _integer(value) for name, value in row.items()}
                    tables[table][key if len(key) > 1 else key[0]] = plain
            return tables


def _integer(value: Any) -> Any:
    """Unsigned 64 bits come as Decimal."""
    return int(value) if type(value).__name__ == "Decimal" else value


def wait_for(
    holds: Callable[[], bool], process: "subprocess.Popen[bytes]", *, pause_s: float = 0.02
) -> None:
    """Wait for something to hold, as long as a recorder lives."""

    def holds_while_it_lives() -> bool:
        if holds():
            return True
        assert process.poll() is None, "the recorder ended"
        return False

    patience.until(holds_while_it_lives, "a recorder", PATIENCE_S, pause_s=pause_s)


async def reached(records: PostgresRecords, upto: EntryId) -> bool:
    """Whether everything up to an entry is recorded."""
    return (await records.recorded()).entry_id >= upto


async def until(
    holds: Callable[[], Awaitable[bool]], running: "asyncio.Task[None] | None" = None
) -> None:
    """Wait for something to hold, as long as the task at work has not ended."""
    give_up_at = time.monotonic() + PATIENCE_S
    while not await holds():
        if running is not None and running.done():
            running.result()
            raise AssertionError("the recorder ended")
        assert time.monotonic() < give_up_at, "waited too long"
        await asyncio.sleep(0.01)

