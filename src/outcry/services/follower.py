"""Reads the event stream in order and proves that it misses nothing."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from outcry.engine.events import Outcome
from outcry.ports import EventReader
from outcry.protocol.journal import EntryId, EventsEntry


class Position(NamedTuple):
    """How far a reader has come: an entry's id and the chain digest there."""

    id: EntryId
    digest: bytes


class Follower:
    """Calls `on_entries` with each run of events entries after a position, in order.

    `run` raises `LogBroken` when the stream does not continue the position.
    """

    def __init__(
        self, reader: EventReader, position: Position,
        on_entries: Callable[[list[tuple[EventsEntry, Outcome]]], None],
    ) -> None:
        raise AssertionError("interface only for now")

    async def catch_up(self) -> None:
        """Follow to the top the stream has now."""
        raise AssertionError

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until told to stop; reconnects by itself."""
        raise AssertionError
