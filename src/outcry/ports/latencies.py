"""Latencies of the broker's commands."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class RequestLatency(NamedTuple):
    """The gateway's answer to a command of the broker's, and its latency."""

    request_id: bytes  # 16 bytes: the id the client was told.
    user_id: int | None  # None when the sender is not known.
    command: str
    success: bool
    error: str | None
    latency_ms: int


class LatencyStore(Protocol):
    """Storage for latencies."""

    async def add_latencies(self, measured: Sequence[RequestLatency]) -> None:
        """Store latencies; raises `DatabaseUnavailable`."""
