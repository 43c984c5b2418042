"""The events of a contract's sessions; `events` has them among all others."""

from outcry.engine.message import Message
from outcry.engine.units import InstrumentId


class SessionChanged(Message, kw_only=True, tag=28):
    """The session of a contract is open, or closed. One that opens is in doubt until a quote."""

    instrument_id: InstrumentId
    is_open: bool


class CalendarSet(Message, kw_only=True, tag=36):
    """The calendar of a contract's sessions, as text; an empty one is always open."""

    instrument_id: InstrumentId
    calendar: str
