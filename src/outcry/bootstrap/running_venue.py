"""A command of the tool on a running venue: it reads the views, and submits commands."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from outcry.adapters.valkey.streams import RedisLog
from outcry.api.backpack.errors import rejection
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.engine.commands import Command
from outcry.engine.events import CommandRejected, Outcome
from outcry.log.command_writer import CommandWriter, OutcomeUnknown, Overloaded
from outcry.log.follower import EventConsumer
from outcry.log.starting_point import starting_point
from outcry.operations.rules import RulesRefused
from outcry.projections.venue import VenueView
from outcry.runtime.config import VenueSettings
from outcry.runtime.errors import OperatorError
from outcry.wire.journal import EventsEntry

PATIENCE_S: Final = 15.0  # Longer than an engine takes to come back.

Rows = list[dict[str, str]]
RowsOf = Callable[[VenueView], Rows]
CommandsFor = Callable[[VenueView], Sequence[Command]]


async def query(settings: VenueSettings, rows_of: RowsOf) -> Rows:
    """Rows of a running venue as it is now; raises `LogUnavailable` and `OperatorError`."""
    async with venue_connection(settings) as (venue, _):
        return rows_of(venue)


async def execute(
    settings: VenueSettings, *steps: CommandsFor, rows_of: RowsOf, look_at: str,
) -> Rows:
    """Submit commands, step by step; returns rows of the venue after them.

    Each step is made from the venue as it is then, and is one entry. `look_at` is the command of
    the tool that shows which were applied. Raises `LogUnavailable`, and `OperatorError` with the
    reason in one line.
    """
    try:
        async with venue_connection(settings) as (venue, command_writer):
            for commands_for in steps:
                await _submit(command_writer, commands_for(venue))
            return rows_of(venue)
    except RulesRefused as refused:
        raise OperatorError(str(refused)) from refused
    except (OutcomeUnknown, Overloaded):
        raise OperatorError(
            f"the engine does not answer; look at `{look_at}` before you try again"
        ) from None


async def _submit(command_writer: CommandWriter, commands: Sequence[Command]) -> None:
    """Raise `OperatorError` if the engine refuses one of them."""
    for [first, *_] in await command_writer.submit(*commands) if commands else ():
        if isinstance(first, CommandRejected):
            raise OperatorError(f"the engine refused: {rejection(first.reason).message}")


@asynccontextmanager
async def venue_connection(
    settings: VenueSettings
) -> AsyncIterator[tuple[VenueView, CommandWriter]]:
    """The venue, kept up to date inside the block, and a writer; raises `LogUnavailable`."""
    stop = asyncio.Event()
    async with RedisLog(settings.redis_url) as event_log:
        command_writer = CommandWriter(
            event_log, session=secrets.randbits(63), patience_s=PATIENCE_S
        )
        venue, follower = await _followed(settings, event_log, command_writer)
        work = (
            asyncio.create_task(follower.run(stop)), asyncio.create_task(command_writer.run(stop)),
        )
        try:
            yield venue, command_writer
        finally:
            stop.set()
            await asyncio.gather(*work)


async def _followed(
    settings: VenueSettings, event_log: RedisLog, command_writer: CommandWriter
) -> tuple[VenueView, EventConsumer]:
    """The venue as it is now, and the follower of it and of the command writer."""
    position, image = starting_point(snapshot_store(settings), not_above=await event_log.top())
    venue = VenueView.from_image(image, position.id)

    def on_entries(entries: list[tuple[EventsEntry, Outcome]]) -> None:
        for entry, outcome in entries:
            venue.fold(entry.id, outcome)
            command_writer.on_entry(entry, outcome)

    follower = EventConsumer(event_log, position, on_entries)
    await follower.catch_up()
    return venue, follower
