"""Waiting for what must happen, far longer than it takes: machines that run tests are busy."""

import asyncio
import time
from collections.abc import Callable

PATIENCE_S = 90.0


def until(
    holds: Callable[[], object], what: str, patience_s: float = PATIENCE_S, *, pause_s: float = 0.05
) -> None:
    """Wait until a condition holds, which is looked at every so often."""
    give_up_at = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < give_up_at, f"waited too long for: {what}"
        time.sleep(pause_s)


async def soon(holds: Callable[[], object], *, pause_s: float = 0.005) -> None:
    """Wait, while other tasks run, until a condition holds of which nobody is told."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - nobody is told.
            await asyncio.sleep(pause_s)
