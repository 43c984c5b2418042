"""The places that withdrawn money goes to, which the engine does not know."""

from collections.abc import Collection
from typing import NamedTuple, Protocol

from outcry.engine.units import AccountId, AssetId


class WithdrawalRequest(NamedTuple):
    """A withdrawal as it was asked for. Account and key name the transfer."""

    account_id: AccountId
    key: int
    asset_id: AssetId
    amount: int
    address: str
    network: str
    client_id: str | None
    signature: bytes | None  # Of the request, unless it came with a cookie.


class WithdrawalRequests(Protocol):
    """The withdrawals that were asked for. Every method raises `DatabaseUnavailable`."""

    async def note(self, request: WithdrawalRequest) -> WithdrawalRequest:
        """Store a request before the engine gets it.

        Returns the stored one, which is another if the key was used before.
        """

    async def confirm(self, request: WithdrawalRequest) -> None:
        """The engine has taken the money off for this request."""

    async def forget(self, account_id: AccountId, key: int) -> None:
        """The engine refused; a request that was confirmed stays."""

    async def of(
        self, account_id: AccountId, keys: Collection[int]
    ) -> dict[int, WithdrawalRequest]:
        """The requests of these keys, as far as they are stored."""
