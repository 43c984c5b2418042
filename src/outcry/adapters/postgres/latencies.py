"""How long requests took, in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from outcry.adapters.postgres.pool import Database
from outcry.ports.latencies import RequestLatency

_COLUMNS: Final = ("request_id", "user_id", "command", "success", "error", "latency_ms")


class PostgresLatencies:
    """Fulfils `LatencyStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_latencies(self, measured: Sequence[RequestLatency]) -> None:
        """Store measurements, in one statement; raises `DatabaseUnavailable`."""
        async with self._database.connection() as connection:
            await connection.copy_records_to_table(
                "request_latency", columns=_COLUMNS, records=measured
            )
