"""The hours of a market as text, in its own time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from outcry.runtime.market_calendar import BadCalendar, parse_calendar

FOREX = "America/New_York; Sun 17:00-Fri 17:00; closed 2026-12-25, 2027-01-01"
STOCKS = "America/New_York; Mon-Fri 09:30-16:00"
METALS = "America/New_York; Sun 18:00-24:00, Mon-Thu 00:00-17:00, Mon-Thu 18:00-24:00, " \
    "Fri 00:00-17:00"


def is_open(text: str, local: str, zone: str = "America/New_York", *, fold: int = 0) -> bool:
    calendar = parse_calendar(text)
    assert calendar is not None
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return calendar.is_open(int(moment.timestamp() * 1_000))


@pytest.mark.parametrize(("text", "local", "expected"), [
    (FOREX, "2026-11-27 16:59:59", True),  # A Friday.
    (FOREX, "2026-11-27 17:00:00", False),
    (FOREX, "2026-11-28 12:00:00", False),
    (FOREX, "2026-11-29 16:59:59", False),
    (FOREX, "2026-11-29 17:00:00", True),
    (FOREX, "2026-11-30 00:00:00", True),
    (FOREX, "2026-12-24 23:59:59", True),
    (FOREX, "2026-12-25 00:00:00", False),
    (FOREX, "2026-12-25 16:00:00", False),
    (FOREX, "2027-01-01 12:00:00", False),
    (FOREX, "2027-01-03 17:00:00", True),
    (STOCKS, "2026-11-30 09:29:59", False),
    (STOCKS, "2026-11-30 09:30:00", True),
    (STOCKS, "2026-12-04 15:59:59", True),
    (STOCKS, "2026-12-04 16:00:00", False),
    (STOCKS, "2026-12-05 12:00:00", False),
    (METALS, "2026-11-29 18:00:00", True),
    (METALS, "2026-11-30 17:30:00", False),
    (METALS, "2026-11-30 18:00:00", True),
    (METALS, "2026-12-04 17:00:00", False),
])
def test_the_hours_of_a_week(text: str, local: str, expected: bool) -> None:
    """Each end is exclusive, and holidays are whole days in the zone."""
    assert expected == is_open(text, local)


@pytest.mark.parametrize(("utc", "expected"), [
    ("2026-03-06 21:59", True), ("2026-03-06 22:00", False),  # Friday, standard time: UTC-5.
    ("2026-03-08 20:59", False), ("2026-03-08 21:00", True),  # Sunday, daylight saving began.
    ("2026-10-30 20:59", True), ("2026-10-30 21:00", False),  # Friday, daylight saving: UTC-4.
    ("2026-11-01 21:59", False), ("2026-11-01 22:00", True),  # Sunday, it has ended.
])
def test_daylight_saving_moves_the_sessions(utc: str, expected: bool) -> None:
    """At five in the afternoon in New York, whatever that is elsewhere."""
    assert expected == is_open(FOREX, utc, "UTC")


def test_both_hours_of_a_repeated_hour_and_the_lost_one() -> None:
    """A session of an hour that comes twice is open twice, and one of an hour that is lost never.
    """
    text = "America/New_York; Sun 01:00-02:00, Sun 02:10-02:50"
    assert is_open(text, "2026-11-01 01:30", fold=0)
    assert is_open(text, "2026-11-01 01:30", fold=1)
    minutes = range(0, 24 * 60, 10)
    calendar = parse_calendar(text)
    assert calendar is not None
    start = datetime(2026, 3, 8, tzinfo=ZoneInfo("America/New_York")).timestamp()
    opened = [minute for minute in minutes if calendar.is_open(int((start + minute * 60) * 1_000))]
    assert list(range(60, 120, 10)) == opened


def test_a_session_runs_over_the_end_of_the_week() -> None:
    text = "UTC; Sun 22:00-Mon 02:00"
    assert [False, True, True, False] == [is_open(text, f"2026-11-{at}", "UTC") for at in (
        "29 21:59", "29 22:00", "30 01:59", "30 02:00"
    )]
    daily = "UTC; Sat-Mon 10:00-11:00"
    assert [True, True, True, False] == [
        is_open(daily, f"2026-11-{day} 10:30", "UTC") for day in (28, 29, 30, 27)
    ]


def test_an_empty_calendar_is_none() -> None:
    """A market that never closes."""
    assert parse_calendar("") is None
    assert parse_calendar("  ") is None


@pytest.mark.parametrize(("text", "why"), [
    ("UTC", "a calendar is"), ("UTC; ", "is no session"), ("Mon 09:00-17:00", "a calendar is"),
    ("Mars/Olympus; Mon 09:00-17:00", "no time zone"), ("/etc/passwd; Mon 09:00-17:00", "zone"),
    ("../UTC; Mon 09:00-17:00", "zone"), ("UTC; Monday 09:00-17:00", "is no session"),
    ("UTC; Mon 9:00-17:00", "is no session"), ("UTC; Mon 09:00-25:00", "is no session"),
    ("UTC; Mon 17:00-09:00", "ends before"), ("UTC; Mon 09:00-09:00", "ends before"),
    ("UTC; Mon 09:00-12:00, Mon 11:59-13:00", "overlap"),
    ("UTC; Sun 20:00-Mon 10:00, Mon 09:00-17:00", "overlap"),
    ("UTC; Mon 09:00-17:00; closed 2026-13-01", "month"),
    ("UTC; Mon 09:00-17:00; closed tomorrow", "a calendar is"),
    ("UTC; Mon 09:00-17:00; closed", "a calendar is"),
    ("UTC; Mon 09:00-17:00; Tue 09:00-17:00", "a calendar is"),
])
def test_what_is_no_calendar_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadCalendar, match=why):
        parse_calendar(text)
