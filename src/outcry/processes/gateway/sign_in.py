"""Who sends a request, each within its limit: an address, and either an API key with a signature
that holds, or the cookie of somebody signed in.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from outcry.api.backpack.bodies import Scalar
from outcry.api.backpack.errors import ApiError, Code, invalid
from outcry.api.backpack.signing import check_fresh, check_signature, read_signature
from outcry.people.api_keys import KeyRing, KnownKey
from outcry.people.cookies import cookie_of, is_foreign_page
from outcry.people.sessions import KnownSession, Sessions
from outcry.ports.database import DatabaseUnavailable
from outcry.processes.gateway.limits import RateLimit

Headers = Mapping[bytes, bytes]
QUERY_FIELDS_MAX = 50
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Caller(NamedTuple):
    """Where a request comes from, and what it says of itself."""

    address: str
    method: str
    headers: Headers

    def header(self, name: bytes) -> str | None:
        """A header by its name in lower case."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


class SignIn:
    """Lets requests in. `clock_ms` is the wall clock that clients sign the time of."""

    def __init__(
        self, keys: KeyRing, sessions: Sessions, *, by_address: RateLimit, by_key: RateLimit,
        origins: Collection[str], clock_ms: Callable[[], int],
    ) -> None:
        self._keys = keys
        self._sessions = sessions
        self._origins = origins
        self._by_address = by_address
        self._by_key = by_key
        self._clock_ms = clock_ms

    def admit(self, address: str) -> None:
        """Count a request of an address; raises `ApiError` when it has sent too many.

        One that turns out to be signed is not the address's: many may trade from one, and each
        has a limit of its own.
        """
        refuse_if_waiting(self._by_address.wait_s(address))

    async def check(
        self, caller: Caller, instruction: str, requests: Sequence[Mapping[str, Scalar]],
        *, trades: bool = False,
    ) -> KnownKey | KnownSession:
        """Whose these requests are: a key signed them just now, or else a cookie came with them.

        Raises `ApiError`.
        """
        if caller.header(b"x-api-key") is None and cookie_of(caller.header(b"cookie")) is not None:
            return await self.user(caller)
        signature = read_signature(
            caller.header(b"x-api-key"), caller.header(b"x-signature"),
            caller.header(b"x-timestamp"), caller.header(b"x-window"),
        )
        check_fresh(signature, self._clock_ms())
        key = self._keys.known(signature.api_key) or await self._find(signature.api_key)
        check_signature(key.verifier, signature, instruction, requests)
        self._by_address.give_back(caller.address)
        # Counted once it is proved: nobody can use up somebody else's limit.
        refuse_if_waiting(self._by_key.wait_s(key.text))
        if trades and not key.may_trade:
            raise ApiError(403, Code.FORBIDDEN, "This API key may not trade")
        return key

    async def user(self, caller: Caller) -> KnownSession:
        """The session of a request's cookie; raises `ApiError`."""
        cookie = cookie_of(caller.header(b"cookie"))
        if cookie is None:
            raise ApiError(401, Code.UNAUTHORIZED, "You are not signed in")
        session = self._sessions.known(cookie) or await self._find_session(cookie)
        self._by_address.give_back(caller.address)
        refuse_if_waiting(self._by_key.wait_s(f"user {session.user_id}"))
        if caller.method not in READING:
            self.check_page(caller)
        return session

    def check_page(self, caller: Caller) -> None:
        """Refuse what a page of somebody else's makes a browser send; raises `ApiError`."""
        if is_foreign_page(
            origin=caller.header(b"origin"), referer=caller.header(b"referer"),
            fetch_site=caller.header(b"sec-fetch-site"), host=caller.header(b"host"),
            listed=self._origins,
        ):
            raise ApiError(
                403, Code.FORBIDDEN, "This is not taken from a page of somebody else's"
            )

    async def _find(self, text: str) -> KnownKey:
        try:
            key = await self._keys.find(text)
        except DatabaseUnavailable:
            raise ApiError(
                503, Code.MAINTENANCE, "API keys cannot be looked up right now", retry_after_s=1
            ) from None
        if key is None:
            raise ApiError(401, Code.UNAUTHORIZED, "Unknown or revoked API key")
        return key

    async def _find_session(self, cookie: str) -> KnownSession:
        try:
            session = await self._sessions.find(cookie)
        except DatabaseUnavailable:
            raise ApiError(
                503, Code.MAINTENANCE, "Sessions cannot be looked up right now", retry_after_s=1
            ) from None
        if session is None:
            raise ApiError(401, Code.UNAUTHORIZED, "The session has ended: sign in again")
        return session


def caller_of(scope: Mapping[str, Any]) -> Caller:
    """The caller of an ASGI request; of a header that is sent twice the last counts."""
    return Caller(address_of(scope), scope["method"], dict(scope["headers"]))


def address_of(scope: Mapping[str, Any]) -> str:
    """Where an ASGI request comes from."""
    client = scope["client"]
    return str(client[0]) if client else ""


def query_of(query_string: bytes) -> dict[str, str]:
    """The decoded parameters of a query; raises `ApiError` when one occurs twice."""
    if not query_string:
        return {}
    try:
        pairs = parse_qsl(
            query_string.decode(), keep_blank_values=True, errors="strict",
            max_num_fields=QUERY_FIELDS_MAX,
        )
    except ValueError:
        raise invalid("Invalid query string") from None
    query = dict(pairs)
    if len(query) != len(pairs):
        raise invalid("A query parameter occurs twice")
    return query


def refuse_if_waiting(wait_s: int) -> None:
    """Refuse what may only be done again in so many seconds; raises `ApiError`."""
    if wait_s:
        raise ApiError(
            429, Code.TOO_MANY_REQUESTS, "Too many requests", retry_after_s=wait_s
        )
