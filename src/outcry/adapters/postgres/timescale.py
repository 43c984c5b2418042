"""Makes trades, fills and candles TimescaleDB hypertables where that extension can be had.

Nothing else depends on it: the same statements run on the plain tables. Only empty tables are
turned, since turning a large one locks it for as long as it takes to move every row.
"""

from typing import Final

from outcry.adapters.postgres.pool import PostgresConnection

_DAY_MS: Final = 86_400_000

# Table → column of time, and how much time one chunk holds.
HYPERTABLES: Final = {
    "spot_trades": ("traded_ms", 7 * _DAY_MS),
    "spot_fills": ("traded_ms", 7 * _DAY_MS),
    "candles": ("start_ms", 365 * _DAY_MS),
}

# Offered by the server, and loaded when it started: otherwise creating it is an error. A user who
# may not read that setting may not create extensions either: the administrator has, or has not.
_USABLE = """
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') OR (
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
    AND EXISTS (
        SELECT FROM pg_settings
        WHERE name = 'shared_preload_libraries' AND setting LIKE '%timescaledb%'
    )
)
"""
_TURNED = "SELECT hypertable_name FROM timescaledb_information.hypertables"
_TURN = """
SELECT create_hypertable(
    $1::regclass, $2::name, chunk_time_interval => $3::bigint, create_default_indexes => false
)
"""


async def make_hypertables(connection: PostgresConnection) -> list[str]:
    """Turn every empty table that can be; returns the names of those turned now."""
    if not await connection.fetchval(_USABLE):
        return []
    turned = []
    async with connection.transaction():
        await connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        present = {row["hypertable_name"] for row in await connection.fetch(_TURNED)}
        for table, (column, chunk_ms) in HYPERTABLES.items():
            filled = await connection.fetchval(f"SELECT true FROM {table} LIMIT 1")  # noqa: S608
            if table in present or filled:
                continue
            await connection.execute(_TURN, table, column, chunk_ms)
            turned.append(table)
    return turned
