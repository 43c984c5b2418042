"""The latencies of the broker's commands, recorded in batches beside the answers.

Best effort: the audit trail itself comes from the journal and loses nothing. When the database is
away, or slower than commands come, measurements are dropped and counted; nobody waits for one.
"""

import asyncio
from collections import deque
from typing import Final

import structlog

from outcry.ports.database import DatabaseUnavailable
from outcry.ports.latencies import LatencyStore, RequestLatency
from outcry.runtime.stopping import pause

PAUSE_S: Final = 0.2  # Between two batches.
WAITING_MAX: Final = 10_000

log = structlog.get_logger()


class LatencyRecorder:
    """Takes measurements at once, and stores them when it can."""

    def __init__(self, store: LatencyStore, *, pause_s: float = PAUSE_S) -> None:
        self.dropped = 0
        self._store = store
        self._pause_s = pause_s
        self._waiting: deque[RequestLatency] = deque()

    def note(self, measured: RequestLatency) -> None:
        """Take a measurement; the oldest goes when too many wait."""
        self._waiting.append(measured)
        if len(self._waiting) > WAITING_MAX:
            self._waiting.popleft()
            self.dropped += 1

    async def run(self, stop: asyncio.Event) -> None:
        """Store measurements until told to stop, and then the rest."""
        while not stop.is_set():
            await pause(stop, self._pause_s)
            await self._write()

    async def _write(self) -> None:
        batch = list(self._waiting)
        self._waiting.clear()
        if not batch:
            return
        try:
            await self._store.add_latencies(batch)
        except DatabaseUnavailable as error:
            self.dropped += len(batch)
            log.warning("latencies dropped", count=len(batch), reason=str(error))
