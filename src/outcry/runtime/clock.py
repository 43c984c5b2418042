"""The clock on the wall. The engine never sees it: its time is that of the journal."""

import time


def clock_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
