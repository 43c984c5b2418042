"""`outcry user create`: signs a user up at a running venue."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from outcry.adapters.postgres.migrate import migrate
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.users import PostgresUsers
from outcry.bootstrap.running_venue import venue_connection
from outcry.people.onboarding import Onboarding, SignUpRefused, derived_key, parse_deposits
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogUnavailable
from outcry.ports.people import NEW_KEYS
from outcry.runtime.config import VenueSettings


async def create_user(
    settings: VenueSettings, email: str, *, api_key: bool, deposits: Mapping[str, str],
    deposit_key: str | None = None, api_key_name: str = "created by the operator",
    scopes: frozenset[str] = NEW_KEYS,
) -> dict[str, object]:
    """Sign a user up; returns `account_id`, and `api_key` and `api_secret` when asked for.

    Without `deposits` a new account gets the demo deposit, in demo mode, once. With a
    `deposit_key` the same deposits made again are made once. Raises `SignUpRefused`.
    """
    try:
        async with _onboarding(settings) as onboarding:
            money = onboarding.money(deposits)
            user_id, account_id = await onboarding.account(email)
            if not deposits and settings.mode == "demo":
                await onboarding.welcome(user_id, account_id, parse_deposits(settings.demo_deposit))
            await onboarding.deposit(account_id, money, [
                secrets.randbits(63) if deposit_key is None
                else derived_key("deposit", user_id, asset.symbol, deposit_key)
                for asset, _ in money
            ])
            created: dict[str, object] = {"account_id": account_id}
            if api_key:
                made = await onboarding.new_key(
                    user_id, account_id, name=api_key_name, scopes=scopes
                )
                created |= {"api_key": made.public_key, "api_secret": made.secret}
            return created
    except (DatabaseUnavailable, LogUnavailable) as error:
        raise SignUpRefused(f"the venue is out of reach: {error}") from error


@asynccontextmanager
async def _onboarding(settings: VenueSettings) -> AsyncIterator[Onboarding]:
    """Onboarding with a writer session of its own, inside the block."""
    async with Database(
        settings.database_url, application="user", connections_max=1
    ) as database:
        await migrate(database)
        async with venue_connection(settings) as (venue, command_writer):
            yield Onboarding(
                users=PostgresUsers(database, settings.database_url), command_writer=command_writer,
                venue=venue,
            )
