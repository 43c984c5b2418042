"""The facts that an engine posts on the status board, once a second."""

import os
import time
from collections.abc import Collection

from outcry.ports.log import EngineLog
from outcry.runtime.clock import clock_ms
from outcry.wire.journal import NOTHING_YET, EntryId

REPORT_S = 1.0


class EngineFacts:
    """Counts between two reports."""

    def __init__(self, log: EngineLog, token: str, rules: Collection[int]) -> None:
        self._log = log
        self.token = token
        self._rules = list(rules)
        self._next = 0.0
        self._latency_ms = 0
        self._snapshot = NOTHING_YET
        self.log_faults: list[str] = []  # Settings of the log server that could lose entries.

    def note_snapshot(self, entry_id: EntryId) -> None:
        """A snapshot was written, or read to begin with."""
        self._snapshot = max(self._snapshot, entry_id)

    def note_published(self, first: EntryId) -> None:
        """Entries from `first` on have just been sent for publication."""
        self._latency_ms = max(self._latency_ms, clock_ms() - first.ms)

    def report(self, *, leads: bool, reached: EntryId, published: EntryId) -> None:
        """Post the facts when it is time: the leader's as `engine`, any other's as `standby`."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + REPORT_S
        self._log.report("engine" if leads else "standby", self._gather_facts(reached, published))
        self._latency_ms = 0

    def snapshot_of_standby(self) -> EntryId:
        """The newest snapshot of a standby, by its facts; `NOTHING_YET` for none."""
        text = self._log.said("standby").get("snapshot")
        return EntryId.parse(text) if isinstance(text, str) else NOTHING_YET

    def _gather_facts(self, reached: EntryId, published: EntryId) -> dict[str, object]:
        return {
            "pid": os.getpid(),
            "state": "running",
            "lease_token": self.token,
            "reached": str(reached),
            "published": str(published),
            "snapshot": None if self._snapshot == NOTHING_YET else str(self._snapshot),
            "rules": self._rules,
            "latency_ms": self._latency_ms,
            "log_faults": self.log_faults,
            "said_ms": clock_ms(),
        }
