"""Sessions open and close by their calendars: over a weekend, a holiday, a restart."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from domain.cfd import CONTRACT, CfdFloor
from outcry.engine.commands import Command, SetCalendar, SetSession
from outcry.engine.events import (
    CalendarSet,
    CommandRejected,
    Event,
    PositionClosed,
    PositionOpened,
    SessionChanged,
)
from outcry.engine.rejects import RejectReason
from outcry.engine.snapshot import image_of
from outcry.engine.units import LONG
from outcry.log.command_writer import OutcomeUnknown
from outcry.processes.prices import sessions
from outcry.processes.prices.sessions import Sessions
from rigs.price_loop import in_virtual_time

FOREX = "America/New_York; Sun 17:00-Fri 17:00; closed 2026-12-25"
NEW_YORK = ZoneInfo("America/New_York")


class Desk:
    """A contract on the real engine, its sessions, and a clock that follows the virtual loop."""

    def __init__(self, local: str, calendar: str = FOREX) -> None:
        self.floor = CfdFloor(quote_age_max_ms=600_000)
        self.start_ms = int(
            datetime.fromisoformat(local).replace(tzinfo=NEW_YORK).timestamp() * 1_000
        )
        self.changes: list[tuple[str, bool]] = []
        self.failures = 0
        self.sessions = Sessions(self, self.now_ms)
        self.take_in(self.do(SetCalendar(instrument_id=CONTRACT, calendar=calendar)))

    def now_ms(self) -> int:
        return self.start_ms + round(asyncio.get_running_loop().time() * 1_000)

    def do(self, command: Command) -> list[Event]:
        return self.floor.do(command)

    def take_in(self, events: Sequence[Event]) -> None:
        """What the prices process reads on the event stream."""
        for event in events:
            if isinstance(event, CalendarSet | SessionChanged):
                self.sessions.fold(event)

    async def submit(self, *commands: Command) -> Sequence[Sequence[Event]]:
        if self.failures:
            self.failures -= 1
            raise OutcomeUnknown
        answers = []
        for command in commands:
            self.floor.now_ms = self.now_ms()
            answers.append(self.do(command))
            self.take_in(answers[-1])
            assert isinstance(command, SetSession)
            self.changes.append((self.local(), command.is_open))
        return answers

    def local(self) -> str:
        return datetime.fromtimestamp(self.now_ms() / 1_000, NEW_YORK).strftime("%a %m-%d %H:%M")

    async def until(self, local: str) -> None:
        """Let time pass up to a local time, and two looks at the calendar."""
        then = datetime.fromisoformat(local).replace(tzinfo=NEW_YORK).timestamp() * 1_000
        await asyncio.sleep((then - self.now_ms()) / 1_000 + 2 * sessions.LOOKED_AT_S)
        self.floor.now_ms = self.now_ms()


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "LOOKED_AT_S", 30.0)


async def lived(desk: Desk, *, until: str) -> None:
    working = asyncio.create_task(desk.sessions.run())
    await desk.until(until)
    assert not working.done(), working
    working.cancel()


@pytest.mark.parametrize(("start", "until", "closes", "opens"), [
    ("2026-11-25 12:00", "2026-12-02 12:00", "Fri 11-27 17:00", "Sun 11-29 17:00"),
    ("2027-03-11 12:00", "2027-03-16 12:00", "Fri 03-12 17:00", "Sun 03-14 17:00"),
    ("2026-10-29 12:00", "2026-11-03 12:00", "Fri 10-30 17:00", "Sun 11-01 17:00"),
    ("2026-12-23 12:00", "2026-12-28 12:00", "Fri 12-25 00:00", "Sun 12-27 17:00"),
    ("2026-11-28 12:00", "2026-11-30 12:00", "Sat 11-28 12:00", "Sun 11-29 17:00"),
])
def test_a_weekend_a_holiday_and_both_changes_of_the_clock(
    start: str, until: str, closes: str, opens: str
) -> None:
    async def live() -> list[tuple[str, bool]]:
        desk = Desk(start)
        await lived(desk, until=until)
        return desk.changes

    assert [(closes, False), (opens, True)] == in_virtual_time(live)


def test_a_position_waits_for_the_end_of_the_weekend() -> None:
    """Nothing opens and nothing closes; the first quote afterwards is the price of both."""
    async def live() -> None:
        desk = Desk("2026-11-27 16:00")
        floor = desk.floor
        working = asyncio.create_task(desk.sessions.run())
        await desk.until("2026-11-27 16:50")
        floor.person("ann", 5_000)
        assert [] == floor.price(200)
        held = floor.open("ann", LONG, 10)
        assert isinstance(held, PositionOpened)

        await desk.until("2026-11-28 12:00")
        [refused] = floor.price(150)
        assert isinstance(refused, CommandRejected)
        for fault in (floor.open("ann", LONG, 10), floor.close("ann", held.position_id)):
            assert RejectReason.SESSION_CLOSED == getattr(fault, "reason", fault)

        await desk.until("2026-11-29 17:00")
        floor.now_ms = desk.now_ms()
        fault = floor.close("ann", held.position_id)
        assert not isinstance(fault, PositionClosed), "the price of Friday is nobody's price"
        assert [] == floor.price(202)
        closed = floor.close("ann", held.position_id)
        assert isinstance(closed, PositionClosed)
        assert closed.pnl > 0
        working.cancel()

    in_virtual_time(live)


def test_a_restart_and_a_lost_answer_make_good_what_was_missed() -> None:
    """A process that was away while the market closed closes it; so does one nobody answered."""
    async def live() -> list[tuple[str, bool]]:
        desk = Desk("2026-11-28 12:00")
        desk.sessions = Sessions(desk, desk.now_ms)
        desk.sessions.restore(image_of(desk.floor.engine.state))
        desk.failures = 2
        await lived(desk, until="2026-11-28 12:10")
        assert desk.sessions.is_closed(CONTRACT)
        again = Sessions(desk, desk.now_ms)
        again.restore(image_of(desk.floor.engine.state))
        assert again.is_closed(CONTRACT)
        assert [] == again.due()
        return desk.changes

    assert [("Sat 11-28 12:01", False)] == in_virtual_time(live)


def test_without_a_calendar_a_session_is_nobodys_business_and_an_empty_one_opens_it() -> None:
    """A calendar that cannot be read leaves the session as it is."""
    async def live() -> None:
        desk = Desk("2026-11-28 12:00", calendar="")
        assert [] == desk.sessions.due()
        desk.take_in(desk.do(SetSession(instrument_id=CONTRACT, is_open=False)))
        assert [SetSession(instrument_id=CONTRACT, is_open=True)] == desk.sessions.due()
        desk.take_in(desk.do(SetCalendar(instrument_id=CONTRACT, calendar="whenever")))
        assert [] == desk.sessions.due()

        untouched = Sessions(desk, desk.now_ms)
        untouched.fold(SessionChanged(instrument_id=CONTRACT, is_open=False))
        assert [] == untouched.due()

    in_virtual_time(live)
