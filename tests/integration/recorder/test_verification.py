"""What `outcry verify` sees of PostgreSQL: one moment, and each row a replay does not give."""

import random

import pytest

from outcry.adapters.postgres.pool import PostgresConnection
from outcry.adapters.postgres.verification import NOT_DERIVED, postgres_moment
from outcry.projections.rows import Group, RowsFold
from outcry.wire.journal import FIRST_DIGEST, NOTHING_YET, decode_outcome
from rigs.recorder_bench import Bench
from rigs.venue_log import Entry, VenueLog

SEED = random.SystemRandom().randrange(2**32)


def replayed(entries: list[Entry]) -> Group:
    """All rows these entries give, without their archive."""
    fold = RowsFold()
    for journal, events in entries:
        fold.fold_pair(journal, decode_outcome(events.outcome))
    return Group(
        after=NOTHING_YET, after_digest=FIRST_DIGEST, upto=entries[-1][1].id,
        upto_digest=entries[-1][1].digest, journal=[], events=[], quarantined=[], rows=fold.take(),
    )


async def recorded(bench: Bench) -> VenueLog:
    """A venue of which everything is recorded."""
    print(f"seed {SEED}")
    log = VenueLog(SEED)
    log.trade(120)
    bench.publish(log.entries)
    await bench.record(log.at)
    return log


async def compared(bench: Bench, log: VenueLog) -> str | None:
    """What differs, after everything was set beside."""
    async with bench.database() as database, postgres_moment(database) as moment:
        assert log.at == await moment.recorded()
        await moment.put_beside(replayed(log.entries))
        return await moment.difference()


async def test_rows_are_those_of_a_replay_and_the_archive_is_the_log(bench: Bench) -> None:
    log = await recorded(bench)
    assert await compared(bench, log) is None
    async with bench.database() as database, postgres_moment(database) as moment:
        assert log.entries == list(await moment.archived(NOTHING_YET, log.at))


async def tables_of(connection: PostgresConnection) -> dict[str, int]:
    """Rows in each table that is compared."""
    rows = await connection.fetch(
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
    )
    names = {row["name"] for row in rows}
    assert names >= NOT_DERIVED
    return {
        name: await connection.fetchval(f"SELECT count(*) FROM {name}")
        for name in sorted(names - NOT_DERIVED)
    }


async def test_a_row_that_is_gone_from_any_table_is_found(bench: Bench) -> None:
    log = await recorded(bench)
    async with bench.database() as database:
        async with database.connection() as connection:
            tables = await tables_of(connection)
        assert {"balances", "candles", "spot_orders", "spot_fills"} <= tables.keys()
        assert sum(tables.values()) > 100
        for table in (name for name, rows in tables.items() if rows):
            async with database.connection() as connection:
                await connection.execute(f"CREATE TEMPORARY TABLE whole AS TABLE {table}")
                await connection.execute(
                    f"DELETE FROM {table} WHERE ctid = (SELECT min(ctid) FROM {table})"
                )
                found = await compared(bench, log)
                await connection.execute(f"DELETE FROM {table}")
                await connection.execute(f"INSERT INTO {table} SELECT * FROM whole")
                await connection.execute("DROP TABLE whole")
            assert found is not None
            assert found.startswith(f"{table} lacks (")


@pytest.mark.parametrize("change", [
    "UPDATE balances SET free = free + 1 WHERE account_id = (SELECT max(account_id) FROM balances)",
    "UPDATE spot_orders SET filled = filled + 1 WHERE order_id = 1",
    "UPDATE candles SET close = close + 1 WHERE interval = '1m'",
])
async def test_a_row_that_was_changed_is_found(bench: Bench, change: str) -> None:
    log = await recorded(bench)
    async with bench.database() as database:
        await database.execute(change)
    found = await compared(bench, log)
    assert found is not None
    assert change.split()[1] in found


async def test_nothing_is_left_behind(bench: Bench) -> None:
    """The tables beside are the session's own, and what it wrote there goes with it."""
    log = await recorded(bench)

    async def tables() -> dict[str, int]:
        async with bench.database() as database, database.connection() as connection:
            return await tables_of(connection)

    before = await tables()
    assert await compared(bench, log) is None
    assert before == await tables()


async def test_a_moment_does_not_see_what_is_recorded_meanwhile(bench: Bench) -> None:
    log = await recorded(bench)
    at = log.at
    async with bench.database() as database, postgres_moment(database) as moment:
        assert at == await moment.recorded()
        bench.publish(log.trade(30))
        await bench.record(log.at)
        assert at == await moment.recorded()
        assert [] == list(await moment.archived(at, log.at))
