"""A user's own API keys, made by the user."""

from base64 import b64encode
from typing import Final, NamedTuple

from nacl.signing import SigningKey

from outcry.engine.units import AccountId
from outcry.people.onboarding import SCOPES
from outcry.ports.people import ApiKeyRecord, OwnKeys

KEYS_MAX: Final = 20
NAME_MAX: Final = 64
READ_ONLY: Final = frozenset({"read"})


class NewKey(NamedTuple):
    """A new key, with the secret half that nothing stores."""

    public_key: str  # Both base64.
    secret: str


async def new_key(
    keys: OwnKeys, user_id: int, account_id: AccountId, *, name: str, may_trade: bool
) -> NewKey | None:
    """Make a key; None when the user has `KEYS_MAX` already. Raises `DatabaseUnavailable`."""
    assert 0 < len(name) <= NAME_MAX
    secret = SigningKey.generate()
    public_key = secret.verify_key.encode()
    api_key = ApiKeyRecord(public_key, user_id, account_id, SCOPES if may_trade else READ_ONLY)
    if not await keys.add_own_key(api_key, name=name, most=KEYS_MAX):
        return None
    return NewKey(b64encode(public_key).decode(), b64encode(secret.encode()).decode())
