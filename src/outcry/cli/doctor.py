"""`outcry doctor`: what a venue has left, and what would help. It changes nothing."""

import typer
from rich.console import Console

from outcry.cli.edge import DataDir, settings_with
from outcry.cli.recovery import diagnose, reached
from outcry.operations.restore_plan import Situation
from outcry.runtime.errors import OperatorError

app = typer.Typer()


@app.command("doctor")
def examine(data_dir: DataDir = None) -> None:
    """Show what log, archive and snapshots cover, and the command that helps; change nothing."""
    settings = settings_with(data_dir=data_dir)
    settings = settings.model_copy(update={"data_dir": settings.data_dir.absolute()})
    with reached(settings) as found:
        plan = diagnose(found, Console())
    if plan.acts:
        raise OperatorError(f"{plan.situation.value}: stop the venue and run `outcry restore`")
    if plan.situation not in (Situation.HEALTHY, Situation.NEW):
        raise OperatorError(f"{plan.situation.value}: {plan.advice}")
