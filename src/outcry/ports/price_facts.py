"""What the prices processes post on the status board, and which of them prices what.

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
    """Under which name a prices process runs and speaks."""
    return CFD if feeds == "cfd" else SPOT


def cfd_facts(board: Mapping[str, Facts]) -> Facts | None:
    """What the contracts' own prices process says; None while they have none."""
    return None if board.get(SPOT, {}).get("feeds") == "all" else board.get(CFD)
