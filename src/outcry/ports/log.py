"""The log: appending commands to the journal, publishing events, and reading both streams."""

from collections.abc import Sequence
from typing import Protocol

from outcry.wire.journal import EntryId, EventsEntry, JournalEntry


class LogUnavailable(Exception):
    """The log server did not answer, or the connection broke before its answer came.

    A request that was sent may or may not have been carried out.
    """


class LeaseLost(Exception):
    """Another engine leads, or the events stream does not end where this engine left it."""


class LogBroken(Exception):
    """The log contradicts what this process has read: entries are missing or have changed."""


class LogTrimmed(LogBroken):
    """The log begins above a reader's last entry: it has to start again at a newer snapshot."""


class JournalWriter(Protocol):
    """The journal, for processes that append commands."""

    async def append(self, *, writer: int, number: int, commands: bytes) -> None:
        """Append one entry once; raises `LogUnavailable` when it may not have been appended."""


class EventReader(Protocol):
    """The event stream, for processes that follow it."""

    async def top(self) -> EntryId:
        """Id of the newest events entry; `NOTHING_YET` when there is none."""

    async def read_after(
        self, after: EntryId, *, block_ms: int, count: int = 512
    ) -> Sequence[EventsEntry]:
        """Entries after an id, oldest first; waits up to `block_ms` for the first one."""

    async def read_range(self, first: EntryId, last: EntryId) -> Sequence[EventsEntry]:
        """Entries from `first` to `last`, both included, at most 512."""


class JournalReader(Protocol):
    """The journal, for the recorder that archives it."""

    async def read_journal(self, first: EntryId, last: EntryId) -> Sequence[JournalEntry]:
        """Journal entries from `first` to `last`, both included."""


class EngineLog(Protocol):
    """The log as the engine sees it. The engine has one thread and may wait for each answer."""

    def take_lease(self, *, token: str, ttl_ms: int) -> bool:
        """Take or renew the right to publish; False when another engine has it."""

    def renew_lease(self, *, token: str, ttl_ms: int) -> bool:
        """Renew the right to publish; False when this engine has lost it."""

    def give_lease_back(self, token: str) -> None:
        """Release the lease, so that the next engine can lead at once."""

    def beat(self, *, writer: int, number: int, commands: bytes) -> None:
        """Append a heartbeat to the journal."""

    def ask(self, after: EntryId, *, block_ms: int, count: int) -> None:
        """Ask for the journal entries after an id; `receive` returns them."""

    def receive(self) -> Sequence[JournalEntry]:
        """Wait for the answer to the last `ask`; empty when there was nothing in time."""

    def publish(
        self, entries: Sequence[EventsEntry], *, after: EntryId, token: str, ttl_ms: int
    ) -> None:
        """Send events entries to be appended, all or none, onto exactly `after`; renew the lease.

        Returns at once; `confirm` waits for the result.
        """

    def confirm(self) -> None:
        """Wait for the answer to the last `publish`, unless it has been waited for.

        Raises `LeaseLost` when another engine has the lease or has extended the stream, and
        `LogUnavailable` when the result is unknown.
        """

    def events_top(self) -> EntryId:
        """Id of the newest events entry; `NOTHING_YET` when there is none."""

    def events_range(self, first: EntryId, last: EntryId, count: int) -> Sequence[EventsEntry]:
        """Events entries from `first` to `last`, both included, at most `count`."""

    def quarantined(self) -> Sequence[tuple[EntryId, int]]:
        """Commands that made an engine fail: (entry id, index within it)."""

    def quarantine(self, entry_id: EntryId, index: int, *, token: str) -> None:
        """Record durably that this command makes the engine fail.

        Nothing happens without the lease, or when the entry's events have been published.
        """

    def report(self, process: str, facts: dict[str, object]) -> None:
        """Replace the facts of this process on the status board."""

    def said(self, process: str) -> dict[str, object]:
        """The latest facts of this process on the status board; empty when it never posted any."""
