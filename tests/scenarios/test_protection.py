"""An account is protected as a whole: its positions in a contract pay for each other's shortfalls.

Each story stands under version 2 of the rules; the stories that say so also stand under version 1,
as a venue from before may still behave.
"""

from decimal import Decimal
from typing import Any

import pytest

from domain.cfd import CONTRACT, CfdFloor, closed, units
from outcry.engine.commands import UseRules
from outcry.engine.events import PositionClosed, PositionOpened, ShortfallCharged
from outcry.engine.units import LONG, SHORT


@pytest.fixture
def floor() -> CfdFloor:
    """Ann and Bob with 5,000 each, and a price of 200."""
    floor = CfdFloor()
    floor.do(UseRules(version=2))
    floor.person("ann", 5_000)
    floor.person("bob", 5_000)
    floor.price(200)
    return floor


def opened(floor: CfdFloor, name: str, direction: int, margin: Any, leverage: Any) -> int:
    event = floor.open(name, direction, margin, leverage)
    assert isinstance(event, PositionOpened)
    return event.position_id


def charges(events: list[Any]) -> list[tuple[int, int, Decimal]]:
    """(charged position, the position it pays for, amount) of each charge, in order."""
    return [
        (event.position_id, event.cause_position_id, Decimal(event.amount) / 10**6)
        for event in events if isinstance(event, ShortfallCharged)
    ]


def test_a_hedged_pair_that_loses_a_leg_in_a_gap_pays_for_it_with_the_other(
    floor: CfdFloor
) -> None:
    """At 100x a gap of 3 % took 2 % of the notional out of the house for nothing."""
    long = opened(floor, "ann", LONG, 100, 100)
    short = opened(floor, "ann", SHORT, 100, 100)
    events = floor.price(206)
    assert [(long, short, 200)] == charges(events)
    assert [(short, "LIQUIDATED")] == closed(events)
    assert 0 == events[1].shortfall, "the house bears nothing"
    floor.close("ann", long)
    assert (5_000, 0) == (floor.total("ann"), floor.house)


def test_under_version_1_the_house_bore_it(floor: CfdFloor) -> None:
    """As journals from before have it."""
    floor.do(UseRules(version=1))
    long = opened(floor, "ann", LONG, 100, 100)
    opened(floor, "ann", SHORT, 100, 100)
    events = floor.price(206)
    assert [] == charges(events)
    assert units(200) == events[0].shortfall
    floor.close("ann", long)
    assert (5_200, -200) == (floor.total("ann"), floor.house)


def test_the_other_way_round_it_is_the_same(floor: CfdFloor) -> None:
    long = opened(floor, "ann", LONG, 100, 100)
    short = opened(floor, "ann", SHORT, 100, 100)
    assert [(short, long, 200)] == charges(floor.price(194))
    floor.close("ann", short)
    assert (5_000, 0) == (floor.total("ann"), floor.house)


def test_a_take_profit_at_the_same_quote_does_not_get_away(floor: CfdFloor) -> None:
    """The profit would be paid out first, as its price is nearer; the debt comes off all the same.
    """
    long = floor.open("ann", LONG, 100, 100, target=201)
    assert isinstance(long, PositionOpened)
    short = opened(floor, "ann", SHORT, 100, 100)
    events = floor.price(206)
    assert [(long.position_id, short, 200)] == charges(events)
    assert [(long.position_id, "TAKE_PROFIT"), (short, "LIQUIDATED")] == closed(events)
    assert (5_000, 0) == (floor.total("ann"), floor.house)


def test_the_house_bears_only_what_the_account_is_below_zero(floor: CfdFloor) -> None:
    long = opened(floor, "ann", LONG, 10, 10)
    short = opened(floor, "ann", SHORT, 100, 100)
    # At 206 the short is 200 short, and the long is worth 10 + 3.
    events = floor.price(206)
    assert [(long, short, 13)] == charges(events)
    assert [(short, "LIQUIDATED"), (long, "LIQUIDATED")] == closed(events)
    shortfalls = [event.shortfall for event in events if isinstance(event, PositionClosed)]
    assert [units(187), 0] == shortfalls
    assert (4_890, 110) == (floor.total("ann"), floor.house)


def test_the_oldest_pays_first_and_no_other_account_does(floor: CfdFloor) -> None:
    first = opened(floor, "ann", LONG, 30, 10)
    stranger = opened(floor, "bob", LONG, 100, 10)
    short = opened(floor, "ann", SHORT, 50, 100)
    second = opened(floor, "ann", LONG, 500, 10)
    # The short is 100 short: the first is worth 39, the second 650.
    events = floor.price(206)
    assert [(first, short, 39), (second, short, 61)] == charges(events)
    assert [(short, "LIQUIDATED"), (first, "LIQUIDATED")] == closed(events)
    assert stranger in floor.engine.state.positions
    floor.close("bob", stranger)
    assert 5_030 == floor.total("bob")


def test_positions_in_other_contracts_do_not_pay(floor: CfdFloor) -> None:
    """The rule is about one contract, because only there two sides can cancel out."""
    other = floor.list_another("ETH_USDC")
    floor.price(200, at=other)
    kept = floor.open("ann", LONG, 1_000, 1, at=other)
    assert isinstance(kept, PositionOpened)
    opened(floor, "ann", SHORT, 100, 100)
    events = floor.price(206)
    assert [] == charges(events)
    assert units(200) == events[0].shortfall


def test_a_debt_moves_the_liquidation_price_and_added_margin_moves_it_back(
    floor: CfdFloor
) -> None:
    long = opened(floor, "ann", LONG, 100, 100)
    opened(floor, "ann", SHORT, 100, 100)
    charged, _ = floor.price(206)
    # 10,000 of notional on 100 of margin less 200 of debt: gone when 1 % above the entry is left.
    assert (units(200), units(202)) == (charged.owed, charged.liquidation_price)
    assert units(200) == floor.add("ann", long, 100).liquidation_price
    assert [] == closed(floor.price("200.01"))
    assert [(long, "LIQUIDATED")] == closed(floor.price(200))


def test_a_part_close_settles_its_share_of_the_debt(floor: CfdFloor) -> None:
    long = opened(floor, "ann", LONG, 100, 100)
    opened(floor, "ann", SHORT, 100, 100)
    floor.price(206)
    events = floor.close_events("ann", long, 25)
    part, stands, settled = events
    # A quarter: 75 of the gain of 300, less 50 of the debt of 200.
    assert (units(25), units(25)) == (part.pnl, part.margin)
    assert units(75) == stands.margin
    assert (0, -units(50), units(150)) == (
        settled.cause_position_id, settled.amount, settled.owed
    )
    floor.close("ann", long)
    assert (5_000, 0) == (floor.total("ann"), floor.house)


@pytest.mark.parametrize("part", ["0.000001", "0.333333", "33.333333", "99.999999"])
def test_no_split_of_a_close_pays_more_than_the_whole(floor: CfdFloor, part: str) -> None:
    long = opened(floor, "ann", LONG, 100, 100)
    opened(floor, "ann", SHORT, 100, 100)
    floor.price("206.123457")
    floor.close("ann", long, part)
    floor.close("ann", long)
    assert floor.total("ann") <= 5_000
    assert floor.total("ann") >= Decimal("4999.99999")


def test_a_charge_may_leave_less_than_the_maintenance_margin() -> None:
    floor = CfdFloor(maintenance_rate=5_000)
    floor.do(UseRules(version=2))
    floor.person("ann", 5_000)
    floor.price(200)
    long = opened(floor, "ann", LONG, 100, 50)
    short = opened(floor, "ann", SHORT, 110, 50)
    # At 214 the short has lost 385 of its 110, and the long is worth 100 + 350.
    events = floor.price(214)
    assert [(long, short, 275)] == charges(events)
    assert [(short, "LIQUIDATED")] == closed(events)
    # The long owes 275 on 5,000 of notional: 25, the maintenance, is left at 208.
    assert units(208) == events[0].liquidation_price
    assert [(long, "LIQUIDATED")] == closed(floor.price(208))
    assert 5_000 - 110 - 75 == floor.total("ann")


def test_after_a_return_to_version_1_debts_are_settled_all_the_same(floor: CfdFloor) -> None:
    long = opened(floor, "ann", LONG, 100, 100)
    opened(floor, "ann", SHORT, 100, 100)
    floor.price(206)
    floor.do(UseRules(version=1))
    floor.close("ann", long)
    assert (5_000, 0) == (floor.total("ann"), floor.house)


def test_many_positions_of_one_account_pay_in_one_walk(floor: CfdFloor) -> None:
    """Each pays for as many as its equity reaches; each cause is paid by as many as it takes."""
    shorts = [opened(floor, "ann", SHORT, 10, 100) for _ in range(3)]
    longs = [opened(floor, "ann", LONG, 10, 50) for _ in range(5)]
    # Each short is 20 short; each long is worth 10 + 15.
    events = floor.price(206)
    assert [
        (longs[0], shorts[0], 20), (longs[0], shorts[1], 5), (longs[1], shorts[1], 15),
        (longs[1], shorts[2], 10), (longs[2], shorts[2], 10),
    ] == charges(events)
    assert [(each, "LIQUIDATED") for each in (*shorts, *longs[:2])] == closed(events)
    assert CONTRACT in floor.engine.state.contracts
