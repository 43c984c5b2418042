"""A user's own API keys, made by the user."""

from typing import Final, NamedTuple

from outcry.engine.units import AccountId
from outcry.people.onboarding import NewKey, generated_key
from outcry.ports.people import ApiKeyRecord, OwnKeys

KEYS_MAX: Final = 20
NAME_MAX: Final = 64


class KeyTerms(NamedTuple):
    """What a new key may do, from where and until when."""

    scopes: frozenset[str]
    addresses: tuple[str, ...] = ()
    expires_ms: int | None = None


async def new_key(
    keys: OwnKeys, user_id: int, account_id: AccountId, *, name: str, terms: KeyTerms
) -> NewKey | None:
    """Make a key; None when the user has `KEYS_MAX` already. Raises `DatabaseUnavailable`."""
    assert 0 < len(name) <= NAME_MAX
    public_key, made = generated_key()
    api_key = ApiKeyRecord(
        public_key, user_id, account_id, terms.scopes, terms.addresses, terms.expires_ms
    )
    if not await keys.add_own_key(api_key, name=name, most=KEYS_MAX):
        return None
    return made
