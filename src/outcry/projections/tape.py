"""The tape: the latest public trades of each instrument."""

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

from outcry.engine.units import InstrumentId
from outcry.projections.history import TradeRow

TAPE_LENGTH: Final = 1000


class Tape:
    """Trades of each instrument, newest last. Trade ids tell which trades were folded already."""

    def __init__(self) -> None:
        self._trades: dict[InstrumentId, deque[TradeRow]] = {}

    def prime(self, instrument_id: InstrumentId, trades: Sequence[TradeRow]) -> None:
        """Start from history, newest first, before anything of the instrument is folded."""
        assert instrument_id not in self._trades
        for trade in reversed(trades):
            self.fold(trade)

    def fold(self, trade: TradeRow) -> None:
        """Take in the next trade; a trade that was folded already changes nothing."""
        trades = self._trades.get(trade.instrument_id)
        if trades is None:
            trades = self._trades[trade.instrument_id] = deque(maxlen=TAPE_LENGTH)
        if not trades or trade.trade_id > trades[-1].trade_id:
            trades.append(trade)

    def latest(
        self, instrument_id: InstrumentId, limit: int = TAPE_LENGTH, offset: int = 0
    ) -> list[TradeRow]:
        """Up to `limit` trades, newest first, without the newest `offset`."""
        trades = self._trades.get(instrument_id)
        return [] if trades is None else list(islice(reversed(trades), offset, offset + limit))

    def last(self, instrument_id: InstrumentId) -> TradeRow | None:
        """The newest trade."""
        trades = self._trades.get(instrument_id)
        return trades[-1] if trades else None
