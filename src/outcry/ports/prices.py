"""Outside price feeds."""

from collections.abc import AsyncGenerator, Mapping
from typing import NamedTuple, Protocol


class Quote(NamedTuple):
    """Bid and ask of one symbol in an outside feed, new or repeated because they still hold."""

    symbol: str
    bid: int  # 10^-`QUOTE_DECIMALS` of the quote asset.
    ask: int
    source_ms: int  # The feed's own time, never ahead of ours.


QUOTE_DECIMALS = 9


class PriceSource(Protocol):
    """An outside price feed. It recovers by itself and never raises."""

    def watch(self, symbol: str, mark: int | None) -> None:
        """Follow a symbol too; `mark` is its latest mark, in 10^-`QUOTE_DECIMALS`."""

    def quotes(self) -> AsyncGenerator[Quote, None]:
        """Quotes as they come; an unchanged quote is repeated only while the feed is alive.

        The generator runs until it is closed; a recorded feed may end.
        """

    def facts(self) -> Mapping[str, object]:
        """`source` (its name), `simulated`, and other facts for an operator."""
