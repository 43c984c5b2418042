"""Merging a run of quotes loses no touch: what the whole run fires, the merged one fires too.

`PROPERTY_RUNS` sets how many runs are tried, `PROPERTY_SEED` repeats a test; a failure names the
seed. The engine itself decides what fires.
"""

import os
import secrets
from random import Random

import pytest

from domain.cfd import CONTRACT, START_MS, CfdFloor
from outcry.engine.commands import OpenPosition, SetQuote
from outcry.engine.engine import Engine
from outcry.engine.events import PositionClosed, PositionOpened
from outcry.engine.snapshot import dump, load
from outcry.engine.units import LONG, SHORT, AccountId, InstrumentId
from outcry.processes.prices.quote_queue import QuoteQueue, merged
from outcry.wire.journal import decode_outcome, encode_commands

RUNS = int(os.environ.get("PROPERTY_RUNS", "60"))
SEED = int(os.environ.get("PROPERTY_SEED", secrets.randbits(32)))
MIDDLE = 1_000
ACCOUNT = AccountId(100)
ID = InstrumentId(CONTRACT)


def random_run(dice: Random, length: int) -> list[SetQuote]:
    """A walk whose spread opens and closes, so that each side has extremes of its own."""
    place, run = MIDDLE, []
    for number in range(length):
        place = max(500, min(1_500, place + dice.randint(-40, 40)))
        bid = place - dice.choice((0, 1, 5, dice.randint(0, 200)))
        ask = place + dice.choice((0, 1, 5, dice.randint(0, 200)))
        run.append(SetQuote(instrument_id=ID, bid=bid, ask=ask, source_ms=START_MS + number))
    return run


def desk() -> tuple[bytes, int]:
    """An engine with positions that have one trigger each, on both sides; and its next number."""
    floor = CfdFloor(price_max=10**6, positions_max=10_000)
    floor.person("Ann", 5_000)
    floor.do(SetQuote(instrument_id=ID, bid=MIDDLE, ask=MIDDLE, source_ms=START_MS))
    for level in range(310, 1_700, 10):
        for direction in (LONG, SHORT):
            if level == MIDDLE:
                continue
            gains = (level > MIDDLE) == (direction == LONG)
            [opened] = floor.do(OpenPosition(
                account_id=ACCOUNT, instrument_id=ID, direction=direction, margin=1_000_000,
                leverage=10, take_profit=level if gains else 0, stop_loss=0 if gains else level,
            ))
            assert isinstance(opened, PositionOpened), opened
    return dump(floor.engine.state), floor.number + 1


def fired(image: bytes, number: int, quotes: list[SetQuote]) -> set[int]:
    engine = Engine(load(image))
    outcome = decode_outcome(engine.apply(
        entry_ms=START_MS + 1_000, writer=1, number=number, commands=encode_commands(quotes),
        quarantined=[],
    ))
    return {
        event.position_id for answer in outcome.answers for event in answer
        if isinstance(event, PositionClosed)
    }


def test_the_merged_run_fires_what_the_whole_run_fires() -> None:
    """For every level on both sides: long and short, take profit, stop loss and liquidation."""
    dice = Random(SEED)
    image, number = desk()
    for _ in range(RUNS):
        run = random_run(dice, dice.randint(1, 300))
        kept = merged(run, [ID])
        assert len(kept) <= 7
        assert run[-1] == kept[-1]
        assert fired(image, number, run) == fired(image, number, kept), f"PROPERTY_SEED={SEED}"


@pytest.mark.parametrize("run_max", [8, 50, 1_000])
def test_a_queue_that_overflows_keeps_every_extreme_in_order(run_max: int) -> None:
    """Of each instrument by itself, however often it is merged, and nothing that was never said."""
    dice = Random(SEED)
    for _ in range(RUNS):
        queue = QuoteQueue(run_max=run_max)
        offered: list[SetQuote] = []
        for quote in random_run(dice, 600):
            offered.append(SetQuote(
                instrument_id=InstrumentId(dice.randint(1, 3)), bid=quote.bid, ask=quote.ask,
                source_ms=quote.source_ms,
            ))
            queue.offer(offered[-1], quote.source_ms * 1_000)  # Nothing repeats too soon.
            if dice.random() < 0.01:
                queue.put_back(queue.take(quote.source_ms))
        assert len(queue) <= 3 * run_max
        kept = queue.take(0)
        assert len(offered) == len(kept) + queue.merged, f"PROPERTY_SEED={SEED}"
        places = [offered.index(quote) for quote in kept]
        assert places == sorted(places)
        for each in (1, 2, 3):
            whole = [quote for quote in offered if quote.instrument_id == each]
            left = [quote for quote in kept if quote.instrument_id == each]
            for price in (lambda q: q.bid, lambda q: q.ask, lambda q: q.bid + q.ask):
                assert (min(map(price, whole)), max(map(price, whole))) == (
                    min(map(price, left)), max(map(price, left))
                ), f"PROPERTY_SEED={SEED}"
            assert whole[-1] == left[-1]
