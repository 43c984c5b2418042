"""Accounts: balances as the engine last stated them, and money that moved lately."""

from outcry.engine.commands import CreateAccount, Deposit, Withdraw
from outcry.engine.events import Deposited, Withdrawn
from outcry.engine.units import BUY, AccountId
from outcry.projections.accounts import Holding
from outcry.projections.venue import VenueView
from outcry.wire.journal import NOTHING_YET
from rigs.scripted_log import ALICE, BOB, RICH, SOL, USDC, ScriptedLog, limit


def folded(log: ScriptedLog) -> VenueView:
    venue = VenueView()
    for entry, outcome in zip(log.entries, log.outcomes, strict=True):
        venue.fold(entry.id, outcome)
    return venue


def test_an_account_is_found_by_its_user() -> None:
    log = ScriptedLog()
    log.open_market()
    log.write(CreateAccount(user_key=2))
    venue = folded(log)

    assert BOB == venue.accounts.account_of_user(2)
    assert venue.accounts.account_of_user(3) is None
    assert BOB in venue.accounts
    assert AccountId(102) not in venue.accounts


def test_a_resting_order_locks_its_price() -> None:
    log = ScriptedLog()
    log.open_market()
    log.write(limit(ALICE, BUY, 5, at=100))
    venue = folded(log)

    assert Holding(RICH - 50_000, 50_000) == venue.accounts.balance(ALICE, USDC)
    assert {USDC: Holding(RICH - 50_000, 50_000), SOL: Holding(RICH, 0)} == (
        venue.accounts.balances(ALICE)
    )
    assert Holding(0, 0) == venue.accounts.balance(AccountId(5_000), USDC)


def test_money_that_moved_is_told_until_it_is_forgotten() -> None:
    log = ScriptedLog()
    log.open_market()
    opened = log.top
    log.write(Deposit(account_id=BOB, asset_id=USDC, amount=7, key=90), after_ms=1)
    log.write(Withdraw(account_id=BOB, asset_id=USDC, amount=3, key=91), after_ms=1)
    venue = folded(log)

    moved = venue.accounts.transfers_above(BOB, opened)
    assert [Withdrawn, Deposited] == [type(item) for item in moved]
    assert [3, 7] == [item.amount for item in moved]

    venue.forget(log.entries[-2].id)
    assert moved[:1] == venue.accounts.transfers_above(BOB, NOTHING_YET)
