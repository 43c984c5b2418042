"""The API keys in memory, so that checking a signature never waits for the database.

Keys are read when they change, as the database notifies; all of them again whenever
notifications may have been missed, and every minute besides. While the database is away the keys
that are known go on working: none can be revoked in that time either.
"""

import asyncio
import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Final

from nacl.signing import VerifyKey

from outcry.engine.units import AccountId
from outcry.people.cache_refresh import keep_fresh
from outcry.ports.people import ApiKeyRecord, ApiKeys
from outcry.runtime.addresses import is_in, networks_of

UNKNOWN_LIFE_S: Final = 1.0  # How long a key that was not found is not looked for again.
UNKNOWN_MAX: Final = 1_000


class KnownKey:
    """A key ready for use."""

    __slots__ = (
        "_expires_ms", "_networks", "_scopes", "account_id", "public_key", "text", "used_ms",
        "verifier",
    )

    def __init__(self, api_key: ApiKeyRecord) -> None:
        self.public_key = api_key.public_key
        self.text = b64encode(api_key.public_key).decode()
        self.account_id: AccountId = api_key.account_id
        self.verifier = VerifyKey(api_key.public_key)
        self.used_ms = 0  # The last use that is not stored yet.
        self._scopes = api_key.scopes
        self._networks = networks_of(",".join(api_key.addresses))
        self._expires_ms = api_key.expires_ms

    def has_expired(self, now_ms: int) -> bool:
        """Whether its time is over."""
        return self._expires_ms is not None and self._expires_ms <= now_ms

    def refusal(self, scope: str | None, *, address: str, now_ms: int) -> str | None:
        """The reason why it may not be used for this, or from there, now; None if it may."""
        if self.has_expired(now_ms):
            return "This API key has expired"
        if self._networks and not is_in(address, self._networks):
            return "This API key may not be used from this address"
        if scope is not None and scope not in self._scopes:
            return f"This API key may not {scope}"
        self.used_ms = now_ms
        return None


class ApiKeyCache:
    """All keys that are not revoked, by their text."""

    def __init__(self, store: ApiKeys, *, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock  # Seconds, from anywhere.
        self._keys: dict[str, KnownKey] = {}
        self._unknown: dict[str, float] = {}  # Text → when it may be looked for again.
        self._reading = asyncio.Lock()  # Else an old answer could overtake a new one.

    def known(self, text: str) -> KnownKey | None:
        """A key, if it is known."""
        return self._keys.get(text)

    async def find(self, text: str) -> KnownKey | None:
        """A key that may have been added this moment; raises `DatabaseUnavailable`."""
        if (known := self._keys.get(text)) is not None:
            return known
        try:
            public_key = b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return None
        now = self._clock()
        if len(public_key) != 32 or self._unknown.get(text, 0.0) > now:
            return None
        await self._read(public_key)
        known = self._keys.get(text)
        if known is None:
            if len(self._unknown) >= UNKNOWN_MAX:
                self._unknown.clear()
            self._unknown[text] = now + UNKNOWN_LIFE_S
        return known

    async def run(self, stop: asyncio.Event) -> None:
        """Keep up with changes until told to stop."""
        await keep_fresh(
            stop, self._store.changes(), what="api keys", read=self._read, read_all=self._read_all
        )

    async def _read_all(self) -> None:
        await self._note_uses()
        async with self._reading:
            found = [KnownKey(api_key) for api_key in await self._store.load()]
            self._keys = {key.text: key for key in found}
            self._unknown.clear()

    async def _note_uses(self) -> None:
        """Store the last uses: once a minute, since all keys are read again that often."""
        used_ms = {key.public_key: key.used_ms for key in self._keys.values() if key.used_ms}
        if used_ms:
            await self._store.note_uses(used_ms)

    async def _read(self, public_key: bytes) -> None:
        async with self._reading:
            api_key = await self._store.find(public_key)
            text = b64encode(public_key).decode()
            if api_key is None:
                self._keys.pop(text, None)
            else:
                known = self._keys.get(text)
                self._keys[text] = KnownKey(api_key)
                if known is not None:
                    self._keys[text].used_ms = known.used_ms
                self._unknown.pop(text, None)
