"""Orders and trades of each of the last seconds, and the times that answers took."""

from collections import deque
from typing import Final, NamedTuple

from outcry.wire.journal import EntryId

SECONDS_KEPT: Final = 60
ANSWERS_KEPT: Final = 2_000


class ThroughputSample(NamedTuple):
    """A second of journal time; `second` is counted from 1970."""

    second: int
    orders: int  # Placed.
    trades: int


class Throughput:
    """Orders and trades by the second of their entries."""

    def __init__(self) -> None:
        self._seconds: deque[ThroughputSample] = deque(maxlen=SECONDS_KEPT)

    def note(self, entry_id: EntryId, *, orders: int, trades: int) -> None:
        """Count the orders and trades of an entry."""
        second = entry_id.ms // 1000
        before = ThroughputSample(second, 0, 0)
        if self._seconds and self._seconds[-1].second == second:
            before = self._seconds.pop()
        self._seconds.append(
            ThroughputSample(second, before.orders + orders, before.trades + trades)
        )

    def seconds(self, now: int) -> list[ThroughputSample]:
        """The full seconds before `now`, oldest first; seconds without an entry are left out."""
        return [each for each in self._seconds if now - SECONDS_KEPT <= each.second < now]


class LatencyPercentiles(NamedTuple):
    """Percentiles of so many answer times, in microseconds."""

    answers: int
    p50_us: int
    p90_us: int
    p99_us: int
    max_us: int


class LatencyWindow:
    """Times of the latest answers, of those given in the last `life_s`."""

    def __init__(self, *, life_s: float = SECONDS_KEPT) -> None:
        self._life_s = life_s
        self._waits: deque[tuple[float, float]] = deque(maxlen=ANSWERS_KEPT)

    def note(self, wait_s: float, now_s: float) -> None:
        """Add the time of an answer."""
        self._waits.append((now_s, wait_s))

    def percentiles(self, now_s: float) -> LatencyPercentiles | None:
        """By nearest rank; None when nothing was answered."""
        waits = sorted(wait_s for at_s, wait_s in self._waits if now_s - at_s <= self._life_s)
        if not waits:
            return None
        count = len(waits)

        def rank(percent: int) -> int:
            return round(waits[-(-count * percent // 100) - 1] * 1_000_000)

        return LatencyPercentiles(count, rank(50), rank(90), rank(99), rank(100))
