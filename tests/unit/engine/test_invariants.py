"""Every way in which a state can contradict itself is noticed."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from domain.floor import Floor, leaving
from outcry.engine import invariants
from outcry.engine.balances import Balance
from outcry.engine.spot.book import Book
from outcry.engine.state import State
from outcry.engine.units import FALLS, MARK_PRICE


def sound_state() -> State:
    f = Floor()
    f.deposit("alice", usdc=10_000, sol=100)
    for price in (99, 99, 99, 98):
        f.buy("alice", 2, at=price)
    for price in (101, 102):
        f.sell("alice", 2, at=price)
    f.quote(100)
    f.deposit("bob", usdc=1_000)
    order_id = f.buy("bob", 1, at=101, profit=leaving(110, by=MARK_PRICE), loss=90).order_id
    assert (7, [8, 9]) == (order_id, f.waiting("bob"))
    return f.engine.state


def usdc(state: State) -> Balance:
    return state.accounts[100].balances[1]


def book(state: State) -> Book:
    return state.books[1]


def appear(state: State) -> None:
    usdc(state).free += 1


def owe(state: State) -> None:
    state.accounts[1].balance(1).free -= 5
    usdc(state).free += 5


def lock_too_much(state: State) -> None:
    usdc(state).free -= 1
    usdc(state).locked += 1


def lock_too_little(state: State) -> None:
    usdc(state).free += 1
    usdc(state).locked -= 1


def forget_an_order(state: State) -> None:
    state.accounts[100].seats[1].orders.popitem()


def level_miscounts(state: State) -> None:
    book(state).bids.levels[99].quantity += 1


def cross(state: State) -> None:
    # Bids are kept by their price, asks by their price below zero.
    asks = book(state).asks
    level = asks.levels.pop(-101)
    level.price = 98
    asks.levels[-98] = level
    asks.keys[-1] = -98
    head = level.head
    assert head is not None
    head.price = 98


def unsorted(state: State) -> None:
    book(state).bids.keys.reverse()


def level_without_key(state: State) -> None:
    book(state).bids.keys.pop()


def link_back_is_wrong(state: State) -> None:
    tail = book(state).bids.levels[99].tail
    assert tail is not None
    tail.ahead = None


def tail_is_wrong(state: State) -> None:
    level = book(state).bids.levels[99]
    level.tail = level.head


def nothing_left_of_an_order(state: State) -> None:
    level = book(state).bids.levels[98]
    assert level.head is not None
    usdc(state).free += 98 * level.head.remaining
    usdc(state).locked -= 98 * level.head.remaining
    level.quantity = 0
    level.head.remaining = 0


def order_at_another_price(state: State) -> None:
    head = book(state).asks.levels[-102].head
    assert head is not None
    head.price = 103


def empty_level(state: State) -> None:
    level = book(state).asks.levels[-102]
    assert level.head is not None
    order = level.head
    sol = state.accounts[100].balances[2]
    sol.free += order.remaining
    sol.locked -= order.remaining
    del state.accounts[100].seats[1].orders[order.order_id]
    level.head = level.tail = None
    level.quantity = 0


def waits_past_its_price(state: State) -> None:
    book(state).last_price = 90


def waits_past_the_mark(state: State) -> None:
    quote = book(state).quote
    assert quote is not None
    book(state).quote = replace(quote, bid=110, ask=110)


def waits_unwatched(state: State) -> None:
    book(state).last_triggers.discard(90, FALLS, 9)


def watched_and_gone(state: State) -> None:
    del book(state).waiting[9]


def half_a_pair(state: State) -> None:
    book(state).waiting[9].beside = None


def exits_not_placed(state: State) -> None:
    book(state).parents.append(book(state).waiting[9])


def triggers_not_looked_at(state: State) -> None:
    book(state).note_trade(100)


FAULTS: list[Callable[[State], None]] = [
    appear, owe, lock_too_much, lock_too_little, forget_an_order, level_miscounts, cross, unsorted,
    level_without_key, link_back_is_wrong, tail_is_wrong, nothing_left_of_an_order,
    order_at_another_price, empty_level, waits_past_its_price, waits_past_the_mark,
    waits_unwatched, watched_and_gone, half_a_pair, exits_not_placed, triggers_not_looked_at,
]


def test_a_sound_state_passes() -> None:
    invariants.check(sound_state())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_contradiction_is_noticed(fault: Callable[[State], None]) -> None:
    state = sound_state()
    fault(state)
    with pytest.raises(AssertionError):
        invariants.check(state)


def test_external_and_house_may_owe() -> None:
    state = sound_state()
    state.accounts[2].balance(1).free -= 5
    usdc(state).free += 5
    invariants.check(state)
