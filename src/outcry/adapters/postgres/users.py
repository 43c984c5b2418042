"""Users and API keys in PostgreSQL, with notifications of changed keys."""

from collections.abc import AsyncGenerator, Mapping, Sequence

from outcry.adapters.postgres.notifications import notifications
from outcry.adapters.postgres.pool import Database, Row
from outcry.adapters.postgres.queries import load_queries
from outcry.engine.units import AccountId
from outcry.ports.people import ApiKeyRecord, NamedKey

_QUERIES = load_queries("users")


class PostgresUsers:
    """Fulfils `ApiKeys`, `Users` and `OwnKeys`. Notifications come from `url`."""

    def __init__(self, database: Database, url: str) -> None:
        self._database = database
        self._url = url

    async def add_user(self, email: str) -> int:
        """The id of the user with this address, added when there is none yet."""
        async with self._database.connection() as connection:
            return int(await connection.fetchval(_QUERIES["add_user"], email))

    async def claim_account(self, user_id: int) -> bool:
        """Note that a user asked for the account they have; False when they had before."""
        row = await self._database.fetch_row(_QUERIES["claim_account"], user_id)
        return row is not None

    async def email(self, user_id: int) -> str:
        """The address of an existing user."""
        row = await self._database.fetch_row(_QUERIES["find_email"], user_id)
        assert row is not None
        return str(row["email"])

    async def emails(self, user_ids: Sequence[int]) -> dict[int, str]:
        """The addresses of those of these users who exist."""
        rows = await self._database.fetch(_QUERIES["find_emails"], list(user_ids))
        return {row["id"]: row["email"] for row in rows}

    async def user_of(self, email: str) -> int | None:
        """The id of the user with this address; None when there is none."""
        row = await self._database.fetch_row(_QUERIES["find_user"], email)
        return None if row is None else int(row["id"])

    async def add_api_key(self, api_key: ApiKeyRecord, *, name: str) -> None:
        """Add a key, which must be new."""
        await self._database.execute(_QUERIES["add_api_key"], *_row(api_key, name))

    async def add_own_key(self, api_key: ApiKeyRecord, *, name: str, most: int) -> bool:
        """Add a key; False when the user has `most` keys already."""
        added = await self._database.execute(
            _QUERIES["add_api_key_within"], *_row(api_key, name), most
        )
        return added == "INSERT 0 1"

    async def api_keys(self, user_id: int) -> list[NamedKey]:
        """The user's keys that are not revoked, oldest first."""
        rows = await self._database.fetch(_QUERIES["list_api_keys"], user_id)
        return [
            NamedKey(_api_key(row), row["name"], row["created_ms"], row["used_ms"]) for row in rows
        ]

    async def revoke_api_key(self, public_key: bytes) -> bool:
        """Revoke a key; False when it was not known, or revoked before."""
        return await self._database.execute(_QUERIES["revoke_api_key"], public_key) == "UPDATE 1"

    async def revoke_own_key(self, user_id: int, public_key: bytes) -> bool:
        """Revoke a key; False when it is not the user's, or revoked before."""
        revoked = await self._database.execute(_QUERIES["revoke_api_key_of"], public_key, user_id)
        return revoked == "UPDATE 1"

    async def load(self) -> list[ApiKeyRecord]:
        """All keys that are not revoked."""
        rows = await self._database.fetch(_QUERIES["load_api_keys"])
        return [_api_key(row) for row in rows]

    async def find(self, public_key: bytes) -> ApiKeyRecord | None:
        """One key, unless it is unknown or revoked."""
        row = await self._database.fetch_row(_QUERIES["find_api_key"], public_key)
        return None if row is None else _api_key(row)

    async def note_uses(self, used_ms: Mapping[bytes, int]) -> None:
        """Store when keys were last used."""
        await self._database.execute(
            _QUERIES["note_key_uses"], list(used_ms), list(used_ms.values())
        )

    def changes(self) -> AsyncGenerator[bytes | None, None]:
        """Keys as they change; None after every connection, because more may have been missed."""
        return notifications(self._url, "api_keys")


def _row(api_key: ApiKeyRecord, name: str) -> tuple[object, ...]:
    return (
        api_key.public_key, api_key.user_id, api_key.account_id, name, sorted(api_key.scopes),
        list(api_key.addresses), api_key.expires_ms,
    )


def _api_key(row: Row) -> ApiKeyRecord:
    return ApiKeyRecord(
        public_key=row["public_key"], user_id=row["user_id"],
        account_id=AccountId(row["account_id"]), scopes=frozenset(row["scopes"]),
        addresses=tuple(row["addresses"]), expires_ms=row["expires_ms"],
    )
