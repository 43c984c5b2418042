"""Accounts, deposits and withdrawals: keys, bounds, and where the money comes from."""

from domain.floor import Floor
from outcry.engine.commands import CreateAccount, Deposit, Withdraw
from outcry.engine.events import AccountCreated
from outcry.engine.units import EXTERNAL, FEES, FIRST_USER_ACCOUNT, HOUSE


def test_accounts_count_from_the_first_user_account() -> None:
    f = Floor()
    assert [FIRST_USER_ACCOUNT, FIRST_USER_ACCOUNT + 1] == [f.account("alice"), f.account("bob")]


def test_the_same_user_key_again_names_the_same_account() -> None:
    """Sign-up spans two systems: a repeat after a crash must find the account made before."""
    f = Floor()
    [first] = f.do(CreateAccount(user_key=5)).events
    f.restart()
    [again] = f.do(CreateAccount(user_key=5)).events
    assert isinstance(first, AccountCreated)
    assert isinstance(again, AccountCreated)
    assert (first.account_id, False, True) == (again.account_id, first.existed, again.existed)
    assert first.account_id + 1 == f.account("the next one")


def test_a_user_key_is_above_zero() -> None:
    f = Floor()
    for wrong in (0, -1, -(2**63)):
        assert "account_invalid" == f.do(CreateAccount(user_key=wrong)).rejected


def test_deposits_come_from_outside_and_withdrawals_go_there() -> None:
    f = Floor()
    f.deposit("alice", usdc=1_000)
    assert (-1_000, 0) == f.fold.balances[EXTERNAL, f.assets["USDC"].asset_id]
    f.withdraw("alice", usdc=300)
    assert (-700, 0) == f.fold.balances[EXTERNAL, f.assets["USDC"].asset_id]
    assert 700 == f.balance("alice", "USDC")


def test_a_key_is_good_for_one_transfer_of_either_kind() -> None:
    f = Floor()
    assert None is f.deposit("alice", usdc=1_000, key=77).rejected
    assert "key_used" == f.deposit("alice", usdc=1_000, key=77).rejected
    assert "key_used" == f.deposit("bob", sol=1, key=77).rejected
    assert "key_used" == f.withdraw("alice", usdc=1, key=77).rejected
    f.restart()
    assert "key_used" == f.withdraw("alice", usdc=1, key=77).rejected
    assert None is f.withdraw("alice", usdc=1, key=78).rejected
    assert "key_used" == f.deposit("alice", usdc=1, key=78).rejected


def test_a_refused_transfer_leaves_its_key_free() -> None:
    f = Floor()
    f.deposit("alice", usdc=10)
    assert "insufficient_funds" == f.withdraw("alice", usdc=11, key=78).rejected
    assert "amount_invalid" == f.deposit("alice", usdc=0, key=78).rejected
    assert None is f.withdraw("alice", usdc=10, key=78).rejected


def test_amounts_are_above_zero_and_below_two_to_the_62() -> None:
    f = Floor()
    for wrong in (0, -1, 2**62, 2**63 - 1, -(2**63)):
        assert "amount_invalid" == f.deposit("alice", usdc=wrong).rejected
        assert "amount_invalid" == f.withdraw("alice", usdc=wrong).rejected


def test_all_of_an_asset_together_stays_below_two_to_the_62() -> None:
    f = Floor()
    assert None is f.deposit("alice", usdc=2**61).rejected
    assert "amount_invalid" == f.deposit("bob", usdc=2**61).rejected
    assert None is f.deposit("bob", usdc=2**61 - 1).rejected
    assert "amount_invalid" == f.deposit("alice", usdc=1).rejected
    assert None is f.deposit("alice", sol=2**62 - 1).rejected
    f.withdraw("alice", usdc=5)
    assert "amount_invalid" == f.deposit("alice", usdc=6).rejected
    assert None is f.deposit("alice", usdc=5).rejected


def test_a_withdrawal_takes_no_more_than_is_free() -> None:
    f = Floor()
    f.deposit("alice", usdc=10)
    assert "insufficient_funds" == f.withdraw("alice", usdc=11).rejected
    assert "insufficient_funds" == f.withdraw("alice", sol=1).rejected
    assert None is f.withdraw("alice", usdc=10).rejected
    assert "insufficient_funds" == f.withdraw("alice", usdc=1).rejected


def test_transfers_for_what_does_not_exist_are_refused() -> None:
    f = Floor()
    alice = f.account("alice")
    for command in (Deposit, Withdraw):
        for asset_id in (0, 3, 2**63 - 1):
            answer = f.do(command(account_id=alice, asset_id=asset_id, amount=1, key=900))
            assert "asset_not_found" == answer.rejected
        for account_id in (EXTERNAL, 3, 99, 102, 2**63 - 1):
            answer = f.do(command(account_id=account_id, asset_id=1, amount=1, key=900))
            assert "account_not_found" == answer.rejected


def test_the_venues_own_accounts_hold_money_like_any() -> None:
    f = Floor()
    for key, account_id in enumerate((FEES, HOUSE), start=900):
        f.do(Deposit(account_id=account_id, asset_id=1, amount=5, key=key))
        assert (5, 0) == f.fold.balances[account_id, 1]
        over = Withdraw(account_id=account_id, asset_id=1, amount=6, key=950 + key)
        assert "insufficient_funds" == f.do(over).rejected
