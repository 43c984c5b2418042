"""The recorder's tables: one transaction for a group of entries, guarded by the offset."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec

from outcry.adapters.postgres.order_rows import ORDER_COLUMNS, values_of
from outcry.adapters.postgres.pool import Database, PostgresConnection
from outcry.adapters.postgres.queries import load_queries
from outcry.engine.events import AssetListed, BalanceAfter, ContractListed, InstrumentListed
from outcry.projections.cfd import PositionRow
from outcry.projections.cfd_rows import CfdRows, CloseRow, CommandRow, PositionChange
from outcry.projections.history import (
    AccountRow,
    CandleRow,
    FillRow,
    OrderChange,
    TradeRow,
    TransferRow,
)
from outcry.projections.rows import Group, RecorderState
from outcry.wire.journal import EntryId

_SQL: Final = load_queries("recorder")

_JOURNAL_COLUMNS: Final = ("ms", "seq", "writer", "number", "version", "commands")
_EVENTS_COLUMNS: Final = ("ms", "seq", "writer", "number", "outcome", "digest")


class _Columns:
    """The columns of a table, named as the fields of the row's struct are."""

    def __init__(self, row: type[msgspec.Struct], *, without: Sequence[str] = ()) -> None:
        self.names = tuple(name for name in row.__struct_fields__ if name not in without)
        self.of = attrgetter(*self.names)


_ASSET: Final = _Columns(AssetListed)
_INSTRUMENT: Final = _Columns(InstrumentListed)
_ACCOUNT: Final = _Columns(AccountRow)
_BALANCE: Final = _Columns(BalanceAfter)
_TRANSFER: Final = _Columns(TransferRow)
_ORDER_CHANGE: Final = _Columns(OrderChange)
_TRADE: Final = _Columns(TradeRow)
_FILL: Final = _Columns(FillRow, without=("client_id",))
_CANDLE: Final = _Columns(CandleRow)
_CONTRACT: Final = _Columns(ContractListed)
_POSITION: Final = _Columns(PositionRow)
_POSITION_CHANGE: Final = _Columns(PositionChange)
_CLOSE: Final = _Columns(CloseRow)
_COMMAND: Final = _Columns(CommandRow)


class PostgresRecords:
    """Where the recorder writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recorded(self) -> RecorderState:
        """How far the tables go, read at one moment; raises `DatabaseUnavailable`."""
        async with (
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            offset = await connection.fetchrow(_SQL["offset"])
            assets = await connection.fetch(_SQL["assets"])
            instruments = await connection.fetch(_SQL["instruments"])
        assert offset is not None, "the offset's row is made by the first migration"
        return RecorderState(
            entry_id=EntryId(offset["ms"], offset["seq"]),
            digest=offset["digest"],
            assets=[AssetListed(**row) for row in assets],
            instruments=[InstrumentListed(**row) for row in instruments],
            transfers_total=offset["transfers"],
        )

    async def write(self, group: Group) -> bool:
        """Record a group and move the offset, in one transaction.

        False, with nothing written, when the offset is not at `group.after`: another recorder
        lives. After `DatabaseUnavailable` the group may or may not be recorded; `recorded` tells.
        """
        async with self._database.transaction() as connection:
            moved = await connection.fetchval(
                _SQL["move_offset"],
                *group.upto, group.upto_digest, group.rows.transfers_total,
                *group.after, group.after_digest,
            )
            if moved is None:
                return False
            await self._archive(connection, group)
            await self._append(connection, group)
            await self._replace(connection, group)
            await self._record_cfd(connection, group.rows.cfd)
        return True

    async def _archive(self, connection: PostgresConnection, group: Group) -> None:
        """The bytes of both streams."""
        await connection.copy_records_to_table(
            "journal", columns=_JOURNAL_COLUMNS,
            records=[
                (*entry.id, entry.writer, entry.number, entry.version, entry.commands)
                for entry in group.journal
            ],
        )
        await connection.copy_records_to_table(
            "events", columns=_EVENTS_COLUMNS,
            records=[
                (*entry.id, entry.writer, entry.number, entry.outcome, entry.digest)
                for entry in group.events
            ],
        )
        if group.quarantined:
            await connection.copy_records_to_table(
                "quarantine", columns=("ms", "seq", "index"),
                records=[(*entry_id, index) for entry_id, index in group.quarantined],
            )

    async def _append(self, connection: PostgresConnection, group: Group) -> None:
        """Rows that are new, and instruments, which are written anew when their rules change."""
        rows = group.rows
        if rows.instruments:
            stated = [instrument.instrument_id for instrument in rows.instruments]
            await connection.execute(_SQL["delete_instruments"], stated)
        if rows.orders:
            await connection.copy_records_to_table(
                "spot_orders", columns=ORDER_COLUMNS, records=map(values_of, rows.orders)
            )
        await _copy(connection, "assets", _ASSET, rows.assets)
        await _copy(connection, "instruments", _INSTRUMENT, rows.instruments)
        await _copy(connection, "accounts", _ACCOUNT, rows.accounts)
        if rows.accounts:
            highest = max(account.user_key for account in rows.accounts)
            await connection.execute(_SQL["skip_user_keys"], highest)
        await _copy(connection, "transfers", _TRANSFER, rows.transfers)
        await _copy(connection, "spot_trades", _TRADE, rows.trades)
        await _copy(connection, "spot_fills", _FILL, rows.fills)

    async def _replace(self, connection: PostgresConnection, group: Group) -> None:
        """Rows that say where something now stands; each key is there once."""
        rows = group.rows
        if rows.order_changes:
            tag = await connection.execute(
                _SQL["change_orders"], *_arrays(_ORDER_CHANGE, rows.order_changes)
            )
            assert tag == f"UPDATE {len(rows.order_changes)}", "an order that changed is not there"
        if rows.balances:
            made = await connection.fetch(_SQL["put_balances"], *_arrays(_BALANCE, rows.balances))
            assert not made, f"money came from nowhere up to {group.upto}: {[*map(dict, made)]}"
        if rows.candles:
            await connection.execute(_SQL["merge_candles"], *_arrays(_CANDLE, rows.candles))

    async def _record_cfd(self, connection: PostgresConnection, rows: CfdRows) -> None:
        if rows.contracts:
            stated = [contract.instrument_id for contract in rows.contracts]
            await connection.execute(_SQL["delete_contracts"], stated)
        await _copy(connection, "contracts", _CONTRACT, rows.contracts)
        await _copy(connection, "positions", _POSITION, rows.positions)
        await _copy(connection, "position_closes", _CLOSE, rows.closes)
        await _copy(connection, "desk_commands", _COMMAND, rows.commands)
        if rows.position_changes:
            tag = await connection.execute(
                _SQL["change_positions"], *_arrays(_POSITION_CHANGE, rows.position_changes)
            )
            changed = f"UPDATE {len(rows.position_changes)}"
            assert tag == changed, "a position that changed is not there"


async def _copy(
    connection: PostgresConnection, table: str, columns: _Columns, rows: Sequence[msgspec.Struct]
) -> None:
    if rows:
        await connection.copy_records_to_table(
            table, columns=columns.names, records=map(columns.of, rows)
        )


def _arrays(columns: _Columns, rows: Sequence[msgspec.Struct]) -> list[Sequence[Any]]:
    """Rows turned on their side: one array for each column."""
    return list(zip(*map(columns.of, rows), strict=True))
