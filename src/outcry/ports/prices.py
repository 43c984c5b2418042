"""Outside price feeds."""

from collections.abc import AsyncGenerator, Mapping
from typing import NamedTuple, Protocol


class Quote(NamedTuple):
    """What an outside feed said of one symbol, or said again because it still holds."""

    symbol: str
    bid: int  # 10^-`QUOTE_DECIMALS` of the quote asset.
    ask: int
    source_ms: int  # The feed's own time, never ahead of ours.


QUOTE_DECIMALS = 9


class PriceSource(Protocol):
    """An outside price feed. It mends itself: whatever happens to the feed, it does not raise."""

    def watch(self, symbol: str, mark: int | None) -> None:
        """Follow a symbol too; `mark` is where it stands so far, in 10^-`QUOTE_DECIMALS`."""

    def quotes(self) -> AsyncGenerator[Quote, None]:
        """Quotes as they come; one that has not changed comes again only while the feed is alive.

        It goes on until it is closed; a recorded feed may come to its end.
        """

    def facts(self) -> Mapping[str, object]:
        """`source` (its name), `simulated`, and what else an operator should see."""
