"""The caller of a request, within the limit of its account: an API key with a valid signature, or
the cookie of a user who is signed in.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from outcry.api.backpack.bodies import Scalar
from outcry.api.backpack.errors import ApiError, Code
from outcry.api.backpack.signing import (
    VERSION_2,
    SentRequest,
    Signature,
    check_fresh,
    check_signature,
    check_signature_2,
    read_signature,
)
from outcry.people.api_keys import ApiKeyCache, KnownKey
from outcry.people.cookies import cookie_of, is_foreign_page
from outcry.people.sessions import KnownSession, SessionCache
from outcry.ports.database import DatabaseUnavailable
from outcry.processes.gateway.http import RequestOrigin
from outcry.processes.gateway.limits import RequestLimits

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class SignIn:
    """Identifies callers. `clock_ms` is the wall clock whose time clients sign."""

    def __init__(
        self, keys: ApiKeyCache, sessions: SessionCache, *, limits: RequestLimits,
        origins: Collection[str], clock_ms: Callable[[], int],
    ) -> None:
        self._keys = keys
        self._sessions = sessions
        self._origins = origins
        self._limits = limits
        self._clock_ms = clock_ms

    async def check(
        self, caller: RequestOrigin, instruction: str, requests: Sequence[Mapping[str, Scalar]],
        body: bytes, *, scope: str | None = None,
    ) -> tuple[KnownKey | KnownSession, Signature | None]:
        """The caller of these requests, by the signature of a key or else by a cookie.

        Returns the signature as well, unless it was a cookie.

        A key needs the `scope`, if there is one. Raises `ApiError`.
        """
        if caller.header(b"x-api-key") is None and cookie_of(caller.header(b"cookie")) is not None:
            return await self.user(caller), None
        signature = read_signature(
            caller.header(b"x-api-key"), caller.header(b"x-signature"),
            caller.header(b"x-timestamp"), caller.header(b"x-window"),
            caller.header(b"x-signature-version"),
        )
        now_ms = self._clock_ms()
        check_fresh(signature, now_ms)
        key = self._keys.known(signature.api_key) or await self._find(signature.api_key)
        if signature.version == VERSION_2:
            check_signature_2(key.verifier, signature, _sent(caller, body))
        else:
            check_signature(key.verifier, signature, instruction, requests)
        self._limits.charge(key.account_id, caller)
        refusal = key.refusal(scope, address=caller.address, now_ms=now_ms)
        if refusal is not None:
            raise ApiError(403, Code.FORBIDDEN, refusal)
        return key, signature

    async def user(self, caller: RequestOrigin) -> KnownSession:
        """The session of a request's cookie; raises `ApiError`."""
        cookie = cookie_of(caller.header(b"cookie"))
        if cookie is None:
            raise ApiError(401, Code.UNAUTHORIZED, "You are not signed in")
        session = self._sessions.known(cookie) or await self._find_session(cookie)
        self._limits.charge(session.account_id, caller)
        if caller.method not in READING:
            self.check_page(caller)
        return session

    def check_page(self, caller: RequestOrigin) -> None:
        """Refuse a request that a foreign page made a browser send; raises `ApiError`."""
        if is_foreign_page(
            origin=caller.header(b"origin"), referer=caller.header(b"referer"),
            fetch_site=caller.header(b"sec-fetch-site"), host=caller.header(b"host"),
            listed=self._origins,
        ):
            raise ApiError(
                403, Code.FORBIDDEN, "This request must come from a page of this venue"
            )

    async def _find(self, text: str) -> KnownKey:
        with _database_needed("API keys"):
            key = await self._keys.find(text)
        if key is None:
            raise ApiError(401, Code.UNAUTHORIZED, "Unknown or revoked API key")
        return key

    async def _find_session(self, cookie: str) -> KnownSession:
        with _database_needed("Sessions"):
            session = await self._sessions.find(cookie)
        if session is None:
            raise ApiError(401, Code.UNAUTHORIZED, "The session has ended: sign in again")
        return session


def _sent(caller: RequestOrigin, body: bytes) -> SentRequest:
    """The request as its client sent and signed it."""
    scope = caller.scope
    target = scope["raw_path"]
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    return SentRequest(caller.method, target, body)


@contextmanager
def _database_needed(things: str) -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailable:
        raise ApiError(
            503, Code.MAINTENANCE, f"{things} cannot be looked up right now", retry_after_s=1
        ) from None
