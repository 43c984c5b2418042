"""Snapshots in PostgreSQL: damaged ones, other formats, and a server that is away."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import asyncpg
import msgspec
import pytest

from outcry.adapters.postgres.snapshots import PostgresSnapshots
from outcry.adapters.snapshots.both import BothSnapshots
from outcry.adapters.snapshots.files import FileSnapshots
from outcry.adapters.snapshots.format import FORMAT_VERSION
from outcry.engine.snapshot import SnapshotVersionUnknown, dump, hash_of
from outcry.engine.state import State
from outcry.launcher.servers import EmbeddedPostgres
from outcry.launcher.servers.child import start, stop
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.snapshots import Snapshot
from outcry.runtime.secrets import SecretsFile
from outcry.wire.journal import EntryId

END = EntryId(2**62, 0)
OLD = Snapshot(EntryId(10, 0), bytes(32), dump(State()))
NEW = Snapshot(EntryId(20, 0), bytes(32), dump(State()))
NOWHERE = "postgresql://outcry@127.0.0.1:1/outcry"


@pytest.fixture
def url(fresh_database: Callable[[], str]) -> str:
    return fresh_database()


def execute(url: str, statement: str, *arguments: object) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement, *arguments)
        finally:
            await connection.close()

    asyncio.run(run())


def test_a_damaged_newest_is_passed_over(url: str) -> None:
    store = PostgresSnapshots(url)
    store.write(OLD)
    store.write(NEW)
    assert [OLD, NEW] == [store.newest(not_above=each.entry_id) for each in (OLD, NEW)]
    execute(url, "UPDATE snapshots SET content = set_byte(content, 60, 7) WHERE ms = 20")
    assert OLD == store.newest(not_above=END)
    execute(url, "UPDATE snapshots SET content = substr(content, 1, 60) WHERE ms = 20")
    assert OLD == store.newest(not_above=END)
    [(entry_id, state_hash, _)] = store.described()
    assert (OLD.entry_id, hash_of(OLD.state)) == (entry_id, state_hash)


def test_formats_nobody_can_read_are_named(url: str) -> None:
    store = PostgresSnapshots(url)
    store.write(OLD)
    later = msgspec.msgpack.encode({"format": FORMAT_VERSION + 1})
    execute(url, "UPDATE snapshots SET content = $1", later)
    with pytest.raises(SnapshotVersionUnknown, match=f"format {FORMAT_VERSION + 1}"):
        store.newest(not_above=END)


def test_what_is_set_aside_is_kept_to_look_at(url: str) -> None:
    store = PostgresSnapshots(url)
    store.write(NEW)
    store.set_aside_above(EntryId(15, 0))
    execute(url, "DO $$ BEGIN ASSERT (SELECT set_aside FROM snapshots WHERE ms = 20); END $$")


def test_a_forked_child_and_a_running_loop_can_use_it(url: str) -> None:
    """The engine writes in a child; gateways read while their loop runs."""
    store = PostgresSnapshots(url)
    assert None is store.newest(not_above=END)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.alarm(30)
            store.write(NEW)
            status = 0
        finally:
            os._exit(status)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    async def read() -> Snapshot | None:
        return store.newest(not_above=END)

    assert NEW == asyncio.run(read())


def test_whoever_has_no_loop_starts_no_thread(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine forks: a lock that an ending thread holds would be held for ever in the child."""
    started: list[threading.Thread] = []
    start = threading.Thread.start
    monkeypatch.setattr(
        threading.Thread, "start", lambda thread: (started.append(thread), start(thread))
    )
    store = PostgresSnapshots(url)
    store.write(NEW)
    assert NEW == store.newest(not_above=END)
    assert [] == started


def test_without_its_server_it_says_so(tmp_path: Path) -> None:
    store = PostgresSnapshots(NOWHERE)
    with pytest.raises(OSError, match="PostgreSQL took no snapshot"):
        store.write(OLD)
    with pytest.raises(DatabaseUnavailable):
        store.newest(not_above=END)


def test_files_are_enough_while_postgresql_is_away(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path / "postgres", SecretsFile(tmp_path / "secrets.json"))
    files = FileSnapshots(tmp_path / "files")
    child = start(postgres)
    try:
        both = BothSnapshots(files, PostgresSnapshots(postgres.url))
        both.write(OLD)
        stop(child, postgres.stop_signal)
        with pytest.raises(OSError, match="PostgreSQL took no snapshot"):
            both.write(NEW)
        assert NEW == both.newest(not_above=END)
        assert both.hold(NEW.entry_id)
        child = start(postgres)
        assert [(10, 0), (20, 0)] == both.ids()
        (tmp_path / "files" / "20-0.snapshot").write_bytes(b"torn")
        (tmp_path / "files" / "10-0.snapshot").unlink()
        assert OLD == both.newest(not_above=END)
    finally:
        stop(child, postgres.stop_signal)
