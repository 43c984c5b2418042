"""The pool outlives its server, and never hides a mistake of ours behind a restart."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from outcry.adapters.postgres.pool import Database
from outcry.launcher.servers import EmbeddedPostgres
from outcry.launcher.servers.child import start, stop
from outcry.ports.database import DatabaseUnavailable
from outcry.runtime.secrets import SecretsFile


async def test_a_pool_outlives_a_killed_server(tmp_path: Path) -> None:
    """Away it is unavailable; back again the same pool works, with reads retried meanwhile."""
    postgres = EmbeddedPostgres(tmp_path / "postgres", SecretsFile(tmp_path / "secrets.json"))
    child = start(postgres)

    def kill(running: "subprocess.Popen[bytes]") -> None:
        running.kill()
        running.wait()

    async def run() -> "subprocess.Popen[bytes]":
        nonlocal child
        async with Database(postgres.url, application="test") as database:
            await database.execute("CREATE TABLE kept (n int)")
            kill(child)
            with pytest.raises(DatabaseUnavailable):
                await database.execute("INSERT INTO kept VALUES (1)")
            began = time.monotonic()
            with pytest.raises(DatabaseUnavailable):
                await database.fetch("SELECT 1")
            assert time.monotonic() - began > 1.0, "a read gave up at once"
            child = start(postgres)
            rows = await database.fetch("SELECT count(*) AS n FROM kept")
            assert [0] == [row["n"] for row in rows]
            assert "INSERT 0 1" == await database.execute("INSERT INTO kept VALUES (2)")
        return child

    try:
        await run()
    finally:
        stop(child, postgres.stop_signal)


async def test_a_terminated_session_is_unavailable_once(fresh_database: Callable[[], str]) -> None:
    """A connection the server closed is replaced, whichever moment it was closed at."""
    fresh_database_url = fresh_database()
    url = fresh_database_url
    async with (
        Database(url, application="victim", connections_max=1) as database,
        Database(url, application="other") as other,
    ):
        for _ in range(20):
            pid = (await database.fetch("SELECT pg_backend_pid() AS pid"))[0]["pid"]
            await other.execute("SELECT pg_terminate_backend($1)", pid)
            rows = await database.fetch("SELECT 1 AS n")
            assert [1] == [row["n"] for row in rows]


async def test_a_transaction_that_fails_leaves_nothing(fresh_database: Callable[[], str]) -> None:
    """An error of the caller's own rolls back, passes through, and spoils no connection."""
    async def fail(database: Database) -> None:
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO kept VALUES (1)")
            raise ZeroDivisionError

    async def run(url: str) -> None:
        async with Database(url, application="test", connections_max=1) as database:
            await database.execute("CREATE TABLE kept (n int)")
            with pytest.raises(ZeroDivisionError):
                await fail(database)
            row = await database.fetch_row("SELECT count(*) AS n FROM kept")
            assert row is not None
            assert 0 == row["n"]

    await run(fresh_database())


async def test_a_mistake_of_ours_is_not_taken_for_a_restart(
    fresh_database: Callable[[], str]
) -> None:
    """Wrong SQL and wrong arguments raise what they are, at once."""
    async def run(url: str) -> None:
        async with Database(url, application="test") as database:
            with pytest.raises(asyncpg.UndefinedTableError):
                await database.fetch("SELECT * FROM nowhere")
            with pytest.raises(asyncpg.InterfaceError):
                await database.fetch("SELECT $1::int", "not", "two")
            with pytest.raises(asyncpg.DataError):
                await database.fetch("SELECT $1::bigint", 2**63)

    await run(fresh_database())


async def test_a_server_that_will_not_have_us_is_unavailable(
    fresh_database: Callable[[], str]
) -> None:
    """Whoever starts with another's address or password gets one line, and no traceback."""
    url = fresh_database()
    stranger = url.replace("outcry:", "outcry:not-", 1)
    elsewhere = url + "-and-more"

    async def ask(address: str) -> None:
        async with Database(address, application="test") as database:
            await database.execute("SELECT 1")

    for address in (stranger, elsewhere):
        assert address != url
        with pytest.raises(DatabaseUnavailable, match=r"password authentication|does not exist"):
            await ask(address)


async def test_nobody_listening_is_unavailable() -> None:
    """A process can start before its database does."""
    url = "postgresql://outcry@127.0.0.1:1/outcry"
    async with Database(url, application="test") as database:
        with pytest.raises(DatabaseUnavailable, match="ConnectionRefusedError"):
            await database.execute("SELECT 1")
