"""Carries commands into the journal and answers back to whoever asked."""

import asyncio
from collections.abc import Sequence

from outcry.engine.commands import Command
from outcry.engine.events import Event, Outcome
from outcry.ports import JournalWriter
from outcry.protocol.journal import EventsEntry


class OutcomeUnknown(Exception):
    """No answer came in time. The command may still be applied; ask for it by its own key."""


class Overloaded(Exception):
    """Too many commands are waiting for their answers; nothing was sent."""


class Commander:
    """One writer session: packs the commands at hand into entries and matches the answers."""

    def __init__(
        self, journal: JournalWriter, *, session: int, patience_s: float = 5.0,
        waiting_max: int = 20_000,
    ) -> None:
        raise AssertionError("interface only for now")

    async def submit(self, *commands: Command) -> Sequence[Sequence[Event]]:
        """Append commands, in order and in one entry; return the events of each.

        Raises `OutcomeUnknown` and `Overloaded`.
        """
        raise AssertionError

    def on_entry(self, entry: EventsEntry, outcome: Outcome) -> None:
        """Hand out the answers in an events entry, if it is one of this session's."""
        raise AssertionError

    async def run(self, stop: asyncio.Event) -> None:
        """Append what is submitted, until told to stop."""
        raise AssertionError
