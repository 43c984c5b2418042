"""The latest outside quote of each instrument, and the mark halfway between its bid and ask."""

from typing import Self

from outcry.engine.events import QuoteSet
from outcry.engine.image import StateImage
from outcry.engine.units import InstrumentId


class Quotes:
    """Quotes as the engine accepted them, in 10^-`mark_decimals` of the quote asset."""

    def __init__(self) -> None:
        self._quotes: dict[InstrumentId, QuoteSet] = {}

    @classmethod
    def from_image(cls, image: StateImage) -> Self:
        """The quotes a snapshot holds."""
        quotes = cls()
        for quote in image.quotes:
            quotes.fold(quote)
        return quotes

    def fold(self, event: QuoteSet) -> None:
        """Take in a newer quote."""
        self._quotes[event.instrument_id] = event

    def quote(self, instrument_id: InstrumentId) -> QuoteSet | None:
        """The latest quote; None when there never was one."""
        return self._quotes.get(instrument_id)

    def mark(self, instrument_id: InstrumentId) -> int | None:
        """Halfway between bid and ask, rounded down; None when there never was a quote."""
        quote = self._quotes.get(instrument_id)
        return None if quote is None else (quote.bid + quote.ask) // 2
