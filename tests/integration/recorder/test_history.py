"""Questions about the past, against the same questions asked of naively derived rows."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import redis

from outcry.adapters.postgres.history import PostgresHistory
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.queries import load_queries
from outcry.engine.units import AccountId, InstrumentId, OrderId
from outcry.ports.history import Selection
from outcry.projections.cfd import PositionRow
from outcry.projections.history import (
    CANCELED,
    FAILED,
    FILLED,
    OPEN,
    WAITING,
    CandleRow,
    FillRow,
    OrderRow,
    TradeRow,
    TransferRow,
)
from outcry.wire.journal import NOTHING_YET, EntryId
from rigs.recorder_bench import Bench
from rigs.scripted_log import SOL_USDC
from rigs.venue_log import BTC_USDC, VenueLog
from twin.cfd_tables import naive_closed_rows
from twin.tables import CONDITIONS, INTERVALS, Tables, naive_order, naive_start, naive_tables

Row = dict[str, Any]


class HistoryReader:
    """A recorded log, the naive rows of it, and history to be asked."""

    def __init__(self, bench: Bench, log: VenueLog) -> None:
        self.bench = bench
        self.account = log.accounts[0]
        self.upto = log.at
        self.naive: Tables = naive_tables(log.entries)

    def ask(self, question: Callable[[PostgresHistory], Any]) -> Any:
        async def run() -> Any:
            async with Database(self.bench.database_url, application="test") as database:
                return await question(PostgresHistory(database))

        return asyncio.run(run())

    def rows(self, table: str, holds: Callable[[Row], bool]) -> list[Row]:
        return [row for row in self.naive[table].values() if holds(row)]

    def orders(self, holds: Callable[[Row], bool] = lambda row: True) -> list[OrderRow]:
        """The account's orders, oldest first."""
        found = self.rows("spot_orders", lambda row: row["account_id"] == self.account)
        rows = [naive_order(row) for row in found if holds(row)]
        return sorted(rows, key=lambda row: row.order_id)

    def fills(self, holds: Callable[[Row], bool] = lambda row: True) -> list[FillRow]:
        """The account's fills, oldest first."""
        orders = self.naive["spot_orders"]
        found = self.rows("spot_fills", lambda row: row["account_id"] == self.account)
        rows = [
            FillRow(**row, client_id=orders[row["order_id"]]["client_id"])
            for row in found if holds(row)
        ]
        return sorted(rows, key=lambda row: (row.traded_ms, row.instrument_id, row.trade_id))


@pytest.fixture(scope="module")
def reader(valkey_url: str, fresh_database: Callable[[], str]) -> HistoryReader:
    """One recorded log for all questions."""
    with redis.Redis.from_url(valkey_url) as client:
        client.flushall()
    bench = Bench(valkey_url, fresh_database())
    log = VenueLog(24)
    log.trade(1200)
    bench.publish(log.entries)
    asyncio.run(bench.record(log.at))
    return HistoryReader(bench, log)


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("instrument_id", [None, SOL_USDC])
def test_orders_are_paged_by_id(
    reader: HistoryReader, ascending: bool, instrument_id: InstrumentId | None
) -> None:
    """Page after page gives all orders, each as it last was, with the recorder's id."""
    expected = reader.orders(
        lambda row: instrument_id is None or row["instrument_id"] == instrument_id
    )
    if not ascending:
        expected.reverse()
    assert len(expected) > 30
    pages: list[OrderRow] = []
    for offset in range(0, len(expected) + 70, 70):
        page, upto = reader.ask(lambda history, offset=offset: history.orders(
            Selection(reader.account, instrument_id=instrument_id),
            limit=70, offset=offset, ascending=ascending,
        ))
        assert reader.upto == upto
        pages += page
    assert expected == pages


def test_orders_are_chosen_by_when_they_were_placed(reader: HistoryReader) -> None:
    """Both ends are included."""
    everything = reader.orders()
    first_ms, last_ms = everything[10].created_ms, everything[-10].created_ms
    page, _ = reader.ask(lambda history: history.orders(
        Selection(reader.account, from_ms=first_ms, to_ms=last_ms), limit=1000, ascending=True
    ))
    assert reader.orders(lambda row: first_ms <= row["created_ms"] <= last_ms) == page
    assert 10 < len(page) < len(everything)


def test_every_order_is_there_with_what_it_waited_for(reader: HistoryReader) -> None:
    """Waiting, failed, triggered and replaced ones, each with its conditions."""
    orders = reader.orders()
    page, _ = reader.ask(lambda history: history.orders(
        Selection(reader.account), limit=1000, ascending=True
    ))
    assert orders == page
    assert {OPEN, FILLED, CANCELED, WAITING, FAILED} == {order.status for order in page}
    assert any(order.triggered_ms and order.filled for order in page)
    assert any(order.related_order_id for order in page)
    parts = [order.conditions for order in page if order.conditions is not None]
    for name in CONDITIONS:
        assert any(getattr(conditions, name) is not None for conditions in parts)


def test_closes_come_newest_first(reader: HistoryReader) -> None:
    """Page after page, those of parts as well, without somebody else's."""
    expected = [
        PositionRow(**row) for row in naive_closed_rows(reader.naive, reader.account)
    ]
    assert any(row.remaining_margin for row in expected)
    assert any(not row.remaining_margin for row in expected)
    for offset in range(len(expected) + 1):
        page, upto = reader.ask(lambda history, offset=offset: history.closes(
            reader.account, limit=2, offset=offset
        ))
        assert (expected[offset : offset + 2], reader.upto) == (page, upto)


def test_what_there_is_in_all_is_counted(reader: HistoryReader) -> None:
    """By the same filters as the pages."""
    account, upto = reader.account, reader.upto
    orders, fills = reader.orders(), reader.fills()
    order, fill = orders[len(orders) // 2], fills[len(fills) // 2]
    of_order = [row for row in fills if row.order_id == fill.order_id]
    deposits = reader.rows(
        "transfers", lambda row: row["account_id"] == account and row["amount"] > 0
    )
    early = [row for row in deposits if row["made_ms"] <= deposits[1]["made_ms"]]
    at_once = [row for row in orders if row.created_ms == order.created_ms]
    in_btc = [row for row in orders if row.instrument_id == BTC_USDC]
    later = [row for row in fills if row.traded_ms >= fill.traded_ms]

    async def ask(history: PostgresHistory) -> list[tuple[int, EntryId]]:
        return [
            await history.count_orders(Selection(account)),
            await history.count_orders(Selection(account, order_id=order.order_id)),
            await history.count_orders(Selection(account, instrument_id=BTC_USDC)),
            await history.count_orders(
                Selection(account, from_ms=order.created_ms, to_ms=order.created_ms)
            ),
            await history.count_fills(Selection(account)),
            await history.count_fills(Selection(account, order_id=fill.order_id)),
            await history.count_fills(Selection(account, from_ms=fill.traded_ms)),
            await history.count_transfers(account, deposits=True),
            await history.count_transfers(
                account, deposits=True, to_ms=deposits[1]["made_ms"]
            ),
            await history.count_orders(Selection(AccountId(99))),
        ]

    found = (
        orders, [order], in_btc, at_once, fills, of_order, later, deposits, early, []
    )
    assert [(len(rows), upto) for rows in found] == reader.ask(ask)
    assert len(early) < len(deposits)


def test_one_order_is_shown_to_its_owner_only(reader: HistoryReader) -> None:
    """By id: the order for its account, nothing for another one."""
    order = reader.orders()[5]
    mine, _ = reader.ask(lambda history: history.orders(
        Selection(reader.account, order_id=order.order_id)
    ))
    assert [order] == mine
    other = AccountId(reader.account + 1)
    theirs, upto = reader.ask(lambda history: history.orders(
        Selection(other, order_id=order.order_id)
    ))
    assert ([], reader.upto) == (theirs, upto)


@pytest.mark.parametrize("ascending", [False, True])
def test_fills_are_paged_by_time_with_their_orders_client_ids(
    reader: HistoryReader, ascending: bool
) -> None:
    """A page of fills in the middle is the same slice of all of them."""
    expected = reader.fills()
    if not ascending:
        expected.reverse()
    assert len(expected) > 60
    page, upto = reader.ask(lambda history: history.fills(
        Selection(reader.account), limit=30, offset=20, ascending=ascending
    ))
    assert (expected[20:50], reader.upto) == (page, upto)
    assert any(fill.client_id is not None for fill in page)


def test_fills_are_filtered_by_order_instrument_and_time(reader: HistoryReader) -> None:
    """Each filter alone and all together; both ends of a time range are included."""
    everything = reader.fills()
    fill = everything[len(everything) // 2]
    first_ms, last_ms = everything[10].traded_ms, fill.traded_ms
    by_order, _ = reader.ask(lambda history: history.fills(
        Selection(reader.account, order_id=fill.order_id), ascending=True
    ))
    assert reader.fills(lambda row: row["order_id"] == fill.order_id) == by_order
    by_time, _ = reader.ask(lambda history: history.fills(
        Selection(reader.account, instrument_id=BTC_USDC, from_ms=first_ms, to_ms=last_ms),
        limit=1000, ascending=True,
    ))
    expected = reader.fills(
        lambda row: row["instrument_id"] == BTC_USDC and first_ms <= row["traded_ms"] <= last_ms
    )
    assert len(expected) > 5
    assert expected == by_time


@pytest.mark.parametrize("deposits", [False, True])
def test_transfers_are_paged_newest_first(reader: HistoryReader, deposits: bool) -> None:
    """Deposits and withdrawals apart, by the ids that count them."""
    found = reader.rows("transfers", lambda row: row["account_id"] == reader.account)
    rows = [TransferRow(**row) for row in found if (row["amount"] > 0) == deposits]
    expected = sorted(rows, key=lambda row: -row.transfer_id)
    page, upto = reader.ask(lambda history: history.transfers(
        reader.account, deposits=deposits, limit=3, offset=1, from_ms=expected[-1].made_ms
    ))
    assert (expected[1:4], reader.upto) == (page, upto)
    forward, _ = reader.ask(lambda history: history.transfers(
        reader.account, deposits=deposits, ascending=True, limit=len(expected)
    ))
    assert expected[::-1] == forward
    older, _ = reader.ask(lambda history: history.transfers(
        reader.account, deposits=deposits, to_ms=expected[-1].made_ms
    ))
    assert expected[-1] == older[-1]
    assert all(row.made_ms <= expected[-1].made_ms for row in older)


def test_trades_come_newest_first(reader: HistoryReader) -> None:
    """Trade ids count up from 1, so a page is known by heart."""
    found = reader.rows("spot_trades", lambda row: row["instrument_id"] == SOL_USDC)
    expected = sorted((TradeRow(**row) for row in found), key=lambda row: -row.trade_id)
    page, upto = reader.ask(lambda history: history.trades(SOL_USDC, limit=40, offset=7))
    assert (expected[7:47], reader.upto) == (page, upto)


@pytest.mark.parametrize("interval", INTERVALS)
def test_candles_of_a_range_begin_with_the_one_before(reader: HistoryReader, interval: str) -> None:
    """All candles that start in the range, and the last one before it first of all."""
    found = reader.rows("candles", lambda row: row["instrument_id"] == SOL_USDC)
    rows = [CandleRow(**row) for row in found if row["interval"] == interval]
    rows.sort(key=lambda row: row.start_ms)
    assert len(rows) > 1
    middle = len(rows) // 2
    start_ms, end_ms = rows[middle].start_ms, rows[-1].start_ms
    candles, upto = reader.ask(lambda history: history.candles(
        SOL_USDC, interval, start_ms=start_ms, end_ms=end_ms
    ))
    assert (rows[middle - 1 : -1], reader.upto) == (candles, upto)
    everything, _ = reader.ask(lambda history: history.candles(
        SOL_USDC, interval, start_ms=0, end_ms=end_ms + 1
    ))
    assert rows == everything


def test_seconds_are_folded_from_trades(reader: HistoryReader) -> None:
    """Candles of a second are not kept, and yet answered, the one before the range included."""
    trades = reader.rows("spot_trades", lambda row: row["instrument_id"] == SOL_USDC)
    seconds: dict[int, list[Row]] = {}
    for trade in sorted(trades, key=lambda row: row["trade_id"]):
        seconds.setdefault(naive_start("1s", trade["traded_ms"]), []).append(trade)
    expected = [
        CandleRow(
            instrument_id=SOL_USDC, interval="1s", start_ms=start_ms, open=inside[0]["price"],
            high=max(trade["price"] for trade in inside),
            low=min(trade["price"] for trade in inside), close=inside[-1]["price"],
            volume=sum(trade["quantity"] for trade in inside),
            # A lot is 0.01 SOL and a tick 0.01 USDC: 100 of the smallest unit, 0.000001.
            quote_volume=sum(100 * trade["price"] * trade["quantity"] for trade in inside),
            trades=len(inside),
        )
        for start_ms, inside in sorted(seconds.items())
    ]
    middle = len(expected) // 2
    candles, upto = reader.ask(lambda history: history.candles(
        SOL_USDC, "1s", start_ms=expected[middle].start_ms, end_ms=expected[-1].start_ms
    ))
    assert (expected[middle - 1 : -1], reader.upto) == (candles, upto)
    everything, _ = reader.ask(lambda history: history.candles(
        SOL_USDC, "1s", start_ms=0, end_ms=expected[-1].start_ms + 1
    ))
    assert expected == everything, "the last second is whole"


async def test_an_empty_database_answers_with_nothing_yet(bench: Bench) -> None:
    """Before the first entry every answer is empty and holds up to nothing."""
    async with bench.database() as database:
        history = PostgresHistory(database)
        assert [([], NOTHING_YET)] * 6 == [
            await history.orders(Selection(AccountId(100))),
            await history.fills(Selection(AccountId(100), order_id=OrderId(1))),
            await history.transfers(AccountId(100), deposits=True),
            await history.trades(SOL_USDC),
            await history.candles(SOL_USDC, "1m", start_ms=0, end_ms=10**13),
            await history.candles(SOL_USDC, "1s", start_ms=0, end_ms=10**13),
        ]


# Name of the query, arguments of a page, the index that must give it in order.
PLANS = [
    ("history", "orders", (100, None, None, 0, None, False, 10, 0), "spot_orders_pkey"),
    ("history", "orders", (100, None, None, 5, 9, True, 10, 0), "spot_orders_pkey"),
    ("history", "orders", (100, None, 1, 0, None, False, 10, 0), "spot_orders_by_instrument"),
    ("history", "fills", (100, None, None, 0, None, False, 10, 0), "spot_fills_pkey"),
    ("history", "fills", (100, None, None, 5, 9, True, 10, 0), "spot_fills_pkey"),
    ("history", "fills", (100, None, 1, 0, None, False, 10, 0), "spot_fills_by_instrument"),
    ("history", "fills", (100, 7, None, 0, None, False, 10, 0), "spot_fills_by_order"),
    ("history", "transfers", (100, True, 0, None, False, 10, 0), "transfers_by_account"),
    ("history", "transfers", (100, True, 0, None, True, 10, 0), "transfers_by_account"),
    ("market_data", "trades", (1, 10, 0), "spot_trades_pkey"),
    ("market_data", "candles", (1, "1m", 0, 10**13), "candles_pkey"),
]


@pytest.mark.parametrize(("file", "name", "arguments", "index"), PLANS)
async def test_each_question_reads_its_page_from_an_index(
    reader: HistoryReader, file: str, name: str, arguments: tuple[Any, ...], index: str
) -> None:
    """Without looking at other accounts' rows; a page costs what it shows and what it skips."""
    async with (
        Database(reader.bench.database_url, application="test") as database,
        database.connection() as connection,
    ):
        # Small tables are read whole unless that is ruled out; large ones never are.
        await connection.execute("SET enable_seqscan = off")
        await connection.execute("SET enable_bitmapscan = off")
        await connection.execute("ANALYZE")
        rows = await connection.fetch("EXPLAIN " + load_queries(file)[name], *arguments)
    plan = "\n".join(row["QUERY PLAN"] for row in rows)
    assert index in plan, plan
