"""The calendars of contracts: texts that the engine keeps for whoever opens and closes sessions.

The engine has no time zones. It keeps a calendar in the journal, so that it survives every restart
and is the same for all readers; `SetSession` states what follows from it.
"""

from typing import Final

from outcry.engine.commands import SetCalendar
from outcry.engine.events import CalendarSet, Event
from outcry.engine.refusal import refused
from outcry.engine.rejects import RejectReason
from outcry.engine.state import State

CALENDAR_MAX: Final = 2_000  # Characters.


def set_calendar(state: State, command: SetCalendar) -> list[Event]:
    """Give a contract another calendar; an empty one is a market that never closes."""
    text = command.calendar
    if command.instrument_id not in state.contracts:
        return refused(RejectReason.INSTRUMENT_NOT_FOUND)
    if len(text) > CALENDAR_MAX or not text.isascii() or not text.isprintable():
        return refused(RejectReason.INSTRUMENT_INVALID)
    calendar = CalendarSet(instrument_id=command.instrument_id, calendar=text)
    state.calendars[command.instrument_id] = calendar
    return [calendar]
