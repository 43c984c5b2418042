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

UNKNOWN_LIFE_S: Final = 1.0  # How long a key that was not found is not looked for again.
UNKNOWN_MAX: Final = 1_000


class KnownKey:
    """A key ready for use."""

    __slots__ = ("account_id", "may_trade", "text", "verifier")

    def __init__(self, api_key: ApiKeyRecord) -> None:
        self.text = b64encode(api_key.public_key).decode()
        self.account_id: AccountId = api_key.account_id
        self.may_trade = "trade" in api_key.scopes
        self.verifier = VerifyKey(api_key.public_key)


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
        async with self._reading:
            found = [KnownKey(api_key) for api_key in await self._store.load()]
            self._keys = {key.text: key for key in found}
            self._unknown.clear()

    async def _read(self, public_key: bytes) -> None:
        async with self._reading:
            api_key = await self._store.find(public_key)
            text = b64encode(public_key).decode()
            if api_key is None:
                self._keys.pop(text, None)
            else:
                self._keys[text] = KnownKey(api_key)
                self._unknown.pop(text, None)
