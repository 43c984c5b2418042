"""The start of a gateway: from a snapshot and history to the top of the event stream."""

import asyncio
from typing import Final

import structlog

from outcry.log.command_writer import CommandWriter
from outcry.log.follower import EventConsumer
from outcry.log.starting_point import starting_point
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.history import History
from outcry.ports.log import EventReader, LogUnavailable
from outcry.ports.snapshots import SnapshotStore
from outcry.processes.gateway.history import reach_of
from outcry.processes.gateway.views import Views
from outcry.projections.venue import VenueView

PAUSE_S: Final = 0.25
SPANS: Final = ("1d", "1w")

log = structlog.get_logger()


async def start_views(
    *, reader: EventReader, snapshots: SnapshotStore, history: History,
    command_writer: CommandWriter,
) -> tuple[Views, EventConsumer]:
    """Views that have caught up, and the follower that keeps them so.

    Waits for the log and for the database; raises `LogBroken`.
    """
    while True:
        try:
            return await _start(reader, snapshots, history, command_writer)
        except (DatabaseUnavailable, LogUnavailable) as error:
            log.warning("waiting for the servers", reason=str(error))
        await asyncio.sleep(PAUSE_S)


async def _start(
    reader: EventReader, snapshots: SnapshotStore, history: History, command_writer: CommandWriter
) -> tuple[Views, EventConsumer]:
    # A snapshot that history has reached: from there on nothing is in neither. Trimming never
    # passes it, since the recorder holds one.
    reached = min(await reach_of(history), await reader.top())
    position, image = starting_point(snapshots, not_above=reached)
    venue = VenueView.from_image(image, position.id, spans=SPANS)
    views = Views(venue, command_writer)
    await _prime(venue, history)
    follower = EventConsumer(reader, position, views.on_entries)
    await follower.catch_up()
    views.listen()
    views.note_recorded(await reach_of(history))
    log.info("views have caught up", snapshot=str(position.id), reached=str(venue.reached))
    return views, follower


async def _prime(venue: VenueView, history: History) -> None:
    """Fill tape and tickers with the time before the snapshot."""
    longest_ms = venue.tickers.longest_ms
    for instrument_id in venue.listing.instruments:
        trades, _ = await history.trades(instrument_id, limit=venue.tape.length)
        venue.tape.prime(instrument_id, trades)
        candles, up_to = await history.candles(
            instrument_id, "1m", start_ms=venue.reached.ms - longest_ms,
            end_ms=venue.reached.ms + longest_ms,
        )
        venue.tickers.prime(instrument_id, candles, up_to)
