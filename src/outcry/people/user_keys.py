"""A user's own API keys, made and revoked by the user."""

from base64 import b64encode
from typing import Final, NamedTuple

from nacl.signing import SigningKey

from outcry.engine.units import AccountId
from outcry.people.onboarding import SCOPES
from outcry.ports.people import ApiKey, NamedKey, OwnKeys

KEYS_MAX: Final = 20
NAME_MAX: Final = 64
READ_ONLY: Final = frozenset({"read"})


class NewKey(NamedTuple):
    """A new key, with the secret half that nothing stores."""

    public_key: str  # Both base64.
    secret: str


class UserKeys:
    """Makes, lists and revokes keys. Everything raises `DatabaseUnavailable`."""

    def __init__(self, keys: OwnKeys) -> None:
        self._keys = keys

    async def email(self, user_id: int) -> str:
        """The address of a signed-in user."""
        return await self._keys.email(user_id)

    async def all_of(self, user_id: int) -> list[NamedKey]:
        """The keys that work, oldest first."""
        return await self._keys.api_keys(user_id)

    async def make(
        self, user_id: int, account_id: AccountId, *, name: str, may_trade: bool
    ) -> NewKey | None:
        """A new key; None when the user has `KEYS_MAX` already."""
        assert 0 < len(name) <= NAME_MAX
        secret = SigningKey.generate()
        public_key = secret.verify_key.encode()
        api_key = ApiKey(
            public_key, user_id, account_id, SCOPES if may_trade else READ_ONLY
        )
        if not await self._keys.add_own_key(api_key, name=name, most=KEYS_MAX):
            return None
        return NewKey(b64encode(public_key).decode(), b64encode(secret.encode()).decode())

    async def revoke(self, user_id: int, public_key: bytes) -> bool:
        """Revoke a key; False when the user has no such key."""
        return await self._keys.revoke_own_key(user_id, public_key)
