"""An order that meets another of the same account: what each mode does in the middle of a sweep."""

import pytest

from domain.floor import Floor
from outcry.engine.units import BUY, FOK, IOC, REJECT_BOTH, REJECT_MAKER, REJECT_TAKER

BOBS = 2  # The id of Bob's order: the second one placed.


@pytest.fixture
def f() -> Floor:
    """Asks: Alice 2 @ 101, then Bob and again Alice 2 each @ 102, and Alice 2 @ 103."""
    made = Floor()
    made.rich("alice", "bob")
    made.sell("alice", 2, at=101)
    assert BOBS == made.sell("bob", 2, at=102).order_id
    made.sell("alice", 2, at=102)
    made.sell("alice", 2, at=103)
    return made


def test_reject_taker_keeps_the_resting_order_and_cancels_the_rest_of_the_new_one(
    f: Floor,
) -> None:
    answer = f.buy("bob", 8, at=103, self_trade=REJECT_TAKER)

    assert "2 @ 101" == answer.fills
    assert [(answer.order_id, "self_trade")] == answer.canceled
    assert "2 @ 103, 4 @ 102 |" == f.book()


def test_reject_maker_cancels_the_resting_order_and_goes_on(f: Floor) -> None:
    answer = f.buy("bob", 8, at=103, self_trade=REJECT_MAKER)

    assert "2 @ 101, 2 @ 102, 2 @ 103" == answer.fills
    assert [(BOBS, "self_trade")] == answer.canceled
    assert "| 2 @ 103" == f.book()
    assert 0 == f.locked("bob", "SOL")


def test_reject_both_cancels_both(f: Floor) -> None:
    answer = f.buy("bob", 8, at=103, self_trade=REJECT_BOTH)

    assert "2 @ 101" == answer.fills
    assert [(BOBS, "self_trade"), (answer.order_id, "self_trade")] == answer.canceled
    assert "2 @ 103, 2 @ 102 |" == f.book()
    assert (0, 0) == (f.locked("bob", "SOL"), f.locked("bob", "USDC"))


@pytest.mark.parametrize("mode", [REJECT_TAKER, REJECT_MAKER, REJECT_BOTH])
def test_an_order_filled_before_it_reaches_its_own_touches_nothing(f: Floor, mode: int) -> None:
    answer = f.buy("bob", 2, at=103, self_trade=mode)
    assert "2 @ 101" == answer.fills
    assert [] == answer.canceled
    assert "2 @ 103, 4 @ 102 |" == f.book()


@pytest.mark.parametrize("mode", [REJECT_TAKER, REJECT_MAKER, REJECT_BOTH])
def test_an_own_order_out_of_reach_is_left_alone(f: Floor, mode: int) -> None:
    answer = f.buy("bob", 8, at=101, self_trade=mode)
    assert "2 @ 101" == answer.fills
    assert [] == answer.canceled
    assert "2 @ 103, 4 @ 102 | 6 @ 101" == f.book()


@pytest.mark.parametrize("mode", [REJECT_TAKER, REJECT_MAKER, REJECT_BOTH])
def test_a_budget_spent_before_it_reaches_its_own_touches_nothing(f: Floor, mode: int) -> None:
    answer = f.buy_market("bob", spend=2 * 101 + 101, self_trade=mode)
    assert "2 @ 101" == answer.fills
    assert [] == answer.canceled
    assert "2 @ 103, 4 @ 102 |" == f.book()


def test_fok_does_not_count_own_orders_and_cancels_none_of_them_when_killed(f: Floor) -> None:
    killed = f.buy("bob", 7, at=103, tif=FOK, self_trade=REJECT_MAKER)
    assert ("", "fill_or_kill") == (killed.fills, killed.ended)
    stopped = f.buy("bob", 3, at=103, tif=FOK, self_trade=REJECT_TAKER)
    assert ("", "self_trade") == (stopped.fills, stopped.ended)
    both = f.buy("bob", 3, at=103, tif=FOK, self_trade=REJECT_BOTH)
    assert ("", [(both.order_id, "self_trade")]) == (both.fills, both.canceled)
    assert "2 @ 103, 4 @ 102, 2 @ 101 |" == f.book()

    filled = f.buy("bob", 6, at=103, tif=FOK, self_trade=REJECT_MAKER)
    assert "2 @ 101, 2 @ 102, 2 @ 103" == filled.fills
    assert [(BOBS, "self_trade")] == filled.canceled


def test_market_orders_obey_the_modes_too(f: Floor) -> None:
    stopped = f.buy_market("bob", 4, self_trade=REJECT_TAKER)
    assert ("2 @ 101", "self_trade") == (stopped.fills, stopped.ended)
    went_on = f.buy_market("bob", 3, self_trade=REJECT_MAKER)
    assert "2 @ 102, 1 @ 103" == went_on.fills
    assert [(BOBS, "self_trade")] == went_on.canceled


def test_several_own_orders_make_way_in_order() -> None:
    f = Floor()
    f.rich("alice", "bob")
    own = [f.sell("bob", 1, at=price).order_id for price in (103, 101, 101)]
    f.sell("alice", 1, at=102)

    answer = f.buy("bob", 5, at=103, self_trade=REJECT_MAKER, tif=IOC)

    assert "1 @ 102" == answer.fills
    assert [
        (own[1], "self_trade"), (own[2], "self_trade"), (own[0], "self_trade"),
        (answer.order_id, "immediate_or_cancel"),
    ] == answer.canceled
    assert "|" == f.book()


def test_an_order_that_only_meets_its_own_rests_in_their_place() -> None:
    f = Floor()
    f.rich("bob")
    f.sell("bob", 1, at=101)
    assert "" == f.do(f.limit("bob", BUY, 2, at=101, self_trade=REJECT_MAKER)).fills
    assert "| 2 @ 101" == f.book()
