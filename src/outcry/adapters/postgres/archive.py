"""The archive in PostgreSQL: both streams as the recorder has written them."""

from collections.abc import Sequence
from typing import Final

from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.queries import load_queries
from outcry.adapters.snapshots.format import unpack
from outcry.ports.snapshots import Snapshot
from outcry.wire.journal import NOTHING_YET, EntryId, EventsEntry, JournalEntry

_SQL: Final = load_queries("archive")

PAGE: Final = 512


class PostgresArchive:
    """Reads the entries that the recorder has committed. Raises `DatabaseUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reached(self) -> tuple[EntryId, bytes]:
        """The last archived entry and the chain digest there; `NOTHING_YET` when there is none."""
        row = await self._database.fetch_row(_SQL["is_empty"])
        assert row is not None
        if next(iter(row.values())):
            return NOTHING_YET, bytes(32)
        row = await self._database.fetch_row(_SQL["reached"])
        assert row is not None, "the offset's row is made by the first migration"
        return EntryId(row["ms"], row["seq"]), row["digest"]

    async def pairs(
        self, after: EntryId, until: EntryId
    ) -> Sequence[tuple[JournalEntry, EventsEntry]]:
        """The next entries after an id up to another, at most a page, oldest first."""
        rows = await self._database.fetch(_SQL["pairs"], *after, *until, PAGE)
        before = await self._database.fetch_row(_SQL["last_up_to"], *after)
        previous = NOTHING_YET if before is None else EntryId(before["ms"], before["seq"])
        found = []
        for row in rows:
            entry_id = EntryId(row["ms"], row["seq"])
            found.append((
                JournalEntry(
                    entry_id, int(row["journal_writer"]), int(row["journal_number"]),
                    row["commands"], row["version"],
                ),
                EventsEntry(
                    entry_id, int(row["writer"]), int(row["number"]), row["outcome"], previous,
                    row["digest"],
                ),
            ))
            previous = entry_id
        return found

    async def digest_at(self, entry_id: EntryId) -> bytes | None:
        """The chain digest of an archived entry; None when it is not there."""
        row = await self._database.fetch_row(_SQL["digest_at"], *entry_id)
        return None if row is None else row["digest"]

    async def quarantined(self) -> Sequence[tuple[EntryId, int]]:
        """Commands that were answered without being applied: (entry id, index within it)."""
        rows = await self._database.fetch(_SQL["quarantined"])
        return [(EntryId(row["ms"], row["seq"]), row["index"]) for row in rows]

    async def base(self) -> Snapshot | None:
        """The state after the newest gap; None when the archive begins with the first entry."""
        has_gaps = await self._database.fetch_row(_SQL["has_gaps"])
        if has_gaps is None or not next(iter(has_gaps.values())):
            return None
        row = await self._database.fetch_row(_SQL["newest_gap"])
        return None if row is None else unpack(EntryId(row["ms"], row["seq"]), row["content"])

    async def close_lost_accounts(self) -> list[int]:
        """Revoke keys and end sessions of accounts that are not recorded; returns the accounts."""
        async with self._database.transaction() as connection:
            keys = await connection.fetch(_SQL["revoke_keys_of_lost_accounts"])
            sessions = await connection.fetch(_SQL["end_sessions_of_lost_accounts"])
        return sorted({row["account_id"] for row in (*keys, *sessions)})
