"""The pool outlives its server, and never hides a mistake of ours behind a restart."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import psutil
import pytest

from outcry.adapters.postgres.pool import Database
from outcry.launcher.servers import EmbeddedPostgres
from outcry.launcher.servers.child import start, stop
from outcry.ports.database import DatabaseUnavailable
from outcry.runtime.secrets import SecretsFile
from rigs.patience import PATIENCE_S


def kill_with_its_backends(server: "subprocess.Popen[bytes]") -> None:
    """A backend answers until it is its turn to notice that its server is gone."""
    backends = psutil.Process(server.pid).children(recursive=True)
    server.kill()
    server.wait()
    _, alive = psutil.wait_procs(backends, timeout=PATIENCE_S)
    assert [] == alive


async def test_a_pool_outlives_a_killed_server(servers_directory: Path) -> None:
    """Away it is unavailable; back again the same pool works, with reads retried meanwhile."""
    directory = servers_directory / "killed"
    postgres = EmbeddedPostgres(directory / "postgres", SecretsFile(directory / "secrets.json"))
    child = start(postgres)
    try:
        async with Database(postgres.url, application="test") as database:
            await database.execute("CREATE TABLE kept (n int)")
            kill_with_its_backends(child)
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
    finally:
        stop(child, postgres.stop_signal)


async def test_a_terminated_session_is_unavailable_once(fresh_database: Callable[[], str]) -> None:
    """A connection the server closed is replaced, whichever moment it was closed at."""
    url = fresh_database()
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

    async with Database(fresh_database(), application="test", connections_max=1) as database:
        await database.execute("CREATE TABLE kept (n int)")
        with pytest.raises(ZeroDivisionError):
            await fail(database)
        row = await database.fetch_row("SELECT count(*) AS n FROM kept")
        assert row is not None
        assert 0 == row["n"]


async def test_a_mistake_of_ours_is_not_taken_for_a_restart(
    fresh_database: Callable[[], str]
) -> None:
    """Wrong SQL and wrong arguments raise what they are, at once."""
    async with Database(fresh_database(), application="test") as database:
        with pytest.raises(asyncpg.UndefinedTableError):
            await database.fetch("SELECT * FROM nowhere")
        with pytest.raises(asyncpg.InterfaceError):
            await database.fetch("SELECT $1::int", "not", "two")
        with pytest.raises(asyncpg.DataError):
            await database.fetch("SELECT $1::bigint", 2**63)


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
