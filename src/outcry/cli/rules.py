"""`outcry rules`: by which version of its rules the engine behaves."""

import asyncio
import json
from typing import Annotated

import typer

from outcry.cli.edge import DataDir, complaints, running

rules_app = typer.Typer(
    help="By which version of its rules the engine behaves.", invoke_without_command=True
)


@rules_app.callback()
def rules(
    context: typer.Context, data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the version in force, and those that this build and the running engines have."""
    from outcry.cli.rules_wiring import shown

    if context.invoked_subcommand is not None:
        context.obj = data_dir
        return
    with complaints():
        _print(asyncio.run(shown(running(data_dir))), as_json=as_json)


@rules_app.command("use")
def rules_use(
    context: typer.Context,
    version: Annotated[int, typer.Argument(help="One that every engine has.", min=1)],
    data_dir: DataDir = None,
) -> None:
    """Have the engines behave by another version from here on."""
    from outcry.cli.rules_wiring import use

    with complaints():
        _print(asyncio.run(use(running(data_dir or context.obj), version)))


def _print(rows: list[dict[str, str]], *, as_json: bool = False) -> None:
    [row] = rows
    if as_json:
        typer.echo(json.dumps(row, indent=2))
        return
    for name, text in row.items():
        typer.echo(f"{name:<16} {text}")
