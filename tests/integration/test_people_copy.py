"""Every table is either derived from the streams, one of the recorder's own, or backed up."""

from collections.abc import Callable

from outcry.adapters.postgres.migrate import migrate
from outcry.adapters.postgres.people_copy import TABLES, PostgresPeople
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.verification import NOT_DERIVED

# Made again by a restore, or by the start after it.
OF_THE_STREAMS = {
    "archive_gaps", "events", "journal", "outcry_migrations", "quarantine", "recorder_copies",
    "recorder_offset", "snapshots",
}


def test_a_table_that_no_entry_leads_to_is_backed_up() -> None:
    assert NOT_DERIVED - OF_THE_STREAMS == set(TABLES)


async def test_people_come_back_with_every_column(fresh_database: Callable[[], str]) -> None:
    async with (
        Database(fresh_database(), application="test") as one,
        Database(fresh_database(), application="test") as other,
    ):
        await migrate(one)
        await migrate(other)
        await one.execute("INSERT INTO users (email) VALUES ('ann@example.com'), ('bob@x.de')")
        await one.execute(
            "INSERT INTO api_keys (public_key, user_id, account_id, name, scopes)"
            " VALUES (decode(repeat('ab', 32), 'hex'), 2, 101, 'it''s', '{read,trade}')"
        )
        await one.execute(
            "INSERT INTO sessions (id, user_id, account_id, expires_at)"
            " VALUES (decode(repeat('01', 16), 'hex'), 1, 100, now())"
        )
        people = await PostgresPeople(one).packed()
        await PostgresPeople(other).load(people)
        for table in TABLES:
            question = f"SELECT t::text AS row FROM {table} AS t ORDER BY 1"
            assert await one.fetch(question) == await other.fetch(question), table
        row = await other.fetch_row(
            "INSERT INTO users (email) VALUES ('carol@example.com') RETURNING id"
        )
        assert row is not None
        assert 3 == row["id"], "nobody gets the number of another"
