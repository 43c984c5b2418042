"""Waiting times between attempts."""

from random import Random

from outcry.runtime.backoff import Backoff


def test_waiting_times_double_up_to_the_longest() -> None:
    """And begin again at the shortest after a success."""
    backoff = Backoff(first_s=1.0, longest_s=5.0, spread=0.0)
    assert [1.0, 2.0, 4.0, 5.0, 5.0] == [backoff.next_s() for _ in range(5)]
    backoff.reset()
    assert 1.0 == backoff.next_s()


def test_chance_shortens_a_waiting_time_by_its_spread_at_most() -> None:
    """A thousand clients come back at a thousand moments."""
    waits = [Backoff(first_s=1.0, random=Random(seed)).next_s() for seed in range(1_000)]
    assert all(0.5 < wait_s <= 1.0 for wait_s in waits)
    assert 0.4 < max(waits) - min(waits)
