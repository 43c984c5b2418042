"""A step of starting up: makes sure that there is a journal."""

import secrets
import uuid

from outcry.adapters.redis_streams import RedisLog
from outcry.adapters.snapshots import FileSnapshots
from outcry.config import Settings
from outcry.ports import LogBroken
from outcry.protocol.journal import encode_commands
from outcry.services.genesis import first_commands


async def main(settings: Settings) -> None:
    """Create the journal of a new venue.

    Raises `LogBroken` when there are snapshots but no journal: the log server has lost its data,
    and starting afresh would hide it.
    """
    assert settings.redis_url is not None
    journal = RedisLog(settings.redis_url)
    try:
        if await journal.exists():
            return
        if FileSnapshots(settings.snapshot_dir).ids():
            raise LogBroken("there are snapshots but no journal: the log server lost its data")
        first = encode_commands(first_commands(str(uuid.uuid4())))
        await journal.create(writer=secrets.randbits(63), number=1, commands=first)
    finally:
        await journal.close()
