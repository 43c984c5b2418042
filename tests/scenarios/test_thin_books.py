"""Other people's stops do not sell at any price, and an exit does not vanish without a word."""

import pytest

from domain.floor import Floor, marked
from domain.outcomes import Answer
from outcry.engine.commands import Trigger, UseRules
from outcry.engine.events import OrderWaiting, TriggerFailed
from outcry.engine.rejects import RejectReason
from outcry.engine.units import FALLS

FIRST, SECOND = 1, 2  # Versions of the rules.


def thin_book(version: int = SECOND, impact_rate: int = 50_000) -> Floor:
    """Last traded at 126 and bid from there down to 60, with a stop of dave's at 125."""
    f = Floor(impact_rate=impact_rate)
    f.rich("alice", "bob", "carol", "dave", "erin")
    f.do(UseRules(version=version))
    for price in (126, 122, 119, 60):
        f.buy("alice", 10, at=price)
    f.sell("bob", 1, at=126)
    f.sell_market("dave", 20, when=Trigger(price=125, direction=FALLS))
    return f


def sold_by(f: Floor, who: str, answer: Answer) -> list[int]:
    """The prices at which somebody sold as taker."""
    return [trade.price for trade in answer.trades if trade.taker_account_id == f.account(who)]


@pytest.mark.parametrize(("version", "sold"), [(FIRST, [119]), (SECOND, [])])
def test_a_stop_keeps_within_the_impact_of_the_last_price_before(
    version: int, sold: list[int]
) -> None:
    """carol takes the book down to 122, where dave's stop fires; 119 is 5.6 % below 126."""
    f = thin_book(version)
    answer = f.sell_market("carol", 20)
    assert [126, 122] == sold_by(f, "carol", answer)
    assert sold == sold_by(f, "dave", answer)
    assert ["price_impact"] * 2 == [why for _, why in answer.canceled]


@pytest.mark.parametrize("version", [FIRST, SECOND])
def test_a_cascade_of_stops_stays_near_the_price_before_it(version: int) -> None:
    """Each stop takes a level away. Counted from the best price alone, every one goes farther."""
    f = Floor(impact_rate=50_000)
    f.rich("alice", "bob", "dave")
    f.do(UseRules(version=version))
    f.trade(101)
    levels = [100]
    while levels[-1] > 20:
        levels.append(levels[-1] * 96 // 100)
    for price in levels:
        f.buy("alice", 1, at=price)
        f.sell_market("dave", 1, when=Trigger(price=price, direction=FALLS))
    answer = f.sell_market("bob", 1)
    lowest = min(trade.price for trade in answer.trades)
    assert (levels[-1] if version == FIRST else 96) == lowest


def test_without_an_impact_bound_a_stop_takes_any_price() -> None:
    f = thin_book(impact_rate=0)
    assert [119, 60] == sold_by(f, "dave", f.sell_market("carol", 19))


@pytest.mark.parametrize(("age_s", "doubted", "sold"), [
    (0, False, []), (5, False, []), (6, False, [122]), (0, True, [122]),
])
def test_the_impact_counts_from_the_mark_while_it_is_fresh_and_certain(
    age_s: int, doubted: bool, sold: list[int]
) -> None:
    """At 140 outside, 122 is too far for a stop; without a mark the last price, 126, counts."""
    f = thin_book()
    f.quote_rules(band_rate=100_000)
    f.quote(140)
    f.pass_time(s=age_s)
    if doubted:
        f.quote(200)
    assert sold == sold_by(f, "dave", f.sell("carol", 10, at=122))


def test_a_limit_order_that_fires_keeps_to_its_own_price_alone() -> None:
    f = thin_book()
    f.sell("erin", 5, at=60, when=Trigger(price=124, direction=FALLS))
    assert [119] == sold_by(f, "erin", f.sell_market("carol", 20))


@pytest.mark.parametrize("version", [FIRST, SECOND])
def test_exits_of_less_than_a_lot_are_told(version: int) -> None:
    """The fee is taken out of the one lot that was bought, so that no whole lot is left."""
    f = Floor(sol_decimals=2, taker_fee_rate=10_000)
    f.rich("alice", "bob")
    f.do(UseRules(version=version))
    f.sell("bob", 1, at=100)
    answer = f.buy("alice", 1, at=100, profit=120, loss=80)
    waiting = [event for event in answer.events if isinstance(event, OrderWaiting)]
    failed = [event for event in answer.events if isinstance(event, TriggerFailed)]
    ids = [] if version == FIRST else [3, 4]
    assert [(number, 2, 0) for number in ids] == [
        (event.order_id, event.related_order_id, event.order.quantity) for event in waiting
    ]
    assert [(number, RejectReason.QUANTITY_INVALID) for number in ids] == [
        (event.order_id, event.reason) for event in failed
    ]
    assert [] == f.waiting("alice")
    f.restart()
    assert len(ids) + 3 == f.buy("alice", 1, at=90).order_id


def test_an_order_without_a_fill_has_no_exits_to_tell_of() -> None:
    f = Floor()
    f.rich("alice")
    f.do(UseRules(version=SECOND))
    order = f.buy("alice", 1, at=100, profit=120)
    assert order.order_id is not None
    answer = f.cancel("alice", order.order_id)
    assert [] == [event for event in answer.events if isinstance(event, OrderWaiting)]


def test_in_doubt_the_mark_stays_and_triggers_that_follow_it_wait() -> None:
    f = Floor()
    f.rich("alice", "bob")
    f.quote_rules(band_rate=100_000)
    f.quote(100)
    f.buy("alice", 9, at=50)
    f.sell_market("bob", 1, when=marked(95))
    for _ in range(2):
        f.pass_time(ms=1)
        assert "" == f.quote(80).fills
    # One that the mark from before would fire waits as well.
    placed = f.sell_market("bob", 1, when=marked(101, direction=FALLS))
    assert "" == placed.fills
    assert 2 == len(f.waiting("bob"))
    f.restart()
    f.pass_time(ms=1)
    assert "1 @ 50, 1 @ 50" == f.quote(80).fills
