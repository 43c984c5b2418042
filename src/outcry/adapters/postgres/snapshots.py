"""Engine snapshots in PostgreSQL, with the same checksum and format as in files.

The engine has one thread and no event loop; it asks when it starts, and a child it forks writes. So
each question has a connection and an event loop of its own, and beside a running loop a thread.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from outcry.adapters.postgres.migrate import migrate
from outcry.adapters.postgres.pool import Database, Row
from outcry.adapters.postgres.queries import load_queries
from outcry.adapters.snapshots.format import WholeSnapshots, outdated, pack
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.snapshots import Snapshot
from outcry.wire.journal import EntryId

_SQL: Final = load_queries("snapshots")

QUESTION_TIMEOUT_S: Final = 60.0

T = TypeVar("T")


class PostgresSnapshots(WholeSnapshots):
    """The table of snapshots. Reading raises `DatabaseUnavailable`."""

    where = "PostgreSQL"

    def __init__(self, url: str, *, kept: int = 10) -> None:
        self._url = url
        self._kept = kept
        self._migrated = False

    def write(self, snapshot: Snapshot) -> None:
        """Keep a snapshot, and drop outdated ones. Raises `OSError`."""
        content = pack(snapshot)

        async def put(database: Database) -> None:
            await database.execute(_SQL["put"], *snapshot.entry_id, content)
            rows = await database.fetch(_SQL["ids"])
            ids = [_id_of(row) for row in rows]
            held = next((_id_of(row) for row in rows if row["held"]), None)
            gone = outdated(
                ids, newest=self._kept, held=held, written=snapshot.entry_id
            )
            await database.execute(_SQL["drop"], [ms for ms, _ in gone], [seq for _, seq in gone])

        try:
            self._ask(put)
        except DatabaseUnavailable as error:
            raise OSError(f"PostgreSQL took no snapshot: {error}") from error

    def ids(self) -> list[EntryId]:
        """Ids of the snapshots kept, oldest first."""
        return [_id_of(row) for row in self._ask(lambda database: database.fetch(_SQL["ids"]))]

    def hold(self, entry_id: EntryId) -> bool:
        """Keep a snapshot until another is held instead; False when it is not there any more."""
        async def hold(database: Database) -> bool:
            async with database.transaction() as connection:
                if not await connection.fetchval(_SQL["hold"], *entry_id):
                    return False
                await connection.execute(_SQL["let_go_of_others"], *entry_id)
                return True

        return self._ask(hold)

    def set_aside_above(self, entry_id: EntryId) -> Sequence[EntryId]:
        """Set the snapshots above an id aside for good; returns the ids, oldest first."""
        rows = self._ask(lambda database: database.fetch(_SQL["set_aside_above"], *entry_id))
        return sorted(_id_of(row) for row in rows)

    def aside(self) -> list[EntryId]:
        """Ids of the snapshots that were set aside, oldest first."""
        return [_id_of(row) for row in self._ask(lambda database: database.fetch(_SQL["aside"]))]

    def content(self, entry_id: EntryId) -> bytes | None:
        """The stored bytes of a snapshot; None when it was dropped."""
        row = self._ask(lambda database: database.fetch_row(_SQL["content"], *entry_id))
        return None if row is None else row["content"]

    def _ask(self, question: Callable[[Database], Awaitable[T]]) -> T:
        async def ask() -> T:
            async with Database(
                self._url, application="snapshots", connections_max=1,
                command_timeout_s=QUESTION_TIMEOUT_S,
            ) as database:
                if not self._migrated:
                    await migrate(database)
                    self._migrated = True
                return await question(database)

        try:
            asyncio.get_running_loop()
        except RuntimeError:
            # No thread where none is needed: one that used TLS holds a lock while it ends, and
            # a child that the engine forks at that moment would wait for it for ever.
            return asyncio.run(ask())
        with ThreadPoolExecutor(1) as threads:
            return threads.submit(asyncio.run, ask()).result()


def _id_of(row: Row) -> EntryId:
    return EntryId(row["ms"], row["seq"])
