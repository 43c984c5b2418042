"""The accounts that the market maker trades with: made once, their keys kept in `secrets.json`."""

from base64 import b64decode
from typing import Final

from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.users import PostgresUsers
from outcry.bootstrap.users import create_user
from outcry.people.onboarding import SignUpRefused
from outcry.ports.database import DatabaseUnavailable
from outcry.runtime.config import VenueSettings
from outcry.runtime.errors import OperatorError
from outcry.runtime.secrets import SecretsFile

# One quotes, the other takes; they are two, for nobody trades with himself.
ROLES: Final = ("maker", "taker")

# Enough for years of quoting. The deposits' keys are fixed, so they happen once.
FUNDS: Final = {"USDC": "1000000000", "SOL": "5000000", "ETH": "200000", "BTC": "10000"}
DEPOSIT_KEY: Final = "first funds"


async def maker_accounts(settings: VenueSettings) -> dict[str, str] | None:
    """API keys by the names of their settings; None when there are none and may be none made.

    Keys that were set come first. In demo mode accounts are made where there are none. Raises
    `OperatorError` when that fails.
    """
    if settings.maker_api_key and settings.maker_api_secret:
        names = [f"{role}_{half}" for role in ROLES for half in ("api_key", "api_secret")]
        stated = {name: getattr(settings, name) for name in names}
        return {name: text for name, text in stated.items() if text}
    if settings.mode != "demo":
        return None
    secrets = SecretsFile(settings.data_dir / "secrets.json")
    keys: dict[str, str] = {}
    for role in ROLES:
        api_key, api_secret = secrets.get(f"{role}_api_key"), secrets.get(f"{role}_api_secret")
        if api_key is None or api_secret is None or not await _known(settings, api_key):
            api_key, api_secret = await _make(settings, role)
            secrets.put(f"{role}_api_key", api_key)
            secrets.put(f"{role}_api_secret", api_secret)
        keys |= {f"{role}_api_key": api_key, f"{role}_api_secret": api_secret}
    return keys


async def _known(settings: VenueSettings, api_key: str) -> bool:
    """Whether the venue knows a key; not when its database was exchanged for another."""
    try:
        async with Database(
            settings.database_url, application="up", connections_max=1
        ) as database:
            users = PostgresUsers(database, settings.database_url)
            return await users.find(b64decode(api_key)) is not None
    except DatabaseUnavailable as error:
        raise OperatorError(f"the database is out of reach: {error}") from error


async def _make(settings: VenueSettings, role: str) -> tuple[str, str]:
    try:
        created = await create_user(
            settings, f"{role}@market-maker.invalid", api_key=True, deposits=FUNDS,
            deposit_key=DEPOSIT_KEY, api_key_name="the market maker's",
        )
    except SignUpRefused as why:
        raise OperatorError(f"the market maker gets no account: {why}") from why
    return str(created["api_key"]), str(created["api_secret"])
