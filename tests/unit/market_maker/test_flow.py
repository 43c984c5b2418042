"""The crowd of takers: repeatable, mostly small, and drawn to the outside price."""

from dataclasses import dataclass

import pytest

from outcry.market_maker.flow import TakerActivity, TakerFlow, TakerOrder

UNIT_VALUE = 0.0001


@dataclass
class Scene:
    seed: str = "1"
    mark: float = 14_000.0
    inventory: float = 0.0

    def takers(self, count: int = 2_000) -> list[TakerOrder]:
        flow = TakerFlow(self.seed, TakerActivity())
        return [
            flow.taker(
                bid=13_995, ask=14_005, mark=self.mark, inventory=self.inventory,
                unit_value=UNIT_VALUE, quantity_min=1,
            )
            for _ in range(count)
        ]

    def buying(self) -> float:
        takers = self.takers()
        return sum(taken.side == "Bid" for taken in takers) / len(takers)


def test_the_same_seed_sends_the_same_crowd() -> None:
    """Another seed sends another one."""
    assert Scene().takers() == Scene().takers()
    assert Scene().takers() != Scene(seed="2").takers()


def test_both_sides_are_taken_about_equally() -> None:
    """Over many takers no side prevails by much."""
    assert 0.5 == pytest.approx(Scene().buying(), abs=0.08)


def test_the_crowd_buys_what_is_cheap_outside_and_sells_what_it_has_too_much_of() -> None:
    """A mark above the book draws buyers; holdings above zero draw sellers."""
    assert Scene(mark=14_005).buying() > 0.65
    assert Scene(mark=13_995).buying() < 0.35
    assert Scene(inventory=1.0).buying() < 0.35


def test_sizes_are_small_with_a_few_large_ones() -> None:
    """The median is modest, the largest is many times it, and none is beyond the bound."""
    sizes = sorted(t.quantity * 14_005 * UNIT_VALUE for t in Scene().takers())
    assert 60 < sizes[len(sizes) // 2] < 240
    assert 10 * sizes[len(sizes) // 2] < sizes[-1] <= TakerActivity().notional_max + 2


def test_limit_orders_reach_beyond_the_best_price_but_not_far() -> None:
    """An IOC order takes what is near; the others are market orders."""
    takers = Scene().takers()
    limits = [t for t in takers if t.price is not None]
    assert 0.6 == pytest.approx(len(limits) / len(takers), abs=0.05)
    for taken in limits:
        assert taken.price is not None
        if taken.side == "Bid":
            assert 14_005 <= taken.price <= 14_005 * 1.0016
        else:
            assert 13_995 * 0.9984 <= taken.price <= 13_995


def test_takers_come_at_the_rate_they_should() -> None:
    """Waiting times average to the crowd's rate."""
    flow = TakerFlow("1", TakerActivity())
    waits = [flow.wait_s() for _ in range(5_000)]
    assert 1 / TakerActivity().per_second == pytest.approx(sum(waits) / len(waits), rel=0.05)
