"""What waits for a price is found as if everything were looked at, and nothing piles up."""

from random import Random

import pytest

from outcry.engine.triggers import TriggerIndex
from outcry.engine.units import FALLS, RISES


class Sorted:
    """The same index as a list, looked at from end to end."""

    def __init__(self) -> None:
        self.waiting: list[tuple[int, int, int]] = []  # (price, direction, id).

    def take_due(self, *, low: int, high: int, before: int) -> list[tuple[int, int]]:
        due = [
            (price, direction, waiting_id) for price, direction, waiting_id in self.waiting
            if (price <= high if direction == RISES else price >= low)
        ]
        self.waiting = [entry for entry in self.waiting if entry not in due]
        return sorted((abs(price - before), waiting_id) for price, _, waiting_id in due)


@pytest.mark.parametrize("seed", range(30))
def test_it_is_a_sorted_list(seed: int) -> None:
    """Prices, ids and comings and goings at random; also prices that lie between two ticks."""
    random = Random(seed)
    index, naive = TriggerIndex(), Sorted()
    spread = random.choice((5, 50, 5_000))
    for number in range(1_500):
        chance = random.random()
        if chance < 0.55:
            entry = (random.randint(1, spread), random.choice((RISES, FALLS)), number)
            index.add(*entry)
            naive.waiting.append(entry)
        elif chance < 0.9 and naive.waiting:
            entry = naive.waiting.pop(random.randrange(len(naive.waiting)))
            index.discard(*entry)
            index.discard(*entry)  # Waits no more: nothing happens.
        else:
            floor = random.randint(1, spread)
            low, high = random.choice(((floor, floor), (floor + 1, floor), (floor, floor + 3)))
            if random.random() < 0.8:  # Mostly at the ends, so that much is left to wait.
                low, high = (low + spread, 0) if random.random() < 0.5 else (10**9, high // 50)
            before = random.randint(1, spread)
            expected = naive.take_due(low=low, high=high, before=before)
            assert expected == sorted(index.take_due(low=low, high=high, before=before))
        assert len(naive.waiting) == index.count


def test_what_was_taken_is_not_taken_again() -> None:
    index = TriggerIndex()
    index.add(100, RISES, 1)
    assert [(5, 1)] == index.take_due(low=100, high=100, before=95)
    assert [] == index.take_due(low=100, high=100, before=95)
    assert 0 == index.count


def test_the_same_price_may_be_waited_for_from_both_sides() -> None:
    index = TriggerIndex()
    index.add(100, RISES, 1)
    index.add(100, FALLS, 2)
    assert [] == index.take_due(low=101, high=99, before=0)
    assert [(1, 1)] == index.take_due(low=101, high=100, before=99)
    assert [(1, 2)] == index.take_due(low=100, high=99, before=101)


@pytest.mark.parametrize("direction", [RISES, FALLS])
def test_prices_nobody_waits_for_any_more_do_not_pile_up(direction: int) -> None:
    """Whoever keeps placing and canceling does not make the index grow."""
    index = TriggerIndex()
    side = index._side(direction)
    for number in range(100):
        index.add(10**6 * number, direction, number)
    for number in range(100, 20_000):
        index.add(number, direction, number)
        index.discard(number, direction, number)
        assert len(side.heap) <= 2 * len(side.waiting) + 65
    assert 100 == index.count == len(side.waiting)


def test_what_waits_is_found_after_a_clean_up_as_before() -> None:
    """The nearest prices came last, and the clean-up has put all of them in one heap again."""
    index = TriggerIndex()
    for number in range(100):
        index.add(10_000 - number, RISES, number)
    for number in range(1_000):
        index.add(20_000 + number, RISES, number)
        index.discard(20_000 + number, RISES, number)
    assert [(9_901, 99)] == index.take_due(low=9_901, high=9_901, before=0)
    due = index.take_due(low=9_951, high=9_951, before=0)
    assert sorted((10_000 - number, number) for number in range(49, 99)) == sorted(due)


def test_prices_that_empty_and_fill_again_do_not_pile_up() -> None:
    index = TriggerIndex()
    side = index._side(RISES)
    for number in range(20_000):
        index.add(number % 7, RISES, number)
        index.discard(number % 7, RISES, number)
        assert len(side.heap) <= 65
