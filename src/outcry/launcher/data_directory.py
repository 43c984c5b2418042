"""The data directory of a venue: everything it has, for its owner only, for one `up` at a time."""

import contextlib
import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil

from outcry.launcher.servers import leftovers
from outcry.runtime.errors import OperatorError
from outcry.runtime.venue_file import alive, read_venue, venue_path

_FREE_MIN = 256_000_000  # A new database takes half of it.
_FOLDERS = ("valkey", "snapshots", "outbox", "logs")


def unfinished_path(data_dir: Path) -> Path:
    """The file that is there while a venue is being made from a backup."""
    return data_dir / "unfinished-restore"


@contextlib.contextmanager
def locked(data_dir: Path, *, unfinished: bool = False) -> Iterator[None]:
    """Make the directory where needed and hold its lock for as long as the block lasts.

    Processes that an earlier, killed run left behind are ended first. Raises `OperatorError`
    when another run holds the lock, when the disk is full, or, except for `unfinished`, when the
    venue has been made from a backup only in part.
    """
    if unfinished_path(data_dir).exists() and not unfinished:
        raise OperatorError(
            f"{data_dir} was not restored to the end: run `outcry restore --from` again"
        )
    if not data_dir.exists():
        data_dir.mkdir(parents=True)
        # As root, PostgreSQL runs as another user, who must be able to pass through.
        data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
    for name in _FOLDERS:
        (data_dir / name).mkdir(mode=0o700, exist_ok=True)
    # The file stays when we are gone: removing it would let two hold a lock of the same name.
    with (data_dir / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OperatorError(_in_use(data_dir)) from None
        _end_leftovers(data_dir)
        _check_room(data_dir)
        try:
            yield
        finally:
            venue_path(data_dir).unlink(missing_ok=True)


def _in_use(data_dir: Path) -> str:
    venue = read_venue(data_dir)
    by = f" (process {venue.pid}, {venue.gateway_url})" if venue else ""
    return f"a venue already runs on {data_dir}{by}: stop it, or choose another --data-dir"


def _check_room(data_dir: Path) -> None:
    free = shutil.disk_usage(data_dir).free
    if free < _FREE_MIN:
        raise OperatorError(
            f"the disk of {data_dir} has {free // 1_000_000} MB left, and a venue needs "
            f"{_FREE_MIN // 1_000_000}: make room, or choose another --data-dir"
        )


def _end_leftovers(data_dir: Path) -> None:
    venue = read_venue(data_dir)
    if venue is None:
        return
    found = []
    for record in reversed(venue.processes):
        if record.pid is not None and alive(record.pid, record.began):
            with contextlib.suppress(psutil.NoSuchProcess):
                found.append(psutil.Process(record.pid))
    leftovers.end(found, signal.SIGTERM, grace_s=5)
    venue_path(data_dir).unlink()
