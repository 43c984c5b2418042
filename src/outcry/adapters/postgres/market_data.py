"""Public trades and candles of the past, from the recorder's tables."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec

from outcry.adapters.postgres.pool import Database, Row
from outcry.adapters.postgres.queries import load_queries
from outcry.engine.spot.instruments import tick_lot_units_of
from outcry.engine.units import InstrumentId
from outcry.projections.history import CandleRow, TradeRow
from outcry.wire.journal import EntryId

_SQL: Final = load_queries("market_data")

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)


def answer_of(
    made_of: Callable[[Row], T], found: Sequence[Row], key: str
) -> tuple[list[T], EntryId]:
    """Rows, and the id they hold up to. A row whose `key` is null stands for no rows at all."""
    assert found, "the offset's row is always there"
    rows = [made_of(row) for row in found if row[key] is not None]
    return rows, upto_of(found[0])


def upto_of(row: Row) -> EntryId:
    """The id an answer holds up to."""
    return EntryId(row["upto_ms"], row["upto_seq"])


def plain(row_type: type[S]) -> Callable[[Row], S]:
    """Makes structs of rows whose columns are named as the fields are."""
    names = row_type.__struct_fields__
    return lambda row: row_type(**{name: row[name] for name in names})


class MarketData:
    """The public half of `ports.History`. Raises `DatabaseUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tick_lot_units: dict[InstrumentId, int] = {}

    async def trades(
        self, instrument_id: InstrumentId, *, limit: int = 100, offset: int = 0
    ) -> tuple[list[TradeRow], EntryId]:
        """Public trades, newest first."""
        found = await self._database.fetch(_SQL["trades"], instrument_id, limit, offset)
        return answer_of(plain(TradeRow), found, "trade_id")

    async def candles(
        self, instrument_id: InstrumentId, interval: str, *, start_ms: int, end_ms: int
    ) -> tuple[list[CandleRow], EntryId]:
        """Candles that start in [start, end), oldest first, and the last one before `start`.

        Intervals without a trade have none; `projections.candles.without_gaps` fills them in.
        """
        if interval == "1s":
            found = await self._database.fetch(
                _SQL["candles_of_a_second"], instrument_id, start_ms, end_ms,
                await self._units_of(instrument_id),
            )
        else:
            found = await self._database.fetch(
                _SQL["candles"], instrument_id, interval, start_ms, end_ms
            )
        return answer_of(plain(CandleRow), found, "start_ms")

    async def _units_of(self, instrument_id: InstrumentId) -> int:
        """Quote units of one lot at a price of one tick; 0 while the instrument is unknown here."""
        if instrument_id not in self._tick_lot_units:
            row = await self._database.fetch_row(_SQL["units"], instrument_id)
            if row is None:
                return 0
            self._tick_lot_units[instrument_id] = tick_lot_units_of(**row)
        return self._tick_lot_units[instrument_id]
