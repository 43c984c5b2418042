"""Sessions in memory, so that a request with a cookie never waits for the database twice.

A session that is revoked is forgotten because the database announces it; all that are known are
read again whenever announcements may have been missed, and every minute besides. While the database
is away they go on: nobody can revoke one in that time either.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from weakref import WeakValueDictionary

from outcry.engine.units import AccountId
from outcry.people.cache_refresh import keep_fresh
from outcry.people.tokens import SESSION, TokenSigner
from outcry.ports.people import Session, SessionStore

KEPT_MAX: Final = 10_000
ASKED_AT_ONCE: Final = 1_000


class KnownSession:
    """A session whose cookie was seen; it stays up to date for as long as anything holds it."""

    __slots__ = ("__weakref__", "_clock_ms", "_revoked", "account_id", "expires_ms", "id",
                 "user_id")

    def __init__(self, session: Session, clock_ms: Callable[[], int]) -> None:
        self.id = session.id
        self.user_id = session.user_id
        self.account_id: AccountId = session.account_id
        self.expires_ms = session.expires_ms
        self._clock_ms = clock_ms
        self._revoked = False

    @property
    def has_ended(self) -> bool:
        """Whether it was revoked, or its time is over."""
        return self._revoked or self.expires_ms <= self._clock_ms()

    def end(self) -> None:
        """It was revoked."""
        self._revoked = True


class SessionCache:
    """The sessions of the cookies that were seen lately."""

    def __init__(
        self, store: SessionStore, tokens: TokenSigner, *, clock_ms: Callable[[], int],
        kept_max: int = KEPT_MAX,
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._clock_ms = clock_ms
        self._kept_max = kept_max
        # By cookie, those used last at the end. None: such a session has ended, which is for good.
        self._kept: OrderedDict[str, KnownSession | None] = OrderedDict()
        # All that somebody holds, by id: also those that were let go of above.
        self._held: WeakValueDictionary[bytes, KnownSession] = WeakValueDictionary()
        self._reading = asyncio.Lock()  # Else an old answer could overtake a new one.

    def known(self, cookie: str) -> KnownSession | None:
        """The session of a cookie, if it is at hand and has not ended."""
        session = self._kept.get(cookie)
        if session is None or session.has_ended:
            return None
        self._kept.move_to_end(cookie)
        return session

    async def find(self, cookie: str) -> KnownSession | None:
        """The session of a cookie, from memory or the database; raises `DatabaseUnavailable`."""
        if cookie in self._kept:
            return self.known(cookie)
        session_id = self._tokens.read(SESSION, cookie, now_ms=self._clock_ms())
        if session_id is None:
            return None
        async with self._reading:
            session = self._held.get(session_id)
            if session is None:
                found = await self._store.find_sessions([session_id])
                session = KnownSession(found[0], self._clock_ms) if found else None
            if session is not None:
                self._held[session_id] = session
            self._kept[cookie] = session
            while len(self._kept) > self._kept_max:
                self._kept.popitem(last=False)
        return self.known(cookie)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep up with changes until told to stop."""
        await keep_fresh(
            stop, self._store.session_changes(), what="sessions",
            read=lambda session_id: self._read([session_id]),
            read_all=lambda: self._read(list(self._held)),
        )

    async def _read(self, ids: list[bytes]) -> None:
        for start in range(0, len(ids), ASKED_AT_ONCE):
            asked = ids[start : start + ASKED_AT_ONCE]
            async with self._reading:
                found = {session.id for session in await self._store.find_sessions(asked)}
                for session_id in asked:
                    session = self._held.get(session_id)
                    if session is not None and session_id not in found:
                        session.end()
