"""A price is dealt at only while it is certain: held quotes, wide quotes, and the way out."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from domain.cfd import CONTRACT, CfdFloor, Money, closed, units
from outcry.engine.commands import ChangeContract, Command, SetQuote, SetQuoteRules, UseRules
from outcry.engine.events import (
    CommandRejected,
    Event,
    PositionChanged,
    PositionOpened,
    QuoteDoubted,
    QuoteRulesSet,
    QuoteSet,
)
from outcry.engine.rejects import DoubtReason, RejectReason
from outcry.engine.units import LONG, SHORT

R = RejectReason


class Desk(CfdFloor):
    """A desk whose feed says something every millisecond."""

    def price(self, bid: Money, ask: Money | None = None, *, age_ms: int = 0) -> list[Event]:
        self.now_ms += 1
        return super().price(bid, ask, age_ms=age_ms)


@pytest.fixture
def floor() -> CfdFloor:
    """A desk at 100 that doubts a move of more than 10 % and a spread of more than 2 %."""
    floor = Desk()
    floor.bounds(band="0.1", spread_max="0.02")
    for name in ("ann", "bob"):
        floor.person(name, 5_000)
    floor.price(100)
    return floor


def doubts(events: list[Any]) -> list[int]:
    return [event.why for event in events if isinstance(event, QuoteDoubted)]


TOO_FAR, TOO_WIDE = [DoubtReason.TOO_FAR], [DoubtReason.TOO_WIDE]


def test_nobody_deals_at_the_price_that_a_jump_has_left(floor: CfdFloor) -> None:
    """A feed of one quote a second jumps from 100 to 115: the old price is no free option."""
    for _ in range(2):
        floor.now_ms += 1_000
        assert TOO_FAR == doubts(floor.price(115))
        assert R.QUOTE_DOUBTED == floor.open("ann", LONG, 5_000, 100)
        assert R.QUOTE_DOUBTED == floor.open("ann", SHORT, 5_000, 100)
    floor.now_ms += 1_000
    assert [] == floor.price(115)
    opened = floor.open("ann", LONG, 5_000, 100)
    assert isinstance(opened, PositionOpened)
    assert units(115) == opened.entry_price
    assert 0 == floor.house


def test_a_doubted_quote_is_answered_with_why_and_the_last_certain_one_stays(
    floor: CfdFloor,
) -> None:
    [event] = floor.do(SetQuote(
        instrument_id=CONTRACT, bid=units(115), ask=units(116), source_ms=floor.now_ms
    ))
    assert QuoteDoubted(
        instrument_id=CONTRACT, bid=units(115), ask=units(116), source_ms=floor.now_ms,
        why=DoubtReason.TOO_FAR,
    ) == event
    quote = floor.engine.state.contracts[CONTRACT].quote
    assert quote is not None
    assert units(100) == quote.bid


def test_one_wide_quote_liquidates_nobody(floor: CfdFloor) -> None:
    short = floor.open("ann", SHORT, 500, 10)
    assert isinstance(short, PositionOpened)
    assert TOO_WIDE == doubts(floor.price(100, 115))
    assert TOO_WIDE == doubts(floor.price(85, 100))
    assert [] == floor.price(100)
    assert 0 == floor.close("ann", short.position_id).pnl


@pytest.mark.parametrize("quotes", [[(89, 100)], [(100, 111)], [(89, 89)], [(111, 111)]])
def test_either_side_alone_is_judged_and_not_the_middle(quotes: list[tuple[int, int]]) -> None:
    floor = CfdFloor()
    floor.bounds(band="0.1")
    floor.price(100)
    for bid, ask in quotes:
        assert TOO_FAR == doubts(floor.price(bid, ask))


def test_the_edges_of_the_bounds_are_inside(floor: CfdFloor) -> None:
    assert [] == floor.price("100", "102")
    assert TOO_WIDE == doubts(floor.price("100", "102.000001"))
    assert [] == floor.price("110", "112.2")
    assert [] == floor.price("99", "100.98")
    assert TOO_FAR == doubts(floor.price("89.099999", "90.88"))


def test_a_wide_quote_is_never_confirmed_by_repetition(floor: CfdFloor) -> None:
    for _ in range(20):
        assert TOO_WIDE == doubts(floor.price(100, 115))
        assert R.QUOTE_DOUBTED == floor.open("ann", LONG, 10)
    assert [] == floor.price(101)
    assert isinstance(floor.open("ann", LONG, 10), PositionOpened)


def test_quotes_that_do_not_agree_with_each_other_confirm_nothing(floor: CfdFloor) -> None:
    for price in (115, 140, 115, 140, 170, 115):
        assert TOO_FAR == doubts(floor.price(price))
    assert [TOO_FAR, []] == [doubts(floor.price(price)) for price in (116, 114)]
    assert isinstance(floor.open("ann", LONG, 10), PositionOpened)


def test_a_wide_quote_ends_a_row_of_quotes_that_agree(floor: CfdFloor) -> None:
    assert [TOO_FAR, TOO_FAR, TOO_WIDE, TOO_FAR, TOO_FAR, []] == [
        doubts(floor.price(bid, ask))
        for bid, ask in ((115, 115), (115, 115), (115, 140), (115, 115), (115, 115), (115, 115))
    ]


def test_a_spike_ends_with_the_next_quote_near_the_last_certain_one(floor: CfdFloor) -> None:
    long = floor.open("ann", LONG, 500, 100)
    assert isinstance(long, PositionOpened)
    assert TOO_FAR == doubts(floor.price(50))
    assert [] == floor.price(100)
    assert 0 == floor.close("ann", long.position_id).pnl


def test_owners_cannot_close_change_or_add_margin_in_doubt(floor: CfdFloor) -> None:
    long = floor.open("ann", LONG, 500, 10, stop=95)
    assert isinstance(long, PositionOpened)
    floor.price(80)
    assert R.QUOTE_DOUBTED == floor.close("ann", long.position_id)
    assert R.QUOTE_DOUBTED == floor.close("ann", long.position_id, 10)
    assert R.QUOTE_DOUBTED == floor.change("ann", long.position_id, stop=0)
    assert R.QUOTE_DOUBTED == floor.add("ann", long.position_id, 1_000)
    assert R.POSITION_NOT_FOUND == floor.close("bob", long.position_id)
    floor.price(100)
    assert isinstance(floor.add("ann", long.position_id, 1_000), PositionChanged)


def test_triggers_fire_when_the_doubt_ends_in_order_from_the_last_certain_price(
    floor: CfdFloor,
) -> None:
    for stop in (85, 95, 90):
        assert isinstance(floor.open("ann", LONG, 10, stop=stop), PositionOpened)
    assert [TOO_FAR, TOO_FAR] == [doubts(floor.price(80)) for _ in range(2)]
    assert [(2, "STOP_LOSS"), (3, "STOP_LOSS"), (1, "STOP_LOSS")] == closed(floor.price(80))


def test_another_spread_sets_nothing_off_in_doubt(floor: CfdFloor) -> None:
    """A change of the mark-up moves the held price; positions wait for the next quote."""
    assert isinstance(floor.open("ann", LONG, 10, stop=99), PositionOpened)
    assert TOO_FAR == doubts(floor.price(120))
    assert [] == floor.rules(spread_rate=20_000)
    assert [(1, "STOP_LOSS")] == closed(floor.price(100))


def test_a_price_grows_stale_by_its_last_certain_quote(floor: CfdFloor) -> None:
    """Doubted quotes keep nothing fresh; the doubt is told as long as it lasts."""
    for _ in range(6):
        floor.now_ms += 1_000
        assert TOO_WIDE == doubts(floor.price(100, 110))
    assert R.QUOTE_DOUBTED == floor.open("ann", LONG, 10)
    floor.now_ms += 1_000
    assert [] == floor.price(100)
    assert isinstance(floor.open("ann", LONG, 10), PositionOpened)


def test_a_quote_older_than_a_doubted_one_does_not_end_the_doubt(floor: CfdFloor) -> None:
    assert TOO_FAR == doubts(floor.price(120))
    [late] = floor.price(100, age_ms=2)
    assert isinstance(late, CommandRejected)
    assert R.QUOTE_STALE == late.reason
    assert R.QUOTE_DOUBTED == floor.open("ann", LONG, 10)


@pytest.mark.parametrize("gap_ms", [1, 5_001, 86_400_000])
def test_after_a_gap_of_any_length_a_far_quote_still_needs_two_more(
    floor: CfdFloor, gap_ms: int
) -> None:
    floor.now_ms += gap_ms
    assert [TOO_FAR, TOO_FAR, []] == [doubts(floor.price(150)) for _ in range(3)]


def test_a_quote_that_was_sent_twice_confirms_nothing(floor: CfdFloor) -> None:
    """A writer that gets no answer sends the same quote again."""
    quote = SetQuote(
        instrument_id=CONTRACT, bid=units(120), ask=units(120), source_ms=floor.now_ms
    )
    for _ in range(9):
        assert TOO_FAR == doubts(floor.do(quote))
    assert [TOO_FAR, []] == [doubts(floor.price(120)) for _ in range(2)]


def test_the_first_quote_has_nothing_to_be_far_from() -> None:
    floor = CfdFloor()
    floor.bounds(band="0.1", spread_max="0.02")
    assert TOO_WIDE == doubts(floor.price(100, 103))
    assert [] == floor.price(900)


def test_without_bounds_every_quote_passes() -> None:
    floor = CfdFloor()
    for bid, ask in ((100, 100), (1, 900), (900, 900)):
        assert [] == floor.price(bid, ask)


def test_bounds_are_set_one_by_one_and_looser_ones_count_from_the_next_quote(
    floor: CfdFloor,
) -> None:
    assert TOO_FAR == doubts(floor.price(120))
    assert [QuoteRulesSet(instrument_id=CONTRACT, band_rate=500_000, spread_max_rate=20_000)] == (
        floor.do(SetQuoteRules(instrument_id=CONTRACT, band_rate=500_000))
    )
    assert R.QUOTE_DOUBTED == floor.open("ann", LONG, 10)
    assert [] == floor.price(120)
    assert [QuoteRulesSet(instrument_id=CONTRACT, band_rate=500_000, spread_max_rate=0)] == (
        floor.do(SetQuoteRules(instrument_id=CONTRACT, spread_max_rate=0))
    )


@pytest.mark.parametrize(("command", "reason"), [
    (SetQuoteRules(instrument_id=9, band_rate=1), R.INSTRUMENT_NOT_FOUND),
    (SetQuoteRules(instrument_id=CONTRACT, band_rate=-1), R.INSTRUMENT_INVALID),
    (SetQuoteRules(instrument_id=CONTRACT, spread_max_rate=2**62), R.INSTRUMENT_INVALID),
])
def test_bounds_that_make_no_sense_are_refused(
    floor: CfdFloor, command: Command, reason: int
) -> None:
    assert [CommandRejected(reason=reason)] == floor.do(command)


def test_margin_is_not_added_at_a_stale_price_under_the_second_rules(floor: CfdFloor) -> None:
    """Closing is refused then, so the owner of a losing position has no better choice either."""
    long = floor.open("ann", LONG, 500, 10)
    assert isinstance(long, PositionOpened)
    floor.now_ms += 5_001
    assert isinstance(floor.add("ann", long.position_id, 1), PositionChanged)
    floor.do(UseRules(version=2))
    assert R.QUOTE_STALE == floor.add("ann", long.position_id, 1)
    assert R.QUOTE_STALE == floor.close("ann", long.position_id)
    floor.price(100)
    assert isinstance(floor.add("ann", long.position_id, 1), PositionChanged)


def test_the_session_takes_no_quote_and_nobody_deals_until_it_opens(floor: CfdFloor) -> None:
    long = floor.open("ann", LONG, 500, 10, stop=95)
    assert isinstance(long, PositionOpened)
    floor.session(is_open=False)
    [refused] = floor.price(90)
    assert isinstance(refused, CommandRejected)
    assert R.SESSION_CLOSED == refused.reason
    dealing: tuple[Callable[[], Any], ...] = (
        lambda: floor.open("ann", SHORT, 10), lambda: floor.close("ann", long.position_id),
        lambda: floor.change("ann", long.position_id, stop=0),
        lambda: floor.add("ann", long.position_id, 10),
    )
    assert [R.SESSION_CLOSED] * 4 == [deal() for deal in dealing]
    assert [] == floor.rules(spread_rate=90_000)
    floor.rules(spread_rate=0)
    floor.session(is_open=True)
    assert [R.QUOTE_DOUBTED] * 4 == [deal() for deal in dealing]
    assert [(1, "STOP_LOSS")] == closed(floor.price(94))
    assert Decimal("4700") == floor.total("ann")


def test_the_price_from_before_the_weekend_is_not_dealt_at_however_long_it_is_fresh() -> None:
    floor = CfdFloor(quote_age_max_ms=10**9)
    floor.person("ann", 100)
    floor.price(100)
    floor.session(is_open=False)
    floor.now_ms += 2 * 86_400_000
    floor.session(is_open=True)
    assert R.QUOTE_DOUBTED == floor.open("ann", LONG, 10)
    floor.price(90)
    assert isinstance(floor.open("ann", LONG, 10), PositionOpened)


def test_a_session_that_is_said_to_be_open_again_is_not_in_doubt(floor: CfdFloor) -> None:
    floor.session(is_open=True)
    assert isinstance(floor.open("ann", LONG, 10), PositionOpened)


def test_doubt_is_known_after_a_snapshot_in_its_middle(floor: CfdFloor) -> None:
    """The floor restores a snapshot before every command: the row goes on where it was."""
    state = floor.engine.state
    floor.price(115)
    assert state is not floor.engine.state
    gate = floor.engine.state.contracts[CONTRACT].gate
    assert (True, 1, units(115)) == (gate.in_doubt, gate.agreeing, gate.first_bid)
    floor.price(115)
    floor.now_ms += 1
    [quote] = floor.do(SetQuote(
        instrument_id=CONTRACT, bid=units(115), ask=units(115), source_ms=floor.now_ms
    ))
    assert isinstance(quote, QuoteSet)


def test_a_closed_contract_still_judges_its_quotes(floor: CfdFloor) -> None:
    floor.do(ChangeContract(instrument_id=CONTRACT, state=5))
    assert TOO_FAR == doubts(floor.price(120))
