"""`outcry up` and `outcry run`: a whole venue, and one process of it."""

import asyncio
import importlib
import sys
from typing import Annotated, Any

import typer

from outcry.cli.edge import DataDir, fail, settings_with

PROCESSES = ("gateway", "stream", "engine", "recorder", "prices", "bridge", "maker")

app = typer.Typer()


@app.command()
def up(
    data_dir: DataDir = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of REST and the terminal.")] = None,
    stream_port: Annotated[int | None, typer.Option(help="Port of the WebSocket stream.")] = None,
    prices: Annotated[
        str | None,
        typer.Option(help="auto, backpack, sim, stream:URL, redis:URL, tape:FILE or several: A,B"),
    ] = None,
    cfd_prices: Annotated[
        str | None,
        typer.Option(
            help="Another source of CFD prices; own: the venue's own spot books.",
            show_default="the same",
        ),
    ] = None,
    prices_seed: Annotated[
        int | None, typer.Option(help="Seed of simulated prices.", show_default="random")
    ] = None,
    assets: Annotated[
        str | None,
        typer.Option(help="Symbols that the prices follow, such as SOL_USDC,ETH_USDC.",
                     show_default="all"),
    ] = None,
    catalogue: Annotated[
        str | None, typer.Option(help="Contracts to list: coins or all.", show_default="coins")
    ] = None,
    price_interval: Annotated[
        int | None,
        typer.Option(help="Milliseconds between two entries with quotes of a symbol.",
                     show_default="every quote"),
    ] = None,
    bridge: Annotated[
        bool | None,
        typer.Option("--bridge", help="Run the bridge to programs for other designs.",
                     show_default="off"),
    ] = None,
    no_maker: Annotated[bool, typer.Option("--no-maker", help="Run no market maker.")] = False,
    no_standby: Annotated[
        bool, typer.Option("--no-standby", help="Run no second engine that could take over.")
    ] = False,
) -> None:
    """Start a whole venue and keep it running until Ctrl-C."""
    from rich.console import Console

    from outcry.launcher.up import main
    from outcry.runtime.logs import BestEffortStream, set_up_logs

    said: Any = BestEffortStream(sys.stdout)
    settings = settings_with(
        data_dir=data_dir, host=host, port=port, stream_port=stream_port, prices=prices,
        cfd_prices=cfd_prices, prices_seed=prices_seed, assets=assets,
        price_interval=price_interval, catalogue=catalogue, bridge=bridge,
    )
    set_up_logs("up", settings.log_level)
    asyncio.run(main(
        settings, with_maker=not no_maker, with_standby=not no_standby,
        console=Console(file=said),
    ))


@app.command()
def run(
    name: Annotated[str, typer.Argument(help=" | ".join(PROCESSES))],
) -> None:
    """Run one process of a venue; `outcry up` runs all of them."""
    from outcry.runtime.logs import set_up_logs

    if name not in PROCESSES:
        fail(f"there is no process {name!r}; there are {', '.join(PROCESSES)}")
    settings = settings_with()
    set_up_logs(name, settings.log_level)
    importlib.import_module(f"outcry.bootstrap.{name}").main(settings)
