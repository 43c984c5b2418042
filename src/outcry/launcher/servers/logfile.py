"""Log files that child processes write to directly, kept from growing without end."""

import errno
import os
import shutil
from pathlib import Path
from typing import BinaryIO

import msgspec

LOG_BYTES_MAX = 10_000_000
READ_BYTES = 65_536  # A traceback is one line of a log.
WORDS_MAX = 200


def open_log(path: Path) -> BinaryIO:
    """Open a log for appending; its folder is made when missing, private to us."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    rotate(path)
    return path.open("ab")


def rotate(path: Path, *, bytes_max: int = LOG_BYTES_MAX) -> None:
    """Move the content of a large log to `<name>.1`; its writers go on in the emptied file.

    Writers append, so they need not reopen it. A line written in between may be lost. While the
    disk has no room for a copy the log stays as it is.
    """
    try:
        if path.stat().st_size <= bytes_max:
            return
    except FileNotFoundError:
        return
    aside = path.with_name(f"{path.name}.1")
    try:
        shutil.copyfile(path, aside)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        aside.unlink(missing_ok=True)
        return
    os.truncate(path, 0)


def last_line(path: Path) -> str:
    """The last line of a log, and the log's path, for a message."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - READ_BYTES))
            lines = [line.strip() for line in log.read().decode(errors="replace").splitlines()]
    except FileNotFoundError:
        lines = []
    said = next((line for line in reversed(lines) if line), "it said nothing")
    return f"{_words(said)[:WORDS_MAX]} ({path})"


def _words(line: str) -> str:
    """The exception in a structured log line, else its event; any other line as is."""
    try:
        told = msgspec.json.decode(line, type=_LogLine)
    except msgspec.DecodeError:
        return line
    return told.exception.strip().rsplit("\n", 1)[-1] or told.event


class _LogLine(msgspec.Struct):
    """A line as `runtime/logs.py` writes it."""

    event: str
    exception: str = ""
