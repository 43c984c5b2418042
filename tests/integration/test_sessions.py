"""Tokens and sessions on a real PostgreSQL, and how fast word of a signing out spreads."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from outcry.adapters.postgres.migrate import migrate
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.sessions import PostgresSessions
from outcry.adapters.postgres.users import PostgresUsers
from outcry.engine.units import AccountId
from outcry.people.sessions import SessionCache
from outcry.people.tokens import SESSION, TokenSigner
from outcry.ports.people import ApiKeyRecord, Session
from rigs.memory_users import SECRET
from rigs.patience import PATIENCE_S, soon

NOW_MS = 1_790_000_000_123
WEEK_MS = 7 * 24 * 3_600 * 1_000
HASHES = [bytes([number]) * 32 for number in range(4)]


class UserDatabase:
    """A database with a user in it."""

    def __init__(self, database: Database, url: str) -> None:
        self.sessions = PostgresSessions(database, url)
        self.users = PostgresUsers(database, url)
        self.user_id = 0

    def session(self, number: int, *, expires_ms: int | None = None) -> Session:
        now_ms = time.time_ns() // 1_000_000
        return Session(
            bytes([number]) * 16, self.user_id, AccountId(100),
            now_ms + WEEK_MS if expires_ms is None else expires_ms,
        )


@pytest.fixture
def url(fresh_database: Callable[[], str]) -> str:
    return fresh_database()


@pytest.fixture
async def stored(url: str) -> AsyncIterator[UserDatabase]:
    async with Database(url, application="test") as database:
        await migrate(database)
        stored = UserDatabase(database, url)
        stored.user_id = await stored.users.add_user("ann@example.org")
        yield stored


@asynccontextmanager
async def following(stored: UserDatabase) -> AsyncIterator[SessionCache]:
    """Sessions as a gateway keeps them."""
    sessions = SessionCache(
        stored.sessions, TokenSigner(SECRET), clock_ms=lambda: time.time_ns() // 1_000_000
    )
    stop = asyncio.Event()
    running = asyncio.create_task(sessions.run(stop))
    try:
        yield sessions
    finally:
        stop.set()
        await running


async def test_every_token_of_an_address_works_once(stored: UserDatabase) -> None:
    sessions = stored.sessions
    ends = NOW_MS + 60_000
    for email, token_hash in (
        ("ann@example.org", HASHES[0]), ("bob@example.org", HASHES[1]),
        ("ann@example.org", HASHES[2]),
    ):
        await sessions.keep_token(email, token_hash, expires_ms=ends, now_ms=NOW_MS)
    found = [await sessions.find_token(each, now_ms=NOW_MS) for each in HASHES]
    assert ["ann@example.org", "bob@example.org", "ann@example.org", None] == found

    old = stored.session(1)
    assert await sessions.use_token(HASHES[0], old, now_ms=NOW_MS)
    assert not await sessions.use_token(HASHES[0], stored.session(7), now_ms=NOW_MS)
    used = await asyncio.gather(*(
        sessions.use_token(HASHES[2], stored.session(number), now_ms=NOW_MS)
        for number in range(2, 7)
    ))
    assert [False] * 4 + [True] == sorted(used)
    assert await sessions.find_token(HASHES[2], now_ms=NOW_MS) is None
    opened = await sessions.find_sessions([bytes([number]) * 16 for number in range(1, 7)])
    assert 2 == len(opened)


async def test_a_token_ends_to_the_millisecond(stored: UserDatabase) -> None:
    sessions = stored.sessions
    ends = NOW_MS + 1
    await sessions.keep_token("ann@example.org", HASHES[0], expires_ms=ends, now_ms=NOW_MS)
    assert "ann@example.org" == await sessions.find_token(HASHES[0], now_ms=ends - 1)
    assert await sessions.find_token(HASHES[0], now_ms=ends) is None
    assert not await sessions.use_token(HASHES[0], stored.session(1), now_ms=ends)


async def test_what_has_expired_is_swept(stored: UserDatabase, url: str) -> None:
    """Whenever somebody asks for a link: tokens and sessions both."""
    await stored.sessions.keep_token("old@x.org", HASHES[0], expires_ms=NOW_MS, now_ms=0)
    await stored.sessions.open_session(stored.session(1, expires_ms=NOW_MS))
    await stored.sessions.open_session(stored.session(2, expires_ms=NOW_MS + 1))
    await stored.sessions.keep_token(
        "new@x.org", HASHES[1], expires_ms=NOW_MS + 9, now_ms=NOW_MS
    )
    connection = await asyncpg.connect(url)
    emails = await connection.fetch("SELECT email FROM sign_in_tokens")
    ids = await connection.fetch("SELECT id FROM sessions")
    await connection.close()
    assert (["new@x.org"], [bytes([2]) * 16]) == (
        [row["email"] for row in emails], [row["id"] for row in ids]
    )


async def test_a_session_comes_back_as_it_went(stored: UserDatabase) -> None:
    session = stored.session(1)
    await stored.sessions.open_session(session)
    assert [session] == await stored.sessions.find_sessions([session.id, bytes(16)])
    await stored.sessions.revoke_session(session.id)
    await stored.sessions.revoke_session(session.id)
    assert [] == await stored.sessions.find_sessions([session.id])


async def test_signing_out_is_known_at_once(
    stored: UserDatabase, url: str
) -> None:
    """In every process; and after its connection broke, in which time nobody could tell it."""
    async with following(stored) as sessions:
        cookies = []
        for number in (1, 2, 3):
            session = stored.session(number)
            await stored.sessions.open_session(session)
            cookies.append(TokenSigner(SECRET).make(
                SESSION, session.id, expires_ms=session.expires_ms
            ))
            assert await sessions.find(cookies[-1]) is not None
        await soon_listening(url)
        await stored.sessions.revoke_session(bytes([1]) * 16)
        await soon(lambda: sessions.known(cookies[0]) is None)
        assert sessions.known(cookies[1]) is not None

        other = await asyncpg.connect(url)
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await other.execute(
            "UPDATE sessions SET revoked_at = now() WHERE id = $1", bytes([2]) * 16
        )
        await other.close()
        await soon(lambda: sessions.known(cookies[1]) is None)
        assert sessions.known(cookies[2]) is not None


async def soon_listening(url: str) -> None:
    """Wait until somebody listens to announcements."""
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await connection.fetchval(  # noqa: ASYNC110 - it is another connection's.
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'outcry sessions' "
                "AND datname = current_database() AND state = 'idle' AND query ILIKE 'listen%'"
            ):
                await asyncio.sleep(0.005)
    finally:
        await connection.close()


async def test_a_users_own_keys(stored: UserDatabase) -> None:
    users = stored.users
    bob = await users.add_user("bob@example.org")
    mine, more, theirs = (
        ApiKeyRecord(bytes([number]) * 32, user_id, AccountId(100), frozenset({"read"}))
        for number, user_id in ((1, stored.user_id), (2, stored.user_id), (3, bob))
    )
    assert await users.add_own_key(mine, name="one", most=1)
    assert not await users.add_own_key(more, name="two", most=1)
    assert await users.add_own_key(theirs, name="bob's", most=1)
    [listed] = await users.api_keys(stored.user_id)
    assert (mine, "one") == (listed.api_key, listed.name)
    assert abs(listed.created_ms - time.time() * 1000) < 60_000
    assert not await users.revoke_own_key(stored.user_id, theirs.public_key)
    assert await users.revoke_own_key(stored.user_id, mine.public_key)
    assert not await users.revoke_own_key(stored.user_id, mine.public_key)
    assert [] == await users.api_keys(stored.user_id)
    assert await users.add_own_key(more, name="two", most=1), "a revoked key makes room"
    assert theirs == await users.find(theirs.public_key)
    assert "bob@example.org" == await users.email(bob)
