"""`outcry user`: people who may log in at a running venue."""

import asyncio
import json
from typing import Annotated

import typer

from outcry.bootstrap.users import create_user
from outcry.cli.edge import DataDir, fail, running
from outcry.people.onboarding import SignUpRefused, parse_deposits
from outcry.ports.people import NEW_KEYS, WITHDRAW

app = typer.Typer()
user_app = typer.Typer(help="Manage the people who may log in.", no_args_is_help=True)
app.add_typer(user_app, name="user")


@user_app.command("create")
def user_create(
    email: str,
    api_key: Annotated[bool, typer.Option("--api-key", help="Make an API key.")] = False,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Let the key take money out.")
    ] = False,
    deposit: Annotated[
        list[str] | None, typer.Option(help="Money to deposit, such as USDC=10000; repeatable.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Add a user with an account, and print both as one JSON object."""
    try:
        created = asyncio.run(create_user(
            running(data_dir), email, api_key=api_key,
            scopes=NEW_KEYS | {WITHDRAW} if withdraw else NEW_KEYS,
            deposits=parse_deposits(",".join(deposit or [])),
        ))
    except SignUpRefused as why:
        fail(str(why))
    typer.echo(json.dumps(created))
