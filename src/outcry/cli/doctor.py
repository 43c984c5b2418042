"""`outcry doctor`: what a venue has left, and what would help. It changes nothing."""

import contextlib
from collections.abc import Iterator

import typer
from rich.console import Console

from outcry.cli.edge import DataDir, running, settings_with
from outcry.cli.recovery import Servers, diagnose, servers
from outcry.launcher.data_directory import locked
from outcry.operations.restore_plan import Situation
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError
from outcry.runtime.venue_file import NoVenue

app = typer.Typer()


@app.command("doctor")
def examine(data_dir: DataDir = None) -> None:
    """Show what log, archive and snapshots cover, and the command that helps; change nothing."""
    settings = settings_with(data_dir=data_dir)
    settings = settings.model_copy(update={"data_dir": settings.data_dir.absolute()})
    if not settings.data_dir.is_dir():
        raise OperatorError(f"there is no {settings.data_dir}: name the venue's --data-dir")
    with _reached(settings) as found:
        plan = diagnose(found, Console())
    if plan.acts:
        raise OperatorError(f"{plan.situation.value}: stop the venue and run `outcry restore`")
    if plan.situation not in (Situation.HEALTHY, Situation.NEW):
        raise OperatorError(f"{plan.situation.value}: {plan.advice}")


@contextlib.contextmanager
def _reached(settings: Settings) -> Iterator[Servers]:
    """The servers of a running venue; those of a stopped one run for as long as the block lasts."""
    try:
        at_work = running(settings.data_dir)
    except NoVenue:
        at_work = None
    if at_work is not None:
        yield Servers(at_work, None)
    else:
        with locked(settings.data_dir), servers(settings) as found:
            yield found
