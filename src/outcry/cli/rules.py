"""`outcry rules`: by which version of its rules the engine behaves."""

import asyncio
from collections.abc import Mapping
from typing import Annotated

import typer

from outcry.adapters.valkey.streams import RedisLog
from outcry.bootstrap.running_venue import Rows, execute, query
from outcry.cli.edge import AsJson, DataDir, print_json, running
from outcry.cli.status import engines_speaking
from outcry.engine.commands import UseRules
from outcry.engine.rules import RULES_KNOWN
from outcry.projections.venue import VenueView
from outcry.runtime.config import VenueSettings
from outcry.runtime.errors import OperatorError

app = typer.Typer()
rules_app = typer.Typer(
    help="Show or change the version of the engine's rules.", invoke_without_command=True
)
app.add_typer(rules_app, name="rules")

Known = Mapping[str, list[int]]  # Build or engine → the versions it has.


@rules_app.callback()
def rules(context: typer.Context, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show the version in force, and those that this build and the running engines have."""
    if context.invoked_subcommand is not None:
        context.obj = data_dir
        return
    _print(asyncio.run(_shown(running(data_dir))), as_json=as_json)


@rules_app.command("use")
def rules_use(
    context: typer.Context,
    version: Annotated[int, typer.Argument(help="One that every engine has.", min=1)],
    data_dir: DataDir = None,
) -> None:
    """Have the engines behave by another version from here on."""
    _print(asyncio.run(_use(running(data_dir or context.obj), version)))


async def _shown(settings: VenueSettings) -> Rows:
    known = await _known(settings)
    return await query(settings, lambda venue: _row(venue, known))


async def _use(settings: VenueSettings, version: int) -> Rows:
    """Have the engines behave by a version; one that lacked it would stop."""
    known = await _known(settings)
    for who, versions in known.items():
        if version not in versions:
            raise OperatorError(
                f"{who} lacks version {version} of the rules and has {_text(versions)}:"
                " first start a build that has it everywhere"
            )
    return await execute(
        settings, lambda _: [UseRules(version=version)],
        rows_of=lambda venue: _row(venue, known), look_at="outcry rules",
    )


async def _known(settings: VenueSettings) -> Known:
    """The versions that this build has, and that the running engines say they have."""
    async with RedisLog(settings.redis_url) as log:
        engines = engines_speaking(await log.read())
    return {
        "this build": list(RULES_KNOWN),
        **{f"the {name}": facts.get("rules", []) for name, facts in engines.items()},
    }


def _row(venue: VenueView, known: Known) -> Rows:
    return [{
        "in force": str(venue.rules),
        **{f"{who} has": _text(versions) for who, versions in known.items()},
    }]


def _text(versions: list[int]) -> str:
    return ", ".join(map(str, versions)) or "none"


def _print(rows: Rows, *, as_json: bool = False) -> None:
    [row] = rows
    if as_json:
        print_json(row)
        return
    for name, text in row.items():
        typer.echo(f"{name:<16} {text}")
