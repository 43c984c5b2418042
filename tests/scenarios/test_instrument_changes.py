"""An instrument's rules and state are data: changed by a command, from the next command on."""

from typing import Any

import pytest

from domain.floor import Floor
from outcry.engine.commands import ChangeInstrument
from outcry.engine.events import InstrumentChanged
from outcry.engine.units import (
    ALL_ORDERS,
    CANCEL_ONLY,
    CLOSED,
    OPEN,
    RESTING_ORDERS,
    WAITING_ORDERS,
)


def floor(**rules: int) -> Floor:
    made = Floor(**rules)
    made.rich("alice", "bob")
    return made


def test_a_change_states_all_rules_and_leaves_what_it_does_not_name() -> None:
    f = floor()
    before = f.instruments["SOL_USDC"]
    [event] = f.change(state=CANCEL_ONLY, maker_fee_rate=-5, taker_fee_rate=7).events
    assert isinstance(event, InstrumentChanged)
    after = event.instrument
    changed = {
        name for name in before.__struct_fields__ if getattr(before, name) != getattr(after, name)
    }
    assert {"state", "maker_fee_rate", "taker_fee_rate"} == changed
    assert (CANCEL_ONLY, -5, 7) == (after.state, after.maker_fee_rate, after.taker_fee_rate)
    [event] = f.change().events
    assert InstrumentChanged(instrument=after) == event


def test_every_rule_can_be_changed() -> None:
    rules = {
        "state": CLOSED, "price_min": 2, "price_max": 900, "quantity_min": 3, "quantity_max": 800,
        "maker_fee_rate": 4, "taker_fee_rate": 5, "price_band_rate": 6, "impact_rate": 7,
        "open_orders_max": 8,
    }
    assert set(ChangeInstrument.__struct_fields__) == {"instrument_id", *rules}
    f = floor()
    f.change(**rules)
    f.restart()
    assert rules == {name: getattr(f.instruments["SOL_USDC"], name) for name in rules}


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": 0}, {"state": 6}, {"state": -1}, {"price_min": 0}, {"price_min": 1_000_001},
        {"price_max": 0}, {"price_max": 2**62}, {"quantity_min": 0}, {"quantity_max": 2**62},
        {"quantity_min": 9, "quantity_max": 8}, {"maker_fee_rate": 1_000_000},
        {"maker_fee_rate": -1}, {"taker_fee_rate": -1_000_000}, {"price_band_rate": -1},
        {"impact_rate": 2**62}, {"open_orders_max": -1},
        {"price_max": 2**40, "quantity_max": 2**40},
    ],
    ids=str,
)
def test_rules_that_contradict_each_other_are_refused_and_change_nothing(
    wrong: dict[str, Any]
) -> None:
    f = floor()
    before = f.instruments["SOL_USDC"]
    assert "instrument_invalid" == f.change(**wrong).rejected
    [event] = f.change().events
    assert InstrumentChanged(instrument=before) == event


def test_an_instrument_that_is_not_listed_cannot_be_changed() -> None:
    for instrument_id in (0, 2, 2**63 - 1):
        command = ChangeInstrument(instrument_id=instrument_id, state=OPEN)
        assert "instrument_not_found" == floor().do(command).rejected


def test_orders_that_rest_stay_whatever_the_new_rules_say() -> None:
    f = floor()
    f.buy("alice", 50, at=90)
    f.change(price_min=95, price_max=110, quantity_max=10, open_orders_max=0)
    assert "| 50 @ 90" == f.book()
    assert "price_invalid" == f.buy("bob", 1, at=94).rejected
    assert "quantity_invalid" == f.buy("bob", 11, at=95).rejected
    assert "order_limit" == f.buy("bob", 1, at=95).rejected
    f.change(open_orders_max=1)
    assert "10 @ 90" == f.sell_market("bob", 10).fills


def test_rules_of_one_instrument_are_not_those_of_another() -> None:
    f = floor()
    f.list_instrument(symbol="OTHER")
    f.change("OTHER", state=CLOSED)
    assert None is f.buy("alice", 1, at=90).rejected
    assert "market_closed" == f.buy("alice", 1, at=90, on="OTHER").rejected


def test_bands_and_bounds_hold_from_the_next_command() -> None:
    f = floor()
    f.trade(100)
    f.change(price_band_rate=100_000, impact_rate=50_000)
    assert "price_too_far" == f.buy("alice", 1, at=89).rejected
    f.sell("alice", 1, at=100)
    f.sell("alice", 1, at=106)
    answer = f.buy_market("bob", 2)
    assert ("1 @ 100", "price_impact") == (answer.fills, answer.ended)


def test_a_fill_pays_the_rate_of_its_own_moment() -> None:
    """Of an order filled before and after a change neither part pays for the other."""
    f = floor(maker_fee_rate=10_000, taker_fee_rate=10_000)
    f.sell("alice", 3, at=10)
    f.buy("bob", 1, at=10)  # 0.1 of a unit,
    f.change(maker_fee_rate=200_000, taker_fee_rate=200_000)
    f.buy("bob", 1, at=10)  # 2,
    f.restart()
    f.change(maker_fee_rate=90_000, taker_fee_rate=90_000)
    assert 3 == f.fees_collected("USDC")  # (rounded up)
    f.buy("bob", 1, at=10)  # and 0.9, which makes 3.
    assert 3 == f.fees_collected("USDC")


def test_an_order_pays_as_taker_what_it_took_and_as_maker_what_it_made() -> None:
    f = floor(maker_fee_rate=0, taker_fee_rate=500_000)
    f.sell("alice", 2, at=10)
    f.buy("bob", 4, at=10)
    assert 1 == f.fees_collected("SOL")
    f.sell("alice", 2, at=10)
    assert 1 == f.fees_collected("SOL")


def test_all_orders_or_those_that_rest_or_those_that_wait_can_be_canceled() -> None:
    f = floor()
    f.trade(100)
    rest, wait, rest_too, wait_too = (
        f.buy("alice", 1, at=50, when=95 if waits else None).order_id
        for waits in (False, True, False, True)
    )
    f.buy("bob", 1, at=50, when=95)
    for kind in (-1, 3):
        assert "order_invalid" == f.cancel_all("alice", kind=kind).rejected
    answer = f.cancel_all("alice", kind=RESTING_ORDERS)
    assert [rest, rest_too] == [order_id for order_id, _ in answer.canceled]
    assert [] == f.cancel_all("alice", kind=RESTING_ORDERS).canceled
    again = f.buy("alice", 1, at=50).order_id
    answer = f.cancel_all("alice", kind=WAITING_ORDERS)
    assert [wait, wait_too] == [order_id for order_id, _ in answer.canceled]
    last = f.sell_market("alice", 1, when=95).order_id
    answer = f.cancel_all("alice", kind=ALL_ORDERS)
    assert [again, last] == [order_id for order_id, _ in answer.canceled]
    assert 1 == len(f.waiting("bob"))
