"""Opening accounts, and money from and to the world outside."""


from msgspec.structs import asdict

from outcry.engine.commands import CreateAccount, Deposit, Withdraw
from outcry.engine.events import AccountCreated, Deposited, Event, Withdrawn
from outcry.engine.refusal import refused
from outcry.engine.rejects import RejectReason
from outcry.engine.state import Account, State
from outcry.engine.units import AMOUNT_MAX, EXTERNAL, AccountId


def create_account(state: State, command: CreateAccount) -> list[Event]:
    """Open the account of a user, or name the one there is."""
    user_key = command.user_key
    if user_key <= 0:
        return refused(RejectReason.ACCOUNT_INVALID)
    account_id = state.account_of_user.get(user_key)
    existed = account_id is not None
    if account_id is None:
        account_id = AccountId(state.last_account_id + 1)
        state.last_account_id = account_id
        state.accounts[account_id] = Account(account_id, user_key)
        state.account_of_user[user_key] = account_id
    return [AccountCreated(account_id=account_id, user_key=user_key, existed=existed)]


def deposit(state: State, command: Deposit) -> list[Event]:
    """Credit an account out of `external`."""
    fault = _transfer_fault(state, command)
    if fault != 0:
        return refused(fault, command.account_id)
    # The balance of `external` is the negated sum of all other balances of the asset.
    outside = state.accounts[EXTERNAL].balance(command.asset_id)
    if -outside.free + command.amount >= AMOUNT_MAX:
        return refused(RejectReason.AMOUNT_INVALID, command.account_id)
    balance = state.accounts[command.account_id].balance(command.asset_id)
    state.ledger.pay(outside, balance, command.amount)
    state.money_keys[command.key] = True
    return [Deposited(**asdict(command))]


def withdraw(state: State, command: Withdraw) -> list[Event]:
    """Debit an account in favor of `external`."""
    fault = _transfer_fault(state, command)
    if fault != 0:
        return refused(fault, command.account_id)
    balance = state.accounts[command.account_id].balance(command.asset_id)
    if balance.free < command.amount:
        return refused(RejectReason.INSUFFICIENT_FUNDS, command.account_id)
    outside = state.accounts[EXTERNAL].balance(command.asset_id)
    state.ledger.pay(balance, outside, command.amount)
    state.money_keys[command.key] = True
    return [Withdrawn(**asdict(command))]


def _transfer_fault(state: State, command: Deposit | Withdraw) -> int:
    """The `RejectReason` of a transfer as far as no balance is needed; 0 is none."""
    if command.asset_id not in state.assets:
        return RejectReason.ASSET_NOT_FOUND
    if command.account_id not in state.accounts or command.account_id == EXTERNAL:
        return RejectReason.ACCOUNT_NOT_FOUND
    if not 0 < command.amount < AMOUNT_MAX:
        return RejectReason.AMOUNT_INVALID
    if command.key in state.money_keys:
        return RejectReason.KEY_USED
    return 0
