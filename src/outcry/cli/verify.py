"""`outcry verify`: the proof that journal, events, snapshots and PostgreSQL tell one story."""

import asyncio

from rich.console import Console
from rich.progress import Progress

from outcry.adapters.postgres.archive import PostgresArchive
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.verification import postgres_moment
from outcry.adapters.valkey.streams import RedisEngineLog, RedisLog
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.engine.rules import VersionUnknown
from outcry.log.archive import WholeLog
from outcry.log.replay import by_entry
from outcry.operations.verify import Verified, verify
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogBroken, LogUnavailable
from outcry.ports.snapshots import Snapshot, SnapshotStore
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError
from outcry.wire.journal import NOTHING_YET, EntryId

OLDEST, FIRST = "oldest", "start"


def main(settings: Settings, *, start: str) -> None:
    """Verify the running venue from a snapshot: its id, `oldest`, or `start` for none.

    Raises `OperatorError` with the first difference.
    """
    console = Console()
    try:
        began_at, verified = asyncio.run(_verify(settings, start, console))
    except (AssertionError, LogBroken) as fault:
        raise OperatorError(f"verify: {fault}") from None
    except VersionUnknown as error:
        raise OperatorError(f"this build cannot replay it: {error}") from None
    except (DatabaseUnavailable, LogUnavailable) as error:
        raise OperatorError(f"history is out of reach: {error}") from None
    replayed = verified.replayed
    console.print(f"from        {'the first entry' if began_at == NOTHING_YET else began_at}")
    console.print(f"to          {replayed.position}")
    console.print(f"entries     {replayed.entries}, {replayed.commands} commands")
    console.print(f"snapshots   {replayed.snapshots} met, all of the same state hash")
    console.print(f"archive     {verified.archived} entries, byte for byte")
    if verified.recorded >= began_at:
        what = "every row" if verified.rows else "balances"
        console.print(f"PostgreSQL  {what} as derived from the replay, at {verified.recorded}")
    else:
        console.print(f"PostgreSQL  is only at {verified.recorded}: nothing to compare")
    console.print(f"state hash  {replayed.state_hash}")
    console.print("every asset's balances sum to 0; outcomes are those that were published")


async def _verify(settings: Settings, start: str, console: Console) -> tuple[EntryId, Verified]:
    assert settings.redis_url is not None
    assert settings.database_url is not None
    store = snapshot_store(settings)
    snapshot = _chosen(store, start)
    began_at = NOTHING_YET if snapshot is None else snapshot.entry_id
    hashes = {entry_id: state_hash for entry_id, state_hash, _ in store.described()}
    engine_log = RedisEngineLog(settings.redis_url)
    quarantined = list(engine_log.quarantined())
    engine_log.close()
    log = RedisLog(settings.redis_url)
    try:
        async with (
            Database(settings.database_url, application="verify", connections_max=2) as database,
            postgres_moment(database) as moment,
        ):
            await moment.recorded()
            archive = PostgresArchive(database)
            quarantined += await archive.quarantined()
            top = await log.top()
            with Progress(console=console, transient=True) as progress:
                bar = progress.add_task("verifying", total=max(1, top.ms - began_at.ms))
                verified = await verify(
                    WholeLog(events=log, journal=log, archive=archive), moment, start=snapshot,
                    until=top, quarantined=by_entry(quarantined), snapshot_hashes=hashes,
                    on_entry=lambda at: progress.update(bar, completed=at.ms - began_at.ms),
                )
            return began_at, verified
    finally:
        await log.close()


def _chosen(store: SnapshotStore, start: str) -> Snapshot | None:
    """The snapshot to begin at; None is the first entry."""
    if start == FIRST:
        return None
    ids = store.ids()
    if start == OLDEST:
        found = (store.newest(entry_id) for entry_id in ids)
        return next((snapshot for snapshot in found if snapshot is not None), None)
    try:
        wanted = EntryId.parse(start)
    except ValueError:
        raise OperatorError(
            f"{start!r} is no snapshot; give an id such as 1790000000000-0, or {FIRST!r}"
        ) from None
    snapshot = store.newest(wanted)
    if snapshot is None or snapshot.entry_id != wanted:
        raise OperatorError(f"there is no whole snapshot at {wanted}: `outcry snapshot list`")
    return snapshot
