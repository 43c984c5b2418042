"""The rows of a log, whatever groups it is cut into, against rows worked out event by event."""

import random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.adapters.postgres.order_rows import ORDER_COLUMNS, order_of_row, values_of
from outcry.engine.events import (
    InstrumentChanged,
    OrderAccepted,
    OrderCanceled,
    OrderReplaced,
    OrderWaiting,
    QuoteSet,
    Traded,
    TriggerFailed,
)
from outcry.projections.candles import merged
from outcry.projections.history import changed, fills_of, order_of, waited, waiting_order_of
from outcry.projections.rows import Rows, RowsFold
from outcry.wire.journal import decode_outcome
from rigs.venue_log import VenueLog
from twin.tables import Tables, naive_tables

KEYS = {
    "assets": ("asset_id",),
    "instruments": ("instrument_id",),
    "accounts": ("account_id",),
    "balances": ("account_id", "asset_id"),
    "transfers": ("transfer_id",),
    "spot_orders": ("order_id",),
    "spot_trades": ("instrument_id", "trade_id"),
    "spot_fills": ("account_id", "instrument_id", "trade_id"),
    "candles": ("instrument_id", "interval", "start_ms"),
    "contracts": ("instrument_id",),
    "positions": ("position_id",),
    "desk_commands": ("ms", "seq", "place"),
    "position_closes": ("ms", "seq", "place"),
}


class TablesInMemory:
    """Takes groups the way the database does."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[Any, Any]] = {table: {} for table in KEYS}

    def key(self, table: str, row: Any) -> Any:
        names = KEYS[table]
        found = tuple(getattr(row, name) for name in names)
        return found if len(names) > 1 else found[0]

    def append(self, table: str, rows: list[Any]) -> None:
        for row in rows:
            key = self.key(table, row)
            assert key not in self.rows[table], f"{table} {key} is there already"
            self.rows[table][key] = row

    def write(self, group: Rows) -> None:
        self.append("assets", group.assets)
        for instrument in group.instruments:
            self.rows["instruments"][instrument.instrument_id] = instrument
        self.append("accounts", group.accounts)
        self.append("transfers", group.transfers)
        self.append("spot_orders", group.orders)
        self.append("spot_trades", group.trades)
        self.append("spot_fills", group.fills)
        for change in group.order_changes:
            order = self.rows["spot_orders"][change.order_id]
            self.rows["spot_orders"][change.order_id] = changed(order, change)
        for balance in group.balances:
            self.rows["balances"][self.key("balances", balance)] = balance
        for candle in group.candles:
            key = self.key("candles", candle)
            known = self.rows["candles"].get(key)
            self.rows["candles"][key] = candle if known is None else merged(known, candle)

        for contract in group.cfd.contracts:
            self.rows["contracts"][contract.instrument_id] = contract
        self.append("positions", group.cfd.positions)
        self.append("desk_commands", group.cfd.commands)
        self.append("position_closes", group.cfd.closes)
        for moved in group.cfd.position_changes:
            position = self.rows["positions"][moved.position_id]
            self.rows["positions"][moved.position_id] = moved.on(position)

    def plain(self) -> Tables:
        tables = {
            table: {key: msgspec.structs.asdict(row) for key, row in rows.items()}
            for table, rows in self.rows.items()
        }
        for order in self.rows["spot_orders"].values():
            row = dict(zip(ORDER_COLUMNS, values_of(order), strict=True))
            assert order == order_of_row(row)
            tables["spot_orders"][order.order_id] = row
        for fill in tables["spot_fills"].values():
            assert fill.pop("client_id") is None
        return tables


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_rows_are_the_same_however_entries_are_grouped(seed: int) -> None:
    """Any cut into groups, each key once a group, leaves what the events say one by one."""
    log = VenueLog(seed)
    log.trade(60)
    dice = random.Random(seed)
    fold, tables = RowsFold(), TablesInMemory()
    total = 0
    for command, entry in log.entries:
        fold.fold_pair(command, decode_outcome(entry.outcome))
        if dice.random() < 0.2:
            rows = fold.take()
            total += rows.count
            tables.write(rows)
    rows = fold.take()
    total += rows.count
    tables.write(rows)
    expected = naive_tables(log.entries)
    del expected["journal"], expected["events"]
    assert expected == tables.plain()
    assert total >= sum(len(table) for table in expected.values())
    assert len(expected["transfers"]) == rows.transfers_total
    assert fold.take().count == 0


def test_random_logs_have_everything_that_changes_an_order() -> None:
    """Else the properties of this and other files would prove little."""
    log = VenueLog(1)
    log.trade(600)
    answers = [answer for outcome in log.script.outcomes for answer in outcome.answers]
    followed = {(type(answer[0]), type(event)) for answer in answers for event in answer[1:]}
    assert {
        (QuoteSet, OrderAccepted), (QuoteSet, TriggerFailed), (InstrumentChanged, OrderAccepted),
        (OrderWaiting, OrderAccepted), (OrderReplaced, Traded), (OrderCanceled, OrderWaiting),
        (OrderAccepted, OrderAccepted), (OrderAccepted, OrderWaiting),
        (OrderAccepted, OrderCanceled), (OrderAccepted, TriggerFailed),
    } <= followed
    orders = naive_tables(log.entries)["spot_orders"].values()
    assert {1, 2, 3, 4, 5} == {order["status"] for order in orders}
    assert any(order["related_order_id"] and order["triggered_ms"] for order in orders)
    assert any(order["trigger_share_rate"] and order["filled"] for order in orders)
    tables = naive_tables(log.entries)
    positions = tables["positions"].values()
    assert {0, 1, 2, 3, 4} == {position["status"] for position in positions}
    assert any(position["shortfall"] for position in positions)
    assert {"CREATE_TRADE", "CLOSE_TRADE", "CHANGE_TRADE", "ADD_MARGIN"} <= {
        row["command"] for row in tables["desk_commands"].values() if not row["reject_reason"]
    }
    # All the lots it came to, and yet its money was not spent.
    assert any(
        order["status"] == 3 and order["filled"] == order["quantity"] and order["triggered_ms"]
        for order in orders
    )


def test_a_fold_goes_on_where_another_left_off() -> None:
    """The listing and the count of transfers are all that is remembered between groups."""
    log = VenueLog(3)
    half = len(log.entries)
    log.trade(50)
    tables = TablesInMemory()
    first = RowsFold()
    for command, entry in log.entries[:half]:
        first.fold_pair(command, decode_outcome(entry.outcome))
    rows = first.take()
    tables.write(rows)
    second = RowsFold(
        assets=rows.assets, instruments=rows.instruments, transfers_total=rows.transfers_total
    )
    for command, entry in log.entries[half:]:
        second.fold_pair(command, decode_outcome(entry.outcome))
    tables.write(second.take())
    expected = naive_tables(log.entries)
    del expected["journal"], expected["events"]
    assert expected == tables.plain()


def test_who_knows_the_orders_says_their_client_ids() -> None:
    """A fill carries the client id of its own order, not of the other one."""
    log = VenueLog(5)
    log.trade(100)
    orders = {}
    seen = 0
    for command, entry in log.entries:
        for events in decode_outcome(entry.outcome).answers:
            for event in events:
                if isinstance(event, OrderWaiting):
                    orders[event.order_id] = waiting_order_of(event, command.id.ms)
                if isinstance(event, OrderAccepted) and not waited(event):
                    orders[event.order_id] = order_of(event, command.id.ms)
                if isinstance(event, Traded):
                    fills = fills_of(
                        event, command.id.ms, base_asset_id=2, quote_asset_id=1,
                        taker_client_id=orders[event.taker_order_id].client_id,
                        maker_client_id=orders[event.maker_order_id].client_id,
                    )
                    for fill in fills:
                        order = orders[fill.order_id]
                        assert (order.account_id, order.client_id, order.side) == (
                            fill.account_id, fill.client_id, fill.side
                        )
                        seen += 1
    assert seen > 0
