"""Making a venue from a backup: the wiring of `outcry restore --from` and `outcry backup drill`."""

import asyncio
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.progress import Progress

from outcry.adapters.postgres.migrate import migrate
from outcry.adapters.postgres.people_copy import PostgresPeople
from outcry.adapters.postgres.rebase import PostgresRebase
from outcry.adapters.postgres.recorder import PostgresRecords
from outcry.adapters.snapshots.format import unpack
from outcry.cli.recovery import Servers, look, parts, servers
from outcry.engine.rules import VersionUnknown
from outcry.launcher.data_directory import locked, unfinished_path
from outcry.operations.backup_files import BackupDirectory, Manifest
from outcry.operations.restore_backup import BackupRestore, FromBackup
from outcry.operations.restore_plan import Situation, plan_for
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogBroken, LogUnavailable
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError
from outcry.runtime.sealed import unseal
from outcry.wire.journal import SEQ_MAX, EntryId

# Parts of a data directory that a restore makes.
_MADE: Final = ("valkey", "postgres", "postgres.new", "snapshots")
_ENTRY: Final = re.compile(r"\d+-\d+")


def newest_backup(directory: BackupDirectory) -> Manifest:
    """The newest backup of a directory."""
    manifest = directory.newest()
    if manifest is None:
        raise OperatorError("there is no backup in this directory: name the one of `backup make`")
    return manifest


def moment(text: str) -> EntryId:
    """An entry id, or a time of day in UTC: the last entry up to it."""
    if _ENTRY.fullmatch(text):
        return EntryId.parse(text)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise OperatorError(
            f"{text!r} is no moment: give an entry such as 1790000000000-0, or a time in UTC such"
            " as 2026-12-01T10:58:00"
        ) from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return EntryId(int(at.timestamp() * 1000), SEQ_MAX)


def restore_from(
    settings: Settings, directory: BackupDirectory, manifest: Manifest, until: EntryId | None,
    console: Console, *, passphrase: Callable[[], str] | None = None,
) -> FromBackup:
    """Make a venue in an empty data directory and on empty servers.

    A restore that was killed is begun again from nothing. With a `passphrase` the sealed secrets
    are opened as well.
    """
    data_dir = settings.data_dir
    with locked(data_dir, unfinished=True):
        _make_room(settings)
        unfinished_path(data_dir).write_text("`outcry restore --from` has not come to its end\n")
        if passphrase is not None and manifest.secrets is not None:
            secrets = unseal(directory.read(manifest.secrets), passphrase())
            (data_dir / "secrets.json").write_bytes(secrets)
        try:
            with servers(settings) as found:
                done = asyncio.run(_fill(found, directory, manifest, until, console))
        except (DatabaseUnavailable, LogUnavailable, LogBroken, VersionUnknown) as error:
            raise OperatorError(f"the backup was not restored: {error}") from error
        unfinished_path(data_dir).unlink()
    return done


def _make_room(settings: Settings) -> None:
    data_dir = settings.data_dir
    if unfinished_path(data_dir).exists():
        for name in _MADE:
            shutil.rmtree(data_dir / name, ignore_errors=True)
        (data_dir / "snapshots").mkdir(mode=0o700)
        (data_dir / "valkey").mkdir(mode=0o700)
    elif (data_dir / "postgres").exists() or any((data_dir / "valkey").iterdir()):
        raise OperatorError(
            f"there is a venue in {data_dir}: choose another --data-dir, or move it away"
        )


async def _fill(
    found: Servers, directory: BackupDirectory, manifest: Manifest, until: EntryId | None,
    console: Console,
) -> FromBackup:
    last = EntryId.parse(manifest.last)
    async with parts(found) as there:
        if found.log_fault is not None:
            raise OperatorError(found.log_fault)
        await migrate(there.database)
        if plan_for(await look(there, None)).situation is not Situation.NEW:
            raise OperatorError("the servers are not empty: restore onto others")
        with Progress(console=console, transient=True) as progress:
            first = EntryId.parse(manifest.segments[0].first)
            bar = progress.add_task("restoring", total=last.ms - first.ms)
            done = await BackupRestore(
                directory=directory, records=PostgresRecords(there.database),
                database=PostgresRebase(there.database), people=PostgresPeople(there.database),
                snapshots=there.snapshots, maker=there.upkeep, unpack=unpack,
                on_entry=lambda at: progress.update(bar, completed=at.ms - first.ms),
            ).run(manifest, last if until is None else until)
        closed = await there.archive.close_lost_accounts()
        plan = plan_for(await look(there, None))
        if plan.situation is not Situation.HEALTHY:
            raise LogBroken(f"the result cannot be started: {plan.finding}")
    if closed:
        console.print(f"keys and sessions of accounts made later no longer work: "
                      f"{', '.join(map(str, closed))}", soft_wrap=True)
    return done
