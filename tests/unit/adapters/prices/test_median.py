"""Several feeds as one: the median, without those that stray, and nothing where none agrees."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from random import Random

import pytest

from outcry.adapters.prices.median import MedianPrices
from outcry.ports.prices import Quote
from rigs.price_loop import (
    ONE,
    START_MS,
    SYMBOL,
    SlowEngine,
    Timetable,
    collected,
    in_virtual_time,
    price_loop,
    run_for,
    virtual_ms,
)


def feed(*quotes: tuple[float, float, float], symbol: str = SYMBOL) -> Timetable:
    """Quotes at seconds from the start: (seconds, bid, ask)."""
    return Timetable([
        Quote(symbol, round(bid * ONE), round(ask * ONE), START_MS + round(at_s * 1_000))
        for at_s, bid, ask in quotes
    ])


def said(
    *feeds: Timetable, seconds: float = 60, wait_s: float = 0
) -> tuple[list[tuple[float, float, float]], object]:
    """What the median says, at which seconds; and its facts in the end."""
    async def listen() -> tuple[list[Quote], Mapping[str, object]]:
        median = MedianPrices(feeds, clock_ms=virtual_ms)
        median.watch(SYMBOL, None)
        quotes = await collected(median, seconds)
        await asyncio.sleep(wait_s)
        return quotes, median.facts()

    quotes, facts = in_virtual_time(listen)
    return [
        ((each.source_ms - START_MS) / 1_000, each.bid / ONE, each.ask / ONE) for each in quotes
    ], facts


def test_the_median_of_each_side() -> None:
    """Of three: the one in the middle. Of two: halfway. Each change is a quote."""
    quotes, _ = said(
        feed((0, 100, 100.1)), feed((0.1, 100.2, 100.3), (1, 100.2, 100.31)),
        feed((0.2, 100.1, 100.4)),
    )
    assert [
        (0, 100, 100.1), (0.1, 100.1, 100.2), (0.2, 100.1, 100.3), (1, 100.1, 100.31)
    ] == quotes


def test_a_feed_that_strays_is_left_out_and_named_until_it_returns() -> None:
    quotes, facts = said(
        feed(*((at, 100, 100.1) for at in range(5))), feed(*((at, 100, 100.1) for at in range(5))),
        feed((0, 100, 100.1), (1, 103, 103.1), (2, 104, 104.1), (3, 105, 105.1)), seconds=3.5,
    )
    assert {(100, 100.1)} == {(bid, ask) for _, bid, ask in quotes}
    assert isinstance(facts, dict)
    assert {SYMBOL: ["3 timetable"]} == facts["strays"]
    _, facts = said(
        feed((0, 100, 100.1), (2, 100, 100.1)), feed((0, 100, 100.1)),
        feed((0, 103, 103.1), (1, 100, 100.1)), seconds=3,
    )
    assert isinstance(facts, dict)
    assert ({}, [], []) == (facts["strays"], facts["in_doubt"], facts["silent"])


@pytest.mark.parametrize("others", [[101.5], [103, 106], [100, 103, 103], [97, 98.5, 101.5, 103]])
def test_feeds_that_disagree_give_no_price(others: list[float]) -> None:
    """Two that differ; and more of which no majority agrees."""
    quotes, facts = said(
        feed((0, 100, 100.1)), *(feed((1, bid, bid + 0.1)) for bid in others), seconds=3
    )
    before_all_spoke = [(at_s, bid) for at_s, bid, _ in quotes if at_s < 1]
    assert [(0, 100)] == before_all_spoke
    assert isinstance(facts, dict)
    assert [SYMBOL] == facts["in_doubt"]


def test_a_silent_feed_counts_no_more() -> None:
    """Five seconds after its last word the others decide alone, as if it were not there."""
    quotes, facts = said(
        feed((0, 100, 100.1)),
        feed((1, 103, 103.1), (4.9, 103, 103.1), (5.1, 103.2, 103.3), (9, 103.3, 103.4)),
        wait_s=5.1,
    )
    assert [(0, 100, 100.1), (5.1, 103.2, 103.3), (9, 103.3, 103.4)] == quotes
    assert isinstance(facts, dict)
    assert [SYMBOL] == facts["silent"]


def test_every_touch_of_the_median_reaches_the_engine() -> None:
    """At 100 quotes a second of each of three feeds, while the engine takes its time."""
    dice = Random(5)
    feeds = [
        feed(*((number / 100 + offset, 100 + dice.choice((0, 0.1, 0.2)), 100.3)
               for number in range(500)))
        for offset in (0, 0.003, 0.006)
    ]

    async def live() -> list[tuple[int, int]]:
        engine = SlowEngine(0.4)
        await run_for(price_loop(MedianPrices(feeds, clock_ms=virtual_ms), engine), 8)
        return [(each.bid, each.source_ms) for each in engine.told]

    told = in_virtual_time(live)
    quotes, _ = said(*feeds)
    expected: list[tuple[int, int]] = []
    for at_s, bid, _ in quotes:  # The contract's prices are whole here.
        if not expected or expected[-1][0] != int(bid) or (
            START_MS + at_s * 1_000 - expected[-1][1] >= 1_000
        ):
            expected.append((int(bid), START_MS + round(at_s * 1_000)))
    assert expected == told


async def test_a_feed_that_fails_ends_them_all() -> None:
    """Sources never raise: one that does is broken, and is not passed over in silence."""
    class Broken:
        def watch(self, symbol: str, mark: int | None) -> None:
            pass

        async def quotes(self) -> AsyncGenerator[Quote, None]:
            raise RuntimeError("broken")
            yield

        def facts(self) -> Mapping[str, object]:
            return {"source": "broken", "simulated": False}

    with pytest.raises(RuntimeError, match="broken"):
        await collected(MedianPrices([Broken(), Broken()]), 30)
