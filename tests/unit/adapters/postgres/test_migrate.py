"""Migrations: each once, in order, by one process at a time, and never changed afterwards."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest

from outcry.adapters.postgres import migrate as module
from outcry.adapters.postgres.migrate import Migration, MigrationsBroken, migrate, migrations
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.timescale import HYPERTABLES

T = TypeVar("T")

# What of TimescaleDB is asked for, without what it does: its parameters by name.
STAND_IN = """
CREATE SCHEMA timescaledb_information;
CREATE TABLE timescaledb_information.hypertables (
    hypertable_name name, column_name name, chunk_ms bigint, default_indexes boolean
);
CREATE FUNCTION create_hypertable(
    relation regclass, time_column_name name, partitioning_column name DEFAULT NULL,
    number_partitions integer DEFAULT NULL, chunk_time_interval anyelement DEFAULT NULL::bigint,
    create_default_indexes boolean DEFAULT true
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO timescaledb_information.hypertables
    VALUES ($1::text, $2, $5::bigint, $6)
$$;
INSERT INTO pg_extension
VALUES (99999, 'timescaledb', 10, 'public'::regnamespace, false, '2', NULL, NULL);
"""


@pytest.fixture
async def database(fresh_database: Callable[[], str]) -> AsyncIterator[Database]:
    async with Database(fresh_database(), application="test", connections_max=8) as database:
        yield database


async def names(database: Database) -> list[str]:
    rows = await database.fetch("SELECT name FROM outcry_migrations ORDER BY applied_at, number")
    return [row["name"] for row in rows]


async def test_every_file_is_applied_once_and_in_order(database: Database) -> None:
    """A second call finds nothing to do."""
    expected = [migration.name for migration in migrations()]
    assert expected == sorted(expected)
    assert expected == await migrate(database)
    assert [] == await migrate(database)
    assert expected == await names(database)


async def test_processes_that_start_together_take_turns(database: Database) -> None:
    """One applies everything, the others wait and find it done."""
    results = await asyncio.gather(*(migrate(database) for _ in range(5)))
    expected = [migration.name for migration in migrations()]
    assert [[], [], [], [], expected] == sorted(results)


async def test_a_later_owners_lower_number_is_still_applied(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several owners add files: one that arrives late is not passed over."""
    early = Migration(1, "0001_early.sql", "CREATE TABLE early (n int)")
    late = Migration(2, "0002_late.sql", "CREATE TABLE late (n int)")
    monkeypatch.setattr(module, "migrations", lambda: [late])
    assert ["0002_late.sql"] == await migrate(database)
    monkeypatch.setattr(module, "migrations", lambda: [early, late])
    assert ["0001_early.sql"] == await migrate(database)


async def test_a_file_that_fails_leaves_nothing_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file and the note that it was applied are one, and the lock is free again."""
    bad = Migration(
        1, "0001_bad.sql",
        "CREATE TABLE half (n int); INSERT INTO outcry_migrations VALUES (1, 'taken', '')",
    )
    good = Migration(1, "0001_good.sql", "CREATE TABLE half (n int)")
    monkeypatch.setattr(module, "migrations", lambda: [bad])
    with pytest.raises(Exception, match="duplicate key"):
        await migrate(database)
    monkeypatch.setattr(module, "migrations", lambda: [good])
    assert ["0001_good.sql"] == await migrate(database)


async def test_a_changed_file_is_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was applied is history; so is a file that only a newer version has."""
    first = Migration(1, "0001_a.sql", "CREATE TABLE a (n int)")
    monkeypatch.setattr(module, "migrations", lambda: [first])
    await migrate(database)
    monkeypatch.setattr(module, "migrations", lambda: [first._replace(sql="SELECT 1")])
    with pytest.raises(MigrationsBroken, match=r"0001_a\.sql changed"):
        await migrate(database)
    monkeypatch.setattr(module, "migrations", lambda: [first._replace(number=2)])
    with pytest.raises(MigrationsBroken, match="newer version"):
        await migrate(database)


async def test_hypertables_are_made_where_the_extension_is(database: Database) -> None:
    """Empty tables are turned once; a table with rows stays as it is."""
    await migrate(database)
    await database.execute(
        "INSERT INTO candles VALUES (1, '1m', 0, 1, 1, 1, 1, 1, 1, 1)"
    )
    await database.execute(STAND_IN)
    await migrate(database)
    await migrate(database)
    rows = await database.fetch("SELECT * FROM timescaledb_information.hypertables")
    expected = [
        (table, column, chunk_ms, False)
        for table, (column, chunk_ms) in HYPERTABLES.items() if table != "candles"
    ]
    assert expected == [tuple(row.values()) for row in rows]
