"""`outcry bench`: measurements on this machine."""

import importlib
from typing import Annotated

import typer

from outcry.cli.edge import fail

BENCHES = ("core", "cfd", "broker", "pipeline", "http", "fanout", "recovery", "quotes", "house")

app = typer.Typer()


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help=" | ".join(BENCHES))],
) -> None:
    """Measure something on this machine."""
    if name not in BENCHES:
        fail(f"there is no bench {name!r}; there are {', '.join(BENCHES)}")
    importlib.import_module(f"outcry.bench.{name}").main()
