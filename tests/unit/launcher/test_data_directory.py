"""One venue at a time has a data directory; what an earlier one left behind is ended first."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from outcry.launcher.data_directory import locked
from outcry.runtime.errors import OperatorError
from outcry.runtime.venue_file import ProcessRecord, VenueRecord, began, read_venue, write_venue
from rigs.patience import PATIENCE_S


def left_behind(*processes: ProcessRecord) -> VenueRecord:
    """The file of a venue whose `up` is gone."""
    return VenueRecord(
        pid=2**22 + 1, began=1.0, ready=True, mode="demo", gateway_url="http://127.0.0.1:3005",
        stream_url="ws://127.0.0.1:8080/", redis_url="", database_url="", ports={},
        processes=list(processes),
    )


def test_its_folders_are_the_owners_alone(tmp_path: Path) -> None:
    """Secrets, logs and state; root's may be passed through, for PostgreSQL is somebody else."""
    before = os.umask(0o077)
    with locked(tmp_path / "data"):
        os.umask(before)
        assert 0o700 == (tmp_path / "data" / "valkey").stat().st_mode & 0o777
        expected = 0o711 if os.geteuid() == 0 else 0o700
        assert expected == (tmp_path / "data").stat().st_mode & 0o777


def test_it_is_locked_once(tmp_path: Path) -> None:
    """The second is told which one runs, and may come when the first has gone."""
    with locked(tmp_path):
        with pytest.raises(OperatorError, match="a venue already runs on"), locked(tmp_path):
            pass
        assert (tmp_path / "lock").exists()
    with locked(tmp_path):
        pass


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a server fails on it with words that nobody understands."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5_999_999))
    full = pytest.raises(OperatorError, match="has 5 MB left, and a venue needs 256")
    with full, locked(tmp_path):
        pass


def test_processes_left_behind_are_ended(tmp_path: Path) -> None:
    """Those that are still the ones in the file, and no others."""
    orphan = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    stranger = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    try:
        write_venue(tmp_path, left_behind(
            ProcessRecord(name="engine", pid=orphan.pid, state="running", began=began(orphan.pid)),
            ProcessRecord(name="gateway", pid=stranger.pid, state="running", began=1.0),
        ))
        with locked(tmp_path):
            assert orphan.wait(PATIENCE_S) is not None
            assert stranger.poll() is None
            assert read_venue(tmp_path) is None
    finally:
        for process in (orphan, stranger):
            process.kill()
            process.wait()
