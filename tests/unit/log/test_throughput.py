"""Seconds and percentiles."""

from outcry.log.throughput import (
    ANSWERS_KEPT,
    SECONDS_KEPT,
    LatencyPercentiles,
    LatencyWindow,
    Throughput,
    ThroughputSample,
)
from outcry.wire.journal import EntryId


def test_entries_of_a_second_are_counted_together() -> None:
    """The second that is still going on is not told."""
    pace = Throughput()
    pace.note(EntryId(5_000, 0), orders=2, trades=0)
    pace.note(EntryId(5_999, 1), orders=1, trades=3)
    pace.note(EntryId(6_000, 0), orders=7, trades=7)
    assert [ThroughputSample(5, 3, 3)] == pace.seconds(6)
    assert [ThroughputSample(5, 3, 3), ThroughputSample(6, 7, 7)] == pace.seconds(7)


def test_seconds_are_forgotten_after_a_minute() -> None:
    pace = Throughput()
    for second in range(SECONDS_KEPT + 5):
        pace.note(EntryId(second * 1000, 0), orders=second, trades=0)
    assert list(range(5, SECONDS_KEPT + 5)) == [
        each.second for each in pace.seconds(SECONDS_KEPT + 5)
    ]
    assert [] == pace.seconds(10 * SECONDS_KEPT)


def test_percentiles_are_waits_that_were() -> None:
    waits = LatencyWindow()
    for milliseconds in range(100, 0, -1):
        waits.note(milliseconds / 1000, now_s=1.0)
    assert LatencyPercentiles(100, 50_000, 90_000, 99_000, 100_000) == waits.percentiles(1.0)


def test_one_wait_is_all_of_them() -> None:
    waits = LatencyWindow()
    waits.note(0.002, now_s=1.0)
    assert LatencyPercentiles(1, 2_000, 2_000, 2_000, 2_000) == waits.percentiles(1.0)


def test_old_waits_do_not_count() -> None:
    waits = LatencyWindow(life_s=10)
    waits.note(9.0, now_s=0.0)
    waits.note(0.001, now_s=5.0)
    assert LatencyPercentiles(1, 1_000, 1_000, 1_000, 1_000) == waits.percentiles(12.0)
    assert waits.percentiles(30.0) is None


def test_only_so_many_are_kept() -> None:
    waits = LatencyWindow()
    for number in range(ANSWERS_KEPT + 100):
        waits.note(number, now_s=0.0)
    found = waits.percentiles(0.0)
    assert found is not None
    assert (ANSWERS_KEPT, (ANSWERS_KEPT + 99) * 1_000_000) == (found.answers, found.max_us)
