"""`outcry replay`: the proof that the journal alone leads to the state the venue is in."""

import asyncio

from rich.console import Console
from rich.progress import Progress

from outcry.adapters.postgres.archive import PostgresArchive
from outcry.adapters.postgres.pool import Database
from outcry.adapters.valkey.streams import RedisEngineLog, RedisLog
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.engine.rules import VersionUnknown
from outcry.log.archive import WholeLog
from outcry.log.replay import Replayed, by_entry, replay
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogBroken, LogUnavailable
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError
from outcry.wire.journal import EntryId


def main(settings: Settings, *, until: str | None) -> None:
    """Replay the running venue's whole history and print what it comes to.

    Raises `OperatorError` with the place where journal, events and snapshots disagree.
    """
    try:
        last = EntryId.parse(until) if until is not None else None
    except ValueError:
        raise OperatorError(
            f"{until!r} is no entry id; one looks like 1790000000000-0"
        ) from None
    console = Console()
    try:
        replayed = asyncio.run(_replay(settings, last, console))
    except LogBroken as fault:
        raise OperatorError(f"replay differs: {fault}") from None
    except VersionUnknown as error:
        raise OperatorError(f"this build cannot replay it: {error}") from None
    except (DatabaseUnavailable, LogUnavailable) as error:
        raise OperatorError(f"history is out of reach: {error}") from None
    console.print(f"position    {replayed.position}")
    console.print(f"entries     {replayed.entries}")
    console.print(f"commands    {replayed.commands}")
    console.print(f"snapshots   {replayed.snapshots} met, all of the same state hash")
    console.print(f"digest      {replayed.digest.hex()}")
    console.print(f"state hash  {replayed.state_hash}")
    console.print("every asset's balances sum to 0; outcomes are those that were published")


async def _replay(settings: Settings, until: EntryId | None, console: Console) -> Replayed:
    assert settings.redis_url is not None
    assert settings.database_url is not None
    log = RedisLog(settings.redis_url)
    engine_log = RedisEngineLog(settings.redis_url)
    quarantined = by_entry(engine_log.quarantined())
    engine_log.close()
    hashes = {
        entry_id: state_hash for entry_id, state_hash, _ in snapshot_store(settings).described()
    }
    try:
        async with Database(
            settings.database_url, application="replay", connections_max=1
        ) as database:
            top = await log.top()
            last = min(until, top) if until is not None else top
            history = WholeLog(events=log, journal=log, archive=PostgresArchive(database))
            with Progress(console=console, transient=True) as progress:
                bar = progress.add_task("replaying", total=None)
                return await replay(
                    history, until=last, quarantined=quarantined, snapshot_hashes=hashes,
                    on_entry=lambda _: progress.advance(bar),
                )
    finally:
        await log.close()
