"""How long the broker's commands took."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class RequestLatency(NamedTuple):
    """How the gateway answered a command of the broker's, and how long it took."""

    request_id: bytes  # 16 bytes: the id the client was told.
    user_id: int | None  # None when it is not known who asked.
    command: str
    success: bool
    error: str | None
    latency_ms: int


class LatencyStore(Protocol):
    """Where those measurements are kept."""

    async def add_latencies(self, measured: Sequence[RequestLatency]) -> None:
        """Store some; raises `DatabaseUnavailable`."""
