"""Where the tool meets people: which venue is meant, and what they can mend in one line."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from outcry.runtime.errors import OperatorError
from outcry.runtime.venue_file import NoVenue

if TYPE_CHECKING:
    from outcry.runtime.config import Settings

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where the venue keeps everything.", show_default=".outcry"),
]


def running(data_dir: Path | None) -> "Settings":
    """Settings by which to reach a running venue; raises `NoVenue`."""
    from outcry.runtime.config import settings_of_running_venue

    return settings_of_running_venue(data_dir)


@contextlib.contextmanager
def complaints() -> Iterator[None]:
    """Turn what a person can mend into one line and an exit status."""
    try:
        yield
    except (NoVenue, OperatorError) as why:
        fail(str(why))
    except OSError as error:
        if error.filename is None and error.errno not in _DISK_FULL:
            raise
        where = "" if error.filename is None else f"{error.filename}: "
        fail(f"{where}{error.strerror}")


def fail(why: str) -> NoReturn:
    """Say why in one line, and end."""
    typer.echo(f"outcry: {why}", err=True)
    raise typer.Exit(1)
