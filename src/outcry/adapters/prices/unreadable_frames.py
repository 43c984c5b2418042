"""Frames of a feed that cannot be decoded: counted, and logged now and then."""

import time
from collections.abc import Callable
from typing import Final

import structlog

LOG_EVERY_S: Final = 10.0
_SHOWN_MAX: Final = 200  # Characters.

log = structlog.get_logger(__name__)


class UnreadableFrames:
    """Counts frames of one feed. A feed of such frames must not fill the disk with logs."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self.frames = 0
        self._monotonic_s = monotonic_s
        self._logged_at_s = -LOG_EVERY_S

    def note(self, why: Exception, frame: str) -> None:
        """Count one more."""
        self.frames += 1
        now_s = self._monotonic_s()
        if now_s - self._logged_at_s >= LOG_EVERY_S:
            self._logged_at_s = now_s
            log.warning(
                "unreadable frame", why=str(why), frame=frame[:_SHOWN_MAX],
                unreadable_frames=self.frames,
            )
