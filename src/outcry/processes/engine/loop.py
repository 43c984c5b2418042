"""The loop that makes an engine the venue's: journal in, events out, snapshots aside.

Any number of engines may run this loop on one log. Each applies the journal and keeps the events it
made until they are in the stream: the one with the lease publishes its own, the others compare
theirs with the published ones. So the next holder of the lease has the missing events at hand. An
engine has one thread and keeps nothing that the log does not also have: after a kill at any point,
the next one comes to the same events.
"""

import gc
import time
from collections.abc import Callable, Collection, Sequence

import structlog

from outcry.engine import snapshot
from outcry.engine.commands import Heartbeat
from outcry.engine.engine import Engine
from outcry.engine.rules import RULES_KNOWN, VersionUnknown
from outcry.engine.state import State
from outcry.log.applying import apply_entry
from outcry.log.replay import by_entry
from outcry.log.starting_point import newest_readable
from outcry.ports.log import EngineLog, LeaseLost, LogBroken, LogUnavailable
from outcry.ports.snapshots import SnapshotStore
from outcry.processes.engine.facts import EngineFacts
from outcry.processes.engine.unpublished_events import UnpublishedEvents
from outcry.runtime.clock import clock_ms
from outcry.wire.journal import (
    FIRST_DIGEST,
    NOTHING_YET,
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
UNPUBLISHED_MAX = 1_024  # Entries an engine without the lease works ahead of the one that has it.
PAUSE_S = 0.05
LEASE_ASKED_S = 0.1  # How often an engine without the lease asks for it.
SETTLE_TRIES = 20  # How often it then looks, a millisecond apart, whether all its events are out.
CLOCK_DRIFT_MAX_MS = 2_000
TRIMMED_AWAY = "the log was trimmed beyond where this engine is"

log = structlog.get_logger()


class RestoreNeeded(Exception):
    """The state no longer fits the log, for a good reason: restore from a snapshot."""


class EngineLoop:
    """One engine on the log."""

    def __init__(
        self, journal: EngineLog, snapshots: SnapshotStore, *, session: int, lease_ms: int,
        heartbeat_ms: int, on_published: Callable[["EngineLoop"], None],
        rules: Collection[int] = RULES_KNOWN,
    ) -> None:
        """`on_published` is called now and then, when everything applied is in the stream.

        `rules` are the versions of the engine's rules that it has.
        """
        self._log = journal
        self._snapshots = snapshots
        self._session = session
        self._token = f"{session:x}"
        self._tenures = 0
        self._had_lease = False  # Under this token.
        self._lease_ms = lease_ms
        self._heartbeat_s = heartbeat_ms / 1000
        self._on_published = on_published
        self._rules = rules
        self.facts = EngineFacts(journal, self._token, rules)
        self._heartbeats = 0
        self._next_beat = 0.0
        self._quarantined: dict[EntryId, list[int]] = {}
        self._asked = False
        self._entries_per_turn = ENTRIES_PER_TURN_MAX
        self._restored = False
        self._proven = False  # Whether the log still has the last entry read.
        self._last: JournalEntry | None = None
        self._unpublished = UnpublishedEvents(journal, NOTHING_YET, FIRST_DIGEST)
        self.leads = False
        self.engine = Engine(State(), rules=rules)
        self.position = NOTHING_YET
        self.digest = FIRST_DIGEST

    def run(self, stopped: Callable[[], bool]) -> None:
        """Follow the log, and lead whenever nobody else does, until told to stop.

        Raises `LogBroken` when the log contradicts itself, the snapshots, or this engine, and
        `VersionUnknown` when the next entry, or the snapshot, takes another build.
        """
        while not stopped():
            try:
                if not self._restored:
                    self.restore()
                elif not self._proven:
                    self._prove_place()
                else:
                    self.step()
            except LeaseLost as error:
                log.warning("another engine leads", error=str(error))
                self._leave_the_lead()
            except RestoreNeeded as reason:
                log.warning("starting again from a snapshot", reason=str(reason))
                self._restored = False
                self._leave_the_lead()
            except LogUnavailable as error:
                log.warning("the log is out of reach, trying again", error=str(error))
                self._proven = self._asked = False
                self._leave_the_lead()
                time.sleep(PAUSE_S)
        if self.leads:
            self._hand_over()

    def _leave_the_lead(self) -> None:
        self.leads = False
        self._next_beat = 0.0  # Ask for the lease at once: it may still be this engine's.
        self._unpublished.forget_sent()

    def restore(self) -> None:
        """Come to the state at the top of the event stream: the newest snapshot, then replay.

        Every replayed entry is compared with the one that was published. Raises `LogBroken` when
        they differ, or when the log does not reach back to the snapshot.
        """
        began = time.monotonic()
        self._restored = self.leads = self._asked = False
        self._quarantined = self._read_quarantine()
        top = self._log.events_top()
        found = newest_readable(self._snapshots, top, snapshot.load)
        kept = None if found is None else found[0]
        self.engine = Engine(State(), rules=self._rules)
        self.position, self.digest, self._last = NOTHING_YET, FIRST_DIGEST, None
        _rest_collector()
        if found is not None:
            (entry_id, digest, _), state = found
            self.engine = Engine(state, rules=self._rules)
            self.position, self.digest = entry_id, digest
            self.facts.note_snapshot(entry_id)
        else:
            self._refuse_trimmed(top)
        self._unpublished = UnpublishedEvents(self._log, self.position, self.digest)
        self._unpublished.compare()
        replayed = self._catch_up(top)
        self._restored = self._proven = True
        log.info("restored", snapshot=str(kept.entry_id) if kept else None, replayed=replayed,
                 position=str(self.position), seconds=round(time.monotonic() - began, 3))

    def _refuse_trimmed(self, top: EntryId) -> None:
        """Without a snapshot, the log must begin with the venue's first entry."""
        oldest = self._log.events_range(NOTHING_YET, top, 1)
        if oldest and oldest[0].previous != NOTHING_YET:
            raise LogBroken(
                f"there is no usable snapshot, and the log begins at {oldest[0].id}: stop the"
                " venue and run `outcry restore`, which makes one from the archive"
            )

    def step(self) -> None:
        """Apply the next journal entries; renew the lease and move the clock when that is due.

        Raises `LeaseLost` when a publication was refused, `RestoreNeeded` and `LogUnavailable`.
        """
        if time.monotonic() >= self._next_beat:
            self._beat()
        entries = self._next_entries()
        if entries:
            self._entries_per_turn = _entries_of_a_turn(entries)
            # While these are worked on, the next are being asked for and the last being published.
            self._ask(entries[-1].id)
            self._apply(entries)
        if self.leads:
            self._publish()
        else:
            self._follow()
        if entries and entries[-1].writer == self._session:
            self._compare_clocks()

    def _next_entries(self) -> Sequence[JournalEntry]:
        if len(self._unpublished) >= UNPUBLISHED_MAX:
            time.sleep(PAUSE_S)  # The leader is that far behind: it stands still, or is busy.
            return ()
        if not self._asked:
            self._ask(self.position)
        self._asked = False
        return self._log.receive()

    def _ask(self, after: EntryId) -> None:
        block_ms = max(1, int(1000 * (self._next_beat - time.monotonic())))
        self._log.ask(after, block_ms=block_ms, count=self._entries_per_turn)
        self._asked = True

    def _publish(self) -> None:
        self._unpublished.confirm()
        first = self._unpublished.first
        if first is not None:
            self._unpublished.publish(token=self._token, ttl_ms=self._lease_ms)
            self.facts.note_published(first)

    def _follow(self) -> None:
        try:
            self._unpublished.compare()
        except LogBroken:
            if self._is_trimmed():
                raise RestoreNeeded(TRIMMED_AWAY) from None
            self._heed_quarantine(self._read_quarantine())
            raise

    def _is_trimmed(self) -> bool:
        """Whether the stream begins after this engine's last entry: it was away for long."""
        oldest = self._log.events_range(NOTHING_YET, self._log.events_top(), 1)
        return bool(oldest) and oldest[0].id > self._unpublished.after

    def _beat(self) -> None:
        """Renew the lease or ask for it; its holder moves the journal's clock."""
        now = time.monotonic()
        self._next_beat = now + self._heartbeat_s
        self._settle()
        if not self._unpublished:
            self._on_published(self)
        if self._holds_lease():
            if not self.leads:
                self._take_over()
            self._heartbeats += 1
            self._log.beat(
                writer=self._session, number=self._heartbeats,
                commands=encode_commands([Heartbeat()]),
            )
        else:
            self._next_beat = now + min(self._heartbeat_s, LEASE_ASKED_S)
        self.facts.report(
            leads=self.leads, reached=self.position, published=self._unpublished.after
        )

    def _holds_lease(self) -> bool:
        """Renew the lease; if it was lost, take it when nobody has it, under a new token.

        Another engine may have led meanwhile, so this is a takeover like any other. A publication
        sent before may still arrive: the server refuses it by its token.
        """
        if self._log.renew_lease(token=self._token, ttl_ms=self._lease_ms):
            self._had_lease = True
            return True
        if self.leads:
            log.warning("the lease ran out")
            self.leads = False
        if self._had_lease:
            self._tenures += 1
            self._token = f"{self._session:x}-{self._tenures}"
            self.facts.token = self._token
        self._had_lease = self._log.take_lease(token=self._token, ttl_ms=self._lease_ms)
        return self._had_lease

    def _settle(self) -> None:
        """Give the last events a moment to be out, so that the state is that of the stream."""
        if self.leads:
            self._unpublished.confirm()
            return
        for _ in range(SETTLE_TRIES):
            self._follow()
            if not self._unpublished:
                return
            time.sleep(0.001)

    def _take_over(self) -> None:
        """With the lease in hand: nobody else publishes now, or puts commands in quarantine."""
        self._quarantined = self._heed_quarantine(self._read_quarantine())
        self._catch_up(self._log.events_top())
        self.leads = True
        log.info("leads", position=str(self.position), unpublished=len(self._unpublished))

    def _heed_quarantine(
        self, quarantined: dict[EntryId, list[int]]
    ) -> dict[EntryId, list[int]]:
        """Raise `RestoreNeeded` when the list says otherwise of an entry that has been applied."""
        for entry_id in quarantined.keys() | self._quarantined.keys():
            if entry_id <= self.position and (
                quarantined.get(entry_id) != self._quarantined.get(entry_id)
            ):
                raise RestoreNeeded(f"entry {entry_id} was applied, and is in quarantine since")
        return quarantined

    def _hand_over(self) -> None:
        """At a clean stop: let the next engine lead at once."""
        self.leads = False
        try:
            self._unpublished.confirm()
            self._log.give_lease_back(self._token)
        except (LeaseLost, LogUnavailable) as error:
            log.warning("stopping without having handed the lease over", error=str(error))

    def _catch_up(self, top: EntryId) -> int:
        """Apply the journal up to the top of the events, comparing; returns how many entries."""
        applied = 0
        while self._unpublished.after < top:
            if self.position < top:
                page = self._journal_after(self.position)
                due = [entry for entry in page if entry.id <= top]
                if not due:
                    raise LogBroken(f"the journal has nothing from {self.position} to {top}")
                self._apply(due)
                applied += len(due)
            if not self._unpublished.compare():
                raise LogBroken(f"events after {self._unpublished.after} are missing")
        return applied

    def _journal_after(self, after: EntryId, count: int = REPLAY_ENTRIES) -> Sequence[JournalEntry]:
        self._asked = False
        self._log.ask(after, block_ms=1, count=count)
        return self._log.receive()

    def _prove_place(self) -> None:
        """After a reconnect: the log still has the last entries read and published.

        A log server can come back with less than it had, or another one in its place.
        """
        self._follow()
        if self._last is not None:
            found = self._journal_after(self._last.id.before, count=1)
            if not found or found[0] != self._last:
                if self._is_trimmed():
                    raise RestoreNeeded(TRIMMED_AWAY)
                raise LogBroken(f"journal entry {self._last.id} is gone, or is another")
        self._proven = True

    def _apply(self, entries: Sequence[JournalEntry]) -> None:
        for entry in entries:
            outcome = self._apply_entry(entry)
            digest = chain_digest(self.digest, entry, outcome)
            self._unpublished.add(
                EventsEntry(
                    id=entry.id, writer=entry.writer, number=entry.number, outcome=outcome,
                    previous=self.position, digest=digest,
                )
            )
            self.position, self.digest = entry.id, digest
        self._last = entries[-1]

    def _apply_entry(self, entry: JournalEntry) -> bytes:
        try:
            return apply_entry(self.engine, entry, self._quarantined)
        except (AssertionError, VersionUnknown):
            raise  # These stop the venue for a person.
        except Exception:
            log.exception("a command made the engine fail", entry=str(entry.id),
                          index=self.engine.index, leads=self.leads)
            self._quarantine(entry.id)
            raise

    def _quarantine(self, entry_id: EntryId) -> None:
        """Leave the command out from now on; the log refuses that to all but the leader."""
        try:
            self._log.quarantine(entry_id, self.engine.index, token=self._token)
        except LogUnavailable as error:
            # The state is unfit by now, so this process ends; the next one meets the command again.
            log.error("could not put the command in quarantine", error=str(error))

    def _read_quarantine(self) -> dict[EntryId, list[int]]:
        return by_entry(self._log.quarantined())

    def _compare_clocks(self) -> None:
        """A heartbeat of our own has just come back: its time is the journal's now."""
        drift_ms = clock_ms() - self.position.ms
        if abs(drift_ms) > CLOCK_DRIFT_MAX_MS:
            log.warning("journal and wall clock are apart", milliseconds=drift_ms)


def _entries_of_a_turn(last: Sequence[JournalEntry]) -> int:
    """How many entries to ask for, when they are as large as the last ones were."""
    size = sum(len(entry.commands) for entry in last) // len(last)
    return max(ENTRIES_PER_TURN_MIN, min(ENTRIES_PER_TURN_MAX, BYTES_PER_TURN // max(1, size)))


def _rest_collector() -> None:
    """Collect an earlier state, if there was one, and let the cyclic collector rest.

    The engine leaves no cycles behind. Looking for some while a large state is loaded and replayed
    takes twice as long as all the rest.
    """
    gc.collect()
    gc.freeze()  # These objects stay: the collector need not visit them again.
    gc.disable()
