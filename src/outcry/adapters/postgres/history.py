"""Orders, fills and transfers of the past, from the recorder's tables."""

from typing import Final

from outcry.adapters.postgres.market_data import MarketData, answer_of, plain, upto_of
from outcry.adapters.postgres.order_rows import order_of_row
from outcry.adapters.postgres.queries import load_queries
from outcry.engine.units import AccountId
from outcry.ports.history import Selection
from outcry.projections.cfd import PositionRow
from outcry.projections.history import FillRow, OrderRow, TransferRow
from outcry.wire.journal import EntryId

_SQL: Final = load_queries("history")


class PostgresHistory(MarketData):
    """`ports.History` on PostgreSQL: rows of accounts, and the public rows of `MarketData`.

    Every answer is one statement and carries the recorder's id of that very moment. Raises
    `DatabaseUnavailable`. `from_ms` and `to_ms` are both included.
    """

    async def orders(
        self, selection: Selection, *, limit: int = 100, offset: int = 0, ascending: bool = False
    ) -> tuple[list[OrderRow], EntryId]:
        """Orders of an account by order id, newest first unless `ascending`.

        They are chosen by when they were placed.
        """
        found = await self._database.fetch(_SQL["orders"], *selection, ascending, limit, offset)
        return answer_of(order_of_row, found, "order_id")

    async def count_orders(self, selection: Selection) -> tuple[int, EntryId]:
        """How many orders `orders` would give without a limit."""
        return await self._count("count_orders", *selection)

    async def fills(
        self, selection: Selection, *, limit: int = 100, offset: int = 0, ascending: bool = False
    ) -> tuple[list[FillRow], EntryId]:
        """Fills of an account by time, newest first unless `ascending`.

        Within one millisecond they stand by instrument and then by trade.
        """
        found = await self._database.fetch(_SQL["fills"], *selection, ascending, limit, offset)
        return answer_of(plain(FillRow), found, "trade_id")

    async def count_fills(self, selection: Selection) -> tuple[int, EntryId]:
        """How many fills `fills` would give without a limit."""
        return await self._count("count_fills", *selection)

    async def transfers(
        self, account_id: AccountId, *, deposits: bool, from_ms: int = 0,
        to_ms: int | None = None, limit: int = 100, offset: int = 0, ascending: bool = False,
    ) -> tuple[list[TransferRow], EntryId]:
        """Deposits, or withdrawals, of an account, newest first unless `ascending`."""
        found = await self._database.fetch(
            _SQL["transfers"], account_id, deposits, from_ms, to_ms, ascending, limit, offset
        )
        return answer_of(plain(TransferRow), found, "transfer_id")

    async def count_transfers(
        self, account_id: AccountId, *, deposits: bool, from_ms: int = 0,
        to_ms: int | None = None,
    ) -> tuple[int, EntryId]:
        """How many transfers `transfers` would give without a limit."""
        return await self._count("count_transfers", account_id, deposits, from_ms, to_ms)

    async def closes(
        self, account_id: AccountId, *, limit: int = 100, offset: int = 0
    ) -> tuple[list[PositionRow], EntryId]:
        """The closes of an account's positions and of parts of them, newest first."""
        found = await self._database.fetch(_SQL["closes"], account_id, limit, offset)
        return answer_of(plain(PositionRow), found, "position_id")

    async def _count(self, query: str, *parameters: object) -> tuple[int, EntryId]:
        row = await self._database.fetch_row(_SQL[query], *parameters)
        assert row is not None, "the offset's row is always there"
        return row["total"], upto_of(row)
