"""Leveraged positions: what they pay, when they go, and in which order."""

from decimal import Decimal

import pytest

from domain.cfd import CfdFloor, Money, closed, units
from outcry.engine.events import CommandRejected, PositionChanged, PositionOpened
from outcry.engine.rejects import RejectReason
from outcry.engine.units import CANCEL_ONLY, CLOSED, LONG, OPEN, SHORT

R = RejectReason


@pytest.fixture
def floor() -> CfdFloor:
    floor = CfdFloor()
    floor.person("ann", 5_000)
    floor.person("bob", 5_000)
    floor.price(200)
    return floor


def opened(
    floor: CfdFloor, name: str, direction: int, margin: Money, leverage: Money = 1, **more: Money
) -> int:
    """Open a position that must be taken; its id."""
    position = floor.open(name, direction, margin, leverage, **more)
    assert isinstance(position, PositionOpened), position
    return position.position_id


def test_a_short_at_100x_earns_a_hundred_times_the_fall() -> None:
    floor = CfdFloor()
    floor.person("ann", 5_000)
    floor.price("235.95")
    position = floor.open("ann", SHORT, 5_000, 100)
    assert isinstance(position, PositionOpened)
    assert units("238.3095") == position.liquidation_price
    assert 0 == floor.free("ann")
    floor.price("235.74")
    gone = floor.close("ann", position.position_id)
    assert 445_009_535 == gone.pnl  # 445.0095 and a bit: 500,000 x 0.21 / 235.95, rounded down.
    assert Decimal("5445.009535") == floor.free("ann")
    assert Decimal("-445.009535") == floor.house


def test_a_long_at_10x_is_gone_when_the_price_has_lost_a_tenth(floor: CfdFloor) -> None:
    position = floor.open("ann", LONG, 1_000, 10)
    assert isinstance(position, PositionOpened)
    assert units(180) == position.liquidation_price
    assert [] == floor.price("180.000001")
    assert [(1, "LIQUIDATED")] == closed(floor.price(180))
    assert (4_000, 1_000) == (floor.total("ann"), floor.house)


def test_a_long_without_leverage_cannot_be_liquidated(floor: CfdFloor) -> None:
    position = floor.open("ann", LONG, 1_000, 1)
    assert isinstance(position, PositionOpened)
    assert 0 == position.liquidation_price
    assert [] == floor.price("0.000001")
    assert -999_999_995 == floor.close("ann", 1).pnl


def test_a_short_without_leverage_is_gone_when_the_price_doubles(floor: CfdFloor) -> None:
    opened(floor, "ann", SHORT, 1_000, 1)
    assert [] == floor.price("399.999999")
    assert [(1, "LIQUIDATED")] == closed(floor.price(400))


def test_what_a_gap_costs_beyond_the_margin_is_borne_by_the_house(floor: CfdFloor) -> None:
    opened(floor, "ann", LONG, 1_000, 10)
    [gone] = floor.price(150)
    assert (units(-1_000), units(1_500)) == (gone.pnl, gone.shortfall)
    assert units(150) == gone.close_price
    assert 4_000 == floor.total("ann")


def test_a_long_opens_at_the_ask_and_closes_at_the_bid() -> None:
    floor = CfdFloor()
    floor.person("ann", 5_000)
    floor.price(199, 201)
    opened(floor, "ann", LONG, 2_010, 1)
    assert units(-20) == floor.close("ann", 1).pnl
    opened(floor, "ann", SHORT, 1_990, 1)
    assert units(-20) == floor.close("ann", 2).pnl


def test_a_mark_up_widens_the_price_on_both_sides() -> None:
    floor = CfdFloor(spread_rate=10_000)  # 1 %.
    floor.person("ann", 5_000)
    floor.price(200)
    position = floor.open("ann", LONG, 202, 1)
    assert isinstance(position, PositionOpened)
    assert units(202) == position.entry_price
    assert units(198) == floor.close("ann", 1).close_price


@pytest.mark.parametrize(("direction", "stop", "target"), [(LONG, 195, 210), (SHORT, 205, 190)])
def test_stop_loss_and_take_profit_fire_exactly_when_reached(
    floor: CfdFloor, direction: int, stop: int, target: int
) -> None:
    tick = Decimal("0.000001") * direction
    opened(floor, "ann", direction, 100, 2, stop=stop, target=target)
    assert [] == floor.price(stop + tick)
    assert [] == floor.price(target - tick)
    assert [(1, "TAKE_PROFIT")] == closed(floor.price(target))
    floor.price(200)
    opened(floor, "ann", direction, 100, 2, stop=stop, target=target)
    assert [(2, "STOP_LOSS")] == closed(floor.price(stop))


def test_a_gap_through_a_stop_closes_at_the_new_price(floor: CfdFloor) -> None:
    opened(floor, "ann", LONG, 1_000, 2, stop=195)
    [gone] = floor.price(190)
    assert (units(190), units(-100)) == (gone.close_price, gone.pnl)


def test_liquidation_comes_before_the_stop_loss_of_the_same_position(floor: CfdFloor) -> None:
    opened(floor, "ann", LONG, 1_000, 10, stop=185)
    assert [(1, "LIQUIDATED")] == closed(floor.price(179))


def test_positions_go_by_nearest_price_first_then_age(floor: CfdFloor) -> None:
    opened(floor, "ann", LONG, 100, 2, stop=180)
    opened(floor, "bob", LONG, 100, 2, stop=190)
    opened(floor, "ann", LONG, 100, 2, stop=190)
    opened(floor, "bob", LONG, 100, 20)  # Liquidated at 190 too.
    assert [
        (2, "STOP_LOSS"), (3, "STOP_LOSS"), (4, "LIQUIDATED"), (1, "STOP_LOSS"),
    ] == closed(floor.price(170))


def test_longs_and_shorts_are_merged_by_the_distance_of_their_own_price(floor: CfdFloor) -> None:
    opened(floor, "ann", LONG, 100, 2, stop=190)  # 10 below the bid before,
    opened(floor, "bob", SHORT, 100, 2, stop=205)  # and 5 above the ask before.
    assert [(2, "STOP_LOSS"), (1, "STOP_LOSS")] == closed(floor.price(150, 250))


def test_closing_a_part_pays_its_part_and_keeps_the_liquidation_price(floor: CfdFloor) -> None:
    opened(floor, "ann", LONG, 1_000, 10)
    floor.price(210)
    gone = floor.close("ann", 1, 400)
    assert (units(400), units(600), units(200)) == (gone.margin, gone.remaining_margin, gone.pnl)
    assert 5_000 - 600 + 200 == floor.free("ann")
    assert [(1, "LIQUIDATED")] == closed(floor.price(180))
    assert 5_000 + 200 - 600 == floor.total("ann")


def test_added_margin_moves_the_liquidation_price_away(floor: CfdFloor) -> None:
    opened(floor, "ann", LONG, 1_000, 10)
    after = floor.add("ann", 1, 500)
    assert isinstance(after, PositionChanged)
    assert units(170) == after.liquidation_price
    assert [] == floor.price(180)
    assert [(1, "LIQUIDATED")] == closed(floor.price(170))
    assert 3_500 == floor.total("ann")


def test_more_margin_than_the_position_is_worth_leaves_a_long_without_liquidation(
    floor: CfdFloor,
) -> None:
    opened(floor, "ann", LONG, 100, 2)
    assert 0 == floor.add("ann", 1, 300).liquidation_price
    assert [] == floor.price("0.000001")


def test_maintenance_margin_brings_the_liquidation_price_closer() -> None:
    floor = CfdFloor(maintenance_rate=20_000)  # 2 % of the notional.
    floor.person("ann", 5_000)
    floor.price(200)
    position = floor.open("ann", LONG, 1_000, 10)
    assert isinstance(position, PositionOpened)
    assert units(184) == position.liquidation_price
    [gone] = floor.price(184)
    assert units(-800) == gone.pnl
    assert R.LEVERAGE_INVALID == floor.open("ann", LONG, 100, 50)


def test_triggers_can_be_changed_and_taken_away(floor: CfdFloor) -> None:
    opened(floor, "ann", LONG, 100, 2, stop=190, target=210)
    assert units(205) == floor.change("ann", 1, stop=0, target=205).take_profit
    assert [] == floor.price(189)
    assert [(1, "TAKE_PROFIT")] == closed(floor.price(205))


def test_triggers_on_the_wrong_side_of_the_price_are_refused(floor: CfdFloor) -> None:
    for direction, wrong in ((LONG, 1), (SHORT, -1)):
        for away in (0, wrong):
            assert R.TRIGGER_INVALID == floor.open("ann", direction, 100, 2, stop=200 + away)
            assert R.TRIGGER_INVALID == floor.open("ann", direction, 100, 2, target=200 - away)
    opened(floor, "ann", LONG, 100, 2)
    assert R.TRIGGER_INVALID == floor.change("ann", 1, stop=200)


def test_refusals_of_margin_leverage_and_money(floor: CfdFloor) -> None:
    assert R.MARGIN_INVALID == floor.open("ann", LONG, 0, 2)
    assert R.LEVERAGE_INVALID == floor.open("ann", LONG, 100, "0.9")
    assert R.LEVERAGE_INVALID == floor.open("ann", LONG, 100, "100.1")
    assert R.INSUFFICIENT_FUNDS == floor.open("ann", LONG, "5000.000001", 2)
    assert isinstance(floor.open("ann", LONG, 5_000, 100), PositionOpened)


def test_nobody_elses_position_can_be_touched(floor: CfdFloor) -> None:
    opened(floor, "ann", LONG, 100, 2)
    assert R.POSITION_NOT_FOUND == floor.close("bob", 1)
    assert R.POSITION_NOT_FOUND == floor.change("bob", 1, stop=150)
    assert R.POSITION_NOT_FOUND == floor.add("bob", 1, 5)
    floor.close("ann", 1)
    assert R.POSITION_NOT_FOUND == floor.close("ann", 1)


def test_without_a_fresh_price_nothing_opens_or_closes(floor: CfdFloor) -> None:
    opened(floor, "ann", LONG, 100, 2)
    floor.now_ms += 5_000
    assert isinstance(floor.open("ann", LONG, 100, 2), PositionOpened)
    floor.now_ms += 1
    assert R.QUOTE_STALE == floor.open("ann", LONG, 100, 2)
    assert R.QUOTE_STALE == floor.close("ann", 1)
    assert R.QUOTE_STALE == floor.change("ann", 1, stop=150)
    [late] = floor.price(200, age_ms=5_001)
    assert isinstance(late, CommandRejected)
    floor.price(200, age_ms=5_000)
    assert floor.close("ann", 1).pnl == 0


def test_states_halt_opening_then_everything_but_never_the_triggers(floor: CfdFloor) -> None:
    opened(floor, "ann", LONG, 100, 10)
    opened(floor, "bob", LONG, 100, 2)
    floor.rules(state=CANCEL_ONLY)
    assert R.MARKET_CLOSED == floor.open("ann", LONG, 100, 2)
    floor.rules(state=CLOSED)
    assert R.MARKET_CLOSED == floor.close("bob", 2)
    assert [(1, "LIQUIDATED")] == closed(floor.price(180))
    floor.rules(state=OPEN)
    assert units(-20) == floor.close("bob", 2).pnl


def test_a_spread_that_would_liquidate_at_once_is_refused() -> None:
    floor = CfdFloor()
    floor.person("ann", 5_000)
    floor.price(198, 200)
    assert R.WOULD_LIQUIDATE == floor.open("ann", LONG, 100, 100)
    assert isinstance(floor.open("ann", LONG, 100, 99), PositionOpened)


def test_a_wider_mark_up_closes_what_it_reaches(floor: CfdFloor) -> None:
    opened(floor, "ann", LONG, 100, 2, stop=199)
    assert [(1, "STOP_LOSS")] == closed(floor.rules(spread_rate=5_000))


def test_limits_of_exposure_are_exact() -> None:
    floor = CfdFloor(exposure_max=units(1_000), house_exposure_max=units(1_500), positions_max=3)
    for name in ("ann", "bob", "cas"):
        floor.person(name, 5_000)
    floor.price(200)
    assert R.EXPOSURE_LIMIT == floor.open("ann", LONG, "500.1", 2)
    assert isinstance(floor.open("ann", LONG, 500, 2), PositionOpened)
    assert R.EXPOSURE_LIMIT == floor.open("ann", SHORT, 1, 1)
    assert R.HOUSE_LIMIT == floor.open("bob", LONG, "500.1", 1)
    assert isinstance(floor.open("bob", LONG, 500, 1), PositionOpened)
    assert isinstance(floor.open("cas", SHORT, 1, 1), PositionOpened)  # It makes the house's less.
    floor.close("ann", 1)
    assert isinstance(floor.open("ann", LONG, 500, 2), PositionOpened)


def test_an_account_has_a_bounded_number_of_positions() -> None:
    floor = CfdFloor(positions_max=2)
    floor.person("ann", 5_000)
    floor.price(200)
    opened(floor, "ann", LONG, 1, 1)
    opened(floor, "ann", LONG, 1, 1)
    assert R.POSITION_LIMIT == floor.open("ann", LONG, 1, 1)


def test_what_the_house_could_owe_stays_within_64_bits() -> None:
    """Also after a restart, whatever the price may become."""
    floor = CfdFloor(price_max=2**61, exposure_max=0)
    floor.person("ann", 10**9)
    floor.price("0.000001")  # The largest gain is 2^61 - 1 times the margin.
    assert R.HOUSE_LIMIT == floor.open("ann", LONG, "0.000003", 1)
    assert isinstance(floor.open("ann", LONG, "0.000002", 1), PositionOpened)
    assert R.HOUSE_LIMIT == floor.open("ann", LONG, "0.000001", 1)
    floor.close("ann", 1)
    assert isinstance(floor.open("ann", LONG, "0.000002", 1), PositionOpened)


def test_a_cascade_closes_everything_due_in_the_answer_to_one_quote() -> None:
    floor = CfdFloor(positions_max=1_000)
    floor.person("ann", 5_000)
    floor.price(200)
    for number in range(100):
        opened(floor, "ann", LONG, 10, 2 + number % 5)
    # At 160 those at 5x and 6x are gone: liquidated at 160 and at 166.67, the nearer first.
    sixes = [number + 1 for number in range(100) if number % 5 == 4]
    fives = [number + 1 for number in range(100) if number % 5 == 3]
    assert [(n, "LIQUIDATED") for n in sixes + fives] == closed(floor.price(160))
