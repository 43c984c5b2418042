"""The views with the broker's names, against rows that are worked out naively."""

from typing import Any

import pytest

from outcry.adapters.postgres.copies import copy_earlier_closes
from outcry.adapters.postgres.latencies import PostgresLatencies
from outcry.adapters.postgres.pool import Database
from outcry.api.backpack.errors import outcome_unknown
from outcry.ports.latencies import RequestLatency
from rigs.recorder_bench import Bench
from rigs.venue_log import VenueLog
from twin.tables import Tables, naive_tables

DIRECTIONS = {1: "LONG", -1: "SHORT"}
STATUSES = ("OPEN", "CLOSED", "LIQUIDATED", "STOP_LOSS", "TAKE_PROFIT")
# As they were before the others were added: who reads a view by position finds them there.
EARLIER = {
    "orders": [
        "orderId", "user", "command", "asset", "direction", "amount", "leverage", "tradeId",
        "status", "latency",
    ],
    "trades": [
        "tradeId", "user", "asset", "direction", "margin", "marginDecimals", "leverage",
        "entryPrice", "liquidationPrice", "stopLossPrice", "takeProfitPrice", "exitPrice",
        "priceDecimals", "pnl", "status", "created", "updated",
    ],
    "trade_closes": ["id", "tradeId", "userId", "email"],
}
DOCUMENTED = {
    "users": {"id": "bigint", "email": "text"},
    "orders": {
        "id": "text", "orderId": "text", "userId": "bigint", "email": "text", "command": "text",
        "asset": "text", "direction": "text", "amount": "bigint", "leverage": "bigint",
        "tradeId": "text", "status": "text", "latencyMs": "integer",
        "createdAt": "timestamp with time zone",
    },
    "trades": {
        "id": "bigint", "tradeId": "text", "userId": "bigint", "email": "text", "asset": "text",
        "direction": "text", "margin": "bigint", "leverage": "bigint",
        **{
            name: kind for price in ("entry", "liquidation", "stopLoss", "takeProfit", "exit")
            for name, kind in ((f"{price}Price", "bigint"), (f"{price}PriceDecimals", "smallint"))
        },
        "pnl": "bigint", "status": "text", "createdAt": "timestamp with time zone",
        "updatedAt": "timestamp with time zone",
    },
}


class Recorded:
    """A recorded log with users for its accounts, and the naive rows of it."""

    def __init__(self, database: Database, naive: Tables) -> None:
        self.database = database
        self.naive = naive

    async def rows(self, view: str) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.database.fetch(f"SELECT * FROM {view}")]

    def owner(self, account_id: int) -> dict[str, object]:
        account = self.naive["accounts"][account_id]
        return {"userId": account["user_key"], "email": f"{account['user_key']}@example.org"}

    def asset(self, instrument_id: int) -> tuple[str, int]:
        contract = self.naive["contracts"][instrument_id]
        return contract["underlying"], contract["price_decimals"]


@pytest.fixture
async def recorded(bench: Bench) -> Any:
    log = VenueLog(24)
    log.trade(900)
    bench.publish(log.entries)
    await bench.record(log.at)
    naive = naive_tables(log.entries)
    async with bench.database() as database:
        for account in naive["accounts"].values():
            await database.execute(
                "INSERT INTO users (id, email) OVERRIDING SYSTEM VALUE VALUES ($1, $2)",
                account["user_key"], f"{account['user_key']}@example.org",
            )
        yield Recorded(database, naive)


async def test_documented_columns_and_types(recorded: Recorded) -> None:
    found: dict[str, dict[str, str]] = {}
    for row in await recorded.database.fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = current_schema() ORDER BY ordinal_position"
    ):
        found.setdefault(row["table_name"], {})[row["column_name"]] = row["data_type"]
    for table, columns in DOCUMENTED.items():
        assert columns.items() <= found[table].items(), table
    for table, names in EARLIER.items():
        assert names == list(found[table])[: len(names)]


async def test_every_position_is_a_trade(recorded: Recorded) -> None:
    found = {row["id"]: row for row in await recorded.rows("trades")}
    positions = recorded.naive["positions"]
    assert positions.keys() == found.keys()
    for position_id, position in positions.items():
        asset, decimals = recorded.asset(position["instrument_id"])
        expected = {
            **recorded.owner(position["account_id"]), "tradeId": str(position_id), "asset": asset,
            "direction": DIRECTIONS[position["direction"]], "margin": position["margin"],
            "remainingMargin": position["remaining_margin"], "leverage": position["leverage"],
            "entryPrice": position["entry_price"],
            "liquidationPrice": position["liquidation_price"] or None,
            "stopLossPrice": position["stop_loss"] or None,
            "takeProfitPrice": position["take_profit"] or None,
            "exitPrice": position["exit_price"] or None, "pnl": position["pnl"],
            "exitPriceDecimals": decimals, "entryPriceDecimals": decimals,
            "status": STATUSES[position["status"]],
        }
        row = found[position_id]
        assert expected.items() <= row.items()
        times = row["createdAt"].timestamp(), row["updatedAt"].timestamp()
        assert pytest.approx((position["opened_ms"] / 1000, position["updated_ms"] / 1000)) == times


async def test_every_close_is_there_whoever_asked_for_it(recorded: Recorded) -> None:
    found = {row["id"]: row for row in await recorded.rows("trade_closes")}
    closes = recorded.naive["position_closes"]
    assert {"{}-{}-{}".format(*key) for key in closes} == found.keys()
    for key, close in closes.items():
        position = recorded.naive["positions"][close["position_id"]]
        asset, decimals = recorded.asset(close["instrument_id"])
        expected = {
            **recorded.owner(close["account_id"]), "tradeId": str(close["position_id"]),
            "asset": asset, "direction": DIRECTIONS[position["direction"]],
            "status": STATUSES[close["reason"]], "margin": close["margin"],
            "remainingMargin": close["remaining_margin"], "exitPrice": close["close_price"],
            "exitPriceDecimals": decimals, "pnl": close["pnl"], "shortfall": close["shortfall"],
        }
        assert expected.items() <= found["{}-{}-{}".format(*key)].items()
    assert set(STATUSES[1:]) == {row["status"] for row in found.values()}
    assert any(row["remainingMargin"] for row in found.values())


async def test_closes_that_were_asked_for_have_asset_and_direction(recorded: Recorded) -> None:
    """In the rows of commands; a refused one tells nothing of another account's position."""
    found = {row["id"]: row for row in await recorded.rows("orders")}
    commands = recorded.naive["desk_commands"]
    assert len(commands) == len(found)
    closes = 0
    for row in found.values():
        assert row["status"] in ("SUCCESS", "ERROR")
        assert row["id"] == row["orderId"]
    for key, command in commands.items():
        request_id = command["request_id"]
        if request_id is not None or command["command"] != "CLOSE_TRADE":
            continue
        row = found["{}-{}-{}".format(*key)]
        position = recorded.naive["positions"].get(command["position_id"])
        own = position is not None and position["account_id"] == command["account_id"]
        asset = recorded.asset(position["instrument_id"])[0] if own and position else None
        direction = DIRECTIONS[position["direction"]] if own and position else None
        assert (asset, direction) == (row["asset"], row["direction"])
        if not command["reject_reason"]:
            assert asset is not None
            closes += 1
    assert closes > 3


async def test_a_command_without_a_known_outcome_is_pending(recorded: Recorded) -> None:
    """Until the recorder has reached the moment at which the gateway gave up."""
    order_id = bytes(range(16))
    await PostgresLatencies(recorded.database).add_latencies([
        RequestLatency(order_id, None, "CREATE_TRADE", False, outcome_unknown().message, 5000),
        RequestLatency(order_id[::-1], None, "CREATE_TRADE", False, "No such account", 1),
    ])
    question = 'SELECT status FROM orders WHERE "orderId" = encode($1, \'hex\')::uuid::text'
    states = []
    for recorded_to in (0, 2**45):
        await recorded.database.execute("UPDATE recorder_offset SET ms = $1", recorded_to)
        for each in (order_id, order_id[::-1]):
            row = await recorded.database.fetch_row(question, each)
            assert row is not None
            states.append(row["status"])
    assert ["PENDING", "ERROR", "ERROR", "ERROR"] == states


async def test_closes_from_before_the_table_are_copied_once(
    bench: Bench, recorded: Recorded
) -> None:
    """A database of an earlier version has the entries in its archive, and no rows of closes."""
    for statement in (
        "DELETE FROM position_closes", "INSERT INTO recorder_copies VALUES ('position_closes')",
    ):
        await recorded.database.execute(statement)
    for _ in range(2):
        await copy_earlier_closes(recorded.database)
        assert recorded.naive["position_closes"] == (await bench.tables())["position_closes"]
