"""Sets the recorder's tables to the state of a snapshot, in one transaction.

Needed when nothing has the entries between the last archived one and the snapshot any more.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

import msgspec

from outcry.adapters.postgres.order_rows import ORDER_COLUMNS, values_of
from outcry.adapters.postgres.pool import Database, PostgresConnection
from outcry.adapters.postgres.queries import load_queries
from outcry.adapters.snapshots.format import pack
from outcry.engine.rejects import CancelReason
from outcry.ports.snapshots import Snapshot
from outcry.projections.state_rows import StateRows
from outcry.wire.journal import EventsEntry, JournalEntry

_SQL: Final = load_queries("rebase")
_SKIP_USER_KEYS: Final = load_queries("recorder")["skip_user_keys"]
_REPLACED: Final = ("balances", "assets", "instruments", "contracts")


class PostgresRebase:
    """The tables of the recorder. Raises `DatabaseUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rebase(
        self, snapshot: Snapshot, pair: tuple[JournalEntry, EventsEntry], rows: StateRows
    ) -> None:
        """Put everything at a snapshot's entry, all at once, and note the gap before it."""
        async with self._database.transaction() as connection:
            await self._archive(connection, snapshot, pair)
            for table in _REPLACED:
                await connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a table of ours
            for table, stated in (
                ("balances", rows.balances), ("assets", rows.assets),
                ("instruments", rows.instruments), ("contracts", rows.contracts),
            ):
                await _copy(connection, table, stated)
            await connection.execute(
                _SQL["add_accounts"],
                [account.account_id for account in rows.accounts],
                [account.user_key for account in rows.accounts],
                [account.created_ms for account in rows.accounts],
            )
            await self._state_open(connection, snapshot, rows)
            await connection.execute(_SKIP_USER_KEYS, rows.user_key_max)

    async def skip_user_keys(self, highest: int) -> None:
        """Give no later user a key up to this one."""
        await self._database.execute(_SKIP_USER_KEYS, highest)

    async def _archive(
        self, connection: PostgresConnection, snapshot: Snapshot,
        pair: tuple[JournalEntry, EventsEntry],
    ) -> None:
        command, events = pair
        before = await connection.fetchrow(_SQL["offset"])
        assert before is not None, "the offset's row is made by the first migration"
        await connection.execute(
            _SQL["add_gap"], *snapshot.entry_id, before["ms"], before["seq"], pack(snapshot)
        )
        await connection.copy_records_to_table(
            "journal", columns=("ms", "seq", "writer", "number", "version", "commands"),
            records=[(*command.id, command.writer, command.number, command.version,
                      command.commands)],
        )
        await connection.copy_records_to_table(
            "events", columns=("ms", "seq", "writer", "number", "outcome", "digest"),
            records=[(*events.id, events.writer, events.number, events.outcome, events.digest)],
        )
        await connection.execute(_SQL["move_offset"], *snapshot.entry_id, snapshot.digest)

    async def _state_open(
        self, connection: PostgresConnection, snapshot: Snapshot, rows: StateRows
    ) -> None:
        """Orders and positions that are open now; others that were open have ended in the gap."""
        orders = [order.order_id for order in rows.orders]
        await connection.execute(
            _SQL["end_orders"], int(CancelReason.BY_OWNER), snapshot.entry_id.ms, orders
        )
        await connection.execute(_SQL["delete_orders"], orders)
        await connection.copy_records_to_table(
            "spot_orders", columns=ORDER_COLUMNS, records=map(values_of, rows.orders)
        )
        positions = [position.position_id for position in rows.positions]
        await connection.execute(_SQL["end_positions"], snapshot.entry_id.ms, positions)
        await connection.execute(_SQL["delete_positions"], positions)
        await _copy(connection, "positions", rows.positions)


async def _copy(
    connection: PostgresConnection, table: str, rows: Sequence[msgspec.Struct]
) -> None:
    if rows:
        columns = rows[0].__struct_fields__
        await connection.copy_records_to_table(
            table, columns=columns, records=map(attrgetter(*columns), rows)
        )
