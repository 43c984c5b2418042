"""`outcry restore`: brings a stopped venue back with whatever is left of it."""

import asyncio
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress

from outcry.adapters.postgres.migrate import migrate
from outcry.adapters.postgres.rebase import PostgresRebase
from outcry.cli.edge import DataDir, settings_with
from outcry.cli.from_backup import moment, newest_backup, restore_from
from outcry.cli.passphrase import passphrase
from outcry.cli.recovery import Parts, Servers, diagnose, look, parts, servers, time_of
from outcry.engine.rules import VersionUnknown
from outcry.launcher.data_directory import locked
from outcry.log.archive import Archive
from outcry.operations.backup_files import BackupDirectory, Manifest
from outcry.operations.restore import Recovery, Restored, unarchived
from outcry.operations.restore_plan import Plan, Situation, plan_for
from outcry.operations.restore_survey import Survey, SurveyedLog
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogBroken, LogUnavailable
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError
from outcry.wire.journal import EntryId, decode_commands

app = typer.Typer()


@app.command("restore")
def restore_venue(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    trust_database: Annotated[
        bool, typer.Option("--trust-database", help="Continue the archive, whatever the log has.")
    ] = False,
    backup: Annotated[
        Path | None, typer.Option("--from", help="Directory of backups.", show_default=False)
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="With --from: the last entry or time to restore.")
    ] = None,
    secrets: Annotated[
        bool, typer.Option("--secrets", help="With --from: restore secrets.json as well.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Bring a stopped venue back with whatever is left, or make one from a backup."""
    os.umask(0o077)
    settings = settings_with(data_dir=data_dir)
    settings = settings.model_copy(update={"data_dir": settings.data_dir.absolute()})
    if backup is not None:
        _from_backup(settings, BackupDirectory(backup.absolute()), until, secrets=secrets)
        return
    if until is not None or secrets:
        raise OperatorError("--until and --secrets belong to --from: name a directory of backups")
    if not settings.data_dir.is_dir():
        raise OperatorError(f"there is no {settings.data_dir}: name the venue's --data-dir")
    console = Console(record=True)
    with locked(settings.data_dir):
        try:
            restore_what_is_left(settings, console, yes=yes, trust_database=trust_database)
        except (DatabaseUnavailable, LogUnavailable, LogBroken, VersionUnknown) as error:
            raise OperatorError(f"nothing was restored: {error}") from error


def _from_backup(
    settings: Settings, directory: BackupDirectory, until: str | None, *, secrets: bool
) -> None:
    console = Console()
    done = restore_from(
        settings, directory, _backup_for(directory, until),
        None if until is None else moment(until), console,
        passphrase=(lambda: passphrase(settings)) if secrets else None,
    )
    for line in (
        f"restored to    {done.position.id} ({_time(done.position.id)})",
        f"replayed       {done.replayed.entries} entries, {done.replayed.commands} commands",
        f"digest         {done.position.digest.hex()}",
        f"state hash     {done.replayed.state_hash}",
    ):
        console.print(line, highlight=False, soft_wrap=True)


def _backup_for(directory: BackupDirectory, until: str | None) -> Manifest:
    """The first backup that reaches the moment, so that later accounts do not matter."""
    newest = newest_backup(directory)
    if until is None:
        return newest
    wanted = moment(until)
    reaching = (each for each in directory.manifests() if EntryId.parse(each.last) >= wanted)
    return next(reaching, newest)


def restore_what_is_left(
    settings: Settings, console: Console, *, yes: bool, trust_database: bool
) -> None:
    """Show what is there, ask, and carry the plan out; a plan that acts leaves a report."""
    with servers(settings) as found:
        plan = diagnose(found, console, trust_database=trust_database)
        if not plan.acts:
            if plan.situation not in (Situation.HEALTHY, Situation.NEW):
                raise OperatorError(f"nothing was changed: {plan.advice}")
            return
        if not yes and console.input("restore? [y/N] ").strip().lower() not in ("y", "yes"):
            raise OperatorError("nothing was changed")
        if found.log_fault is None:
            asyncio.run(_carry_out(found, console, trust_database=trust_database))
    if found.log_fault is not None:
        aside = _set_log_aside(settings.data_dir)
        console.print(f"{settings.data_dir / 'valkey'} was moved to {aside}", soft_wrap=True)
        with servers(settings) as empty:
            asyncio.run(_carry_out(empty, console, trust_database=trust_database))
    report = settings.data_dir / f"restore-{_now():%Y%m%dT%H%M%S}.txt"
    report.write_text(console.export_text())


def _set_log_aside(data_dir: Path) -> Path:
    aside = data_dir / f"valkey.set-aside-{_now():%Y%m%dT%H%M%S}"
    (data_dir / "valkey").rename(aside)
    return aside


async def _carry_out(found: Servers, console: Console, *, trust_database: bool) -> None:
    async with parts(found) as there:
        if await there.upkeep.is_led():
            raise OperatorError("an engine leads: stop every process of the venue first")
        await migrate(there.database)
        seen = await look(there, found.log_fault)
        plan = plan_for(seen, trust_database=trust_database)
        if not plan.acts:
            raise LogBroken(f"the parts have changed meanwhile: {plan.finding}")
        kept, entries = found.settings.data_dir, 0
        if plan.situation is Situation.LOG_LOST:
            kept, entries = await _keep_unarchived(
                found.settings.data_dir, there.event_log, there.archive
            )
        # Before the engine can give the numbers of lost accounts to others.
        closed = [] if plan.base is not None else await there.archive.close_lost_accounts()
        done = await _with_progress(console, there, plan, seen)
        await _check(there, trust_database=trust_database)
    _say_done(console, plan, done)
    if entries:
        console.print(f"{entries} journal entries that were never archived are in {kept}")
    if closed:
        console.print(f"keys and sessions of accounts that are lost no longer work: "
                      f"{', '.join(map(str, closed))}")


async def _check(there: Parts, *, trust_database: bool) -> None:
    """A restore ends in a venue that starts."""
    plan = plan_for(await look(there, None), trust_database=False)
    if plan.situation is not Situation.HEALTHY:
        raise LogBroken(f"the result cannot be started: {plan.finding}")


async def _with_progress(
    console: Console, there: Parts, plan: Plan, seen: Survey
) -> Restored:
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("restoring", total=None)
        began = 0

        def on_begin(first: EntryId, last: EntryId) -> None:
            nonlocal began
            began = first.ms
            # How long a replay takes goes with the entries, which are even enough over time.
            progress.update(bar, total=last.ms - first.ms if first.ms else None)

        def on_entry(entry_id: EntryId) -> None:
            progress.update(bar, completed=entry_id.ms - began)

        recovery = Recovery(
            event_log=there.event_log, archive=there.archive, snapshots=there.snapshots,
            maker=there.upkeep, database=PostgresRebase(there.database), on_begin=on_begin,
            on_entry=on_entry,
        )
        return await recovery.carry_out(plan, seen)


async def _keep_unarchived(
    data_dir: Path, event_log: SurveyedLog, archive: Archive
) -> tuple[Path, int]:
    """Write the entries that only the log has to a file, one JSON object a line.

    The log is replaced afterward. Returns the file, and how many entries it has.
    """
    path = data_dir / f"unarchived-{_now():%Y%m%dT%H%M%S}.jsonl"
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


def _say_done(console: Console, plan: Plan, done: Restored) -> None:
    at = done.position.id
    began = done.began_at if done.began_at.ms else "the first entry"
    replayed = (
        f"replayed       {done.replayed.entries} entries, {done.replayed.commands} commands,"
        f" from {began}" if done.replayed is not None else f"continued      the snapshot at {at}"
    )
    for line in (
        f"restored to    {at} ({_time(at)})",
        replayed,
        f"state hash     {done.state_hash}",
        f"set aside      {len(done.set_aside)} snapshots taken later",
        *(f"not recovered  {line}" for line in plan.lost),
        *(f"               {line}" for line in done.lost),
    ):
        console.print(line, highlight=False, soft_wrap=True)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _time(entry_id: EntryId) -> str:
    return f"{time_of(entry_id):%Y-%m-%d %H:%M:%S}.{entry_id.ms % 1000:03}Z"
