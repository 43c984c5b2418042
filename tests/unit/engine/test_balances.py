"""The ledger: money moves between two balances, and nothing else happens to it."""

import pytest

from outcry.engine.balances import Balance, Ledger


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def alice() -> Balance:
    balance = Balance(100, 1)
    balance.free = 10
    return balance


@pytest.fixture
def bob() -> Balance:
    return Balance(101, 1)


def test_paying_moves_what_is_free(ledger: Ledger, alice: Balance, bob: Balance) -> None:
    ledger.pay(alice, bob, 4)
    assert (6, 4) == (alice.free, bob.free)


def test_locking_and_unlocking_keep_the_total(ledger: Ledger, alice: Balance) -> None:
    ledger.lock(alice, 10)
    assert (0, 10) == (alice.free, alice.locked)
    ledger.unlock(alice, 3)
    assert (3, 7) == (alice.free, alice.locked)


def test_what_is_locked_is_paid_out_of_what_is_locked(
    ledger: Ledger, alice: Balance, bob: Balance
) -> None:
    ledger.lock(alice, 8)
    ledger.pay_locked(alice, bob, 8)
    assert (2, 0, 8) == (alice.free, alice.locked, bob.free)


def test_paying_oneself_changes_nothing(ledger: Ledger, alice: Balance) -> None:
    ledger.pay(alice, alice, 10)
    assert (10, 0) == (alice.free, alice.locked)


def test_more_than_there_is_is_a_broken_invariant(
    ledger: Ledger, alice: Balance, bob: Balance
) -> None:
    ledger.lock(alice, 5)
    for amount in (6, -1):
        with pytest.raises(AssertionError):
            ledger.lock(alice, amount)
        with pytest.raises(AssertionError):
            ledger.unlock(alice, amount)
        with pytest.raises(AssertionError):
            ledger.pay_locked(alice, bob, amount)
    with pytest.raises(AssertionError):
        ledger.pay(alice, bob, -1)
    assert (5, 5, 0) == (alice.free, alice.locked, bob.free)


def test_a_touched_balance_is_noted_once(ledger: Ledger, alice: Balance, bob: Balance) -> None:
    ledger.pay(alice, bob, 1)
    ledger.pay(bob, alice, 1)
    ledger.lock(alice, 1)
    assert [alice, bob] == ledger.touched
