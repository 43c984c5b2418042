"""Log files that child processes write to directly, kept from growing without end."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

LOG_BYTES_MAX = 10_000_000


def open_log(path: Path) -> BinaryIO:
    """Open a log for appending; its folder is made when missing, private to us."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    rotate(path)
    return path.open("ab")


def rotate(path: Path, *, bytes_max: int = LOG_BYTES_MAX) -> None:
    """Move what a large log holds to `<name>.1`; whoever has it open goes on in the emptied file.

    Writers append, so they need not reopen it. A line written in between may be lost.
    """
    try:
        if path.stat().st_size <= bytes_max:
            return
    except FileNotFoundError:
        return
    shutil.copyfile(path, path.with_name(f"{path.name}.1"))
    os.truncate(path, 0)


def last_words(path: Path) -> str:
    """The last line of a log that says something, and the log's path, for a message."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - 4096))
            lines = [line.strip() for line in log.read().decode(errors="replace").splitlines()]
    except FileNotFoundError:
        lines = []
    said = next((line for line in reversed(lines) if line), "it said nothing")
    return f"{said} ({path})"
