"""Users and API keys on a real PostgreSQL, and how fast word of a change spreads."""

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from outcry.adapters.postgres.migrate import migrate
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.users import PostgresUsers
from outcry.engine.units import AccountId
from outcry.people.api_keys import ApiKeyCache
from outcry.ports.people import ApiKeyRecord
from rigs.patience import soon


def key(
    number: int, *, user_id: int, scopes: frozenset[str] = frozenset({"read", "trade"})
) -> ApiKeyRecord:
    return ApiKeyRecord(bytes([number]) * 32, user_id, AccountId(100 + number), scopes)


def text(number: int) -> str:
    return b64encode(bytes([number]) * 32).decode()


@asynccontextmanager
async def users_at(url: str) -> AsyncIterator[PostgresUsers]:
    async with Database(url, application="test") as database:
        await migrate(database)
        yield PostgresUsers(database, url)


@asynccontextmanager
async def ring_of(users: PostgresUsers) -> AsyncIterator[ApiKeyCache]:
    ring = ApiKeyCache(users, clock=time.monotonic)
    stop = asyncio.Event()
    running = asyncio.create_task(ring.run(stop))
    try:
        yield ring
    finally:
        stop.set()
        await running


@pytest.fixture
def url(fresh_database: Callable[[], str]) -> str:
    return fresh_database()


@pytest.fixture
async def users(url: str) -> AsyncIterator[PostgresUsers]:
    async with users_at(url) as users:
        yield users


async def test_an_address_is_one_users(users: PostgresUsers) -> None:
    """The same address gives the same user, however it is capitalised."""
    first = await users.add_user("ann@example.org")
    assert first > 0
    assert first == await users.add_user("Ann@Example.org")
    assert first != await users.add_user("bob@example.org")


async def test_keys_are_kept_until_they_are_revoked(users: PostgresUsers) -> None:
    user_id = await users.add_user("ann@example.org")
    mine = key(1, user_id=user_id, scopes=frozenset({"read"}))
    await users.add_api_key(mine, name="bot")
    assert mine == await users.find(mine.public_key)
    assert [mine] == await users.load()
    assert await users.revoke_api_key(mine.public_key)
    assert not await users.revoke_api_key(mine.public_key)
    assert None is await users.find(mine.public_key)
    assert [] == await users.load()


async def test_a_change_is_known_at_once(users: PostgresUsers) -> None:
    """A new key works, and a revoked one stops working, without anybody asking for it."""
    user_id = await users.add_user("ann@example.org")
    await users.add_api_key(key(1, user_id=user_id), name="there before")
    async with ring_of(users) as ring:
        await soon(lambda: ring.known(text(1)) is not None)
        await users.add_api_key(key(2, user_id=user_id), name="new")
        await soon(lambda: ring.known(text(2)) is not None)
        known = ring.known(text(2))
        assert known is not None
        assert 102 == known.account_id
        assert None is known.refusal("trade", address="192.0.2.1", now_ms=1)
        assert known.refusal("withdraw", address="192.0.2.1", now_ms=1)
        await users.revoke_api_key(key(1, user_id=user_id).public_key)
        await soon(lambda: ring.known(text(1)) is None)


async def test_changes_are_heard_after_the_connection_broke(
    users: PostgresUsers, url: str
) -> None:
    """Every connection is cut; what changes then is known all the same."""
    user_id = await users.add_user("ann@example.org")
    await users.add_api_key(key(1, user_id=user_id), name="there before")
    async with ring_of(users) as ring:
        await soon(lambda: ring.known(text(1)) is not None)
        other = await asyncpg.connect(url)
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await other.execute("UPDATE api_keys SET revoked_at = now()")
        await other.close()
        await soon(lambda: ring.known(text(1)) is None)
        await users.add_api_key(key(2, user_id=user_id), name="new")
        await soon(lambda: ring.known(text(2)) is not None)


async def test_a_key_nobody_announced_is_found_when_it_is_used(users: PostgresUsers) -> None:
    """Without a listener a new key is read when somebody comes with it."""
    user_id = await users.add_user("ann@example.org")
    now = 0.0
    ring = ApiKeyCache(users, clock=lambda: now)
    assert None is await ring.find(text(3))
    await users.add_api_key(key(3, user_id=user_id), name="new")
    assert None is await ring.find(text(3)), "it is not looked for again at once"
    now = 1.5
    found = await ring.find(text(3))
    assert found is not None
    assert found is ring.known(text(3))


@pytest.mark.parametrize("api_key", ["", "x", "AAAA", "é"])
async def test_what_is_no_key_is_not_looked_for(api_key: str) -> None:
    ring = ApiKeyCache(PostgresUsers(Database("", application="test"), ""), clock=time.monotonic)
    assert None is await ring.find(api_key)
