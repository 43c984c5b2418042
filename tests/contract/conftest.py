"""Both kinds of log and of snapshot store, for the suites that hold them to one port."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from outcry.adapters.memory.log import MemorySnapshots
from outcry.adapters.postgres.snapshots import PostgresSnapshots
from outcry.adapters.snapshots.both import BothSnapshots
from outcry.adapters.snapshots.files import FileSnapshots
from rigs.log_rigs import MemoryRig, Rig, ValkeyRig


@pytest.fixture(params=["memory", "valkey"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A log with one journal entry, which is how every journal begins."""
    if request.param == "memory":
        yield MemoryRig()
        return
    valkey = ValkeyRig(request.getfixturevalue("fresh_valkey"))
    yield valkey
    valkey.close()


Store = MemorySnapshots | FileSnapshots | PostgresSnapshots | BothSnapshots


@pytest.fixture(params=["memory", "files", "postgres", "both"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store that keeps the last ten snapshots."""
    files = FileSnapshots(tmp_path / "kept")
    if request.param == "memory":
        return MemorySnapshots()
    if request.param == "files":
        return files
    fresh: Callable[[], str] = request.getfixturevalue("fresh_database")
    database = PostgresSnapshots(fresh())
    return database if request.param == "postgres" else BothSnapshots(files, database)
