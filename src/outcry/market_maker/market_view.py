"""The market maker's view of one market: the outside price, its age, and the top of book."""

import time
from collections.abc import Callable

from outcry.client import MarkUpdate, TopUpdate
from outcry.market_maker.quoting import Rules, Volatility

SOURCE_AGE_MAX_S = 5.0  # A mark whose source said nothing for so long is stale.
SILENCE_MAX_S = 5.0  # Marks come every second; a stream this quiet is dead.


class MarketView:
    """Folded from the stream. Prices are in ticks; a mark may lie between two."""

    def __init__(
        self, rules: Rules, *, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.rules = rules
        self.mark = 0.0
        self.volatility = Volatility()
        self.top: tuple[int, int] | None = None  # Best bid and ask; None unless there are both.
        self._monotonic_s = monotonic_s
        self._source_us = 0
        self._source_age_s = 0.0
        self._heard_at_s: float | None = None

    def on_mark(self, update: MarkUpdate) -> None:
        """Take in the outside price."""
        self._heard_at_s = self._monotonic_s()
        self._source_age_s = (update.sent_us - update.source_us) / 1e6
        if update.price > 0:
            self.mark = float(update.price / self.rules.tick_size)
        if self.mark and update.source_us > self._source_us:
            self._source_us = update.source_us
            self.volatility.on_mark(self.mark, update.source_us / 1e6)

    def on_top(self, update: TopUpdate) -> None:
        """Take in the best bid and ask."""
        if update.bid is None or update.ask is None:
            self.top = None
        else:
            tick = self.rules.tick_size
            self.top = (int(update.bid / tick), int(update.ask / tick))

    @property
    def fresh(self) -> bool:
        """Whether the mark is recent enough to quote around."""
        if self._heard_at_s is None or not self.mark:
            return False
        silence_s = self._monotonic_s() - self._heard_at_s
        return (
            silence_s <= SILENCE_MAX_S and self._source_age_s + silence_s <= SOURCE_AGE_MAX_S
        )
