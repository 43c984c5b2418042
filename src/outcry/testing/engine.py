"""An engine that answers at once, in the middle of an append to a log in memory."""

from typing import Final

from outcry.adapters.memory.log import MemoryLog
from outcry.engine.engine import Engine
from outcry.engine.snapshot import dump
from outcry.engine.state import State
from outcry.ports.snapshots import Snapshot
from outcry.wire.journal import FIRST_DIGEST, NOTHING_YET, EventsEntry, chain_digest

ENGINE: Final = "engine"
FOR_EVER_MS: Final = 10**15


class MemoryEngine:
    """The engine on a log in memory; `answering` says whether it works at the moment."""

    def __init__(self, log: MemoryLog) -> None:
        self.answering = True
        self._log = log
        self._engine = Engine(State())
        self._applied = 0
        self._position = NOTHING_YET
        self._digest = FIRST_DIGEST

    def step(self) -> None:
        """Answer everything in the journal that is not answered yet."""
        if not self.answering:
            return
        made = []
        before = self._position
        for entry in self._log.journal[self._applied :]:
            outcome = self._engine.apply(
                entry_ms=entry.id.ms, writer=entry.writer, number=entry.number,
                commands=entry.commands, quarantined=[],
            )
            digest = chain_digest(self._digest, entry, outcome)
            made.append(EventsEntry(
                entry.id, entry.writer, entry.number, outcome, self._position, digest
            ))
            self._position, self._digest = entry.id, digest
        self._applied = len(self._log.journal)
        self._log.take_lease(token=ENGINE, ttl_ms=FOR_EVER_MS)
        self._log.publish(made, after=before, token=ENGINE, ttl_ms=FOR_EVER_MS)
        self._log.confirm()

    def snapshot(self) -> Snapshot:
        """The state as it is now."""
        return Snapshot(self._position, self._digest, dump(self._engine.state))
