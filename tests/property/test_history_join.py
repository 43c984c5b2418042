"""What a gateway says of the past is the same wherever history ends and its own views go on."""

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.adapters.memory.history import MemoryHistory
from outcry.adapters.memory.log import MemoryLog
from outcry.engine.units import AccountId
from outcry.log.command_writer import CommandWriter
from outcry.ports.history import Selection
from outcry.processes.gateway.history import CompleteHistory
from outcry.processes.gateway.views import Views
from outcry.projections.cfd import PositionRow
from outcry.projections.venue import VenueView
from outcry.wire.journal import EntryId, EventsEntry, decode_outcome
from rigs.scripted_log import ScriptedLog
from rigs.venue_log import VenueLog
from twin.cfd_tables import naive_closed_rows
from twin.tables import Tables, naive_order, naive_tables

ACCOUNTS = 3


class Gateway:
    """The views of a gateway, started from a snapshot, and a history that is behind them."""

    def __init__(self, started: ScriptedLog, entries: list[EventsEntry]) -> None:
        log = MemoryLog(lambda: 0)
        log.events += entries
        venue = VenueView.from_image(started.image(), started.top)
        self.views = Views(venue, CommandWriter(log, session=1, patience_s=1))
        self.history = MemoryHistory(log)
        self.complete = CompleteHistory(self.history, self.views)

    def follow(self, entries: list[EventsEntry]) -> None:
        self.views.on_entries([(entry, decode_outcome(entry.outcome)) for entry in entries])

    def record(self, up_to: EntryId, *, forget: bool) -> None:
        """The recorder has come this far, and the views may let go of it."""
        self.history.recorded = up_to
        if forget:
            self.views.note_recorded(up_to)
            self.views.forget(up_to)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 40), st.integers(1, 60))
async def test_orders_and_fills_are_whole_wherever_history_ends(
    seed: int, first: int, rest: int
) -> None:
    """Every order is there from its first moment, once, and counted, whatever page it is on."""
    started = VenueLog(seed, accounts=ACCOUNTS)
    started.trade(first)
    whole = VenueLog(seed, accounts=ACCOUNTS)
    whole.trade(first + rest)
    entries = whole.script.entries
    beginning = len(started.script.entries)
    chance = Random(seed)
    gateway = Gateway(started.script, entries)
    gateway.follow(entries[beginning:])
    tables = naive_tables(whole.entries)
    ends = sorted(chance.randint(beginning - 1, len(entries) - 1) for _ in range(3))
    for end in ends:
        gateway.record(entries[end].id, forget=chance.random() < 0.5)
        for account_id in whole.accounts:
            await compare_account(gateway, chance, tables, account_id)
    assert {
        symbol: market.instrument for symbol, market in gateway.views.markets.items()
    } == {
        book.instrument.listed.symbol: book.instrument.listed
        for book in whole.script.engine.state.books.values()
    }


async def compare_account(
    gateway: Gateway, chance: Random, tables: Tables, account_id: AccountId
) -> None:
    """Random pages of one account against the naive rows."""
    orders = [
        naive_order(row) for row in tables["spot_orders"].values()
        if row["account_id"] == account_id
    ]
    orders.sort(key=lambda row: row.order_id)
    times = [row.created_ms for row in orders]
    fills = [
        (row["traded_ms"], row["instrument_id"], row["trade_id"])
        for row in tables["spot_fills"].values() if row["account_id"] == account_id
    ]
    for _ in range(4):
        ascending = chance.random() < 0.5
        offset, limit = chance.randint(0, 30), chance.randint(1, 30)
        from_ms = chance.choice([0, *times])
        to_ms = chance.choice([None, *times])
        wanted = [
            row for row in orders
            if from_ms <= row.created_ms and (to_ms is None or row.created_ms <= to_ms)
        ]
        page = await gateway.complete.orders(
            Selection(account_id, from_ms=from_ms, to_ms=to_ms),
            limit=limit, offset=offset, ascending=ascending,
        )
        expected = _page(wanted, limit, offset, ascending)
        assert expected == page.rows
        assert len(wanted) == page.total
        of_fills = await gateway.complete.fills(
            Selection(account_id), limit=limit, offset=offset, ascending=ascending
        )
        assert _page(fills, limit, offset, ascending) == [
            (row.traded_ms, row.instrument_id, row.trade_id) for row in of_fills.rows
        ]
        assert len(fills) == of_fills.total


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 60), st.integers(1, 250))
async def test_closes_are_whole_wherever_history_ends(
    seed: int, first: int, rest: int
) -> None:
    """All pages together have each close once, of a part as well, newest first."""
    started = VenueLog(seed, accounts=ACCOUNTS)
    started.trade(first)
    whole = VenueLog(seed, accounts=ACCOUNTS)
    whole.trade(first + rest)
    entries = whole.script.entries
    beginning = len(started.script.entries)
    chance = Random(seed)
    gateway = Gateway(started.script, entries)
    gateway.follow(entries[beginning:])
    tables = naive_tables(whole.entries)

    async def pages(account_id: AccountId) -> list[PositionRow]:
        found: list[PositionRow] = []
        limit = chance.randint(1, 4)
        while page := await gateway.complete.closes(
            account_id, limit=limit, offset=len(found)
        ):
            assert len(page) <= limit
            found += page
        return found

    async def compare() -> None:
        for end in sorted(chance.randint(beginning - 1, len(entries) - 1) for _ in range(3)):
            gateway.record(entries[end].id, forget=chance.random() < 0.5)
            for account_id in whole.accounts:
                found = await pages(account_id)
                expected = naive_closed_rows(tables, account_id)
                assert [PositionRow(**row) for row in expected] == found

    await compare()


def _page(rows: list[Any], limit: int, offset: int, ascending: bool) -> list[Any]:
    return (rows if ascending else rows[::-1])[offset : offset + limit]
