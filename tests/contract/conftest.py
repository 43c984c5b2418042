"""Both kinds of log and of snapshot store, for the suites that hold them to one port."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from log_rigs import MemoryRig, Rig, ValkeyRig
from outcry.adapters.memory import MemorySnapshots
from outcry.adapters.snapshots import FileSnapshots
from outcry.ports import SnapshotStore


@pytest.fixture(params=["memory", "valkey"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A log with one journal entry, which is how every journal begins."""
    if request.param == "memory":
        yield MemoryRig()
        return
    valkey = ValkeyRig(request.getfixturevalue("fresh_valkey"))
    yield valkey
    valkey.close()


@pytest.fixture(params=["memory", "files"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SnapshotStore:
    """A store that keeps the last ten snapshots."""
    return MemorySnapshots() if request.param == "memory" else FileSnapshots(tmp_path / "kept")
