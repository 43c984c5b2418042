"""What the prices processes say of themselves, and which of them prices what.

One process feeds everything, or one feeds the spot markets and another the CFD desk. What a process
said stays on the status board when it is not run any more, so the first one says what it feeds.
"""

from collections.abc import Mapping
from typing import Final, Literal

Feeds = Literal["all", "spot", "cfd"]

SPOT: Final = "prices"
DESK: Final = "cfd-prices"

Facts = Mapping[str, object]


def process_of(feeds: Feeds) -> str:
    """Under which name a prices process runs and speaks."""
    return DESK if feeds == "cfd" else SPOT


def desk_facts(board: Mapping[str, Facts]) -> Facts | None:
    """What the CFD desk's own prices process says; None while the desk has none of its own."""
    return None if board.get(SPOT, {}).get("feeds") == "all" else board.get(DESK)
