"""`outcry backup`: backups of a running or stopped venue, and rehearsals of their use."""

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from outcry.adapters.postgres.people_copy import PostgresPeople
from outcry.adapters.snapshots.format import pack
from outcry.adapters.valkey.streams import RedisEngineLog
from outcry.cli.edge import DataDir, settings_with
from outcry.cli.from_backup import newest_backup, restore_from
from outcry.cli.passphrase import passphrase
from outcry.cli.recovery import Servers, parts, reached
from outcry.operations.backup import BackedUp, Backup
from outcry.operations.backup_files import BackupDirectory
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogBroken, LogUnavailable
from outcry.runtime.errors import OperatorError
from outcry.runtime.sealed import seal

app = typer.Typer()
backup_app = typer.Typer(no_args_is_help=True)
app.add_typer(backup_app, name="backup", help="Back a venue up, and rehearse its restoration.")

Folder = Annotated[Path, typer.Argument(help="Directory of backups.", show_default=False)]


@backup_app.command("make")
def make(
    folder: Folder,
    secrets: Annotated[
        bool, typer.Option("--secrets", help="With secrets.json, sealed with a passphrase.")
    ] = False,
    keep: Annotated[int, typer.Option(help="Backups to keep; 0 keeps all.")] = 0,
    data_dir: DataDir = None,
) -> None:
    """Back a venue up, while it runs or not; later backups add only later entries."""
    os.umask(0o077)
    settings = settings_with(data_dir=data_dir)
    settings = settings.model_copy(update={"data_dir": settings.data_dir.absolute()})
    directory = BackupDirectory(folder.absolute())
    sealed = _sealed(settings.data_dir / "secrets.json", passphrase(settings)) if secrets else None
    try:
        with reached(settings) as found:
            done = asyncio.run(_make(found, directory, sealed))
    except (DatabaseUnavailable, LogUnavailable, LogBroken) as error:
        raise OperatorError(f"no backup was made: {error}") from error
    console, manifest = Console(), done.manifest
    for line in (
        f"backed up   {sum(each.entries for each in manifest.segments)} entries up to"
        f" {manifest.last}, {done.entries} of them new",
        f"digest      {manifest.digest}",
        f"snapshot    {manifest.snapshot_entry or 'none'}",
        f"secrets     {'sealed' if manifest.secrets else 'left out'}",
    ):
        console.print(line, highlight=False, soft_wrap=True)
    if keep and (gone := directory.keep(keep)):
        console.print(f"deleted     {gone} older backups", highlight=False)


@backup_app.command("list")
def list_backups(folder: Folder) -> None:
    """Show the backups of a directory."""
    for manifest in BackupDirectory(folder.absolute()).manifests():
        made = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(manifest.made_ms / 1000))
        typer.echo(f"{made}Z up to {manifest.last}, venue {manifest.venue_id}")


@backup_app.command("drill")
def drill(folder: Folder) -> None:
    """Restore the newest backup into a scratch directory, and compare it with the backup."""
    os.umask(0o077)
    directory = BackupDirectory(folder.absolute())
    manifest = newest_backup(directory)
    with tempfile.TemporaryDirectory(prefix="outcry-drill-") as scratch:
        settings = settings_with(data_dir=Path(scratch) / "data")
        settings = settings.model_copy(update={"redis_url": None, "database_url": None})
        restored = restore_from(settings, directory, manifest, None, Console())
    Console().print(
        f"the backup restores to {restored.position.id} with the same digest, state hash"
        f" {restored.replayed.state_hash}", highlight=False, soft_wrap=True,
    )


def _sealed(path: Path, phrase: str) -> bytes:
    try:
        return seal(path.read_bytes(), phrase)
    except FileNotFoundError:
        raise OperatorError(f"there is no {path}: leave --secrets out") from None


async def _make(found: Servers, directory: BackupDirectory, sealed: bytes | None) -> BackedUp:
    if found.log_fault is not None:
        raise OperatorError(f"{found.log_fault}; `outcry restore` helps")
    engine_log = RedisEngineLog(found.settings.redis_url)
    try:
        quarantined = engine_log.quarantined()
    finally:
        engine_log.close()
    async with parts(found) as there:
        return await Backup(
            event_log=there.event_log, archive=there.archive, snapshots=there.snapshots,
            people=PostgresPeople(there.database), directory=directory, pack=pack,
        ).make(
            made_ms=int(time.time() * 1000), sealed_secrets=sealed,
            quarantined=sorted({*quarantined, *await there.archive.quarantined()}),
        )
