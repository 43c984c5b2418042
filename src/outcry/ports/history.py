"""Queries on the rows that the recorder has written."""

from typing import NamedTuple, Protocol

from outcry.engine.units import AccountId, InstrumentId, OrderId
from outcry.projections.cfd import PositionRow
from outcry.projections.history import CandleRow, FillRow, OrderRow, TradeRow, TransferRow
from outcry.wire.journal import EntryId


class Selection(NamedTuple):
    """A choice among an account's orders or fills. Both ends of the period are included."""

    account_id: AccountId
    order_id: OrderId | None = None
    instrument_id: InstrumentId | None = None
    from_ms: int = 0
    to_ms: int | None = None

    def has(self, row: OrderRow | FillRow, row_ms: int) -> bool:
        """Whether a row of that time is in it."""
        return (
            row.account_id == self.account_id and self.order_id in (None, row.order_id)
            and self.instrument_id in (None, row.instrument_id)
            and self.from_ms <= row_ms and (self.to_ms is None or row_ms <= self.to_ms)
        )


class History(Protocol):
    """The rows that the recorder has written.

    An answer that a caller completes from newer events comes with the id of the entry up to which
    it holds, read in the same query.
    """

    async def orders(
        self, selection: Selection, *, limit: int = 100, offset: int = 0, ascending: bool = False
    ) -> tuple[list[OrderRow], EntryId]:
        """Orders of an account by order id, newest first unless `ascending`.

        The period selects by the time of placing.
        """

    async def count_orders(self, selection: Selection) -> tuple[int, EntryId]:
        """The number of orders that `orders` returns without a limit."""

    async def fills(
        self, selection: Selection, *, limit: int = 100, offset: int = 0, ascending: bool = False
    ) -> tuple[list[FillRow], EntryId]:
        """Fills of an account by time, newest first unless `ascending`."""

    async def count_fills(self, selection: Selection) -> tuple[int, EntryId]:
        """The number of fills that `fills` returns without a limit."""

    async def transfers(
        self, account_id: AccountId, *, deposits: bool, from_ms: int = 0,
        to_ms: int | None = None, limit: int = 100, offset: int = 0, ascending: bool = False,
    ) -> tuple[list[TransferRow], EntryId]:
        """Deposits, or withdrawals, of an account, newest first unless `ascending`.

        Both ends of the period are included.
        """

    async def count_transfers(
        self, account_id: AccountId, *, deposits: bool, from_ms: int = 0,
        to_ms: int | None = None,
    ) -> tuple[int, EntryId]:
        """The number of transfers that `transfers` returns without a limit."""

    async def closes(
        self, account_id: AccountId, *, limit: int = 100, offset: int = 0
    ) -> tuple[list[PositionRow], EntryId]:
        """The closes of an account's positions and of parts of them, newest first.

        Each has the margin, the price and the gain of the closed part.
        """

    async def trades(
        self, instrument_id: InstrumentId, *, limit: int = 100, offset: int = 0
    ) -> tuple[list[TradeRow], EntryId]:
        """Public trades, newest first."""

    async def candles(
        self, instrument_id: InstrumentId, interval: str, *, start_ms: int, end_ms: int
    ) -> tuple[list[CandleRow], EntryId]:
        """Candles that start in [start, end), oldest first, without empty ones.

        The last candle before `start`, if there is one, precedes them, so that empty intervals can
        carry its close.
        """
