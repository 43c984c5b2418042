"""How long requests took, in memory."""

from collections.abc import Sequence

from outcry.ports.database import DatabaseUnavailable
from outcry.ports.latencies import RequestLatency


class MemoryLatencies:
    """Fulfils `LatencyStore`; while it is `away`, storing raises `DatabaseUnavailable`."""

    def __init__(self) -> None:
        self.measured: list[RequestLatency] = []
        self.away = False

    async def add_latencies(self, measured: Sequence[RequestLatency]) -> None:
        """Keep measurements."""
        if self.away:
            raise DatabaseUnavailable("this store was told to be away")
        self.measured += measured
