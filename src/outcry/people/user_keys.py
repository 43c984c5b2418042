"""A user's own API keys, made by the user."""

from typing import Final

from outcry.engine.units import AccountId
from outcry.people.onboarding import SCOPES, NewKey, generated_key
from outcry.ports.people import ApiKeyRecord, OwnKeys

KEYS_MAX: Final = 20
NAME_MAX: Final = 64
READ_ONLY: Final = frozenset({"read"})


async def new_key(
    keys: OwnKeys, user_id: int, account_id: AccountId, *, name: str, may_trade: bool
) -> NewKey | None:
    """Make a key; None when the user has `KEYS_MAX` already. Raises `DatabaseUnavailable`."""
    assert 0 < len(name) <= NAME_MAX
    public_key, made = generated_key()
    api_key = ApiKeyRecord(public_key, user_id, account_id, SCOPES if may_trade else READ_ONLY)
    if not await keys.add_own_key(api_key, name=name, most=KEYS_MAX):
        return None
    return made
