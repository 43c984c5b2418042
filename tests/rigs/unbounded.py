"""Venues without bounds for prices, for tests that trade far from the last one."""

import asyncio

from outcry.bootstrap.running_venue import venue_connection
from outcry.engine.commands import ChangeInstrument, SetQuoteRules
from outcry.engine.events import CommandRejected
from outcry.log.command_writer import CommandWriter
from outcry.projections.venue import VenueView
from outcry.runtime.config import settings_of_running_venue
from rigs.venues import Venue


async def remove_bounds(view: VenueView, command_writer: CommandWriter) -> None:
    """Let a running venue take orders and quotes at any price."""
    ids = [*view.listing.instruments, *view.cfd.contracts]
    answers = await command_writer.submit(
        *(
            ChangeInstrument(instrument_id=each, price_band_rate=0, impact_rate=0)
            for each in view.listing.instruments
        ),
        *(SetQuoteRules(instrument_id=each, band_rate=0, spread_max_rate=0) for each in ids),
    )
    assert not [answer for answer in answers if isinstance(answer[0], CommandRejected)]


def without_bounds(venue: Venue) -> Venue:
    """The same running venue, which takes orders and quotes at any price from now on."""

    async def remove() -> None:
        settings = settings_of_running_venue(venue.data_dir)
        async with venue_connection(settings) as (view, command_writer):
            await remove_bounds(view, command_writer)

    asyncio.run(remove())
    return venue
