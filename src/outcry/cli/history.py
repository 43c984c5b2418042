"""`outcry verify` and `outcry replay`: proofs that all a venue has kept tells one story."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import Progress

from outcry.adapters.postgres.archive import PostgresArchive
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.verification import postgres_moment
from outcry.adapters.valkey.streams import RedisEngineLog, RedisLog
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.cli.edge import DataDir, running
from outcry.engine.rules import VersionUnknown
from outcry.log.archive import WholeHistory
from outcry.log.replay import ReplayResult, by_entry, replay
from outcry.operations.verify import Verified, verify
from outcry.ports.log import LogBroken
from outcry.ports.snapshots import Snapshot, SnapshotStore
from outcry.runtime.config import VenueSettings
from outcry.runtime.errors import OperatorError
from outcry.wire.journal import NOTHING_YET, EntryId

OLDEST, FIRST = "oldest", "start"

app = typer.Typer()


@app.command("verify")
def verify_all(
    start: Annotated[
        str, typer.Option("--from", help="Id of the snapshot to begin at, or `start`.",
                          show_default="the oldest")
    ] = OLDEST,
    data_dir: DataDir = None,
) -> None:
    """Replay from a snapshot, and compare snapshots, events and PostgreSQL with the replay."""
    console, settings = Console(), running(data_dir)
    with _differences("verify"):
        began_at, verified = asyncio.run(_verify(settings, start, console))
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
    _print_end(console, replayed)


@app.command("replay")
def replay_all(
    until: Annotated[str | None, typer.Option(help="Id of the last entry, such as 17-0.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Apply the whole journal to an empty engine, and print the state hash of the result."""
    console, settings = Console(), running(data_dir)
    last = None if until is None else _entry_id(until, "one such as 1790000000000-0")
    with _differences("replay"):
        replayed = asyncio.run(_replay(settings, last, console))
    console.print(f"position    {replayed.position}")
    console.print(f"entries     {replayed.entries}")
    console.print(f"commands    {replayed.commands}")
    console.print(f"snapshots   {replayed.snapshots} met, all of the same state hash")
    console.print(f"digest      {replayed.digest.hex()}")
    _print_end(console, replayed)


def _print_end(console: Console, replayed: ReplayResult) -> None:
    console.print(f"state hash  {replayed.state_hash}")
    console.print("every asset's balances sum to 0; outcomes are those that were published")


@contextlib.contextmanager
def _differences(proof: str) -> Iterator[None]:
    """Raise `OperatorError` with the first difference, or when it takes another build."""
    try:
        yield
    except (AssertionError, LogBroken) as fault:
        raise OperatorError(f"{proof} found a difference: {fault}") from None
    except VersionUnknown as error:
        raise OperatorError(f"this build cannot replay the journal: {error}") from None


class _History(NamedTuple):
    """All that a venue keeps of its past."""

    log: RedisLog
    database: Database
    archive: PostgresArchive
    engine_log: RedisEngineLog

    @property
    def whole(self) -> WholeHistory:
        """Both streams from the first entry on."""
        return WholeHistory(events=self.log, journal=self.log, archive=self.archive)

    async def quarantined(self) -> Mapping[EntryId, list[int]]:
        """Commands that were answered without being applied."""
        return by_entry([*self.engine_log.quarantined(), *await self.archive.quarantined()])


@contextlib.asynccontextmanager
async def _history(settings: VenueSettings, application: str) -> AsyncIterator[_History]:
    with contextlib.closing(RedisEngineLog(settings.redis_url)) as engine_log:
        async with (
            RedisLog(settings.redis_url) as log,
            Database(settings.database_url, application=application, connections_max=2) as database,
        ):
            yield _History(log, database, PostgresArchive(database), engine_log)


def _hashes(settings: VenueSettings) -> dict[EntryId, str]:
    """State hashes of the snapshots, by entry."""
    described = snapshot_store(settings).described()
    return {entry_id: state_hash for entry_id, state_hash, _ in described}


async def _verify(
    settings: VenueSettings, start: str, console: Console
) -> tuple[EntryId, Verified]:
    snapshot, hashes = _chosen(snapshot_store(settings), start), _hashes(settings)
    async with (
        _history(settings, "verify") as history, postgres_moment(history.database) as moment
    ):
        base = await history.archive.base()
        if base is not None and (snapshot is None or snapshot.entry_id < base.entry_id):
            snapshot = base  # Nothing has the entries before it any more.
        began_at = NOTHING_YET if snapshot is None else snapshot.entry_id
        await moment.recorded()
        top, quarantined = await history.log.top(), await history.quarantined()
        with Progress(console=console, transient=True) as progress:
            bar = progress.add_task("verifying", total=max(1, top.ms - began_at.ms))
            return began_at, await verify(
                history.whole, moment, start=snapshot, until=top, quarantined=quarantined,
                snapshot_hashes=hashes,
                on_entry=lambda at: progress.update(bar, completed=at.ms - began_at.ms),
            )


async def _replay(settings: VenueSettings, until: EntryId | None, console: Console) -> ReplayResult:
    hashes = _hashes(settings)
    async with _history(settings, "replay") as history:
        top, quarantined = await history.log.top(), await history.quarantined()
        with Progress(console=console, transient=True) as progress:
            bar = progress.add_task("replaying", total=None)
            return await replay(
                history.whole, until=top if until is None else min(until, top),
                quarantined=quarantined, snapshot_hashes=hashes,
                on_entry=lambda _: progress.advance(bar), start=await history.archive.base(),
            )


def _chosen(store: SnapshotStore, start: str) -> Snapshot | None:
    """The snapshot to begin at; None is the first entry."""
    if start == FIRST:
        return None
    if start == OLDEST:
        found = (store.newest(entry_id) for entry_id in store.ids())
        return next((snapshot for snapshot in found if snapshot is not None), None)
    wanted = _entry_id(start, f"that of a snapshot such as 1790000000000-0, or {FIRST!r}")
    snapshot = store.newest(wanted)
    if snapshot is None or snapshot.entry_id != wanted:
        raise OperatorError(
            f"there is no whole snapshot at {wanted}: `outcry snapshot list` shows all there are"
        )
    return snapshot


def _entry_id(text: str, wanted: str) -> EntryId:
    """Read an id; `wanted` says which one to give instead."""
    try:
        return EntryId.parse(text)
    except ValueError:
        raise OperatorError(f"{text!r} is not an entry id: give {wanted}") from None
