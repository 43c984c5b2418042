"""Price messages for others: the prices of contracts that the engine has accepted.

They are written beside the quotes, so that a slow reader's server never holds a quote back.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import structlog

from outcry.api.broker.price_message import AssetPrice
from outcry.engine.events import ContractListed, QuoteSet
from outcry.engine.units import InstrumentId
from outcry.ports.log import LogUnavailable

BACKLOG_MAX = 10_000  # Moments that wait to be written.

log = structlog.get_logger(__name__)


class PriceWriter(Protocol):
    """The destination of the prices of CFDs, for readers of price messages."""

    async def write(self, prices: Sequence[AssetPrice], time_ms: int) -> None:
        """Write the prices of one moment; raises `LogUnavailable`."""


class PriceMessages:
    """Writes the contracts' prices, those of one moment together, in order."""

    def __init__(self, writer: PriceWriter) -> None:
        self.written = 0
        self.unwritten = 0
        self._writer = writer
        self._moments: asyncio.Queue[tuple[int, list[AssetPrice]]] = asyncio.Queue(BACKLOG_MAX)

    def add(
        self, quotes: Iterable[QuoteSet], contracts: Mapping[InstrumentId, ContractListed]
    ) -> None:
        """Take in the quotes of one entry."""
        moments: dict[tuple[int, int], list[AssetPrice]] = {}
        told: dict[tuple[InstrumentId, int], int] = {}  # Quotes of an instrument in a moment.
        for quote in quotes:
            contract = contracts.get(quote.instrument_id)
            if contract is not None:
                middle = (quote.bid + quote.ask) // 2
                price = AssetPrice(contract.underlying, middle, contract.price_decimals)
                place = told.get((quote.instrument_id, quote.source_ms), 0)
                told[quote.instrument_id, quote.source_ms] = place + 1
                moments.setdefault((quote.source_ms, place), []).append(price)
        for (time_ms, _), prices in sorted(moments.items()):
            if self._moments.full():
                self.unwritten += 1
            else:
                self._moments.put_nowait((time_ms, prices))

    async def run(self) -> None:
        """Write without end; a message that cannot be written is counted and left out."""
        while True:
            time_ms, prices = await self._moments.get()
            try:
                await self._writer.write(prices, time_ms)
                self.written += 1
            except LogUnavailable as error:
                self.unwritten += 1
                log.warning("prices not written", why=str(error))
