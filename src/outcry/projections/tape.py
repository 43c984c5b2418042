"""The tape: the latest public trades of each instrument."""

from collections import deque
from collections.abc import Sequence
from itertools import islice

from outcry.engine.units import InstrumentId
from outcry.projections.history import TradeRow


class Tape:
    """Trades of each instrument, newest last. Trade ids tell which trades were folded already."""

    def __init__(self, length: int = 1000) -> None:
        """Of each instrument the newest `length` are kept."""
        self.length = length
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
            trades = self._trades[trade.instrument_id] = deque(maxlen=self.length)
        if not trades or trade.trade_id > trades[-1].trade_id:
            trades.append(trade)

    def latest(
        self, instrument_id: InstrumentId, limit: int | None = None, offset: int = 0
    ) -> list[TradeRow]:
        """All trades, or up to `limit`, newest first, without the newest `offset`."""
        trades = self._trades.get(instrument_id)
        end = None if limit is None else offset + limit
        return [] if trades is None else list(islice(reversed(trades), offset, end))

    def last(self, instrument_id: InstrumentId) -> TradeRow | None:
        """The newest trade."""
        trades = self._trades.get(instrument_id)
        return trades[-1] if trades else None
