"""`outcry bench quotes`: fast feeds of many contracts through a whole venue.

A tape of `CONTRACTS` symbols with `RATE` quotes a second each is played into a venue that runs with
everything, and this process follows its events as a gateway does. The lag of a quote is the time
from its row's moment on the tape to the moment at which this process has folded it.
"""

import asyncio
import csv
import random
import tempfile
from pathlib import Path
from typing import Final

import uvloop
from rich.console import Console
from rich.progress import Progress

from outcry.adapters.valkey.streams import RedisLog
from outcry.bench.machine import percentile_table
from outcry.bench.venue import running_venue
from outcry.bootstrap.running_venue import venue_connection
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.engine.commands import ListContract
from outcry.engine.events import CommandRejected, Outcome, QuoteSet
from outcry.engine.units import AssetId
from outcry.log.follower import EventConsumer
from outcry.log.starting_point import starting_point
from outcry.projections.venue import VenueView
from outcry.runtime.clock import clock_ms
from outcry.runtime.config import VenueSettings, settings_of_running_venue
from outcry.wire.journal import EventsEntry

CONTRACTS: Final = 50
RATE: Final = 200  # Quotes a second of each.
TAPE_S: Final = 10  # Played again and again.
SETTLE_S: Final = 3
SECONDS: Final = 20
SEED: Final = 7
FIRST_MS: Final = 1_700_000_000_000


def main() -> None:
    """Start a venue on a tape, list the contracts, measure, and print percentiles."""
    console = Console()
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)  # The venue may run as another user.
        tape = Path(scratch) / "feed.csv"
        _write(tape)
        with running_venue(console, prices=f"tape:{tape}?loop=true") as venue:
            uvloop.run(_measure(settings_of_running_venue(Path(venue.data_dir)), console))


def _symbol(number: int) -> str:
    return f"F{number:02}_USDC"


def _write(tape: Path) -> None:
    """Walks of all symbols, their quotes spread evenly over each second."""
    dice = random.Random(SEED)  # noqa: S311 - a workload, not a secret
    middles = [100_00 + 10 * number for number in range(CONTRACTS)]
    with tape.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["time_ms", "symbol", "bid", "ask"])
        for quote in range(TAPE_S * RATE):
            for number in range(CONTRACTS):
                middle = middles[number] = max(50_00, middles[number] + dice.choice((-1, 1)))
                rows.writerow([
                    FIRST_MS + (quote * 1_000 + number * 1_000 // CONTRACTS) // RATE,
                    _symbol(number), f"{(middle - 1) / 100:.2f}", f"{(middle + 1) / 100:.2f}",
                ])


class Lags:
    """Folds a venue as a gateway does, and takes down the lag of each quote while it is asked."""

    def __init__(self, venue: VenueView) -> None:
        self.measuring = False
        self.lags_ms: list[float] = []
        self._venue = venue

    def on_entries(self, entries: list[tuple[EventsEntry, Outcome]]) -> None:
        """Fold entries."""
        for entry, outcome in entries:
            self._venue.fold(entry.id, outcome)
            if self.measuring:
                now_ms = clock_ms()
                self.lags_ms += [
                    now_ms - event.source_ms
                    for answer in outcome.answers for event in answer
                    if isinstance(event, QuoteSet)
                ]


async def _measure(settings: VenueSettings, console: Console) -> None:
    await _list_contracts(settings)
    stop = asyncio.Event()
    async with RedisLog(settings.redis_url) as event_log:
        position, image = starting_point(
            snapshot_store(settings), not_above=await event_log.top()
        )
        lags = Lags(VenueView.from_image(image, position.id))
        follower = EventConsumer(event_log, position, lags.on_entries)
        await follower.catch_up()
        following = asyncio.create_task(follower.run(stop))
        await asyncio.sleep(SETTLE_S)
        lags.measuring = True
        with Progress(console=console) as progress:
            task = progress.add_task("listening", total=SECONDS)
            for _ in range(SECONDS):
                await asyncio.sleep(1)
                progress.advance(task)
        lags.measuring = False
        stop.set()
        await following
    title = f"{CONTRACTS} contracts at {RATE} quotes a second each, everything running"
    console.print(percentile_table(title, "from tape to view", {"lag": lags.lags_ms}))
    told = len(lags.lags_ms) / SECONDS
    console.print(f"{told:,.0f} quotes a second arrived, of {CONTRACTS * RATE:,}")


async def _list_contracts(settings: VenueSettings) -> None:
    async with venue_connection(settings) as (_, command_writer):
        answers = await command_writer.submit(*(
            ListContract(
                symbol=f"{_symbol(number)}_CFD", underlying=_symbol(number), asset_id=AssetId(1),
                price_decimals=6, price_max=10**12, leverage_max=1_000, margin_min=1,
            )
            for number in range(CONTRACTS)
        ))
        for [first, *_] in answers:
            assert not isinstance(first, CommandRejected), first

