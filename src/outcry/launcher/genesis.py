"""A step of starting up: makes sure that there is a journal, and that it is whole."""

import asyncio
import contextlib
import secrets
import uuid

from outcry.adapters.postgres.archive import PostgresArchive
from outcry.adapters.postgres.migrate import migrate
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.rebase import PostgresRebase
from outcry.adapters.valkey.streams import RedisEngineLog, RedisLog
from outcry.bootstrap.cfd_profile import profile_of
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.engine.image import decode_image
from outcry.operations.genesis import first_commands
from outcry.operations.restore_plan import Plan, Situation, plan_for
from outcry.operations.restore_survey import survey
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogBroken, LogUnavailable
from outcry.ports.snapshots import Snapshot
from outcry.processes.engine.durability import durability_faults
from outcry.runtime.config import VenueSettings
from outcry.runtime.errors import OperatorError
from outcry.wire.journal import encode_commands


async def main(settings: VenueSettings) -> None:
    """Create the journal of a new venue; check that of an old one.

    Raises `LogBroken` when log, archive and snapshots do not lead to one venue: data was lost, and
    a start would hide it.
    """
    await asyncio.to_thread(_refuse_forgetful, settings)
    async with RedisLog(settings.redis_url) as journal:
        plan = await _check(settings, journal)
        if plan.situation is Situation.NEW:
            first = encode_commands(first_commands(str(uuid.uuid4()), profile_of(settings)))
            await journal.create(writer=secrets.randbits(63), number=1, commands=first)
        elif plan.acts:
            raise LogBroken(f"{plan.finding}: run `outcry restore`, which asks before it acts")
        elif plan.situation is not Situation.HEALTHY:
            raise LogBroken(f"{plan.finding}: {plan.advice}; `outcry doctor` shows all there is")


def _refuse_forgetful(settings: VenueSettings) -> None:
    """In production, before anything is started on it; the engine would only refuse it later."""
    if settings.mode != "production":
        return
    with contextlib.closing(RedisEngineLog(settings.redis_url)) as journal:
        faults = durability_faults(journal.settings())
    if faults:
        raise OperatorError(
            f"the log server could lose acknowledged orders: {'; '.join(faults)}. Set this right"
            " with CONFIG SET and in its configuration file"
        )


async def _check(settings: VenueSettings, journal: RedisLog) -> Plan:
    """Compare log, archive and snapshots."""
    try:
        async with Database(
            settings.database_url, application="genesis", connections_max=1
        ) as database:
            found = await survey(
                journal, PostgresArchive(database), snapshot_store(settings), proven=False
            )
            plan = plan_for(found)
            if plan.situation is Situation.HEALTHY:
                await _skip_user_keys(database, found.snapshots.in_log)
            return plan
    except DatabaseUnavailable as error:
        raise LogUnavailable(f"PostgreSQL cannot say what is archived: {error}") from error


async def _skip_user_keys(database: Database, newest: Snapshot | None) -> None:
    """A database that was put back from a copy must not give a user the account of another."""
    if newest is not None:
        await migrate(database)
        highest = max(account.user_key for account in decode_image(newest.state).accounts)
        await PostgresRebase(database).skip_user_keys(highest)
