"""`outcry tape record`: a price source written down, to be played again."""

import asyncio
import signal
from contextlib import aclosing
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from outcry.adapters.prices.choice import UnknownPriceSource, price_source
from outcry.adapters.prices.tape import TapeUnreadable, TapeUnwritable, TapeWriter, new_tape
from outcry.ports.prices import PriceSource
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError


def main(settings: Settings, path: Path, *, symbols: list[str], seconds: float | None) -> int:
    """Record until Ctrl-C, the end of the source, or so many seconds; returns how many quotes.

    Raises `OperatorError`.
    """
    try:
        source = price_source(
            settings.prices, seed=settings.prices_seed, stream_url=settings.backpack_stream_url
        )
        with new_tape(path) as tape:
            asyncio.run(_record(source, tape, symbols, seconds))
    except (UnknownPriceSource, TapeUnreadable, TapeUnwritable) as error:
        raise OperatorError(str(error)) from None
    return tape.written


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
