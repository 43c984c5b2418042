"""Copies the tables that no entry leads to: users, keys, sessions, requests, latencies."""

from typing import Final

import msgspec
import zstandard

from outcry.adapters.postgres.pool import Database

# Each after the tables that it refers to.
TABLES: Final = (
    "users", "api_keys", "api_key_uses", "sessions", "sign_in_tokens", "withdrawal_requests",
    "request_latency",
)


class PostgresPeople:
    """Their rows, as JSON by the names of the columns. Raises `DatabaseUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def packed(self) -> bytes:
        """All their rows as of one moment."""
        found: dict[str, msgspec.Raw] = {}
        async with (
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            for table in TABLES:
                rows = await connection.fetch(
                    f"SELECT row_to_json(t)::text AS row FROM {table} AS t"  # noqa: S608
                )
                found[table] = msgspec.Raw(f"[{','.join(row['row'] for row in rows)}]".encode())
        return zstandard.compress(msgspec.json.encode(found), 3)

    async def load(self, packed: bytes) -> None:
        """Fill the tables, which are empty; columns that the copy lacks get their defaults."""
        found = msgspec.json.decode(zstandard.decompress(packed), type=dict[str, msgspec.Raw])
        async with self._database.transaction() as connection:
            for table in TABLES:
                rows = bytes(found.get(table, msgspec.Raw(b"[]"))).decode()
                columns = await connection.fetchval(
                    "SELECT string_agg(DISTINCT quote_ident(key), ', ')"
                    " FROM json_array_elements($1::json) AS r, json_object_keys(r) AS key", rows,
                )
                if columns is not None:
                    await connection.execute(
                        f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE"  # noqa: S608
                        f" SELECT {columns} FROM json_populate_recordset(null::{table}, $1::json)",
                        rows,
                    )
            await connection.execute(
                "SELECT setval(pg_get_serial_sequence('users', 'id'), max(id)) FROM users"
                " HAVING max(id) IS NOT NULL"
            )
