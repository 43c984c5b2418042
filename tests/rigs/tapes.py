"""A tape on which one price falls and rises again and again, and the others stand still."""

from collections.abc import Iterator
from pathlib import Path

STEP_MS = 250
STILL_MS = 5_000  # What is opened in this time is there when the price jumps.
HIGH_MS = 1_500
STILL = {"ETH_USDC": ("3000", "3000.5"), "BTC_USDC": ("86000", "86010")}
LOW = ("235.95", "236")
HIGH = ("238.4", "238.45")  # Beyond where a short of 100x from the low bid is liquidated.


def write_jumping_tape(path: Path) -> Path:
    """Write the tape; it is meant to be looped."""
    path.write_text("time_ms,symbol,bid,ask\n" + "".join(f"{row}\n" for row in _rows()))
    return path


def _rows() -> Iterator[str]:
    for time_ms in range(0, STILL_MS + HIGH_MS, STEP_MS):
        jumping = LOW if time_ms < STILL_MS else HIGH
        for symbol, (bid, ask) in {"SOL_USDC": jumping, **STILL}.items():
            yield f"{time_ms},{symbol},{bid},{ask}"
