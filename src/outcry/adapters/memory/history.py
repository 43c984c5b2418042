"""History in memory: for tests and throw-away venues, which have no recorder and no database."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from outcry.adapters.memory.log import MemoryLog
from outcry.engine.units import AccountId, InstrumentId, OrderId, PositionId
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.history import Selection
from outcry.projections.candles import merged
from outcry.projections.cfd import PositionRow
from outcry.projections.cfd_rows import CloseRow
from outcry.projections.history import (
    CandleRow,
    FillRow,
    OrderRow,
    TradeRow,
    TransferRow,
    changed,
)
from outcry.projections.rows import Rows, RowsFold
from outcry.wire.journal import NOTHING_YET, EntryId, decode_outcome

Row = TypeVar("Row")


class MemoryHistory:
    """The rows that a recorder would have written of a log up to `recorded`.

    It stands still until `catch_up`. Without a log, the rows come from `record`.
    While it is `away`, questions raise `DatabaseUnavailable`; `asked` counts them.
    """

    def __init__(self, log: MemoryLog | None) -> None:
        self.recorded = NOTHING_YET
        self.away = False
        self.asked = 0
        self._log = log
        self._fold = RowsFold()
        self._folded = NOTHING_YET
        self._orders: dict[OrderId, OrderRow] = {}
        self._fills: list[FillRow] = []
        self._trades: list[TradeRow] = []
        self._transfers: list[TransferRow] = []
        self._positions: dict[PositionId, PositionRow] = {}
        self._closes: list[CloseRow] = []
        self._candles: dict[tuple[InstrumentId, str, int], CandleRow] = {}

    def catch_up(self) -> None:
        """Record everything there is."""
        assert self._log is not None
        self.recorded = self._log.events_top()

    def record(self, upto: EntryId, rows: Rows) -> None:
        """Take in the rows of the entries up to one."""
        self.recorded = upto
        self._orders |= {row.order_id: row for row in rows.orders}
        for change in rows.order_changes:
            self._orders[change.order_id] = changed(self._orders[change.order_id], change)
        for fill in rows.fills:
            client_id = self._orders[fill.order_id].client_id
            self._fills.append(msgspec.structs.replace(fill, client_id=client_id))
        self._trades += rows.trades
        self._transfers += rows.transfers
        self._positions |= {row.position_id: row for row in rows.cfd.positions}
        for moved in rows.cfd.position_changes:
            self._positions[moved.position_id] = moved.on(self._positions[moved.position_id])
        self._closes += rows.cfd.closes
        for candle in rows.candles:
            key = (candle.instrument_id, candle.interval, candle.start_ms)
            before = self._candles.get(key)
            self._candles[key] = candle if before is None else merged(before, candle)

    async def orders(
        self, selection: Selection, *, limit: int = 100, offset: int = 0, ascending: bool = False
    ) -> tuple[list[OrderRow], EntryId]:
        """Orders of an account by order id, newest first unless `ascending`."""
        self._read()
        rows = [
            row for _, row in sorted(self._orders.items()) if selection.has(row, row.created_ms)
        ]
        return _page(rows, limit, offset, ascending=ascending), self.recorded

    async def count_orders(self, selection: Selection) -> tuple[int, EntryId]:
        """How many orders `orders` would give without a limit."""
        rows, recorded = await self.orders(selection, limit=len(self._orders))
        return len(rows), recorded

    async def fills(
        self, selection: Selection, *, limit: int = 100, offset: int = 0, ascending: bool = False
    ) -> tuple[list[FillRow], EntryId]:
        """Fills of an account by time, newest first unless `ascending`."""
        self._read()
        rows = [row for row in self._fills if selection.has(row, row.traded_ms)]
        return _page(rows, limit, offset, ascending=ascending), self.recorded

    async def count_fills(self, selection: Selection) -> tuple[int, EntryId]:
        """How many fills `fills` would give without a limit."""
        rows, recorded = await self.fills(selection, limit=len(self._fills))
        return len(rows), recorded

    async def transfers(
        self, account_id: AccountId, *, deposits: bool, from_ms: int = 0,
        to_ms: int | None = None, limit: int = 100, offset: int = 0, ascending: bool = False,
    ) -> tuple[list[TransferRow], EntryId]:
        """Deposits, or withdrawals, of an account, newest first unless `ascending`."""
        self._read()
        rows = [
            row for row in self._transfers
            if row.account_id == account_id and (row.amount > 0) == deposits
            and from_ms <= row.made_ms and (to_ms is None or row.made_ms <= to_ms)
        ]
        return _page(rows, limit, offset, ascending=ascending), self.recorded

    async def count_transfers(
        self, account_id: AccountId, *, deposits: bool, from_ms: int = 0,
        to_ms: int | None = None,
    ) -> tuple[int, EntryId]:
        """How many transfers `transfers` would give without a limit."""
        rows, recorded = await self.transfers(
            account_id, deposits=deposits, from_ms=from_ms, to_ms=to_ms,
            limit=len(self._transfers),
        )
        return len(rows), recorded

    async def closes(
        self, account_id: AccountId, *, limit: int = 100, offset: int = 0
    ) -> tuple[list[PositionRow], EntryId]:
        """The closes of an account's positions and of parts of them, newest first."""
        self._read()
        rows = [self._closed(row) for row in self._closes if row.account_id == account_id]
        return _page(rows, limit, offset, ascending=False), self.recorded

    async def trades(
        self, instrument_id: InstrumentId, *, limit: int = 100, offset: int = 0
    ) -> tuple[list[TradeRow], EntryId]:
        """Public trades, newest first."""
        self._read()
        rows = [row for row in self._trades if row.instrument_id == instrument_id]
        return _page(rows, limit, offset, ascending=False), self.recorded

    async def candles(
        self, instrument_id: InstrumentId, interval: str, *, start_ms: int, end_ms: int
    ) -> tuple[list[CandleRow], EntryId]:
        """Candles that start in [start, end), oldest first, and the last one before them."""
        self._read()
        rows = sorted(
            (
                row for (instrument, length, _), row in self._candles.items()
                if (instrument, length) == (instrument_id, interval)
            ),
            key=lambda row: row.start_ms,
        )
        first = bisect_right(rows, start_ms - 1, key=lambda row: row.start_ms)
        return [row for row in rows[max(0, first - 1) :] if row.start_ms < end_ms], self.recorded

    def _closed(self, close: CloseRow) -> PositionRow:
        whole = close.remaining_margin == 0
        position = self._positions[close.position_id]
        return msgspec.structs.replace(
            position, margin=close.margin, remaining_margin=close.remaining_margin, notional=0,
            exit_price=close.close_price, pnl=close.pnl, shortfall=close.shortfall,
            status=close.reason, updated_ms=close.ms,
            liquidation_price=position.liquidation_price if whole else 0,
            stop_loss=position.stop_loss if whole else 0,
            take_profit=position.take_profit if whole else 0,
        )

    def _read(self) -> None:
        """Fold the entries recorded since the last question."""
        self.asked += 1
        if self.away:
            raise DatabaseUnavailable("this history was told to be away")
        if self._log is None:
            return
        for entry in self._log.events_range(self._folded, self.recorded, len(self._log.events)):
            if entry.id > self._folded:
                self._fold.fold(entry.id, decode_outcome(entry.outcome))
        self._folded = self.recorded
        self.record(self.recorded, self._fold.take())


def _page(rows: Sequence[Row], limit: int, offset: int, *, ascending: bool) -> list[Row]:
    ordered = rows if ascending else rows[::-1]
    return list(ordered[offset : offset + limit])
