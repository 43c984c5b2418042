"""What is recorded is exactly what the log says."""

import asyncio

import msgspec
import pytest

from outcry.adapters.valkey.streams import RedisLog
from outcry.processes.recorder import recorder
from outcry.projections.rows import Group, RowsFold
from outcry.wire.journal import EntryId, chain_digest, decode_outcome
from rigs.patience import PATIENCE_S
from rigs.recorder_bench import Bench, reached, until
from rigs.venue_log import USDC, VenueLog
from twin.tables import naive_tables


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_table_says_what_the_events_say(
    bench: Bench, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A random log through the real engine, recorded in many groups, equals the naive rows."""
    monkeypatch.setattr(recorder, "GROUP_ENTRIES_MAX", 25)
    monkeypatch.setattr(recorder, "GROUP_PAUSE_S", 0)
    log = VenueLog(seed)
    bench.publish(log.entries)
    async with bench.database() as database, bench.recorder(database) as (running, records):
        for _ in range(10):
            bench.publish(log.trade(80))
            await asyncio.sleep(0)
        await until(lambda: reached(records, log.at), running)
        # Per asset everything adds up to 0: deposits come from `external`, fees go to `fees`.
        sums = await database.fetch(
            "SELECT asset_id, sum(free + locked)::bigint FROM balances GROUP BY asset_id"
        )
        assert {1: 0, 2: 0, 3: 0} == dict(map(tuple, sums))
    assert naive_tables(log.entries) == await bench.tables()


async def test_a_recorder_far_behind_catches_up(bench: Bench) -> None:
    """More entries than one read returns, and then a stop and a start, leave no gap."""
    log = VenueLog(9)
    log.trade(1500, commands_max=3)
    bench.publish(log.entries)
    await bench.record(log.at)
    bench.publish(log.trade(700, commands_max=3))
    await bench.record(log.at)
    assert naive_tables(log.entries) == await bench.tables()


async def test_the_board_says_how_far_it_is(bench: Bench) -> None:
    """Each second the recorder posts its offset, its lag and its rate."""
    log = VenueLog(4)
    bench.publish(log.entries)
    board = RedisLog(bench.redis_url)
    async with bench.database() as database, bench.recorder(database) as (running, _):
        async def posted() -> bool:
            facts = (await board.read()).get("recorder", {})
            return facts.get("offset") == str(log.at) and facts.get("lag_ms") == 0

        await until(posted, running)
        facts = (await board.read())["recorder"]
    await board.close()
    assert {"pid", "state", "offset", "lag_ms", "entries_per_s", "rows_per_s"} == facts.keys()
    assert "running" == facts["state"]


async def test_money_from_nowhere_stops_the_recorder(bench: Bench) -> None:
    """A group whose balances do not add up is not recorded, even when the chain holds."""
    log = VenueLog(4)
    whole = list(log.entries)
    command, entry = log.append(log.deposit(log.accounts[0], USDC, 10))
    outcome = decode_outcome(entry.outcome)
    more = [msgspec.structs.replace(balance, free=balance.free + 1) for balance in outcome.balances]
    forged = msgspec.msgpack.encode(msgspec.structs.replace(outcome, balances=more))
    digest = chain_digest(whole[-1][1].digest, command, forged)
    bench.publish([*whole, (command, entry._replace(outcome=forged, digest=digest))])
    async with bench.database() as database, bench.recorder(database) as (running, _):
        await asyncio.wait([running], timeout=PATIENCE_S)
        with pytest.raises(AssertionError, match="money came from nowhere"):
            running.result()
    assert all(not table for table in (await bench.tables()).values())


async def test_a_group_is_refused_when_the_offset_moved(bench: Bench) -> None:
    """The guard: nothing of a group is written unless the offset is where it was left."""
    log = VenueLog(4)
    command, entry = log.entries[0]
    async with bench.database() as database:
        async with bench.recorder(database) as (_, records):
            group = Group(
                after=EntryId(5, 5), after_digest=bytes(32), upto=entry.id,
                upto_digest=entry.digest, journal=[command], events=[entry],
                quarantined=[], rows=RowsFold().take(),
            )
            assert not await records.write(group)
        assert all(not table for table in (await bench.tables()).values())


