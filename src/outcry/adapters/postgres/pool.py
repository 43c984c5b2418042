"""Connections to PostgreSQL that outlive a restart of the server.

A pool opens connections when they are needed, so a process can start before its database does. All
the ways in which a server can be away become one error, `DatabaseUnavailable`. Reads try again for
a moment; writes never do, because a write whose answer was lost may have happened.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, Self, TypeVar

import asyncpg

from outcry.ports.database import DatabaseUnavailable

T = TypeVar("T")
Row = Mapping[str, Any]


class PostgresConnection(Protocol):
    """The part of asyncpg's connection that we use; asyncpg itself comes without types."""

    async def execute(self, query: str, *arguments: object) -> str:
        """Run one statement, or without arguments several; returns the command tag."""

    async def fetch(self, query: str, *arguments: object) -> Sequence[Row]:
        """All rows."""

    async def fetchrow(self, query: str, *arguments: object) -> Row | None:
        """The first row, if there is any."""

    async def fetchval(self, query: str, *arguments: object) -> Any:
        """First column of the first row; None when there is none."""

    async def copy_records_to_table(
        self, table_name: str, *, records: Iterable[Sequence[object]], columns: Sequence[str],
    ) -> str:
        """Append rows with COPY."""

    def transaction(
        self, *, isolation: str | None = None, readonly: bool = False
    ) -> AbstractAsyncContextManager[object]:
        """A block that is committed at its end, and rolled back on an error."""

    def is_closed(self) -> bool:
        """Whether the connection is gone."""

    def terminate(self) -> None:
        """Drop the connection without a word."""

# Errors of asyncpg while the server is away, going away or coming back.
UNAVAILABLE: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,  # Shutting down, crashed, not started yet.
    asyncpg.exceptions.InsufficientResourcesError,
)

# Its errors for wrong use, but also for a server that goes away between two questions.
CONFUSED: tuple[type[BaseException], ...] = (
    asyncpg.InterfaceError, asyncpg.InternalClientError
)
FAILED: tuple[type[BaseException], ...] = UNAVAILABLE + CONFUSED

# Its errors when the server's files are damaged.
DAMAGED: tuple[type[BaseException], ...] = (
    asyncpg.DataCorruptedError, asyncpg.IndexCorruptedError
)
DAMAGED_ADVICE = (
    "put a backup of its files back, or with the embedded server move the folder `postgres` away"
    " and run `outcry restore`"
)
REFUSED_ADVICE = (
    "correct the password in the address; with the embedded server, remove `postgres_password` from"
    " secrets.json, and the next start makes another"
)

# Its errors when the server refuses the client: another password, or no such database.
REFUSED: tuple[type[BaseException], ...] = (
    asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError
)

# A plan made for an empty table stays in a prepared statement: an update went from 0.3 to 24 ms.
SERVER_SETTINGS = {"plan_cache_mode": "force_custom_plan", "jit": "off", "timezone": "UTC"}

READ_PATIENCE_S = 2.0
READ_PAUSE_S = 0.05
CLOSE_S = 5.0


def _is_broken(connection: PostgresConnection, error: BaseException) -> bool:
    """Whether one of the `CONFUSED` errors means that the server went away.

    Wrong use must not look like a restart. A server that dies announces it before it closes the
    connection; a query sent in between meets a client that still waits for the end of that message,
    and is refused as another operation.
    """
    if isinstance(error, asyncpg.InternalClientError):
        return True
    if "another operation is in progress" in str(error):
        return True
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True  # The pool takes a connection that closed back at once, and says only that.


def _text(error: BaseException) -> str:
    """An error of asyncpg in one line, with what helps."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, DAMAGED):
        return f"{text}: {DAMAGED_ADVICE}"
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return f"{text}: {REFUSED_ADVICE}"
    return text


class Database:
    """A pool of connections for one process. `application` is its name in PostgreSQL."""

    def __init__(
        self, url: str, *, application: str, connections_max: int = 4,
        command_timeout_s: float = 60.0,
    ) -> None:
        self._url = url
        self._application = application
        self._connections_max = connections_max
        self._command_timeout_s = command_timeout_s
        self._pool: Any = None

    async def __aenter__(self) -> Self:
        """Make the pool; connects to nothing yet."""
        assert self._pool is None, "opened twice"
        self._pool = await asyncpg.create_pool(
            self._url, min_size=0, max_size=self._connections_max,
            command_timeout=self._command_timeout_s, timeout=10.0,
            server_settings={**SERVER_SETTINGS, "application_name": f"outcry {self._application}"},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection, waiting a moment for those in use."""
        pool, self._pool = self._pool, None
        try:
            async with asyncio.timeout(CLOSE_S):
                await pool.close()
        except UNAVAILABLE:
            pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[PostgresConnection]:
        """A connection of one's own for a while. Raises `DatabaseUnavailable`, also from inside."""
        assert self._pool is not None, "used before it was opened"
        try:
            connection = await self._pool.acquire()
        except (*FAILED, *REFUSED, *DAMAGED) as error:
            raise DatabaseUnavailable(_text(error)) from error
        try:
            yield connection
        except DAMAGED as error:
            raise DatabaseUnavailable(_text(error)) from error
        except FAILED as error:
            if isinstance(error, CONFUSED) and not _is_broken(connection, error):
                raise
            with contextlib.suppress(asyncpg.InterfaceError):
                connection.terminate()  # In an unknown state it must never be used again.
            raise DatabaseUnavailable(f"{type(error).__name__}: {error}") from error
        finally:
            # The work is done or has failed by now. A connection that breaks while it is released
            # is dropped by the pool, and is no reason to fail.
            with contextlib.suppress(*FAILED):
                await self._pool.release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresConnection]:
        """A connection inside a transaction, committed at the end and rolled back on an error.

        After `DatabaseUnavailable` it is unknown whether the transaction was committed.
        """
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def fetch(self, query: str, *arguments: object) -> Sequence[Row]:
        """Rows of a query that only reads; tried again while the server restarts."""
        return await self._read(lambda connection: connection.fetch(query, *arguments))

    async def fetch_row(self, query: str, *arguments: object) -> Row | None:
        """First row of a query that only reads; tried again while the server restarts."""
        return await self._read(lambda connection: connection.fetchrow(query, *arguments))

    async def execute(self, query: str, *arguments: object) -> str:
        """Run one statement that writes, once; returns PostgreSQL's command tag."""
        async with self.connection() as connection:
            return await connection.execute(query, *arguments)

    async def _read(self, attempt: Callable[[PostgresConnection], Awaitable[T]]) -> T:
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + READ_PATIENCE_S
        while True:
            try:
                async with self.connection() as connection:
                    return await attempt(connection)
            except DatabaseUnavailable:
                if loop.time() + READ_PAUSE_S > give_up_at:
                    raise
            await asyncio.sleep(READ_PAUSE_S)
