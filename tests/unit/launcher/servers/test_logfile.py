"""Logs that children write to directly stay within bounds."""

import errno
import shutil
from pathlib import Path

import pytest

from outcry.launcher.servers.logfile import last_line, open_log, rotate


def test_a_large_log_moves_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    """The writer keeps its file open; what it writes next starts an empty log."""
    path = tmp_path / "logs" / "engine.log"
    with open_log(path) as log:
        log.write(b"old\n" * 100)
        log.flush()
        rotate(path, bytes_max=100)
        log.write(b"new\n")
    assert "new\n" == path.read_text()
    assert "old\n" * 100 == path.with_name("engine.log.1").read_text()


def test_a_full_disk_leaves_the_log_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is moved when there is room again; whoever wanted to write or start goes on."""
    path = tmp_path / "engine.log"
    path.write_text("old\n" * 100)

    def copy_some(_: Path, aside: Path) -> None:
        aside.write_text("old\n")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(shutil, "copyfile", copy_some)
        rotate(path, bytes_max=100)
    assert [path] == list(tmp_path.iterdir())
    rotate(path, bytes_max=100)
    assert "" == path.read_text()


def test_a_small_or_missing_log_is_left_alone(tmp_path: Path) -> None:
    """Rotation happens on size only."""
    path = tmp_path / "engine.log"
    rotate(path)
    path.write_text("short\n")
    rotate(path)
    assert [path] == list(tmp_path.iterdir())


def test_the_last_words_of_a_log_are_found(tmp_path: Path) -> None:
    """Blank lines at its end do not count."""
    path = tmp_path / "engine.log"
    assert f"it said nothing ({path})" == last_line(path)
    path.write_text("")
    assert f"it said nothing ({path})" == last_line(path)
    path.write_text("first\nout of memory\n\n")
    assert f"out of memory ({path})" == last_line(path)


def test_the_last_words_of_a_traceback_are_its_error(tmp_path: Path) -> None:
    """Our own lines are JSON with a whole traceback inside; a person wants its last line."""
    path = tmp_path / "prices.log"
    path.write_text(
        '{"event": "the process ends", "exception": "Traceback:\\n  File x\\nOSError: no room"}\n'
    )
    assert f"OSError: no room ({path})" == last_line(path)
    path.write_text('{"event": "stopped", "level": "info"}\n')
    assert f"stopped ({path})" == last_line(path)
