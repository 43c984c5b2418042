"""`outcry version` and `outcry openapi`: the versions of this build, and its REST API."""

import platform
from importlib import metadata

import typer

app = typer.Typer()


@app.command()
def openapi() -> None:
    """Print the description of the REST API for programs, as the gateway serves it."""
    from outcry.processes.gateway.app import PARTS, ROUTES
    from outcry.processes.gateway.openapi import Document

    typer.echo(Document(ROUTES, PARTS).text.decode())


@app.command()
def version() -> None:
    """Show the versions of package and servers, and whether the engine is compiled."""
    from outcry.engine import BUILD
    from outcry.launcher.servers.postgres import postgres_version
    from outcry.launcher.servers.valkey import valkey_version
    from outcry.runtime.errors import OperatorError

    typer.echo(f"outcry {metadata.version('openoutcry')}")
    typer.echo(f"engine {BUILD}")
    typer.echo(f"python {platform.python_version()}")
    for name, version_of in (("valkey", valkey_version), ("postgres", postgres_version)):
        try:
            typer.echo(f"{name} {version_of()}")
        except OperatorError as why:
            typer.echo(f"{name} none: {why}")
