"""Takes engine snapshots without holding the engine up: in a forked child, between two entries."""

import os
import signal
import time

import structlog

from outcry.engine import invariants, snapshot
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.snapshots import Snapshot, SnapshotStore
from outcry.processes.engine.loop import EngineLoop
from outcry.runtime.exit_status import STOP_FOR_A_PERSON
from outcry.wire.journal import NOTHING_YET

REST_FACTOR = 10  # The next child waits at least this many times as long as the last one took.
CHILD_S_MAX = 300  # A child that hangs is ended, for there is never a second one beside it.
OTHERS_FACTOR = 6  # A leader leaves it to a standby that wrote within so many intervals.

log = structlog.get_logger()


class InvariantBroken(AssertionError):
    """A snapshot's check has found that the state contradicts itself."""


class Snapshotter:
    """Called when all that was applied is published; forks a child when a snapshot is due.

    The child has the state as of that moment, checks its invariants, writes it, and ends. It
    touches no connection of the engine's. There is never more than one. A leader takes none while
    somebody else does, and has put a fresh one where its own go: a standby holds nobody up by it.
    """

    def __init__(
        self, store: SnapshotStore, *, interval_s: float, at_hand: SnapshotStore | None = None
    ) -> None:
        """`at_hand` is the store, or the part of it, that answers at once.

        Without one a leader relies on the facts of the standby: a database may take its time, and
        no command would be answered meanwhile.
        """
        self._store = store
        self._at_hand = at_hand
        self._interval_s = interval_s
        self._child = 0
        self._started = 0.0
        self._due = time.monotonic() + interval_s
        self._own = NOTHING_YET  # The last one this process began.
        self._asked = False

    def __call__(self, loop: EngineLoop) -> None:
        """Collect the last child; start the next one if its time has come."""
        if self._child:
            if self._collect(os.WNOHANG):
                loop.facts.note_snapshot(self._own)
        elif loop.position != NOTHING_YET and (self._asked or self._is_due(loop)):
            self._asked = False
            self._own = loop.position
            self._started = time.monotonic()
            self._child = os.fork()
            if self._child == 0:
                self._write_and_exit(loop)

    def ask(self) -> None:
        """Take one as soon as there is no child at work, due or not."""
        self._asked = True

    def _is_due(self, loop: EngineLoop) -> bool:
        now = time.monotonic()
        if now < self._due:
            return False
        if loop.leads and self._another_takes_them(loop):
            self._due = now + self._interval_s
            return False
        return True

    def _another_takes_them(self, loop: EngineLoop) -> bool:
        if self._at_hand is None:
            theirs = loop.facts.snapshot_of_standby()
        else:
            try:
                theirs = max(self._at_hand.ids(), default=NOTHING_YET)
            except OSError:  # The leader goes on, and its child logs what is wrong with the disk.
                return False
        fresh_ms = int(1000 * OTHERS_FACTOR * self._interval_s)
        return theirs > self._own and loop.position.ms - theirs.ms < fresh_ms

    def finish(self) -> None:
        """Wait for the child that is at work, if any."""
        if self._child:
            self._collect(0)

    def _write_and_exit(self, loop: EngineLoop) -> None:
        status = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)  # Ends it during any wait.
            signal.alarm(CHILD_S_MAX)
            self.write(loop)
            status = 0
        except AssertionError:
            log.exception("the state contradicts itself")
            status = STOP_FOR_A_PERSON
        except (OSError, DatabaseUnavailable) as error:
            log.error("snapshot was not written", error=str(error))
        finally:
            os._exit(status)

    def write(self, loop: EngineLoop) -> None:
        """Check and write the state as it stands."""
        invariants.check(loop.engine.state)
        self._store.write(Snapshot(loop.position, loop.digest, snapshot.dump(loop.engine.state)))

    def _collect(self, options: int) -> bool:
        """Whether there is a new snapshot."""
        pid, status = os.waitpid(self._child, options)
        if pid == 0:
            return False
        self._child = 0
        took_s = time.monotonic() - self._started
        self._due = time.monotonic() + max(self._interval_s, REST_FACTOR * took_s)
        code = os.waitstatus_to_exitcode(status)
        if code == STOP_FOR_A_PERSON:
            raise InvariantBroken("see the log of the snapshot")
        if code != 0:
            log.error("snapshot failed", exit_code=code)
        return code == 0
