"""What `outcry restore` and `outcry doctor` share: the parts of a venue, and how they are shown."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from rich.console import Console

from outcry.adapters.postgres.archive import PostgresArchive
from outcry.adapters.postgres.pool import Database
from outcry.adapters.valkey.streams import RedisLog
from outcry.adapters.valkey.upkeep import RedisUpkeep
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.cli.edge import running as running_settings
from outcry.launcher.data_directory import locked
from outcry.launcher.programs import Programs
from outcry.launcher.servers import running
from outcry.operations.restore import RetirableSnapshots
from outcry.operations.restore_plan import Plan, plan_for
from outcry.operations.restore_survey import NoLog, Survey, SurveyedLog, survey
from outcry.runtime.config import Settings, VenueSettings
from outcry.runtime.errors import OperatorError
from outcry.runtime.venue_file import NoVenue
from outcry.wire.journal import NOTHING_YET, EntryId


class Servers(NamedTuple):
    """The servers of a venue, running; `log_fault` is the reason why the log server does not."""

    settings: VenueSettings
    log_fault: str | None


class Parts(NamedTuple):
    """Everything that a venue has left."""

    event_log: SurveyedLog
    upkeep: RedisUpkeep
    database: Database
    archive: PostgresArchive
    snapshots: RetirableSnapshots


@contextlib.contextmanager
def servers(settings: Settings) -> Iterator[Servers]:
    """Run the embedded servers where no others are set; yields settings with all addresses."""
    programs = Programs(settings)
    fault = None
    with contextlib.ExitStack() as stack:
        for server in programs.servers():
            try:
                stack.enter_context(running(server))
            except OperatorError as error:
                if server.name != "valkey":
                    raise
                fault = f"the log server cannot read its files: {error}"
        yield Servers(programs.settings, fault)


@contextlib.contextmanager
def reached(settings: Settings) -> Iterator[Servers]:
    """The servers of a running venue; those of a stopped one run for as long as the block lasts."""
    if not settings.data_dir.is_dir():
        raise OperatorError(f"there is no {settings.data_dir}: name the venue's --data-dir")
    try:
        at_work = running_settings(settings.data_dir)
    except NoVenue:
        at_work = None
    if at_work is not None:
        yield Servers(at_work, None)
    else:
        with locked(settings.data_dir), servers(settings) as found:
            yield found


@contextlib.asynccontextmanager
async def parts(found: Servers) -> AsyncIterator[Parts]:
    """Connections to everything."""
    settings = found.settings
    async with (
        RedisLog(settings.redis_url) as event_log, RedisUpkeep(settings.redis_url) as upkeep,
        Database(settings.database_url, application="restore", connections_max=2) as database,
    ):
        yield Parts(
            event_log if found.log_fault is None else NoLog(), upkeep, database,
            PostgresArchive(database), snapshot_store(settings),
        )


async def look(there: Parts, log_fault: str | None) -> Survey:
    """Look at everything."""
    return await survey(
        there.event_log, there.archive, there.snapshots, log_fault=log_fault
    )


def diagnose(found: Servers, console: Console, *, trust_database: bool = False) -> Plan:
    """Show what is there and what follows from it."""
    async def ask() -> Survey:
        async with parts(found) as there:
            return await look(there, found.log_fault)

    seen = asyncio.run(ask())
    plan = plan_for(seen, trust_database=trust_database)
    for line in (*table(seen), "", *story(plan)):
        console.print(line, highlight=False, soft_wrap=True, markup=False)
    return plan


def table(found: Survey) -> list[str]:
    """What each part covers, a line each."""
    log, archive, snapshots = found
    rows = [
        ("part", "from", "to", "remarks"),
        ("log", _entry(log.first), _entry(max(log.top, log.journal_top)), log.fault or ""),
        ("archive", _entry(archive.base) if archive.base != NOTHING_YET else
         "the first entry" if archive.end.id != NOTHING_YET else "-", _entry(archive.end.id), ""),
        ("snapshots", _entry(min(snapshots.ids, default=NOTHING_YET)),
         _entry(max(snapshots.ids, default=NOTHING_YET)),
         f"{len(snapshots.ids)} kept" + "".join(
             f"; {entry_id} is {why}" for entry_id, why in snapshots.unusable
         )),
        ("set aside", _entry(min(snapshots.aside, default=NOTHING_YET)),
         _entry(max(snapshots.aside, default=NOTHING_YET)),
         f"{len(snapshots.aside)} snapshots, never used again" if snapshots.aside else ""),
    ]
    return [
        f"{part:<10} {first:<34} {last:<34} {remarks}".rstrip()
        for part, first, last, remarks in rows
    ]


def story(plan: Plan) -> list[str]:
    """The finding and the plan."""
    return [
        f"{plan.situation.value}: {plan.finding}" if plan.acts else plan.finding,
        *(f"  plan: {step}" for step in plan.steps),
        *(f"  lost: {what}" for what in plan.lost),
    ]


def _entry(entry_id: EntryId) -> str:
    return "-" if entry_id == NOTHING_YET else f"{entry_id} {time_of(entry_id):%m-%d %H:%M:%S}"


def time_of(entry_id: EntryId) -> datetime:
    """The time of an entry."""
    return datetime.fromtimestamp(entry_id.ms / 1000, UTC)
