"""`outcry restore`: bringing a venue back from PostgreSQL after the log server has lost data."""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress

from outcry.adapters.postgres.archive import PostgresArchive
from outcry.adapters.postgres.migrate import migrate
from outcry.adapters.postgres.pool import Database
from outcry.adapters.valkey.streams import RedisLog
from outcry.adapters.valkey.upkeep import RedisUpkeep
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.cli.edge import DataDir, settings_with
from outcry.engine.rules import VersionUnknown
from outcry.launcher.data_directory import locked
from outcry.launcher.programs import Programs
from outcry.launcher.servers import running
from outcry.log.archive import Archive
from outcry.operations.restore import LogLoss, Restored, find_loss, restore, unarchived
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogBroken, LogUnavailable
from outcry.runtime.config import Settings, VenueSettings
from outcry.runtime.errors import OperatorError
from outcry.wire.journal import EntryId, decode_commands

app = typer.Typer()


@app.command("restore")
def restore_venue(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Bring a stopped venue back from PostgreSQL after the log server has lost data."""
    os.umask(0o077)
    settings = settings_with(data_dir=data_dir)
    settings = settings.model_copy(update={"data_dir": settings.data_dir.absolute()})
    if not settings.data_dir.is_dir():
        raise OperatorError(f"there is no {settings.data_dir}: name the venue's --data-dir")
    with locked(settings.data_dir), _servers(settings) as reachable:
        try:
            asyncio.run(_restore(reachable, Console(), yes=yes))
        except (DatabaseUnavailable, LogUnavailable, LogBroken, VersionUnknown) as error:
            raise OperatorError(f"nothing was restored: {error}") from error


@contextlib.contextmanager
def _servers(settings: Settings) -> Iterator[VenueSettings]:
    """Run the embedded servers where no others are set; yields settings with all addresses."""
    programs = Programs(settings)
    with contextlib.ExitStack() as stack:
        for server in programs.servers():
            stack.enter_context(running(server))
        yield programs.settings


async def _restore(settings: VenueSettings, console: Console, *, yes: bool) -> None:
    async with (
        RedisLog(settings.redis_url) as event_log, RedisUpkeep(settings.redis_url) as upkeep,
        Database(settings.database_url, application="restore", connections_max=2) as database,
    ):
        await migrate(database)
        archive = PostgresArchive(database)
        loss = await find_loss(event_log, archive)
        if loss is None:
            console.print("nothing is lost: the log has all that is archived")
            return
        if await upkeep.is_led():
            raise OperatorError("an engine leads: stop every process of the venue first")
        _say_loss(console, loss)
        if not yes and console.input("restore? [y/N] ").strip().lower() not in ("y", "yes"):
            raise OperatorError("nothing was changed")
        kept, entries = await _keep_unarchived(settings, event_log, archive)
        # Before the engine can give the numbers of lost accounts to others.
        closed = await archive.close_lost_accounts()
        done = await _with_progress(settings, console, loss, archive, upkeep)
        _say_done(console, loss, done)
        if entries:
            console.print(f"{entries} journal entries that were never archived are in {kept}")
        if closed:
            console.print(f"keys and sessions of accounts that are lost no longer work: "
                          f"{', '.join(map(str, closed))}")


async def _with_progress(
    settings: VenueSettings, console: Console, loss: LogLoss, archive: Archive, upkeep: RedisUpkeep
) -> Restored:
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("replaying", total=None)
        began = 0

        def on_begin(first: EntryId, last: EntryId) -> None:
            nonlocal began
            began = first.ms
            # How long a replay takes goes with the entries, which are even enough over time.
            progress.update(bar, total=last.ms - first.ms if first.ms else None)

        def on_entry(entry_id: EntryId) -> None:
            progress.update(bar, completed=entry_id.ms - began)

        return await restore(
            loss, archive=archive, snapshots=snapshot_store(settings), maker=upkeep,
            on_begin=on_begin, on_entry=on_entry,
        )


async def _keep_unarchived(
    settings: VenueSettings, event_log: RedisLog, archive: Archive
) -> tuple[Path, int]:
    """Write the entries that only the log has to a file, one JSON object a line.

    The log is replaced afterward. Returns the file, and how many entries it has.
    """
    now = datetime.fromtimestamp(time.time(), UTC)
    path = settings.data_dir / f"unarchived-{now:%Y%m%dT%H%M%S}.jsonl"
    entries = 0
    async for entry in unarchived(event_log, archive):
        try:
            commands: object = msgspec.to_builtins(decode_commands(entry.commands))
        except msgspec.DecodeError:
            commands = None
        line = {
            "id": str(entry.id), "writer": entry.writer, "number": entry.number,
            "commands": commands, "bytes": entry.commands,
        }
        with path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
        entries += 1
    return path, entries


def _say_loss(console: Console, loss: LogLoss) -> None:
    console.print(f"{loss}.", highlight=False, soft_wrap=True)
    console.print(
        f"The venue can be restored to {loss.archived.id} ({_time(loss.archived.id)}). Everything"
        " it acknowledged after that is lost.", highlight=False, soft_wrap=True,
    )


def _say_done(console: Console, loss: LogLoss, done: Restored) -> None:
    began = done.began_at if done.began_at.ms else "the first entry"
    for line in (
        f"restored to    {loss.archived.id} ({_time(loss.archived.id)})",
        f"replayed       {done.replayed.entries} entries, {done.replayed.commands} commands,"
        f" from {began}",
        f"state hash     {done.replayed.state_hash}",
        f"set aside      {len(done.set_aside)} snapshots taken later",
        f"not recovered  everything after {_time(loss.archived.id)}"
        + ("; as far as is known:" if done.lost else ""),
        *(f"               {line}" for line in done.lost),
    ):
        console.print(line, highlight=False, soft_wrap=True)


def _time(entry_id: EntryId) -> str:
    taken = datetime.fromtimestamp(entry_id.ms / 1000, UTC)
    return f"{taken:%Y-%m-%d %H:%M:%S}.{entry_id.ms % 1000:03}Z"
