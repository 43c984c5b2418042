"""PostgreSQL at one moment, with rows of a replay set beside its own in tables of the session.

All of it is one transaction that sees one state of the database, however long it takes. The tables
beside are temporary, found first by their names, and gone at the end.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from outcry.adapters.postgres.archive import PostgresArchive
from outcry.adapters.postgres.pool import Database, PostgresConnection
from outcry.adapters.postgres.queries import load_queries
from outcry.adapters.postgres.recorder import PostgresRecords
from outcry.projections.rows import Group
from outcry.wire.journal import EntryId, EventsEntry, JournalEntry

_SQL: Final = load_queries("verification")

# Tables that no event leads to: the streams themselves, and those unknown to the engine.
NOT_DERIVED: Final = frozenset({
    "api_key_uses", "api_keys", "archive_gaps", "events", "journal", "outcry_migrations",
    "quarantine", "recorder_copies", "recorder_offset", "request_latency", "sessions",
    "sign_in_tokens", "snapshots", "users", "withdrawal_requests",
})


class PostgresMoment:
    """PostgreSQL as of one moment."""

    def __init__(self, connection: PostgresConnection) -> None:
        held = _HeldConnection(connection)
        self._connection = connection
        self._archive = PostgresArchive(held)
        self._records = PostgresRecords(held)
        self._schema = ""
        self._derived: list[str] = []

    async def recorded(self) -> EntryId:
        """The entry everything in it is at."""
        row = await self._connection.fetchrow(_SQL["recorded"])
        assert row is not None, "the offset's row is made by the first migration"
        return EntryId(row["ms"], row["seq"])

    async def archived(
        self, after: EntryId, until: EntryId
    ) -> Sequence[tuple[JournalEntry, EventsEntry]]:
        """The next archived entries after an id, up to another."""
        return await self._archive.pairs(after, until)

    async def balances(self) -> dict[tuple[int, int], tuple[int, int]]:
        """(free, locked) of every (account, asset)."""
        rows = await self._connection.fetch(_SQL["balances"])
        return {
            (row["account_id"], row["asset_id"]): (row["free"], row["locked"]) for row in rows
        }

    async def put_beside(self, group: Group) -> None:
        """Write a group's rows as the recorder does, into the tables beside."""
        if not self._schema:
            await self._make_tables()
        assert await self._records.write(group), "groups follow one another"

    async def difference(self) -> str | None:
        """The first row, table by table, that one side has and the other has not."""
        if not self._schema:
            await self._make_tables()
        for table in self._derived:
            kept, beside = f'"{self._schema}"."{table}"', f'pg_temp."{table}"'
            row = await self._first_of(kept, without=beside)
            if row is not None:
                return f"{table} has {row} in PostgreSQL, which the replay does not give"
            row = await self._first_of(beside, without=kept)
            if row is not None:
                return f"{table} lacks {row} in PostgreSQL, which the replay gives"
        return None

    async def _make_tables(self) -> None:
        rows = await self._connection.fetch(_SQL["tables"])
        self._schema = rows[0]["schema"]
        self._derived = sorted({row["name"] for row in rows} - NOT_DERIVED)
        for table in (*self._derived, "recorder_offset"):
            await self._connection.execute(
                f'CREATE TEMPORARY TABLE "{table}"'
                f' (LIKE "{self._schema}"."{table}" INCLUDING ALL)'
            )
        await self._connection.execute(_SQL["start_beside"])

    async def _first_of(self, table: str, *, without: str) -> str | None:
        """The first row, by its columns, that another table lacks."""
        row = await self._connection.fetchrow(
            f"SELECT d::text AS row FROM"  # noqa: S608 - names of our own tables
            f" (TABLE {table} EXCEPT ALL TABLE {without}) AS d ORDER BY d LIMIT 1"
        )
        return None if row is None else str(row["row"])


@asynccontextmanager
async def postgres_moment(database: Database) -> AsyncIterator[PostgresMoment]:
    """The database as it is now, for as long as the block lasts. Nothing of it is changed."""
    async with (
        database.connection() as connection, connection.transaction(isolation="repeatable_read")
    ):
        yield PostgresMoment(connection)


class _HeldConnection(Database):
    """One connection, inside its transaction, in place of a pool."""

    def __init__(self, connection: PostgresConnection) -> None:
        super().__init__("", application="verify")
        self._held = connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[PostgresConnection]:
        """The connection held."""
        yield self._held
