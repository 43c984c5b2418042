"""Every distinct quote of a feed reaches the engine, in order, however slow the engine is."""

from pathlib import Path

import pytest

from outcry.adapters.prices.tape import TapePrices
from outcry.ports.prices import Quote
from rigs.price_loop import (
    ONE,
    START_MS,
    SYMBOL,
    SlowEngine,
    Timetable,
    in_virtual_time,
    price_loop,
    run_for,
    virtual_ms,
)

SECONDS = 20


def feed(per_second: int, seconds: int = SECONDS) -> list[Quote]:
    """A price that is never the same twice in a row, and is touched only for one quote."""
    return [
        Quote(SYMBOL, (100 + number % 7) * ONE, (101 + number % 7) * ONE,
              START_MS + 1_000 * number // per_second)
        for number in range(per_second * seconds)
    ]


@pytest.mark.parametrize("answer_s", [0.0, 0.05, 0.7, 4.0])
@pytest.mark.parametrize("per_second", [1, 20, 200])
def test_every_touch_is_told(per_second: int, answer_s: float) -> None:
    """At any rate, and whatever the time of an answer: all of them, once each, in order."""
    quotes, engine = feed(per_second), SlowEngine(answer_s)
    loop = price_loop(Timetable(quotes), engine)
    facts = in_virtual_time(lambda: run_for(loop, SECONDS + 3 * answer_s + 1))
    assert [(quote.bid // ONE, quote.ask // ONE, quote.source_ms) for quote in quotes] == [
        (told.bid, told.ask, told.source_ms) for told in engine.told
    ]
    assert (0, 0) == (facts["merged"], facts["thinned"])


def write(path: Path, rows: list[tuple[int, int]]) -> Path:
    path.write_text("time_ms,symbol,bid,ask\n" + "".join(
        f"{time_ms},{SYMBOL},{bid},{bid + 1}\n" for time_ms, bid in rows
    ))
    return path


@pytest.mark.parametrize("speed", [1, 10, 20, 100])
@pytest.mark.parametrize("per_second", [1, 20, 200])
def test_every_row_of_a_tape_is_told_at_every_speed(
    tmp_path: Path, speed: int, per_second: int
) -> None:
    """All rows, in order, each at its own time divided by the speed."""
    rows = [(7 + 1_000 * number // per_second, 100 + number % 7) for number in range(600)]
    engine = SlowEngine(0.3)

    async def play() -> None:
        tape = TapePrices(write(tmp_path / "tape.csv", rows), speed=speed, clock_ms=virtual_ms)
        await run_for(price_loop(tape, engine), 600 / per_second / speed + 2)

    in_virtual_time(play)
    assert [(bid, START_MS + (time_ms - 7) // speed) for time_ms, bid in rows] == [
        (told.bid, told.source_ms) for told in engine.told
    ]


def test_an_interval_keeps_the_touches() -> None:
    """One entry of a symbol in each interval, with the lowest, the highest and the last price."""
    quotes, engine = feed(200), SlowEngine(0.01)
    loop = price_loop(Timetable(quotes), engine, interval_ms=500)
    facts = in_virtual_time(lambda: run_for(loop, SECONDS + 2))
    told = [[quote.bid for quote in entry] for entry in engine.entries]
    assert len(told) == pytest.approx(2 * SECONDS, abs=2)
    assert all({100, 106} <= set(entry) and len(entry) <= 3 for entry in told[1:-1])
    assert len(quotes) == facts["thinned"] + len(engine.told)
    assert quotes[-1].bid // ONE == engine.told[-1].bid
