"""Users, API keys, sessions, and the tokens that open them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from outcry.engine.units import AccountId

READ: Final = "read"
TRADE: Final = "trade"
WITHDRAW: Final = "withdraw"
NEW_KEYS: Final = frozenset({READ, TRADE})  # Of a key for which nothing else was asked.


class ApiKeyRecord(NamedTuple):
    """A client's Ed25519 public key, its account and its permissions."""

    public_key: bytes
    user_id: int
    account_id: AccountId
    scopes: frozenset[str]  # Of `read`, `trade` and `withdraw`.
    addresses: tuple[str, ...] = ()  # Networks that it may be used from; none is anywhere.
    expires_ms: int | None = None


class ApiKeys(Protocol):
    """The API keys that are not revoked, for checking signatures."""

    async def load(self) -> list[ApiKeyRecord]:
        """All of them; raises `DatabaseUnavailable`."""

    async def find(self, public_key: bytes) -> ApiKeyRecord | None:
        """One of them; raises `DatabaseUnavailable`."""

    async def note_uses(self, used_ms: Mapping[bytes, int]) -> None:
        """Store when keys were last used; raises `DatabaseUnavailable`."""

    def changes(self) -> AsyncGenerator[bytes | None, None]:
        """Public keys as they are added, changed or revoked, without end.

        None each time when changes before this moment may have been missed, at first as well.
        """


class UserStore(Protocol):
    """Users and their API keys, for signing up."""

    async def add_user(self, email: str) -> int:
        """The id of the user with this address, who is added when there is none yet."""

    async def claim_account(self, user_id: int) -> bool:
        """Record that a user asked for their account; False when they had asked before."""

    async def add_api_key(self, api_key: ApiKeyRecord, *, name: str) -> None:
        """Add a key."""

    async def revoke_api_key(self, public_key: bytes) -> bool:
        """Revoke a key; False when it is unknown or revoked already."""


class AddressBook(Protocol):
    """The users' addresses. Every method raises `DatabaseUnavailable`."""

    async def emails(self, user_ids: Sequence[int]) -> dict[int, str]:
        """The addresses of those of these users who exist."""

    async def user_of(self, email: str) -> int | None:
        """The id of the user with this address; None when there is none."""


class NamedKey(NamedTuple):
    """An API key as the list of its user shows it."""

    api_key: ApiKeyRecord
    name: str
    created_ms: int
    used_ms: int | None = None


class OwnKeys(Protocol):
    """A user's own API keys. Every method raises `DatabaseUnavailable`."""

    async def email(self, user_id: int) -> str:
        """The address of a user who exists."""

    async def api_keys(self, user_id: int) -> list[NamedKey]:
        """The user's keys that are not revoked, oldest first."""

    async def add_own_key(self, api_key: ApiKeyRecord, *, name: str, most: int) -> bool:
        """Add a key; False when the user has `most` keys already."""

    async def revoke_own_key(self, user_id: int, public_key: bytes) -> bool:
        """Revoke a key; False when it is not the user's, or is revoked already."""


class Session(NamedTuple):
    """A user is signed in until `expires_ms`, or until the session is revoked."""

    id: bytes  # 128 random bits.
    user_id: int
    account_id: AccountId
    expires_ms: int


class SessionStore(Protocol):
    """The sessions that are not revoked, for checking cookies."""

    async def find_sessions(self, ids: Sequence[bytes]) -> list[Session]:
        """The sessions of these ids, as far as they exist; raises `DatabaseUnavailable`."""

    def session_changes(self) -> AsyncGenerator[bytes | None, None]:
        """Ids of sessions as they are revoked, without end.

        None each time when changes before this moment may have been missed, at first as well.
        """


class SignInStore(Protocol):
    """Tokens that were mailed, and the sessions they open. All raise `DatabaseUnavailable`."""

    async def keep_token(
        self, email: str, token_hash: bytes, *, expires_ms: int, now_ms: int
    ) -> None:
        """Store a token by its hash. The tokens that this address was sent before stay valid."""

    async def find_token(self, token_hash: bytes, *, now_ms: int) -> str | None:
        """The address a token was sent to; None when it is unknown, used or expired."""

    async def use_token(self, token_hash: bytes, session: Session, *, now_ms: int) -> bool:
        """Open a session with a token and use the token up; False when it is not valid."""

    async def open_session(self, session: Session) -> None:
        """Open a session without a token."""

    async def revoke_session(self, session_id: bytes) -> None:
        """End a session, everywhere and at once. A session that has ended is left alone."""
