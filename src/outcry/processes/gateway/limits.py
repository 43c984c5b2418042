"""How many requests one client may send in a minute, or in another span of time."""

from collections.abc import Callable
from typing import Final

WINDOW_S: Final = 60.0


class RateLimit:
    """Counts in whole windows, all of which end at once: nothing to remember about who is quiet."""

    def __init__(
        self, most: int, clock: Callable[[], float], *, window_s: float = WINDOW_S
    ) -> None:
        self._most = most  # 0 is no limit.
        self._clock = clock  # Seconds, from anywhere.
        self._window_s = window_s
        self._ends_at = clock() + window_s
        self._counts: dict[str, int] = {}

    def wait_s(self, who: str) -> int:
        """Count a request; 0 when it may pass, else in how many seconds the next one may."""
        if not self._most:
            return 0
        now = self._clock()
        if now >= self._ends_at:
            self._counts.clear()
            self._ends_at = now + self._window_s
        count = self._counts.get(who, 0) + 1
        if count > self._most:
            return max(1, round(self._ends_at - now))
        self._counts[who] = count
        return 0

    def give_back(self, who: str) -> None:
        """A request that was counted should not have been."""
        if self._counts.get(who):
            self._counts[who] -= 1
