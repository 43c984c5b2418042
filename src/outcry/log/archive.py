"""Reads the whole history: trimmed entries from the archive, and the others from the log.

The two are joined where the log continues the entries read so far, and every entry of either is
proven to continue the chain.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from outcry.log.chain import Pair, prove
from outcry.log.follower import LogPosition
from outcry.ports.log import EventReader, JournalReader, LogBroken
from outcry.wire.journal import EntryId


class Archive(Protocol):
    """Both streams as the recorder has written them. Raises `DatabaseUnavailable`."""

    async def reached(self) -> tuple[EntryId, bytes]:
        """The last entry that is archived, and the chain digest there.

        `NOTHING_YET` when there is none.
        """

    async def pairs(self, after: EntryId, until: EntryId) -> Sequence[Pair]:
        """The next archived entries after an id, up to another: a page of them, oldest first."""

    async def digest_at(self, entry_id: EntryId) -> bytes | None:
        """The chain digest of an archived entry; None when it is not there."""

    async def quarantined(self) -> Sequence[tuple[EntryId, int]]:
        """Commands that were answered without being applied: (entry id, index within it)."""


class ArchiveSource:
    """The archive alone, when there is no log."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    async def pages(self, at: LogPosition, until: EntryId) -> AsyncIterator[Sequence[Pair]]:
        """Everything after a position up to an id, a page at a time, each entry proven.

        Raises `LogBroken` at the first entry that does not continue the ones before.
        """
        while at.id < until:
            page = await self._page(at.id, until)
            if not page:
                return
            for pair in page:
                at = prove(at, pair)
            yield page

    async def _page(self, after: EntryId, until: EntryId) -> Sequence[Pair]:
        return await self._archive.pairs(after, until)


class WholeHistory(ArchiveSource):
    """Archive and log as one."""

    def __init__(
        self, *, events: EventReader, journal: JournalReader, archive: Archive
    ) -> None:
        super().__init__(archive)
        self._events = events
        self._journal = journal

    async def _page(self, after: EntryId, until: EntryId) -> Sequence[Pair]:
        """From the log where it continues the entries read so far, else from the archive.

        Asked anew for each page, since the log may be trimmed meanwhile.
        """
        entries = await self._events.read_range(after.next, until)
        if entries and entries[0].previous == after:
            commands = await self._journal.read_journal(entries[0].id, entries[-1].id)
            if len(commands) == len(entries):
                return list(zip(commands, entries, strict=True))
        archived = await super()._page(after, until)
        if entries and not archived:
            raise LogBroken(
                f"neither the log nor the archive has what follows {after}:"
                f" the log goes on with {entries[0].id}, which follows {entries[0].previous}"
            )
        return archived
