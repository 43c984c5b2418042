"""`outcry tape`: price sources written down, to be played again."""

import asyncio
import signal
from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from outcry.adapters.prices.choice import SourceSettings, UnknownPriceSource, price_source
from outcry.adapters.prices.tape import TapeUnreadable, TapeUnwritable, TapeWriter, new_tape
from outcry.cli.edge import settings_with
from outcry.ports.prices import PriceSource
from outcry.runtime.errors import OperatorError

app = typer.Typer()
tape_app = typer.Typer(help="Record prices.", no_args_is_help=True)
app.add_typer(tape_app, name="tape")


@tape_app.command("record")
def tape_record(
    file: Annotated[Path, typer.Argument(help="A new file; gzipped when its name ends in .gz.")],
    prices: Annotated[
        str | None, typer.Option(help="The source to record, as for `up`.", show_default="auto")
    ] = None,
    prices_seed: Annotated[
        int | None, typer.Option(help="Seed of simulated prices.", show_default="random")
    ] = None,
    symbols: Annotated[
        str, typer.Option(help="Symbols to record, separated by commas.")
    ] = "SOL_USDC,ETH_USDC,BTC_USDC",
    seconds: Annotated[
        float | None, typer.Option(help="Seconds to record.", show_default="until Ctrl-C")
    ] = None,
) -> None:
    """Write a price source down, to be played again with `--prices tape:FILE`."""
    settings = settings_with(prices=prices, prices_seed=prices_seed)
    try:
        source = price_source(settings.prices, SourceSettings(
            stream_url=settings.backpack_stream_url, seed=settings.prices_seed,
        ))
        with new_tape(file) as tape:
            asyncio.run(_record(source, tape, symbols.split(","), seconds))
    except (UnknownPriceSource, TapeUnreadable, TapeUnwritable) as error:
        raise OperatorError(str(error)) from None
    typer.echo(f"{tape.written:,} quotes in {file}")


async def _record(
    source: PriceSource, tape: TapeWriter, symbols: list[str], seconds: float | None
) -> None:
    for symbol in symbols:
        source.watch(symbol, None)
    recording = asyncio.create_task(_write(source, tape))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, recording.cancel)
    try:
        async with asyncio.timeout(seconds):
            await recording
    except TimeoutError:
        pass  # That was as long as was asked for.
    except asyncio.CancelledError:
        if not recording.cancelled():
            raise


async def _write(source: PriceSource, tape: TapeWriter) -> None:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        shown = progress.add_task("waiting for a quote", total=None)
        async with aclosing(source.quotes()) as quotes:
            async for quote in quotes:
                tape.add(quote)
                progress.update(shown, description=f"{tape.written:,} quotes written")
