"""Sessions in memory: found once, ended at once, kept while the database is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from outcry.adapters.memory.users import MemorySessions
from outcry.engine.units import AccountId
from outcry.people import cache_refresh
from outcry.people.sessions import SessionCache
from outcry.people.tokens import SESSION, TokenSigner
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.people import Session
from rigs.memory_users import SECRET
from rigs.patience import soon

START_MS = 1_790_000_000_000
LIFE_MS = 60_000


class Desk:
    """Sessions, what they are read from, and the time."""

    def __init__(self, *, kept_max: int = 100) -> None:
        self.now_ms = START_MS
        self.store = MemorySessions()
        self.tokens = TokenSigner(SECRET)
        self.sessions = SessionCache(
            self.store, self.tokens, clock_ms=lambda: self.now_ms, kept_max=kept_max
        )

    async def opened(self, number: int) -> str:
        session = Session(bytes([number]) * 16, number, AccountId(100 + number), START_MS + LIFE_MS)
        await self.store.open_session(session)
        return self.tokens.make(SESSION, session.id, expires_ms=session.expires_ms)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        task = asyncio.create_task(self.sessions.run(stop))
        try:
            yield
        finally:
            stop.set()
            await task


async def test_a_session_is_read_once() -> None:
    desk = Desk()
    cookie = await desk.opened(1)
    assert desk.sessions.known(cookie) is None
    found = await desk.sessions.find(cookie)
    assert found is not None
    assert (1, 101) == (found.user_id, found.account_id)
    assert found is desk.sessions.known(cookie)
    assert found is await desk.sessions.find(cookie)
    assert 1 == desk.store.asked


async def test_its_time_ends() -> None:
    """For a cookie that is known, and for one that is not."""
    desk = Desk()
    first, second = await desk.opened(1), await desk.opened(2)
    known = await desk.sessions.find(first)
    assert known is not None
    desk.now_ms += LIFE_MS - 1
    assert not known.has_ended
    desk.now_ms += 1
    assert known.has_ended
    for cookie in (first, second):
        assert desk.sessions.known(cookie) is None
        assert await desk.sessions.find(cookie) is None


async def test_what_is_no_cookie_of_ours_is_not_looked_for() -> None:
    desk = Desk()
    foreign = TokenSigner("z" * 32).make(SESSION, bytes(16), expires_ms=START_MS + LIFE_MS)
    for cookie in ("", "x", foreign):
        assert await desk.sessions.find(cookie) is None
    assert 0 == desk.store.asked


async def test_a_revoked_session_ends_where_it_is_held() -> None:
    """And is not asked for again: that it ended is for good."""
    desk = Desk()
    mine, other = await desk.opened(1), await desk.opened(2)
    async with desk.running():
        held, untouched = await desk.sessions.find(mine), await desk.sessions.find(other)
        assert held is not None
        assert untouched is not None
        await desk.store.revoke_session(held.id)
        await soon(lambda: held.has_ended)
        assert desk.sessions.known(mine) is None
        asked = desk.store.asked
        assert await desk.sessions.find(mine) is None
        assert asked == desk.store.asked
        assert untouched is desk.sessions.known(other)


async def test_a_missed_announcement_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a new connection, and in any case after a while."""
    desk = Desk()
    cookies = [await desk.opened(number) for number in (1, 2)]
    first, second = [await desk.sessions.find(cookie) for cookie in cookies]
    assert first is not None
    assert second is not None
    async with desk.running():
        await soon(lambda: desk.store.changed.empty() and desk.store.asked > 2)
        del desk.store.sessions[first.id]
        desk.store.changed.put_nowait(None)
        await soon(lambda: first.has_ended)
    monkeypatch.setattr(cache_refresh, "LIFE_S", 0.01)
    async with desk.running():
        del desk.store.sessions[second.id]
        await soon(lambda: second.has_ended)


async def test_while_the_database_is_away() -> None:
    """Those who are known go on; others cannot be told from strangers."""
    desk = Desk()
    known, new = await desk.opened(1), await desk.opened(2)
    held = await desk.sessions.find(known)
    async with desk.running():
        desk.store.away = DatabaseUnavailable("the test says so")
        desk.store.changed.put_nowait(None)
        await soon(lambda: desk.store.changed.empty() and desk.store.asked > 1)
        assert held is desk.sessions.known(known)
        with pytest.raises(DatabaseUnavailable):
            await desk.sessions.find(new)
        desk.store.away = None
        assert await desk.sessions.find(new) is not None


async def test_only_so_many_are_kept() -> None:
    """Those used longest ago are let go of, and still end for whoever holds one."""
    desk = Desk(kept_max=2)
    cookies = [await desk.opened(number) for number in (1, 2, 3)]
    first = await desk.sessions.find(cookies[0])
    assert first is not None
    await desk.sessions.find(cookies[1])
    assert desk.sessions.known(cookies[0]) is first
    await desk.sessions.find(cookies[2])
    assert [True, False, True] == [
        desk.sessions.known(cookie) is not None for cookie in cookies
    ]
    await desk.sessions.find(cookies[1])
    assert desk.sessions.known(cookies[0]) is None
    async with desk.running():
        await desk.store.revoke_session(first.id)
        await soon(lambda: first.has_ended)
    assert await desk.sessions.find(cookies[0]) is None
