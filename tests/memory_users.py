"""Users, sessions and mail in memory, for tests that need no database."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence

from outcry.ports import ApiKey, Mail, MailUnavailable, NamedKey, Session

SECRET = "a secret for tests that is long enough"


class MemoryUsers:
    """Users and their keys in dictionaries; keys also go where signatures are checked."""

    def __init__(
        self, shared: dict[bytes, ApiKey] | None = None, *, first_id: int = 1
    ) -> None:
        self._first_id = first_id
        self.ids: dict[str, int] = {}
        self.keys: list[tuple[ApiKey, str]] = []
        self._shared = {} if shared is None else shared

    async def add_user(self, email: str) -> int:
        return self.ids.setdefault(email.lower(), self._first_id + len(self.ids))

    async def email(self, user_id: int) -> str:
        return next(email for email, known in self.ids.items() if known == user_id)

    async def add_api_key(self, api_key: ApiKey, *, name: str) -> None:
        self.keys.append((api_key, name))
        self._shared[api_key.public_key] = api_key

    async def add_own_key(self, api_key: ApiKey, *, name: str, most: int) -> bool:
        if len(await self.api_keys(api_key.user_id)) >= most:
            return False
        await self.add_api_key(api_key, name=name)
        return True

    async def api_keys(self, user_id: int) -> list[NamedKey]:
        return [
            NamedKey(key, name, number)
            for number, (key, name) in enumerate(self.keys) if key.user_id == user_id
        ]

    async def revoke_api_key(self, public_key: bytes) -> bool:
        before = len(self.keys)
        self.keys = [(key, name) for key, name in self.keys if key.public_key != public_key]
        self._shared.pop(public_key, None)
        return len(self.keys) < before

    async def revoke_own_key(self, user_id: int, public_key: bytes) -> bool:
        own = any((user_id, public_key) == (key.user_id, key.public_key) for key, _ in self.keys)
        return own and await self.revoke_api_key(public_key)


class MemorySessions:
    """Tokens and sessions in dictionaries; `away` is what the database would raise."""

    def __init__(self) -> None:
        self.tokens: dict[str, tuple[bytes, int]] = {}
        self.sessions: dict[bytes, Session] = {}
        self.away: Exception | None = None
        self.asked = 0
        self.changed: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.changed.put_nowait(None)

    async def keep_token(
        self, email: str, token_hash: bytes, *, expires_ms: int, now_ms: int
    ) -> None:
        self.tokens[email] = (token_hash, expires_ms)

    async def find_token(self, token_hash: bytes, *, now_ms: int) -> str | None:
        for email, (kept, expires_ms) in self.tokens.items():
            if kept == token_hash and expires_ms > now_ms:
                return email
        return None

    async def use_token(self, token_hash: bytes, session: Session, *, now_ms: int) -> bool:
        email = await self.find_token(token_hash, now_ms=now_ms)
        if email is None:
            return False
        del self.tokens[email]
        await self.open_session(session)
        return True

    async def open_session(self, session: Session) -> None:
        self.sessions[session.id] = session

    async def revoke_session(self, session_id: bytes) -> None:
        if self.sessions.pop(session_id, None) is not None:
            self.changed.put_nowait(session_id)

    async def find_sessions(self, ids: Sequence[bytes]) -> list[Session]:
        self.asked += 1
        if self.away is not None:
            raise self.away
        return [self.sessions[each] for each in ids if each in self.sessions]

    async def session_changes(self) -> AsyncGenerator[bytes | None, None]:
        while True:
            yield await self.changed.get()


class MemoryMailer:
    """Mail that was handed over; `broken` lets it fail."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.broken = False

    async def send(self, mail: Mail) -> None:
        if self.broken:
            raise MailUnavailable("the test says so")
        self.mails.append(mail)

    def link(self) -> str:
        """The link in the newest mail."""
        return link_in(self.mails[-1].text)


def link_in(text: str) -> str:
    """The one link in a mail."""
    [link] = re.findall(r"https?://\S+", text)
    return str(link)


def token_in(text: str) -> str:
    """The token in the one link in a mail."""
    return link_in(text).partition("?token=")[2]
