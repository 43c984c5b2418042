"""A step of starting up: makes sure that there is a journal, and that it is whole."""

import secrets
import uuid

from outcry.adapters.postgres.archive import PostgresArchive
from outcry.adapters.postgres.pool import Database
from outcry.adapters.valkey.streams import RedisLog
from outcry.adapters.valkey.upkeep import RedisUpkeep
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.operations.genesis import first_commands
from outcry.operations.restore import find_loss
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogBroken, LogUnavailable
from outcry.runtime.config import VenueSettings
from outcry.wire.journal import NOTHING_YET, encode_commands


async def main(settings: VenueSettings) -> None:
    """Create the journal of a new venue; check that of an old one.

    Raises `LogBroken` when the log lacks archived entries, when the archive lacks trimmed entries,
    or when there are snapshots but no journal: data was lost, and a start would hide it.
    """
    async with RedisLog(settings.redis_url) as journal:
        await _check(settings, journal)
        if await journal.exists():
            return
        if snapshot_store(settings).ids():
            raise LogBroken("there are snapshots but no journal: the log server lost its data")
        first = encode_commands(first_commands(str(uuid.uuid4())))
        await journal.create(writer=secrets.randbits(63), number=1, commands=first)


async def _check(settings: VenueSettings, journal: RedisLog) -> None:
    """Compare log and archive."""
    try:
        async with (
            RedisUpkeep(settings.redis_url) as upkeep,
            Database(settings.database_url, application="genesis", connections_max=1) as database,
        ):
            archive = PostgresArchive(database)
            loss = await find_loss(journal, archive)
            if loss is not None:
                raise LogBroken(
                    f"{loss}: the log server lost data. `outcry restore` brings the venue back to"
                    " the last archived entry"
                )
            (archived, _), oldest = await archive.reached(), await upkeep.oldest()
        if archived == NOTHING_YET != oldest:
            [first] = await journal.read_range(oldest, oldest)
            if first.previous != NOTHING_YET:
                raise LogBroken(
                    f"the log begins at {oldest}, and what came before is not in this database:"
                    " it lost its data, or is another venue's"
                )
    except DatabaseUnavailable as error:
        raise LogUnavailable(f"PostgreSQL cannot say what is archived: {error}") from error
