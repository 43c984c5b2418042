"""Users and API keys in PostgreSQL, and word of every change to a key."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final

import asyncpg

from outcry.adapters.postgres.pool import UNAVAILABLE, Database, Row
from outcry.adapters.postgres.queries import load_queries
from outcry.engine.units import AccountId
from outcry.ports import ApiKey

RECONNECT_PAUSE_S: Final = 0.25

_QUERIES = load_queries("users")
_CONNECTION_LOST: Final = ""  # Never a key's text.


class PostgresUsers:
    """Fulfils `ApiKeys` and `Users`. `url` is where the announcements are listened to."""

    def __init__(self, database: Database, url: str) -> None:
        self._database = database
        self._url = url

    async def add_user(self, email: str) -> int:
        """The id of the user with this address, who is added when there is none yet."""
        async with self._database.connection() as connection:
            return int(await connection.fetchval(_QUERIES["add_user"], email))

    async def add_api_key(self, api_key: ApiKey, *, name: str) -> None:
        """Make a key known; one that is known is an error of the caller's."""
        await self._database.execute(
            _QUERIES["add_api_key"], api_key.public_key, api_key.user_id, api_key.account_id,
            name, sorted(api_key.scopes),
        )

    async def revoke_api_key(self, public_key: bytes) -> bool:
        """Make a key worthless from now on; False when it was not known, or was already."""
        return await self._database.execute(_QUERIES["revoke_api_key"], public_key) == "UPDATE 1"

    async def load(self) -> list[ApiKey]:
        """All keys that are not revoked."""
        rows = await self._database.fetch(_QUERIES["load_api_keys"])
        return [_api_key(row) for row in rows]

    async def find(self, public_key: bytes) -> ApiKey | None:
        """One key, unless it is unknown or revoked."""
        row = await self._database.fetch_row(_QUERIES["find_api_key"], public_key)
        return None if row is None else _api_key(row)

    async def changes(self) -> AsyncGenerator[bytes | None, None]:
        """Keys as they change; None after every connection, because more may have been missed."""
        while True:
            announced: asyncio.Queue[str] = asyncio.Queue()
            try:
                connection = await self._listen(announced)
            except UNAVAILABLE:
                await asyncio.sleep(RECONNECT_PAUSE_S)
                continue
            try:
                yield None
                while (text := await announced.get()) != _CONNECTION_LOST:
                    yield bytes.fromhex(text)
            finally:
                connection.terminate()

    async def _listen(self, announced: asyncio.Queue[str]) -> Any:
        connection = await asyncpg.connect(
            self._url, timeout=10.0, server_settings={"application_name": "outcry api keys"}
        )
        connection.add_termination_listener(
            lambda _connection: announced.put_nowait(_CONNECTION_LOST)
        )
        await connection.add_listener(
            "api_keys",
            lambda _connection, _pid, _channel, payload: announced.put_nowait(payload),
        )
        return connection


def _api_key(row: Row) -> ApiKey:
    return ApiKey(
        public_key=row["public_key"], user_id=row["user_id"],
        account_id=AccountId(row["account_id"]), scopes=frozenset(row["scopes"]),
    )
