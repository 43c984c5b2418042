"""Withdrawals as they were asked for, in PostgreSQL."""

from collections.abc import Collection

from outcry.adapters.postgres.pool import Database, Row
from outcry.adapters.postgres.queries import load_queries
from outcry.engine.units import AccountId, AssetId
from outcry.ports.withdrawals import WithdrawalRequest

_QUERIES = load_queries("withdrawals")


class PostgresWithdrawals:
    """Fulfils `WithdrawalRequests`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, request: WithdrawalRequest) -> WithdrawalRequest:
        """Store a request; returns the one that was stored first."""
        row = await self._database.fetch_row(_QUERIES["note_withdrawal"], *request)
        assert row is not None
        return _request(row)

    async def confirm(self, request: WithdrawalRequest) -> None:
        """The engine has taken the money off."""
        await self._database.execute(_QUERIES["confirm_withdrawal"], *request)

    async def forget(self, account_id: AccountId, key: int) -> None:
        """The engine refused."""
        await self._database.execute(_QUERIES["forget_withdrawal"], account_id, key)

    async def of(
        self, account_id: AccountId, keys: Collection[int]
    ) -> dict[int, WithdrawalRequest]:
        """The requests of these keys."""
        rows = await self._database.fetch(_QUERIES["find_withdrawals"], account_id, list(keys))
        return {row["key"]: _request(row) for row in rows}


def _request(row: Row) -> WithdrawalRequest:
    return WithdrawalRequest(
        account_id=AccountId(row["account_id"]), key=row["key"],
        asset_id=AssetId(row["asset_id"]), amount=row["amount"], address=row["address"],
        network=row["network"], client_id=row["client_id"], signature=row["signature"],
    )
