"""Accounts: their users, their balances, and their recent deposits and withdrawals."""

from typing import NamedTuple, Self

from outcry.engine.events import AccountCreated, BalanceAfter, Deposited, Withdrawn
from outcry.engine.image import StateImage
from outcry.engine.units import AccountId, AssetId
from outcry.projections.recent import RecentItems
from outcry.wire.journal import EntryId


class Holding(NamedTuple):
    """An account's balance of one asset, in its smallest unit; total = free + locked."""

    free: int
    locked: int


_NOTHING = Holding(0, 0)


class Accounts:
    """Every account's balances, the venue's own included."""

    def __init__(self) -> None:
        self._holdings: dict[AccountId, dict[AssetId, Holding]] = {}
        self._account_of_user: dict[int, AccountId] = {}
        self._user_of_account: dict[AccountId, int] = {}
        self._transfers: RecentItems[AccountId, Deposited | Withdrawn] = RecentItems()

    @classmethod
    def from_image(cls, image: StateImage) -> Self:
        """The accounts of a snapshot."""
        accounts = cls()
        for account in image.accounts:
            accounts._holdings[account.account_id] = {
                held.asset_id: Holding(held.free, held.locked) for held in account.balances
            }
            if account.user_key:
                accounts._join(account.user_key, account.account_id)
        return accounts

    def fold(self, entry_id: EntryId, event: AccountCreated | Deposited | Withdrawn) -> None:
        """Take in a new account, a deposit or a withdrawal."""
        if isinstance(event, AccountCreated):
            self._join(event.user_key, event.account_id)
            self._holdings.setdefault(event.account_id, {})
        else:
            self._transfers.add(entry_id, event.account_id, event)

    def fold_balance(self, after: BalanceAfter) -> None:
        """Take in a balance as it is now."""
        holdings = self._holdings.get(after.account_id)
        if holdings is None:
            holdings = self._holdings[after.account_id] = {}
        holdings[after.asset_id] = Holding(after.free, after.locked)

    def __contains__(self, account_id: AccountId) -> bool:
        return account_id in self._holdings

    def account_of_user(self, user_key: int) -> AccountId | None:
        """The account that was opened for a user."""
        return self._account_of_user.get(user_key)

    def user_of_account(self, account_id: AccountId) -> int | None:
        """The user for whom an account was opened."""
        return self._user_of_account.get(account_id)

    def balance(self, account_id: AccountId, asset_id: AssetId) -> Holding:
        """An account's balance of an asset; zero when it never had any."""
        return self._holdings.get(account_id, {}).get(asset_id, _NOTHING)

    def balances(self, account_id: AccountId) -> dict[AssetId, Holding]:
        """An account's balances, by asset. Assets that it never had are left out."""
        return dict(self._holdings.get(account_id, {}))

    def transfers_above(
        self, account_id: AccountId, entry_id: EntryId
    ) -> list[Deposited | Withdrawn]:
        """Deposits and withdrawals of an account after an entry, newest first."""
        return self._transfers.above(account_id, entry_id)

    def forget(self, up_to: EntryId) -> None:
        """Drop the transfers up to an entry."""
        self._transfers.forget(up_to)

    def _join(self, user_key: int, account_id: AccountId) -> None:
        self._account_of_user[user_key] = account_id
        self._user_of_account[account_id] = user_key
