"""A gateway that starts again answers as the one before it did."""

import asyncio
import inspect
from typing import Any

import pytest

from outcry.adapters.memory.log import MemoryLog, MemorySnapshots
from outcry.engine.units import AccountId, InstrumentId
from outcry.log.command_writer import CommandWriter
from outcry.ports.history import Selection
from outcry.processes.gateway.history import CompleteHistory
from outcry.processes.gateway.start import SPANS, start_views
from outcry.processes.gateway.views import Views
from outcry.processes.recorder.trimming import Trimmer
from outcry.projections.candles import DAY_MS
from outcry.projections.tape import Tape
from outcry.wire.journal import NOTHING_YET
from rigs.gateway_venue import MemoryVenue, open_venue
from rigs.kept_archive import KeptArchive
from rigs.patience import PATIENCE_S

SOL_USDC = InstrumentId(1)
STEPS = 6


async def answers(venue: MemoryVenue, views: Views, accounts: list[AccountId]) -> Any:
    """Everything a client could see."""
    complete = CompleteHistory(venue.history, views)
    world = views.venue
    return (
        world.reached, sorted(views.markets),
        world.depth[SOL_USDC].levels(), world.tape.latest(SOL_USDC),
        [world.tickers.view(SOL_USDC, span) for span in SPANS],
        [world.accounts.balances(account) for account in accounts],
        [world.orders.open_of(account) for account in accounts],
        [await complete.orders(Selection(account)) for account in accounts],
        [await complete.fills(Selection(account)) for account in accounts],
        await complete.candles(
            SOL_USDC, "1h", start_ms=venue.now_ms - 3 * DAY_MS, end_ms=venue.now_ms + 1
        ),
    )


async def live(
    venue: MemoryVenue, snapshots: MemorySnapshots, recorded_after: int
) -> list[AccountId]:
    """Some days of trading, with a snapshot after every one and a recorder that stops."""
    ann = await venue.trader(USDC=10**13, SOL=10**13)
    bob = await venue.trader(USDC=10**13, SOL=10**13)
    for step in range(STEPS):
        resting = await ann.place("Bid", "5", at=str(100 + step), clientId=step)
        await bob.place("Ask", "2")
        await ann.delete("/api/v1/order", {"symbol": "SOL_USDC", "orderId": resting["id"]})
        await bob.place("Ask", "1", at=str(200 + step))
        snapshots.write(venue.engine.snapshot())
        if step == recorded_after:
            venue.history.catch_up()
        await venue.pass_time(DAY_MS // 2)
    return [ann.account_id, bob.account_id]


@pytest.mark.parametrize("recorded_after", range(STEPS))
async def test_wherever_the_recorder_is(recorded_after: int) -> None:
    """From the newest snapshot the recorder has reached, nothing is missing and nothing twice."""
    async with open_venue() as venue:
        snapshots = MemorySnapshots()
        accounts = await live(venue, snapshots, recorded_after)
        before = await answers(venue, venue.views, accounts)
        views, follower = await start_views(
            reader=venue.log, snapshots=snapshots, history=venue.history,
            command_writer=CommandWriter(venue.log, session=8),
        )
        assert before == await answers(venue, views, accounts)
        assert venue.log.events_top() == follower.position.id
        assert venue.history.recorded == views.recorded


@pytest.mark.parametrize("recorded_after", range(STEPS))
async def test_what_is_left_of_a_trimmed_log_is_enough(recorded_after: int) -> None:
    """However far behind the recorder is, and whatever snapshots have come and gone since."""
    async with open_venue() as venue:
        snapshots = MemorySnapshots(kept=2)
        accounts = await live(venue, snapshots, recorded_after)
        pairs = list(zip(venue.log.journal, venue.log.events, strict=True))
        recorded = [pair for pair in pairs if pair[1].id <= venue.history.recorded]
        log = MemoryLog(lambda: venue.now_ms)
        log.journal, log.events = list(venue.log.journal), list(venue.log.events)
        trimmer = Trimmer(
            events=log, log=log, archive=KeptArchive(recorded), snapshots=snapshots,
            snapshots_kept=2, kept_s=0,
        )
        await trimmer.trim(asyncio.Event())
        assert (len(log.events) < len(pairs)) == (recorded_after >= STEPS - 2)
        for _ in range(12):  # More snapshots, that history has not reached.
            await venue.pass_time(1000)
            snapshots.write(venue.engine.snapshot())
        log.events += venue.log.events[len(pairs) :]
        before = await answers(venue, venue.views, accounts)
        views, _ = await start_views(
            reader=log, snapshots=snapshots, history=venue.history,
            command_writer=CommandWriter(log, session=8),
        )
        assert before == await answers(venue, views, accounts)


def test_a_start_is_told_everything() -> None:
    """mypy then names every caller that does not pass a new argument on."""
    parameters = inspect.signature(start_views).parameters.values()
    assert [] == [each.name for each in parameters if each.default is not each.empty]


async def test_trades_that_a_short_tape_lacks_come_from_history() -> None:
    """The tape itself knows where it ends."""
    async with open_venue() as venue:
        await live(venue, MemorySnapshots(), recorded_after=STEPS - 1)
        complete = CompleteHistory(venue.history, venue.views)
        trades = await complete.trades(SOL_USDC, limit=4, offset=0)
        venue.views.venue.tape = Tape(length=1)
        venue.views.venue.tape.prime(SOL_USDC, trades)
        assert trades[:1] == venue.views.venue.tape.latest(SOL_USDC)
        assert trades == await complete.trades(SOL_USDC, limit=4, offset=0)


async def test_without_a_snapshot_that_is_recorded() -> None:
    """The whole stream is followed instead."""
    async with open_venue() as venue:
        snapshots = MemorySnapshots()
        accounts = await live(venue, snapshots, recorded_after=-1)
        assert NOTHING_YET == venue.history.recorded
        before = await answers(venue, venue.views, accounts)
        views, _ = await start_views(
            reader=venue.log, snapshots=snapshots, history=venue.history,
            command_writer=CommandWriter(venue.log, session=8),
        )
        assert before == await answers(venue, views, accounts)


async def test_the_database_is_waited_for() -> None:
    """A gateway starts as soon as it can."""
    async with open_venue() as venue:
        venue.history.away = True
        starting = asyncio.create_task(start_views(
            reader=venue.log, snapshots=MemorySnapshots(), history=venue.history,
            command_writer=CommandWriter(venue.log, session=8),
        ))
        async with asyncio.timeout(PATIENCE_S):
            while not venue.history.asked:  # noqa: ASYNC110 - only the question can tell.
                await asyncio.sleep(0)
        assert not starting.done()
        venue.history.away = False
        views, _ = await starting
        assert venue.views.venue.reached == views.venue.reached
