"""The loop that makes an engine the venue's: journal in, events out, snapshots aside.

It holds the lease, replays what is missing after a snapshot, and from then on asks the log for the
next entries while it works on those at hand. It has one thread and keeps nothing that the log does
not also have: killed at any point, the next one comes to the same events.
"""

import gc
import time
from collections.abc import Callable, Sequence

import structlog

from outcry.engine import snapshot
from outcry.engine.commands import Heartbeat
from outcry.engine.engine import Engine
from outcry.engine.state import State
from outcry.ports import EngineLog, LeaseLost, LogBroken, LogUnavailable, SnapshotStore
from outcry.protocol.journal import (
    FIRST_DIGEST,
    NOTHING_YET,
    SCHEMA_VERSION,
    EntryId,
    EventsEntry,
    JournalEntry,
    chain_digest,
    encode_commands,
)

# A turn is long enough to be worth its round trip and short enough that writers, the disk and the
# engine work at the same time: with 32 entries of 64 commands in flight, turns of 8 carry a third
# more commands a second than turns of 64.
ENTRIES_PER_TURN_MAX = 64
ENTRIES_PER_TURN_MIN = 4
BYTES_PER_TURN = 8_000
REPLAY_ENTRIES = 512
PAUSE_S = 0.05
CLOCK_DRIFT_MAX_MS = 2_000

log = structlog.get_logger()


class SchemaUnknown(Exception):
    """A journal entry has a schema version that this engine does not read."""


class EngineLoop:
    """One engine on the log."""

    def __init__(
        self, journal: EngineLog, snapshots: SnapshotStore, *, session: int, lease_ms: int,
        heartbeat_ms: int, on_published: Callable[["EngineLoop"], None],
    ) -> None:
        self._log = journal
        self._snapshots = snapshots
        self._session = session
        self._token = f"{session:x}"
        self._lease_ms = lease_ms
        self._heartbeat_s = heartbeat_ms / 1000
        self._on_published = on_published
        self._heartbeats = 0
        self._next_beat = 0.0
        self._quarantined: dict[EntryId, list[int]] = {}
        self._asked = False
        self._entries_per_turn = ENTRIES_PER_TURN_MAX
        self.engine = Engine(State())
        self.position = NOTHING_YET
        self.digest = FIRST_DIGEST

    def run(self, stopped: Callable[[], bool]) -> None:
        """Lead whenever nobody else does, until told to stop.

        Raises `LogBroken` when the log contradicts itself or the snapshots.
        """
        leading = False
        while not stopped():
            try:
                if leading:
                    self.step()
                elif self._log.take_lease(token=self._token, ttl_ms=self._lease_ms):
                    self.restore()
                    leading = True
                else:
                    time.sleep(PAUSE_S)
            except LeaseLost as error:
                log.warning("another engine leads", error=str(error))
                leading = False
            except LogUnavailable as error:
                log.warning("the log is out of reach, trying again", error=str(error))
                leading = False
                time.sleep(PAUSE_S)
        if leading:
            self._log.confirm()
            self._log.give_lease_back(self._token)

    def restore(self) -> None:
        """Come to the state at the top of the event stream: the newest snapshot, then replay.

        Every replayed entry is compared with the one that was published. Raises `LogBroken` when
        they differ, or when the log does not reach back to the snapshot.
        """
        self._asked = False
        self._quarantined = {}
        for entry_id, index in self._log.quarantined():
            self._quarantined.setdefault(entry_id, []).append(index)
        top = self._log.events_top()
        kept = self._snapshots.newest(not_above=top)
        self.engine = Engine(State())
        self.position, self.digest = NOTHING_YET, FIRST_DIGEST
        if kept is not None:
            self.engine = Engine(snapshot.load(kept.state))
            self.position, self.digest = kept.entry_id, kept.digest
            self._compare_with_published(kept.entry_id)
        replayed = 0
        while self.position < top:
            due = [entry for entry in self._journal_after(self.position) if entry.id <= top]
            if not due:
                raise LogBroken(f"the journal has nothing from {self.position} to {top}")
            self._compare(self._apply(due))
            replayed += len(due)
        _rest_collector()
        log.info("restored", snapshot=str(kept.entry_id) if kept else None, replayed=replayed,
                 position=str(self.position))

    def step(self) -> None:
        """Work on what the journal has next, and move its clock when that is due.

        Raises `LeaseLost` when somebody else publishes, and `LogUnavailable`.
        """
        now = time.monotonic()
        if now >= self._next_beat:
            self._next_beat = now + self._heartbeat_s
            self._log.confirm()
            self._on_published(self)
            self._beat()
        if not self._asked:
            self._ask(self.position)
        self._asked = False
        entries = self._log.receive()
        if not entries:
            return
        self._entries_per_turn = _entries_of_a_turn(entries)
        # While these are worked on, the next are being asked for and the last being published.
        self._ask(entries[-1].id)
        before = self.position
        outcomes = self._apply(entries)
        self._log.confirm()
        self._log.publish(outcomes, after=before, token=self._token, ttl_ms=self._lease_ms)
        if entries[-1].writer == self._session:
            self._compare_clocks()

    def _ask(self, after: EntryId) -> None:
        block_ms = max(1, int(1000 * (self._next_beat - time.monotonic())))
        self._log.ask(after, block_ms=block_ms, count=self._entries_per_turn)
        self._asked = True

    def _journal_after(self, after: EntryId) -> Sequence[JournalEntry]:
        self._log.ask(after, block_ms=1, count=REPLAY_ENTRIES)
        return self._log.receive()

    def _apply(self, entries: Sequence[JournalEntry]) -> list[EventsEntry]:
        """Apply entries; returns what is to be published for them."""
        outcomes: list[EventsEntry] = []
        for entry in entries:
            if entry.version > SCHEMA_VERSION:
                raise SchemaUnknown(f"entry {entry.id} has schema {entry.version}")
            outcome = self._apply_entry(entry)
            digest = chain_digest(self.digest, entry, outcome)
            outcomes.append(
                EventsEntry(
                    id=entry.id, writer=entry.writer, number=entry.number, outcome=outcome,
                    previous=self.position, digest=digest,
                )
            )
            self.position, self.digest = entry.id, digest
        return outcomes

    def _apply_entry(self, entry: JournalEntry) -> bytes:
        try:
            return self.engine.apply(
                entry_ms=entry.id.ms,
                writer=entry.writer,
                number=entry.number,
                commands=entry.commands,
                quarantined=self._quarantined.get(entry.id, []),
            )
        except AssertionError:
            raise  # A broken invariant stops the venue for a person.
        except Exception:
            log.exception("a command made the engine fail and is put in quarantine",
                          entry=str(entry.id), index=self.engine.index)
            self._log.quarantine(entry.id, self.engine.index)
            raise

    def _compare(self, made: list[EventsEntry]) -> None:
        """Replayed outcomes are those that were published, or the history is not ours."""
        published = self._log.events_range(made[0].id, made[-1].id, len(made))
        for ours, theirs in zip(made, published, strict=False):
            if ours.id != theirs.id or ours.digest != theirs.digest:
                raise LogBroken(f"replaying {ours.id} gives other events than were published")
        if len(published) != len(made):
            raise LogBroken(f"events entries between {made[0].id} and {made[-1].id} are missing")

    def _compare_with_published(self, entry_id: EntryId) -> None:
        published = self._log.events_range(entry_id, entry_id, 1)
        if not published or published[0].digest != self.digest:
            raise LogBroken(f"the snapshot at {entry_id} is not of this event stream")

    def _beat(self) -> None:
        if not self._log.take_lease(token=self._token, ttl_ms=self._lease_ms):
            raise LeaseLost("the lease ran out, and another engine has it")
        self._heartbeats += 1
        self._log.beat(
            writer=self._session, number=self._heartbeats, commands=encode_commands([Heartbeat()])
        )

    def _compare_clocks(self) -> None:
        """A heartbeat of our own has just come back: its time is the journal's now."""
        drift_ms = int(time.time() * 1000) - self.position.ms
        if abs(drift_ms) > CLOCK_DRIFT_MAX_MS:
            log.warning("journal and wall clock are apart", milliseconds=drift_ms)


def _entries_of_a_turn(last: Sequence[JournalEntry]) -> int:
    """How many entries to ask for, when they are as large as the last ones were."""
    size = sum(len(entry.commands) for entry in last) // len(last)
    return max(ENTRIES_PER_TURN_MIN, min(ENTRIES_PER_TURN_MAX, BYTES_PER_TURN // max(1, size)))


def _rest_collector() -> None:
    """Let the cyclic collector rest: nothing the engine makes from here on is part of a cycle."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.disable()
