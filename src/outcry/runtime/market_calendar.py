"""The hours of a market, as text: a time zone, weekly sessions, and holidays.

    America/New_York; Sun 17:00-Fri 17:00; closed 2026-12-25, 2027-01-01
    America/New_York; Mon-Fri 09:30-16:00

A session runs from a moment of the week to a later one, and may run over the end of the week; a
range of days before the hours means each of those days. Everything is wall time in the zone, so
daylight saving time moves the sessions with it. A holiday lasts from midnight to midnight there.
"""

import re
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_MINUTES: Final = 24 * 60
_WEEK_MINUTES: Final = 7 * _DAY_MINUTES
_DAY: Final = "|".join(DAYS)
_TIME: Final = r"([01]\d|2[0-3]):([0-5]\d)|(24):(00)"
_LONG: Final = re.compile(rf"({_DAY}) ({_TIME})-({_DAY}) ({_TIME})")
_DAILY: Final = re.compile(rf"({_DAY})(?:-({_DAY}))? ({_TIME})-({_TIME})")
_HOLIDAYS: Final = re.compile(r"closed (\d{4}-\d\d-\d\d(?:, ?\d{4}-\d\d-\d\d)*)")


class BadCalendar(ValueError):
    """The text is no calendar; the message says what is wrong."""


class MarketCalendar(NamedTuple):
    """The hours of a market."""

    zone: ZoneInfo
    sessions: tuple[tuple[int, int], ...]  # Minutes of the week, from Monday; each end excluded.
    holidays: frozenset[date]

    def is_open(self, time_ms: int) -> bool:
        """Whether the market is open at a time, in milliseconds since 1970."""
        local = datetime.fromtimestamp(time_ms / 1_000, UTC).astimezone(self.zone)
        if local.date() in self.holidays:
            return False
        minute = local.weekday() * _DAY_MINUTES + local.hour * 60 + local.minute
        return any(
            start <= minute < end or start <= minute + _WEEK_MINUTES < end
            for start, end in self.sessions
        )


def parse_calendar(text: str) -> MarketCalendar | None:
    """The calendar in a text; None for an empty one, which never closes. Raises `BadCalendar`."""
    if not text.strip():
        return None
    zone, *parts = (part.strip() for part in text.split(";"))
    holidays: frozenset[date] = frozenset()
    if parts and (closed := _HOLIDAYS.fullmatch(parts[-1])):
        holidays = _holidays(closed[1])
        parts.pop()
    if len(parts) != 1:
        raise BadCalendar(
            f"{text!r}: a calendar is a time zone, sessions and holidays, such as "
            "America/New_York; Sun 17:00-Fri 17:00; closed 2026-12-25"
        )
    sessions = sorted(
        session for each in parts[0].split(",") for session in _sessions(each.strip())
    )
    for (_, end), (start, _) in pairwise([*sessions, (sessions[0][0] + _WEEK_MINUTES, 0)]):
        if end > start:
            raise BadCalendar(f"{parts[0]!r}: two sessions overlap")
    return MarketCalendar(_zone(zone), tuple(sessions), holidays)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadCalendar(
            f"{name!r} is no time zone of this machine; names are like America/New_York"
        ) from error


def _holidays(text: str) -> frozenset[date]:
    try:
        return frozenset(date.fromisoformat(day.strip()) for day in text.split(","))
    except ValueError as error:
        raise BadCalendar(f"{text!r}: {error}") from error


def _sessions(text: str) -> list[tuple[int, int]]:
    if long := _LONG.fullmatch(text):
        start, end = _minute(long[1], long[2]), _minute(long[7], long[8])
        return [(start, end if end > start else end + _WEEK_MINUTES)]
    daily = _DAILY.fullmatch(text)
    if daily is None:
        raise BadCalendar(
            f"{text!r} is no session; sessions are like Sun 17:00-Fri 17:00 or Mon-Fri 09:30-16:00"
        )
    first = DAYS.index(daily[1])
    last = DAYS.index(daily[2] or daily[1])
    sessions = []
    for number in range(first, (last if last >= first else last + 7) + 1):
        day = DAYS[number % 7]
        start, end = _minute(day, daily[3]), _minute(day, daily[8])
        if end <= start:
            raise BadCalendar(f"{text!r} ends before it begins")
        sessions.append((start, end))
    return sessions


def _minute(day: str, time: str) -> int:
    hour, minute = time.split(":")
    return DAYS.index(day) * _DAY_MINUTES + int(hour) * 60 + int(minute)
