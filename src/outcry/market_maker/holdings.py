"""The balances of an account, and their drift from the first ones."""

from outcry.client import RestClient


class Holdings:
    """Balances, free and locked together, as of the last request."""

    def __init__(self) -> None:
        self._totals: dict[str, float] = {}
        self._first: dict[str, float] = {}

    async def refresh(self, rest: RestClient) -> None:
        """Ask for the balances; raises `ClientError`."""
        balances = await rest.balances()
        self._totals = {
            asset: float(balance.available + balance.locked)
            for asset, balance in balances.items()
        }
        for asset, total in self._totals.items():
            self._first.setdefault(asset, total)

    def total(self, asset: str) -> float:
        """The balance of an asset."""
        return self._totals.get(asset, 0.0)

    def drift(self, asset: str) -> float:
        """The balance of an asset above its first one."""
        return self.total(asset) - self._first.get(asset, 0.0)
