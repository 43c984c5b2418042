"""Users, their keys, sessions and mail in memory: for tests and throw-away venues."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence

from outcry.ports.mail import Mail, MailUnavailable
from outcry.ports.people import ApiKeyRecord, NamedKey, Session


class MemoryKeys:
    """API keys where signatures are checked. A removed one is put into `changed`."""

    def __init__(self) -> None:
        self.keys: dict[bytes, ApiKeyRecord] = {}
        self.used_ms: dict[bytes, int] = {}
        self.changed: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.changed.put_nowait(None)

    async def load(self) -> list[ApiKeyRecord]:
        """All of them."""
        return list(self.keys.values())

    async def find(self, public_key: bytes) -> ApiKeyRecord | None:
        """One of them."""
        return self.keys.get(public_key)

    async def note_uses(self, used_ms: Mapping[bytes, int]) -> None:
        """Remember when keys were last used."""
        self.used_ms |= used_ms

    async def changes(self) -> AsyncGenerator[bytes | None, None]:
        """The keys that are put into `changed`."""
        while True:
            yield await self.changed.get()


class MemoryUsers:
    """Users by their address in lower case, and their keys, which go into `shared` as well."""

    def __init__(self, shared: MemoryKeys | None = None, *, first_id: int = 1) -> None:
        self.ids: dict[str, int] = {}
        self._first_id = first_id
        self.keys: list[tuple[ApiKeyRecord, str]] = []
        self._claimed: set[int] = set()
        self._shared = shared or MemoryKeys()

    async def add_user(self, email: str) -> int:
        """The id of the user with this address, added when there is none yet."""
        return self.ids.setdefault(email.lower(), self._first_id + len(self.ids))

    async def claim_account(self, user_id: int) -> bool:
        """Note that a user asked for the account they have; False when they had before."""
        first = user_id not in self._claimed
        self._claimed.add(user_id)
        return first

    async def email(self, user_id: int) -> str:
        """The address of an existing user."""
        return next(email for email, known in self.ids.items() if known == user_id)

    async def emails(self, user_ids: Sequence[int]) -> dict[int, str]:
        """The addresses of those of these users who exist."""
        return {known: email for email, known in self.ids.items() if known in user_ids}

    async def user_of(self, email: str) -> int | None:
        """The id of the user with this address; None when there is none."""
        return self.ids.get(email.lower())

    async def add_api_key(self, api_key: ApiKeyRecord, *, name: str) -> None:
        """Make a key known."""
        self.keys.append((api_key, name))
        self._shared.keys[api_key.public_key] = api_key

    async def add_own_key(self, api_key: ApiKeyRecord, *, name: str, most: int) -> bool:
        """Make a key known; False when the user has `most` keys already."""
        if len(await self.api_keys(api_key.user_id)) >= most:
            return False
        await self.add_api_key(api_key, name=name)
        return True

    async def api_keys(self, user_id: int) -> list[NamedKey]:
        """The user's keys, oldest first; the first was made at 0, the next at 1, and so on."""
        return [
            NamedKey(key, name, number, self._shared.used_ms.get(key.public_key))
            for number, (key, name) in enumerate(self.keys) if key.user_id == user_id
        ]

    async def revoke_api_key(self, public_key: bytes) -> bool:
        """Revoke a key; False when it was not known."""
        before = len(self.keys)
        self.keys = [(key, name) for key, name in self.keys if key.public_key != public_key]
        if self._shared.keys.pop(public_key, None) is not None:
            self._shared.changed.put_nowait(public_key)
        return len(self.keys) < before

    async def revoke_own_key(self, user_id: int, public_key: bytes) -> bool:
        """Revoke a key; False when it is not the user's."""
        own = any((user_id, public_key) == (key.user_id, key.public_key) for key, _ in self.keys)
        return own and await self.revoke_api_key(public_key)


class MemorySessions:
    """Mailed tokens and open sessions. Every question for sessions raises `away`, if set."""

    def __init__(self) -> None:
        self.tokens: dict[bytes, tuple[str, int]] = {}  # Address and end, by their hashes.
        self.sessions: dict[bytes, Session] = {}
        self.away: Exception | None = None
        self.asked = 0
        self.changed: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.changed.put_nowait(None)

    async def keep_token(
        self, email: str, token_hash: bytes, *, expires_ms: int, now_ms: int
    ) -> None:
        """Remember a token by its hash, beside those this address was sent before."""
        self.tokens[token_hash] = (email, expires_ms)

    async def find_token(self, token_hash: bytes, *, now_ms: int) -> str | None:
        """The address a token was sent to; None when it is unknown or expired."""
        email, expires_ms = self.tokens.get(token_hash, ("", 0))
        return email if expires_ms > now_ms else None

    async def use_token(self, token_hash: bytes, session: Session, *, now_ms: int) -> bool:
        """Open a session with a token, which is then used up; False when it is no longer valid."""
        email = await self.find_token(token_hash, now_ms=now_ms)
        if email is None:
            return False
        del self.tokens[token_hash]
        await self.open_session(session)
        return True

    async def open_session(self, session: Session) -> None:
        """Open a session without a token."""
        self.sessions[session.id] = session

    async def revoke_session(self, session_id: bytes) -> None:
        """End a session."""
        if self.sessions.pop(session_id, None) is not None:
            self.changed.put_nowait(session_id)

    async def find_sessions(self, ids: Sequence[bytes]) -> list[Session]:
        """Those of these sessions that there are."""
        self.asked += 1
        if self.away is not None:
            raise self.away
        return [self.sessions[each] for each in ids if each in self.sessions]

    async def session_changes(self) -> AsyncGenerator[bytes | None, None]:
        """Ids of sessions as they are revoked, without end."""
        while True:
            yield await self.changed.get()


class MemoryMailer:
    """Mail that was handed over; while it is `broken`, sending raises `MailUnavailable`."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.broken = False

    async def send(self, mail: Mail) -> None:
        """Keep a mail."""
        if self.broken:
            raise MailUnavailable("this mailer was told to be broken")
        self.mails.append(mail)
