"""Market orders by quote amount: whole lots, level by level, to the last unit."""

import pytest

from domain.floor import Floor
from outcry.engine.events import OrderAccepted
from outcry.engine.units import BUY, FOK, SELL


@pytest.fixture
def f() -> Floor:
    """Alice asks 2 each at 101 and 103, and bids 2 each at 99 and 97."""
    made = Floor()
    made.rich("alice", "bob")
    for step in (1, 3):
        made.sell("alice", 2, at=100 + step)
        made.buy("alice", 2, at=100 - step)
    return made


def test_a_buy_spends_to_the_last_unit(f: Floor) -> None:
    answer = f.buy_market("bob", spend=2 * 101 + 103)

    assert "2 @ 101, 1 @ 103" == answer.fills
    assert [] == answer.canceled
    assert 10**15 - 305 == f.balance("bob", "USDC")


def test_a_buy_one_unit_short_gets_one_lot_less(f: Floor) -> None:
    answer = f.buy_market("bob", spend=2 * 101 + 102)

    assert "2 @ 101" == answer.fills
    assert [] == answer.canceled
    assert (10**15 - 202, 0) == (f.balance("bob", "USDC"), f.locked("bob", "USDC"))


def test_a_sell_receives_to_the_last_unit(f: Floor) -> None:
    answer = f.sell_market("bob", receive=2 * 99 + 97)

    assert "2 @ 99, 1 @ 97" == answer.fills
    assert [] == answer.canceled
    assert 10**15 + 295 == f.balance("bob", "USDC")


def test_a_sell_one_unit_short_stops_before_the_next_lot(f: Floor) -> None:
    assert "2 @ 99" == f.sell_market("bob", receive=2 * 99 + 96).fills


def test_a_sell_may_go_on_at_a_lower_price_where_one_more_lot_fits(f: Floor) -> None:
    """98 left: not another lot at 99, but that level is gone, and one at 97 fits."""
    assert "2 @ 99, 1 @ 97" == f.sell_market("bob", receive=2 * 99 + 98).fills


def test_it_stops_at_the_first_order_of_which_no_lot_fits(f: Floor) -> None:
    """98 are left when the next lot costs 99: the level at 97 behind it is not reached."""
    assert "1 @ 99" == f.sell_market("bob", receive=99 + 98).fills


def test_an_amount_below_one_lot_trades_nothing(f: Floor) -> None:
    answer = f.buy_market("bob", spend=100)
    assert ("", "insufficient_funds") == (answer.fills, answer.ended)
    answer = f.sell_market("bob", receive=98)
    assert ("", "insufficient_funds") == (answer.fills, answer.ended)


@pytest.mark.parametrize(("side", "whole"), [(BUY, 2 * 101 + 2 * 103), (SELL, 2 * 99 + 2 * 97)])
def test_an_amount_that_is_exactly_the_book_is_filled(f: Floor, side: int, whole: int) -> None:
    answer = f.do(f.market("bob", side, amount=whole))
    assert [] == answer.canceled
    assert 4 == sum(trade.quantity for trade in answer.trades)


def test_an_amount_above_the_whole_book_ends_for_lack_of_liquidity(f: Floor) -> None:
    answer = f.buy_market("bob", spend=10_000)
    assert ("2 @ 101, 2 @ 103", "insufficient_liquidity") == (answer.fills, answer.ended)


def test_the_accepted_order_says_how_many_lots_the_amount_came_to(f: Floor) -> None:
    accepted = f.buy_market("bob", spend=2 * 101 + 103).events[0]
    assert isinstance(accepted, OrderAccepted)
    assert (3, 305) == (accepted.quantity, accepted.order.quote_amount)


def test_a_fok_order_by_amount_needs_the_book_to_be_deep_enough(f: Floor) -> None:
    killed = f.do(f.market("bob", BUY, amount=10_000, tif=FOK))
    assert ("", "fill_or_kill") == (killed.fills, killed.ended)
    assert "2 @ 101, 2 @ 103" == f.do(f.market("bob", BUY, amount=408, tif=FOK)).fills


def test_a_buy_costs_no_more_than_is_there() -> None:
    f = Floor()
    f.rich("bob")
    f.sell("bob", 5, at=100)
    f.deposit("alice", usdc=299)
    assert "insufficient_funds" == f.buy_market("alice", 3).rejected
    assert "insufficient_funds" == f.buy_market("alice", spend=300).rejected
    assert "2 @ 100" == f.buy_market("alice", 2).fills
    assert 99 == f.balance("alice", "USDC")


def test_a_sell_needs_the_lots_it_comes_to() -> None:
    f = Floor()
    f.rich("bob")
    f.buy("bob", 5, at=100)
    f.deposit("alice", sol=2)
    assert "insufficient_funds" == f.sell_market("alice", 3).rejected
    assert "insufficient_funds" == f.sell_market("alice", receive=300).rejected
    assert "2 @ 100" == f.sell_market("alice", receive=299).fills
    assert (0, 200) == (f.balance("alice", "SOL"), f.balance("alice", "USDC"))


def test_amounts_count_the_assets_smallest_unit() -> None:
    """Half a SOL at 150.00 costs 75 USDC, which are 75,000,000 of its smallest unit."""
    f = Floor(usdc_decimals=6, sol_decimals=9, price_decimals=2, quantity_decimals=2)
    f.rich("alice", "bob")
    f.sell("alice", 100, at=15_000)
    assert "49 @ 15000" == f.buy_market("bob", spend=74_999_999).fills
    assert "50 @ 15000" == f.buy_market("bob", spend=75_000_000).fills
    assert 10**15 + 990_000_000 == f.balance("bob", "SOL")
