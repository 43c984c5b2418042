"""Fills a table that is newer than the database with the rows of earlier entries, once.

The archive has every entry, so the rows are the ones that a replay gives.
"""

from typing import Final

import msgspec
import structlog

from outcry.adapters.postgres.archive import PostgresArchive
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.queries import load_queries
from outcry.projections.cfd_rows import CloseRow, closes_of
from outcry.wire.journal import EntryId, decode_outcome

_SQL: Final = load_queries("recorder")
_CLOSES: Final = "position_closes"

log = structlog.get_logger()


async def copy_earlier_closes(database: Database) -> None:
    """Copy the closes up to the recorder's offset, unless it has been done.

    Raises `DatabaseUnavailable`; nothing is copied then.
    """
    archive = PostgresArchive(database)
    async with database.transaction() as connection:
        since = await connection.fetchrow(_SQL["begin_copy"], _CLOSES)
        if since is None:
            return
        at, (until, _) = EntryId(since["since_ms"], 0).before, await archive.reached()
        copied = 0
        while page := await archive.pairs(at, until):
            rows = [
                msgspec.structs.astuple(row) for _, entry in page
                for row in closes_of(entry.id, decode_outcome(entry.outcome))
            ]
            await connection.copy_records_to_table(
                _CLOSES, columns=CloseRow.__struct_fields__, records=rows
            )
            copied += len(rows)
            at = page[-1][1].id
    log.info("earlier closes are copied from the archive", rows=copied)
