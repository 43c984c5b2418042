"""The house's purse: at a limit on its losses nothing is opened until its operator says go on."""

from decimal import Decimal
from typing import Any

import pytest

from domain.cfd import USDC, CfdFloor, closed, units
from outcry.engine.commands import Deposit, ResumeHouse, SetHouseLimits
from outcry.engine.events import (
    CommandRejected,
    HouseLimitsSet,
    HouseResumed,
    HouseStopped,
    PositionOpened,
)
from outcry.engine.rejects import RejectReason
from outcry.engine.units import HOUSE, LONG, SHORT

R = RejectReason
DAY_MS = 86_400_000


@pytest.fixture
def floor() -> CfdFloor:
    floor = CfdFloor()
    floor.person("ann", 100_000)
    floor.person("bob", 100_000)
    floor.price(200)
    return floor


def limits(floor: CfdFloor, *, day: Any = 0, in_all: Any = 0) -> list[Any]:
    return floor.do(SetHouseLimits(
        asset_id=USDC, loss_per_day_max=units(day), loss_max=units(in_all)
    ))


def win(floor: CfdFloor, amount: int) -> list[Any]:
    """Ann wins this much, at the next price; what the close came to."""
    floor.price(200)
    position = floor.open("ann", LONG, amount * 10, 1)
    assert isinstance(position, PositionOpened), position
    floor.price(220)
    return floor.close_events("ann", position.position_id)


def stops(events: list[Any]) -> list[tuple[Decimal, Decimal]]:
    return [
        (Decimal(event.result_of_day) / 10**6, Decimal(event.result) / 10**6)
        for event in events if isinstance(event, HouseStopped)
    ]


def test_without_limits_the_house_never_stops(floor: CfdFloor) -> None:
    assert [] == stops(win(floor, 5_000))
    assert isinstance(floor.open("bob", LONG, 1), PositionOpened)


def test_at_the_loss_of_a_day_opening_stops_and_everything_else_goes_on(floor: CfdFloor) -> None:
    assert [HouseLimitsSet(asset_id=USDC, loss_per_day_max=units(100), loss_max=0)] == (
        limits(floor, day=100)
    )
    kept = floor.open("bob", SHORT, 10, 2)
    assert isinstance(kept, PositionOpened)
    assert [] == stops(win(floor, 99))
    assert [(-100, -100)] == stops(win(floor, 1))
    assert R.HOUSE_STOPPED == floor.open("bob", LONG, 1)
    assert not isinstance(floor.change("bob", kept.position_id, stop=290), int)
    assert not isinstance(floor.add("bob", kept.position_id, 1), int)
    assert [(kept.position_id, "STOP_LOSS")] == closed(floor.price(290))


def test_a_quote_that_pays_out_too_much_stops_it_too(floor: CfdFloor) -> None:
    limits(floor, in_all=50)
    floor.open("ann", LONG, 100, 10, target=210)
    events = floor.price(215)
    assert [(1, "TAKE_PROFIT")] == closed(events)
    assert [(-75, -75)] == stops(events)


def test_gains_make_up_for_losses(floor: CfdFloor) -> None:
    limits(floor, day=100)
    win(floor, 90)
    floor.price(200)
    lost = floor.open("bob", SHORT, 50, 100)  # Gone at 202.
    assert isinstance(lost, PositionOpened)
    floor.price(202)
    assert [] == stops(win(floor, 59))
    assert [(-100, -100)] == stops(win(floor, 1))


def test_the_next_day_counts_its_own_losses_and_the_total_goes_on(floor: CfdFloor) -> None:
    limits(floor, day=100, in_all=250)
    win(floor, 90)
    floor.now_ms += DAY_MS
    win(floor, 90)
    floor.now_ms += DAY_MS
    assert [(-70, -250)] == stops(win(floor, 70))


def test_a_new_day_alone_does_not_resume_it(floor: CfdFloor) -> None:
    limits(floor, day=100)
    win(floor, 100)
    floor.now_ms += DAY_MS
    floor.price(220)
    assert R.HOUSE_STOPPED == floor.open("bob", LONG, 1)


def test_its_operator_says_go_on_and_losses_are_counted_anew(floor: CfdFloor) -> None:
    limits(floor, day=100, in_all=100)
    win(floor, 100)
    assert [HouseResumed(asset_id=USDC)] == floor.do(ResumeHouse(asset_id=USDC))
    assert [] == stops(win(floor, 99))
    assert [(-100, -100)] == stops(win(floor, 1))


def test_a_lower_limit_stops_it_at_once_and_a_higher_one_does_not_resume_it(
    floor: CfdFloor
) -> None:
    limits(floor, in_all=100)
    win(floor, 50)
    assert [(-50, -50)] == stops(limits(floor, in_all=50))
    limits(floor, in_all=1_000)
    assert R.HOUSE_STOPPED == floor.open("bob", LONG, 1)


def test_the_capital_is_an_account_that_the_operator_funds(floor: CfdFloor) -> None:
    floor.do(Deposit(account_id=HOUSE, asset_id=USDC, amount=units(1_000), key=77))
    assert 1_000 == floor.house
    win(floor, 400)
    assert 600 == floor.house


@pytest.mark.parametrize(("command", "reason"), [
    (SetHouseLimits(asset_id=9, loss_per_day_max=0, loss_max=0), R.ASSET_NOT_FOUND),
    (SetHouseLimits(asset_id=USDC, loss_per_day_max=-1, loss_max=0), R.AMOUNT_INVALID),
    (SetHouseLimits(asset_id=USDC, loss_per_day_max=0, loss_max=2**62), R.AMOUNT_INVALID),
    (ResumeHouse(asset_id=9), R.ASSET_NOT_FOUND),
])
def test_limits_that_make_no_sense_are_refused(
    floor: CfdFloor, command: SetHouseLimits | ResumeHouse, reason: int
) -> None:
    assert [CommandRejected(reason=reason)] == floor.do(command)
