"""Bounds the log: no client of the venue can fill it, and rotate other lines out of it.

Of one event a limited number of lines is written in a minute; the next line after that states how
many were left out. The texts of a line are cut.
"""

import logging
from collections.abc import Callable
from typing import Final, NamedTuple

import structlog
from structlog.typing import EventDict, WrappedLogger

LINES_PER_MINUTE: Final = 20
MINUTE_S: Final = 60.0
EVENTS_KEPT: Final = 1_000
TEXT_MAX: Final = 500
TRACE_MAX: Final = 8_000  # The end of a traceback says most.


class _Minute(NamedTuple):
    """The lines of one event since the start of its minute."""

    since_s: float
    lines: int


class LogThrottle:
    """Decides which lines are written. `clock` is in seconds, from anywhere."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._minutes: dict[str, _Minute] = {}

    def left_out(self, event: str) -> int | None:
        """The number of lines left out before this one; None if this one is left out too."""
        now_s = self._clock()
        since_s, lines = self._minutes.get(event, (now_s, 0))
        if now_s - since_s >= MINUTE_S:
            if len(self._minutes) >= EVENTS_KEPT:
                self._minutes.clear()
            self._minutes[event] = _Minute(now_s, 1)
            return max(0, lines - LINES_PER_MINUTE)
        if len(self._minutes) >= EVENTS_KEPT and event not in self._minutes:
            self._minutes.clear()
        self._minutes[event] = _Minute(since_s, lines + 1)
        return 0 if lines < LINES_PER_MINUTE else None

    def process(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        """Bound a line of ours."""
        left_out = self.left_out(str(event.get("event"))[:TEXT_MAX])
        if left_out is None:
            raise structlog.DropEvent
        if left_out:
            event["left_out"] = left_out
        return event

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write a line of a library."""
        return self.left_out(f"{record.name}: {record.msg}"[:TEXT_MAX]) is not None


def cut_texts(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Cut the texts of a line."""
    for name, value in event.items():
        if isinstance(value, str):
            if name == "exception":
                event[name] = value[-TRACE_MAX:]
            elif len(value) > TEXT_MAX:
                event[name] = f"{value[:TEXT_MAX]}…"
    return event
