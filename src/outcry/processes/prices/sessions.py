"""Opens and closes the sessions of contracts by their calendars.

The calendars and the sessions are in the journal. Every second each calendar is compared with its
contract's session, and a difference becomes a `SetSession`. A process that starts late, or on a
clock that was wrong, therefore makes good what it missed.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from outcry.engine.commands import Command, SetSession
from outcry.engine.events import CalendarSet, Event, SessionChanged
from outcry.engine.image import StateImage
from outcry.engine.units import InstrumentId
from outcry.log.command_writer import OutcomeUnknown, Overloaded
from outcry.ports.log import LogUnavailable
from outcry.runtime.market_calendar import BadCalendar, MarketCalendar, parse_calendar

LOOKED_AT_S = 1.0

log = structlog.get_logger(__name__)


class SessionSink(Protocol):
    """The destination of commands; a `CommandWriter` is one."""

    async def submit(self, *commands: Command) -> Sequence[Sequence[Event]]:
        """Submit commands and wait for their answers; raises `OutcomeUnknown` and `Overloaded`."""


class Sessions:
    """The sessions of the contracts that have a calendar."""

    def __init__(self, commands: SessionSink, clock_ms: Callable[[], int]) -> None:
        self._commands = commands
        self._clock_ms = clock_ms
        self._calendars: dict[InstrumentId, MarketCalendar | None] = {}
        self._closed: set[InstrumentId] = set()  # Of any contract, as the engine has it.

    def restore(self, image: StateImage) -> None:
        """Start from an engine snapshot."""
        self._closed = {gate.instrument_id for gate in image.gates if not gate.is_open}
        for calendar in image.calendars:
            self.fold(calendar)

    def fold(self, event: CalendarSet | SessionChanged) -> None:
        """Take in another calendar, or a session that opened or closed."""
        if isinstance(event, SessionChanged):
            if event.is_open:
                self._closed.discard(event.instrument_id)
            else:
                self._closed.add(event.instrument_id)
            return
        try:
            self._calendars[event.instrument_id] = parse_calendar(event.calendar)
        except BadCalendar as error:
            # Nobody may deal when nobody knows the hours, and the present session may be closed.
            self._calendars.pop(event.instrument_id, None)
            log.error("a calendar cannot be read", contract=event.instrument_id, why=str(error))

    def is_closed(self, instrument_id: InstrumentId) -> bool:
        """Whether the engine takes no quotes of a contract."""
        return instrument_id in self._closed

    def due(self) -> list[SetSession]:
        """The sessions that have to be opened or closed now."""
        now_ms = self._clock_ms()
        return [
            SetSession(instrument_id=instrument_id, is_open=is_open)
            for instrument_id, calendar in sorted(self._calendars.items(), key=lambda each: each[0])
            if (is_open := calendar is None or calendar.is_open(now_ms))
            == (instrument_id in self._closed)
        ]

    async def run(self) -> None:
        """Open and close sessions without end."""
        while True:
            due = self.due()
            if due:
                log.info("sessions change", contracts=[each.instrument_id for each in due])
                try:
                    await self._commands.submit(*due)
                except (OutcomeUnknown, Overloaded, LogUnavailable) as error:
                    log.warning("sessions not answered", why=type(error).__name__)
            await asyncio.sleep(LOOKED_AT_S)
