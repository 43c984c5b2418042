"""Balances. Money only moves between two of them: none appears, none is lost."""


from outcry.engine.units import AccountId, AssetId


class Balance:
    """The amount of one asset in one account, in the asset's smallest unit."""

    def __init__(self, account_id: AccountId, asset_id: AssetId) -> None:
        self.account_id = account_id
        self.asset_id = asset_id
        self.free = 0
        self.locked = 0
        self.touched = False


class Ledger:
    """All movements of money, and the balances that the present entry has touched."""

    def __init__(self) -> None:
        self.touched: list[Balance] = []

    def pay(self, payer: Balance, payee: Balance, amount: int) -> None:
        """Move free money of the payer to the free money of the payee."""
        assert amount >= 0
        payer.free -= amount
        payee.free += amount
        self.touch(payer)
        self.touch(payee)

    def pay_locked(self, payer: Balance, payee: Balance, amount: int) -> None:
        """Move locked money of the payer to the free money of the payee."""
        assert 0 <= amount <= payer.locked
        payer.locked -= amount
        payee.free += amount
        self.touch(payer)
        self.touch(payee)

    def lock(self, balance: Balance, amount: int) -> None:
        """Reserve money for an open order."""
        assert 0 <= amount <= balance.free
        balance.free -= amount
        balance.locked += amount
        self.touch(balance)

    def unlock(self, balance: Balance, amount: int) -> None:
        """Release money that was reserved for an open order."""
        assert 0 <= amount <= balance.locked
        balance.locked -= amount
        balance.free += amount
        self.touch(balance)

    def touch(self, balance: Balance) -> None:
        """Note that the present entry changed this balance."""
        if not balance.touched:
            balance.touched = True
            self.touched.append(balance)
