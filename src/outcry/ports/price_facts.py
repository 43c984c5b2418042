"""Facts of the prices processes on the status board, and which process feeds which listings.

One process feeds everything; or one feeds the spot markets, and another the contracts. The facts
of a process stay on the board after it has ended, so the first process says what it feeds.
"""

from collections.abc import Mapping
from typing import Final, Literal

Feeds = Literal["all", "spot", "cfd"]

SPOT: Final = "prices"
CFD: Final = "cfd-prices"

Facts = Mapping[str, object]


def process_of(feeds: Feeds) -> str:
    """The name under which a prices process runs and posts its facts."""
    return CFD if feeds == "cfd" else SPOT


def cfd_facts(board: Mapping[str, Facts]) -> Facts | None:
    """Facts of the contracts' own prices process; None while there is no such process."""
    return None if board.get(SPOT, {}).get("feeds") == "all" else board.get(CFD)
