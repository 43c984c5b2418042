"""Where the stream begins: snapshot, history and events meet without a gap and without overlap."""

import pytest

from outcry.adapters.memory.log import MemoryLog, MemorySnapshots
from outcry.engine.image import encode_image
from outcry.engine.units import BUY, SELL, InstrumentId
from outcry.log.follower import START, EventConsumer, LogPosition
from outcry.ports.log import LogBroken
from outcry.ports.snapshots import Snapshot
from outcry.processes.stream.hub import Hub
from outcry.processes.stream.publisher import Publisher
from outcry.processes.stream.start import start_publisher
from outcry.projections.candles import start_of
from outcry.projections.history import CandleRow
from outcry.projections.rows import RowsFold
from outcry.projections.venue import VenueView
from outcry.wire.journal import NOTHING_YET, EntryId
from rigs.live_stream import NoHistory
from rigs.scripted_log import ALICE, BOB, SOL_USDC, ScriptedLog, limit, market

MINUTE_MS = 60_000


class Recorded(NoHistory):
    """History as a recorder writes it that has come so far."""

    def __init__(self, log: ScriptedLog, entries: int) -> None:
        fold = RowsFold()
        for entry, outcome in zip(log.entries[:entries], log.outcomes, strict=False):
            fold.fold(entry.id, outcome)
        self._rows = fold.take().candles
        self._reached = log.entries[entries - 1].id if entries else NOTHING_YET

    async def candles(
        self, instrument_id: InstrumentId, interval: str, *, start_ms: int, end_ms: int
    ) -> tuple[list[CandleRow], EntryId]:
        rows = [
            row for row in self._rows
            if row.instrument_id == instrument_id and row.interval == interval
            and row.start_ms < end_ms
        ]
        rows.sort(key=lambda row: row.start_ms)
        earlier = [row for row in rows if row.start_ms < start_ms]
        return earlier[-1:] + [row for row in rows if row.start_ms >= start_ms], self._reached


def lively(days: int) -> ScriptedLog:
    """Trades spread over some days, the last of them within one minute."""
    log = ScriptedLog()
    log.open_market()
    for place in range(40):
        log.write(
            limit(ALICE, SELL, 1, at=100 + place), market(BOB, BUY, 1),
            after_ms=days * 86_400_000 // 40,
        )
    for place in range(20):
        log.write(limit(ALICE, SELL, 1, at=60 + place), market(BOB, BUY, 1), after_ms=700)
    return log


def published(log: ScriptedLog, first: int = 0) -> MemoryLog:
    memory = MemoryLog(lambda: 0)
    memory.events += log.entries[first:]
    return memory


def snapshots(log: ScriptedLog, entries: int) -> MemorySnapshots:
    """A snapshot taken after so many entries."""
    store = MemorySnapshots()
    early = ScriptedLog()
    for entry in log.entries[:entries]:
        early.engine.apply(
            entry_ms=entry.id.ms, writer=entry.writer, number=entry.number,
            commands=log.packed[entry.number - 1], quarantined=[],
        )
    last = log.entries[entries - 1]
    store.write(Snapshot(last.id, last.digest, encode_image(early.image())))
    return store


async def started(
    log: ScriptedLog, *, snapshot: int, recorded: int, first: int = 0
) -> tuple[Publisher, LogPosition]:
    reader = published(log, first)
    publisher, position = await start_publisher(
        store=snapshots(log, snapshot) if snapshot else MemorySnapshots(), reader=reader,
        history=Recorded(log, recorded), hub=Hub(), now_us=lambda: 1,
    )
    follower = EventConsumer(reader, position, publisher.on_entries)
    await follower.catch_up()
    return publisher, position


def straight(log: ScriptedLog) -> Publisher:
    """Everything folded from the first entry."""
    publisher = Publisher(VenueView(), Hub(), now_us=lambda: 1)
    publisher.on_entries(list(zip(log.entries, log.outcomes, strict=True)))
    return publisher


@pytest.mark.parametrize("days", [0, 1, 3, 45])
@pytest.mark.parametrize(("snapshot", "recorded"), [
    (50, 50), (50, 58), (58, 50), (20, 60), (60, 20), (63, 63), (60, 0),
])
async def test_wherever_it_begins_it_is_the_same(days: int, snapshot: int, recorded: int) -> None:
    """The recorder may be behind the snapshot, or ahead of it, or have written nothing."""
    log = lively(days)
    publisher, position = await started(log, snapshot=snapshot, recorded=recorded)
    whole = straight(log)
    assert log.entries[snapshot - 1].id == position.id
    assert whole.venue.reached == publisher.venue.reached
    assert whole.venue.tickers.view(SOL_USDC) == publisher.venue.tickers.view(SOL_USDC)
    assert whole.venue.depth[SOL_USDC].levels() == publisher.venue.depth[SOL_USDC].levels()
    for interval in ("1m", "5m", "1h", "1d", "3d", "1w", "1month"):
        assert whole.feeds[SOL_USDC].klines.open_candle(interval) == (
            publisher.feeds[SOL_USDC].klines.open_candle(interval)
        )


async def test_without_a_snapshot_it_begins_at_the_first_entry() -> None:
    log = lively(0)
    publisher, position = await started(log, snapshot=0, recorded=0)

    assert START == position
    assert log.top == publisher.venue.reached
    assert start_of("1m", log.now_ms) == publisher.feeds[SOL_USDC].klines._starts["1m"]


async def test_events_that_nobody_has_any_more_stop_it() -> None:
    """They were trimmed before they were recorded: a ticker without them would be wrong."""
    with pytest.raises(LogBroken):
        await started(lively(0), snapshot=50, recorded=20, first=30)
