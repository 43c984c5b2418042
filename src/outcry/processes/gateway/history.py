"""History up to this moment: the recorded rows, completed with newer ones from memory.

The recorder may be a moment behind, or away. Each of its answers says up to which entry it holds,
and the views of this process have everything above.
"""

import asyncio
from functools import partial
from typing import Final

from outcry.engine.units import AccountId, InstrumentId
from outcry.ports.history import History, Selection
from outcry.processes.gateway.pages import CountedPages, Pages, ResultPage
from outcry.processes.gateway.views import Views
from outcry.projections.candles import CandleFold, merged, without_gaps
from outcry.projections.cfd import PositionRow
from outcry.projections.history import CandleRow, FillRow, OrderRow, TradeRow, TransferRow
from outcry.wire.journal import EntryId

PATIENCE_S: Final = 2.0
PAUSE_S: Final = 0.02


async def reach_of(recorded: History) -> EntryId:
    """The newest recorded entry; raises `DatabaseUnavailable`."""
    _, reached = await recorded.orders(Selection(AccountId(0)), limit=0)
    return reached


class CompleteHistory:
    """Answers about the past without a gap at its end. Raises `DatabaseUnavailable`."""

    def __init__(self, recorded: History, views: Views) -> None:
        self._recorded = recorded
        self._views = views

    async def orders(
        self, selection: Selection, *, limit: int = 100, offset: int = 0, ascending: bool = False
    ) -> ResultPage[OrderRow]:
        """Orders of an account by when they were placed, as they are now."""
        def changed(above: EntryId) -> list[OrderRow]:
            rows = self._views.venue.orders.changed_above(selection.account_id, above)
            return [row for row in reversed(rows) if selection.has(row, row.created_ms)]

        def added(above: EntryId) -> list[OrderRow]:
            first = self._views.first_order_above(above)
            return [] if first is None else [r for r in changed(above) if r.order_id >= first]

        async def read(limit: int, offset: int) -> tuple[list[OrderRow], EntryId]:
            rows, above = await self._recorded.orders(
                selection, limit=limit, offset=offset, ascending=ascending
            )
            now = {row.order_id: row for row in changed(above)}
            return [now.get(row.order_id, row) for row in rows], above

        count = partial(self._recorded.count_orders, selection)
        pages = CountedPages(read, added, self._views, count)
        return await pages.page(limit=limit, offset=offset, ascending=ascending)

    async def fills(
        self, selection: Selection, *, limit: int = 100, offset: int = 0, ascending: bool = False
    ) -> ResultPage[FillRow]:
        """Fills of an account by when they were made."""
        def added(above: EntryId) -> list[FillRow]:
            rows = self._views.venue.orders.fills_above(selection.account_id, above)
            return [row for row in rows if selection.has(row, row.traded_ms)]

        read = partial(self._recorded.fills, selection, ascending=ascending)
        count = partial(self._recorded.count_fills, selection)
        pages = CountedPages(read, added, self._views, count)
        return await pages.page(limit=limit, offset=offset, ascending=ascending)

    async def closes(
        self, account_id: AccountId, *, limit: int, offset: int
    ) -> list[PositionRow]:
        """Closes of positions and of parts of them, newest first."""
        added = partial(self._views.venue.cfd.closes_above, account_id)
        read = partial(self._recorded.closes, account_id)
        return await Pages(read, added, self._views).newest_first(limit, offset)

    async def trades(
        self, instrument_id: InstrumentId, *, limit: int, offset: int
    ) -> list[TradeRow]:
        """Public trades, newest first. The tape has the newest."""
        tape = self._views.venue.tape
        if offset + limit <= tape.length:
            return tape.latest(instrument_id, limit, offset)
        read = partial(self._recorded.trades, instrument_id)
        added = partial(self._views.trades_above, instrument_id)
        return await Pages(read, added, self._views).newest_first(limit, offset)

    async def candles(
        self, instrument_id: InstrumentId, interval: str, *, start_ms: int, end_ms: int
    ) -> list[CandleRow]:
        """A candle for each interval that starts in [start, end), from the first trade on."""
        rows, above = await self._recorded.candles(
            instrument_id, interval, start_ms=start_ms, end_ms=end_ms
        )
        self._views.note_recorded(above)
        candles = {row.start_ms: row for row in rows}
        for row in self._newer_candles(instrument_id, interval, above):
            known = candles.get(row.start_ms)
            candles[row.start_ms] = row if known is None else merged(known, row)
        return without_gaps(candles.values(), interval, start_ms=start_ms, end_ms=end_ms)

    async def transfers(
        self, account_id: AccountId, *, deposits: bool, from_ms: int = 0, to_ms: int | None = None,
        limit: int = 100, offset: int = 0, ascending: bool = False,
    ) -> ResultPage[TransferRow]:
        """Deposits, or withdrawals, by when they were made.

        Their ids are the recorder's, so one that was made this moment is waited for.
        """
        give_up_at = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            rows, above = await self._recorded.transfers(
                account_id, deposits=deposits, from_ms=from_ms, to_ms=to_ms, limit=limit,
                offset=offset, ascending=ascending,
            )
            self._views.note_recorded(above)
            waiting = self._views.venue.accounts.transfers_above(account_id, above)
            if not waiting or asyncio.get_running_loop().time() > give_up_at:
                break
            await asyncio.sleep(PAUSE_S)
        if len(rows) < limit and (rows or not offset):
            return ResultPage(rows, offset + len(rows))
        total, _ = await self._recorded.count_transfers(
            account_id, deposits=deposits, from_ms=from_ms, to_ms=to_ms
        )
        return ResultPage(rows, total)

    def _newer_candles(
        self, instrument_id: InstrumentId, interval: str, above: EntryId
    ) -> list[CandleRow]:
        listing = self._views.venue.listing
        fold = CandleFold(interval)
        for trade in reversed(self._views.trades_above(instrument_id, above)):
            fold.add(
                instrument_id, traded_ms=trade.traded_ms, price=trade.price,
                quantity=trade.quantity, quote_amount=listing.quote_amount(
                    instrument_id, price=trade.price, quantity=trade.quantity
                ),
            )
        return fold.rows()
