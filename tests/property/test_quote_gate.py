"""Random paths of quotes: the gate against its naive twin, and against those who watch the feed."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.cfd import CONTRACT, CfdFloor, units
from outcry.engine.commands import SetQuote, SetQuoteRules
from outcry.engine.events import PositionClosed, PositionOpened, QuoteDoubted, QuoteSet
from outcry.engine.quote_gate import QuoteGate
from outcry.engine.rejects import CloseReason
from outcry.engine.units import LONG, SHORT
from twin.quote_gate import NaiveGate

BAND, SPREAD_MAX = 100_000, 20_000
MILLION = 1_000_000
SIZES = (0, 0, 0, 1, 5, 90, 100, 101, 150, 400)  # Of a move or a spread, in thousandths.


def quote(bid: int, ask: int, source_ms: int) -> SetQuote:
    return SetQuote(instrument_id=CONTRACT, bid=bid, ask=ask, source_ms=source_ms)


@given(random=st.randoms(use_true_random=False), count=st.integers(1, 60))
@settings(max_examples=300, deadline=None)
def test_the_gate_does_not_differ_from_its_naive_twin(random: Random, count: int) -> None:
    """Over moves, spikes, repeats, wide quotes, sessions and other bounds."""
    gate, naive = QuoteGate(), NaiveGate()
    last: QuoteSet | None = None
    middle, now_ms = 1_000, 1
    places = [1_000]
    for _ in range(count):
        kind = random.random()
        if kind < 0.1:
            rules = SetQuoteRules(
                instrument_id=CONTRACT, band_rate=random.choice((0, BAND, BAND, 3 * BAND)),
                spread_max_rate=random.choice((0, SPREAD_MAX, 5 * SPREAD_MAX)),
            )
            naive.set_rules(rules)
            gate.band_rate, gate.spread_max_rate = rules.band_rate, rules.spread_max_rate
            continue
        if kind < 0.15:
            is_open = random.random() < 0.7
            gate.set_session(is_open=is_open)
            naive.set_open(is_open)
            continue
        now_ms += random.choice((0, 1, 1, 1, 86_400_000))
        moved = middle * (1000 + random.choice((-1, 1)) * random.choice(SIZES)) // 1000
        middle = max(random.choice((moved, random.choice(places))), 1)
        places.append(middle)
        bid = middle
        command = quote(bid, bid + bid * random.choice(SIZES) // 1000, now_ms)
        doubt = gate.judge(last, command)
        answer = naive.judge(last, command)
        assert (answer.why if isinstance(answer, QuoteDoubted) else 0) == doubt
        if isinstance(answer, QuoteSet):
            last = answer
        assert naive.doubts == gate.in_doubt


class Watched:
    """A desk, and somebody who knows each quote of the feed before trading at the desk."""

    def __init__(self, start: int) -> None:
        self.floor = CfdFloor()
        self.floor.bounds(band="0.1", spread_max="0.02")
        self.floor.person("eve", 1_000_000)
        self.newest = (0, 0)
        self.say(start, start)

    def say(self, bid: int, ask: int) -> list[Any]:
        self.floor.now_ms += 1_000
        self.newest = (units(bid), units(ask))
        return self.floor.do(SetQuote(
            instrument_id=CONTRACT, bid=self.newest[0], ask=self.newest[1],
            source_ms=self.floor.now_ms,
        ))

    def is_near(self, price: int) -> bool:
        """Whether a price of a deal is within the band of a side of the feed's newest quote."""
        return any(abs(price - side) * MILLION <= BAND * price for side in self.newest)

    def deal(self, direction: int) -> None:
        """Open and close at once: each at a price that the feed would confirm, or not at all."""
        opened = self.floor.open("eve", direction, 100, 10)
        if not isinstance(opened, PositionOpened):
            return
        assert self.is_near(opened.entry_price)
        closed = self.floor.close("eve", opened.position_id)
        assert isinstance(closed, PositionClosed)
        assert self.is_near(closed.close_price)


@given(random=st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_no_deal_is_farther_than_the_band_from_the_newest_quote(random: Random) -> None:
    desk = Watched(1_000)
    middle = 1_000
    for _ in range(25):
        if random.random() < 0.3:
            middle = max(middle * random.choice((50, 80, 95, 108, 115, 130, 200)) // 100, 10)
        desk.say(middle, middle + middle * random.choice((0, 1, 150)) // 1000)
        desk.deal(random.choice((LONG, SHORT)))


@pytest.mark.parametrize("percent", [50, 80, 88, 112, 115, 130, 300])
@pytest.mark.parametrize("seen", range(1, 6))
def test_a_jump_is_no_free_option_at_any_of_its_steps(percent: int, seen: int) -> None:
    """Somebody who has seen so many quotes of the jump bets on it, and takes the result."""
    desk = Watched(1_000)
    after = 10 * percent
    for _ in range(seen):
        desk.say(after, after)
    opened = desk.floor.open("eve", LONG if percent > 100 else SHORT, 5_000, 100)
    for _ in range(5):
        desk.say(after, after)
    if isinstance(opened, PositionOpened):
        desk.floor.close("eve", opened.position_id)
    assert 1_000_000 == desk.floor.total("eve")
    assert 0 == desk.floor.house


@given(random=st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_wide_quotes_liquidate_nobody(random: Random) -> None:
    """The narrow quotes stay within 5 %, and no position at 10x loses its margin by the others."""
    desk = Watched(1_000)
    for direction in (LONG, SHORT):
        assert isinstance(desk.floor.open("eve", direction, 1_000, 10), PositionOpened)
    for _ in range(30):
        middle = random.randint(960, 1_040)
        below, above = random.choice(((0, 0), (0, 0), (0, 150), (150, 0), (500, 900)))
        told = desk.say(middle - below, middle + above)
        assert not [
            event for event in told
            if isinstance(event, PositionClosed) and event.reason == CloseReason.LIQUIDATED
        ]
