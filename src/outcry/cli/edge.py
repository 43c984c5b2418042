"""Where the tool meets people: the venue they mean, rows for them to read, faults in one line."""

import contextlib
import errno
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from outcry.runtime.errors import OperatorError
from outcry.runtime.venue_file import NoVenue

if TYPE_CHECKING:
    from outcry.runtime.config import Settings, VenueSettings

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where the venue keeps everything.", show_default=".outcry"),
]
Band = Annotated[
    str | None,
    typer.Option(help="How far bid or ask may be from the last before a quote is doubted."),
]
SpreadMax = Annotated[
    str | None,
    typer.Option(help="How far bid and ask may be apart before a quote is doubted; 0: no bound."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


AnySettings = TypeVar("AnySettings", bound="Settings")


def running(data_dir: Path | None) -> "VenueSettings":
    """Settings by which to reach a running venue; raises `NoVenue` and `OperatorError`."""
    from outcry.runtime.config import settings_of_running_venue

    return _read(lambda: settings_of_running_venue(data_dir))


def settings_with(**options: Any) -> "Settings":
    """Settings of the environment, and options in their place where they are given.

    Raises `OperatorError`.
    """
    from outcry.runtime.config import Settings

    given = {name: value for name, value in options.items() if value is not None}
    return _read(lambda: Settings(**given))


def _read(settings: Callable[[], AnySettings]) -> AnySettings:
    from pydantic import ValidationError

    try:
        return settings()
    except ValidationError as error:
        faults = "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
        raise OperatorError(f"a setting cannot be used: {faults}") from None


def print_json(found: object) -> None:
    """Print something for programs."""
    typer.echo(json.dumps(found, indent=2))


def print_rows(
    rows: Sequence[Mapping[str, str]], widths: Mapping[str, int], *, as_json: bool = False
) -> None:
    """Print a line for each row: columns of some widths, then the rest by name."""
    if as_json:
        print_json(rows)
        return
    for row in rows:
        columns = " ".join(f"{row[name]:<{width}}" for name, width in widths.items())
        rest = (f"{name.replace('_', ' ')} {row[name]}" for name in row if name not in widths)
        typer.echo(f"{columns} {', '.join(rest)}")


@contextlib.contextmanager
def complaints() -> Iterator[None]:
    """Turn what a person can mend into one line and an exit status."""
    try:
        yield
    except (NoVenue, OperatorError) as why:
        fail(str(why))
    except _unreachable() as error:
        fail(f"the venue is out of reach: {error}")
    except OSError as error:
        if error.filename is None and error.errno not in _DISK_FULL:
            raise
        where = "" if error.filename is None else f"{error.filename}: "
        fail(f"{where}{error.strerror}")


def _unreachable() -> tuple[type[Exception], ...]:
    """The faults of servers. Nothing is imported until something was raised."""
    from outcry.ports.database import DatabaseUnavailable
    from outcry.ports.log import LogUnavailable

    return DatabaseUnavailable, LogUnavailable


def fail(why: str) -> NoReturn:
    """Say why in one line, and end."""
    typer.echo(f"outcry: {why}", err=True)
    raise typer.Exit(1)
