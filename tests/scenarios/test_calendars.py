"""The engine keeps the calendars of contracts, and sessions follow them at somebody's word."""

import pytest

from domain.cfd import CONTRACT, CfdFloor
from outcry.engine.commands import SetCalendar
from outcry.engine.events import CalendarSet, CommandRejected
from outcry.engine.rejects import RejectReason

FOREX = "America/New_York; Sun 17:00-Fri 17:00"


def test_a_calendar_is_kept_through_every_restart() -> None:
    """The floor restores the engine from a snapshot before each command."""
    floor = CfdFloor()
    other = floor.list_another("EUR_USD")
    assert [CalendarSet(instrument_id=other, calendar=FOREX)] == floor.do(
        SetCalendar(instrument_id=other, calendar=FOREX)
    )
    floor.do(SetCalendar(instrument_id=CONTRACT, calendar="UTC; Mon 09:00-17:00"))
    assert [CalendarSet(instrument_id=CONTRACT, calendar="")] == floor.do(
        SetCalendar(instrument_id=CONTRACT, calendar="")
    )
    floor.price(200)
    assert {other: FOREX, CONTRACT: ""} == {
        contract: kept.calendar for contract, kept in floor.engine.state.calendars.items()
    }


@pytest.mark.parametrize(("command", "reason"), [
    (SetCalendar(instrument_id=9, calendar=FOREX), RejectReason.INSTRUMENT_NOT_FOUND),
    (SetCalendar(instrument_id=CONTRACT, calendar="x" * 2_001), RejectReason.INSTRUMENT_INVALID),
    (SetCalendar(instrument_id=CONTRACT, calendar="UTC\n"), RejectReason.INSTRUMENT_INVALID),
    (SetCalendar(instrument_id=CONTRACT, calendar="Zürich"), RejectReason.INSTRUMENT_INVALID),
])
def test_a_text_that_is_none_is_refused(command: SetCalendar, reason: int) -> None:
    """A line of at most 2,000 printable characters; the engine reads no more into it."""
    floor = CfdFloor()
    [refused] = floor.do(command)
    assert isinstance(refused, CommandRejected)
    assert reason == refused.reason
    assert {} == floor.engine.state.calendars
