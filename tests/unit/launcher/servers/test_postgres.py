"""The embedded PostgreSQL: one password, one port, back after every kind of end."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from outcry.adapters.postgres.notifications import notifications
from outcry.adapters.postgres.pool import Database
from outcry.launcher.servers import EmbeddedPostgres, leftovers, running
from outcry.launcher.servers.child import start
from outcry.ports.database import DatabaseUnavailable
from outcry.runtime.errors import OperatorError
from outcry.runtime.secrets import SecretsFile
from rigs.patience import PATIENCE_S


def embedded(directory: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(directory / "postgres", SecretsFile(directory / "secrets.json"))


def run(url: str, *statements: str) -> object:
    """Run statements and return the one value of the last."""

    async def connected() -> object:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(connected())


def kill_hard(child: "subprocess.Popen[bytes]") -> None:
    child.kill()
    child.wait()


def test_a_killed_server_comes_back_with_every_commit(tmp_path: Path) -> None:
    """After kill -9 of its first process, sessions and stale files included, it starts again."""
    postgres = embedded(tmp_path)
    with running(postgres) as child:
        run(postgres.url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)", "SELECT 1")
        kill_hard(child)
        assert (tmp_path / "postgres" / "postmaster.pid").exists()
    with running(postgres):
        assert 7 == run(postgres.url, "SELECT n FROM kept")


def test_sessions_of_a_killed_server_are_ended_first(tmp_path: Path) -> None:
    """A session at work does not notice that its server died, and would block the next one."""
    postgres = embedded(tmp_path)
    with running(postgres) as child:
        code = (
            "import asyncio, asyncpg\n"
            "async def main():\n"
            f"    c = await asyncpg.connect({postgres.url!r})\n"
            "    print('connected', flush=True)\n"
            "    await c.execute(\"DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$\")\n"
            "asyncio.run(main())\n"
        )
        busy = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert busy.stdout is not None
        assert b"connected\n" == busy.stdout.readline()
        while not run(postgres.url, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO%'"):
            continue
        kill_hard(child)
    with running(postgres):
        assert 1 == run(postgres.url, "SELECT 1")
    busy.wait(PATIENCE_S)


def test_a_stale_pid_file_that_names_another_program_does_not_matter(tmp_path: Path) -> None:
    """PostgreSQL itself refuses to start when its user has that id in use again; we know better."""
    postgres = embedded(tmp_path)
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    with running(postgres):
        lines = pid_file.read_text().split("\n")
    owner = pid_file.parent.stat().st_uid
    other = subprocess.Popen(["sleep", "60"], user=None if owner == os.geteuid() else owner)
    try:
        pid_file.write_text("\n".join([str(other.pid), *lines[1:]]))
        os.chown(pid_file, owner, -1)
        with running(postgres):
            assert 1 == run(postgres.url, "SELECT 1")
            assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_server_left_behind_is_ended_by_the_next_start(tmp_path: Path) -> None:
    """An earlier server on the same files is stopped first, with its data safe."""
    left_behind = start(embedded(tmp_path))
    postgres = embedded(tmp_path)
    with running(postgres) as child:
        assert left_behind.wait(PATIENCE_S) is not None
        assert child.pid != left_behind.pid
        assert 1 == run(postgres.url, "SELECT 1")


def test_the_port_is_remembered_until_somebody_takes_it(tmp_path: Path) -> None:
    """Clients may keep the address; a port that another program has is given up."""
    first, second, third = (embedded(tmp_path) for _ in range(3))
    first.prepare()
    second.prepare()
    assert first.url == second.url
    with socket.socket() as thief:
        thief.bind(("127.0.0.1", urlsplit(first.url).port))
        thief.listen()
        third.prepare()
    assert first.url != third.url


def test_it_asks_for_the_generated_password(tmp_path: Path) -> None:
    """Every user of the machine can reach the port, so a password protects it."""
    postgres = embedded(tmp_path)
    with running(postgres):
        wrong = postgres.url.partition("?")[0].replace("outcry@", "outcry:wrong@")
        with pytest.raises(asyncpg.InvalidPasswordError):
            run(wrong, "SELECT 1")
    assert 0o600 == (tmp_path / "secrets.json").stat().st_mode & 0o777


def test_a_cluster_half_made_is_made_again(tmp_path: Path) -> None:
    """Killed while it was made the first time, nothing of it is taken for whole."""
    half = tmp_path / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    postgres = embedded(tmp_path)
    with running(postgres):
        assert "outcry" == run(postgres.url, "SELECT current_database()")
    assert not half.exists()


def test_files_of_another_version_are_refused_by_name(tmp_path: Path) -> None:
    """The message says which version made them, so that the way out is clear."""
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(OperatorError, match="was made by PostgreSQL 9, but here is"):
        embedded(tmp_path).prepare()


def test_nothing_of_it_stays_after_a_clean_stop(tmp_path: Path) -> None:
    """Every process of the server carries the cluster's name; none is left."""
    postgres = embedded(tmp_path)
    with running(postgres):
        name = run(postgres.url, "SHOW cluster_name")
        assert leftovers.find_titled(f"postgres: {name}:")
    assert [] == leftovers.find_titled(f"postgres: {name}:")


def test_a_lost_file_of_secrets_is_made_anew(tmp_path: Path) -> None:
    """The server's files are the venue's own, so no password is needed to set another."""
    with running(embedded(tmp_path)) as _:
        pass
    (tmp_path / "secrets.json").unlink()
    (tmp_path / "postgres.pass").unlink()
    postgres = embedded(tmp_path)
    with running(postgres):
        assert 1 == run(postgres.url, "SELECT 1")
    assert 0o600 == (tmp_path / "postgres.pass").stat().st_mode & 0o777


def test_clients_outlive_a_change_of_the_password(tmp_path: Path) -> None:
    """Sessions are ended, the old password is refused, and the new one is read from its file."""
    async def live(url: str) -> None:
        async with Database(url, application="test") as database:
            announced = notifications(url, "keys")
            try:
                assert None is await anext(announced)
                row = await database.fetch_row("SELECT pg_backend_pid() AS pid")
                assert row is not None
                connection = await asyncpg.connect(url)
                await connection.execute("ALTER ROLE outcry PASSWORD 'another'")
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE pid <> pg_backend_pid() AND usename = 'outcry'"
                )
                with pytest.raises(DatabaseUnavailable, match="InvalidPassword"):
                    await database.fetch_row("SELECT 1")
                heard = asyncio.create_task(anext(announced))
                done, _ = await asyncio.wait([heard], timeout=1)
                assert not done, "it tries again"
                passfile = tmp_path / "postgres.pass"
                passfile.write_text("127.0.0.1:*:*:outcry:another\n")
                async with asyncio.timeout(PATIENCE_S):
                    assert None is await heard
                assert await database.fetch_row("SELECT 1") is not None
                await connection.close()
            finally:
                await announced.aclose()

    postgres = embedded(tmp_path)
    with running(postgres):
        asyncio.run(live(postgres.url))
