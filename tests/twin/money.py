"""The naive twin's money: totals of every account, of which open orders need a part.

What an account has locked is never kept: it is counted from the orders that are open. Fees are
fractions until they are rounded.
"""

from fractions import Fraction
from math import ceil

from outcry.engine.commands import Deposit, Withdraw
from outcry.engine.events import AccountCreated, Deposited, Event, Withdrawn
from outcry.engine.rejects import RejectReason
from outcry.engine.units import BUY, EXTERNAL, FEES, HOUSE
from twin.book import NaiveOrder
from twin.listing import TOO_MUCH, NaiveListing, refuse_unless


class NaiveMoney(NaiveListing):
    """Accounts, what they have, and the orders that rest."""

    def __init__(self) -> None:
        super().__init__()
        self.users: list[int] = []  # User keys, in the order of their accounts.
        self.totals: dict[tuple[int, int], int] = {}  # (account, asset) → free and locked together.
        self.keys: set[int] = set()
        self.open: list[NaiveOrder] = []  # Those that rest.

    def reserve(self, order: NaiveOrder) -> tuple[int, int]:
        """(asset, amount) that a resting order keeps locked."""
        listed = self.instrument(order.instrument_id)
        if order.command.side == BUY:
            amount = order.price * order.left * self.tick_value[order.instrument_id]
            return listed.quote_asset_id, amount
        return listed.base_asset_id, order.left * self.lot_value[order.instrument_id]

    def locked(self, account_id: int, asset_id: int) -> int:
        """What the account's resting orders need."""
        reserves = [self.reserve(order) for order in self.open if order.account_id == account_id]
        return sum(amount for asset, amount in reserves if asset == asset_id)

    def balances(self) -> dict[tuple[int, int], tuple[int, int]]:
        """(account, asset) → (free, locked), without those who have nothing."""
        locked: dict[tuple[int, int], int] = {}
        for order in self.open:
            asset_id, amount = self.reserve(order)
            key = (order.account_id, asset_id)
            locked[key] = locked.get(key, 0) + amount
        return {
            key: (total - locked.get(key, 0), locked.get(key, 0))
            for key, total in self.totals.items()
            if total
        }

    def free(self, account_id: int, asset_id: int) -> int:
        return self.totals.get((account_id, asset_id), 0) - self.locked(account_id, asset_id)

    def pay(self, payer: int, payee: int, asset_id: int, amount: int) -> None:
        for account_id, change in ((payer, -amount), (payee, amount)):
            key = (account_id, asset_id)
            self.totals[key] = self.totals.get(key, 0) + change

    def account_exists(self, account_id: int) -> bool:
        return account_id in (EXTERNAL, FEES, HOUSE) or 100 <= account_id < 100 + len(self.users)

    def transfer(self, command: Deposit | Withdraw) -> Event:
        account_id, asset_id, amount = command.account_id, command.asset_id, command.amount
        refuse_unless(1 <= asset_id <= len(self.assets), RejectReason.ASSET_NOT_FOUND)
        refuse_unless(
            self.account_exists(account_id) and account_id != EXTERNAL,
            RejectReason.ACCOUNT_NOT_FOUND,
        )
        refuse_unless(0 < amount < TOO_MUCH, RejectReason.AMOUNT_INVALID)
        refuse_unless(command.key not in self.keys, RejectReason.KEY_USED)
        fields = {
            "account_id": account_id, "asset_id": asset_id, "amount": amount, "key": command.key,
        }
        if isinstance(command, Deposit):
            inside = -self.totals.get((EXTERNAL, asset_id), 0)
            refuse_unless(inside + amount < TOO_MUCH, RejectReason.AMOUNT_INVALID)
            self.pay(EXTERNAL, account_id, asset_id, amount)
            self.keys.add(command.key)
            return Deposited(**fields)
        refuse_unless(
            self.free(account_id, asset_id) >= amount, RejectReason.INSUFFICIENT_FUNDS
        )
        self.pay(account_id, EXTERNAL, asset_id, amount)
        self.keys.add(command.key)
        return Withdrawn(**fields)

    def create_account(self, user_key: int) -> Event:
        refuse_unless(user_key > 0, RejectReason.ACCOUNT_INVALID)
        existed = user_key in self.users
        if not existed:
            self.users.append(user_key)
        return AccountCreated(
            account_id=100 + self.users.index(user_key), user_key=user_key, existed=existed
        )

    def charge(self, order: NaiveOrder, *, base: int, quote: int, rate: int) -> int:
        """Over the whole order ceil(sum of received x rate); a rebate is limited by the fees."""
        listed = self.instrument(order.instrument_id)
        if order.command.side == BUY:
            asset_id, received = listed.base_asset_id, base
        else:
            asset_id, received = listed.quote_asset_id, quote
        order.fees_exact += received * Fraction(rate, 1_000_000)
        fee = ceil(order.fees_exact) - order.fee
        if fee < 0:
            fee = -min(-fee, self.free(FEES, asset_id))
        self.pay(order.account_id, FEES, asset_id, fee)
        order.fee += fee
        return fee
