"""A band against spikes: a quote far from the last one is held until the feed confirms it."""

from typing import Final

from outcry.ports.prices import Quote

RATE_ONE: Final = 1_000_000
CONFIRMATIONS: Final = 3  # Quotes in a row that must agree, the first of them included.


class PriceBand:
    """Filters quotes. `rate` is the largest distance from the last, in millionths; 0 is no limit.

    A price that has truly moved is repeated: the third quote in a row that is within the band of
    the first held quote passes, and is the last one from then on. A spike is not repeated, and the
    quote after it is near the one before it.
    """

    def __init__(self, rate: int) -> None:
        self.held = 0  # Quotes that were held back in all.
        self._rate = rate
        self._last: dict[str, int] = {}
        self._doubted: dict[str, tuple[int, int]] = {}  # The price, and how often it was repeated.

    def takes(self, quote: Quote) -> bool:
        """Whether a quote passes."""
        middle = (quote.bid + quote.ask) // 2
        last = self._last.get(quote.symbol)
        if last is not None and not self._is_near(middle, last):
            place, times = self._doubted.get(quote.symbol, (middle, 0))
            if not self._is_near(middle, place):
                place, times = middle, 0
            if times + 1 < CONFIRMATIONS:
                self._doubted[quote.symbol] = (place, times + 1)
                self.held += 1
                return False
        self._doubted.pop(quote.symbol, None)
        self._last[quote.symbol] = middle
        return True

    def _is_near(self, price: int, other: int) -> bool:
        return self._rate == 0 or abs(price - other) * RATE_ONE <= self._rate * other
