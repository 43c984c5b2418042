"""Queries on the rows that the recorder has written."""

from typing import Protocol, TypedDict, Unpack

from outcry.engine.units import AccountId, InstrumentId, OrderId
from outcry.projections.cfd import PositionRow
from outcry.projections.history import CandleRow, FillRow, OrderRow, TradeRow, TransferRow
from outcry.wire.journal import EntryId


class Selection(TypedDict, total=False):
    """Some rows of an account. Both ends of the period are included; without `to_ms` it is open."""

    order_id: OrderId | None
    instrument_id: InstrumentId | None
    from_ms: int
    to_ms: int | None


class History(Protocol):
    """The rows that the recorder has written.

    An answer that a caller completes from newer events comes with the id of the entry up to which
    it holds, read in the same query.
    """

    async def orders(
        self, account_id: AccountId, *, limit: int = 100, offset: int = 0,
        ascending: bool = False, **wanted: Unpack[Selection],
    ) -> tuple[list[OrderRow], EntryId]:
        """Orders of an account by order id, newest first unless `ascending`.

        The period selects by the time of placing.
        """

    async def count_orders(
        self, account_id: AccountId, **wanted: Unpack[Selection]
    ) -> tuple[int, EntryId]:
        """The number of orders that `orders` returns without a limit."""

    async def fills(
        self, account_id: AccountId, *, limit: int = 100, offset: int = 0,
        ascending: bool = False, **wanted: Unpack[Selection],
    ) -> tuple[list[FillRow], EntryId]:
        """Fills of an account by time, newest first unless `ascending`."""

    async def count_fills(
        self, account_id: AccountId, **wanted: Unpack[Selection]
    ) -> tuple[int, EntryId]:
        """The number of fills that `fills` returns without a limit."""

    async def transfers(
        self, account_id: AccountId, *, deposits: bool, from_ms: int = 0,
        to_ms: int | None = None, limit: int = 100, offset: int = 0, ascending: bool = False,
    ) -> tuple[list[TransferRow], EntryId]:
        """Deposits, or withdrawals, of an account, newest first unless `ascending`."""

    async def count_transfers(
        self, account_id: AccountId, *, deposits: bool, from_ms: int = 0,
        to_ms: int | None = None,
    ) -> tuple[int, EntryId]:
        """The number of transfers that `transfers` returns without a limit."""

    async def ended_positions(
        self, account_id: AccountId, *, limit: int = 100, offset: int = 0
    ) -> tuple[list[PositionRow], EntryId]:
        """Positions of an account that are no longer open, newest end first."""

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
