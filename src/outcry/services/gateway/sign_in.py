"""Who sends a request: address and API key, each within its limit, and a signature that holds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from outcry.ports import DatabaseUnavailable
from outcry.protocol.backpack.bodies import Scalar
from outcry.protocol.backpack.errors import ApiError, Code, invalid
from outcry.protocol.backpack.signing import check_fresh, check_signature, read_signature
from outcry.services.api_keys import KeyRing, KnownKey
from outcry.services.gateway.limits import RateLimit

Headers = Mapping[bytes, bytes]
QUERY_FIELDS_MAX = 50


class Caller(NamedTuple):
    """Where a request comes from, and what it says of itself."""

    address: str
    headers: Headers


class SignIn:
    """Lets requests in. `clock_ms` is the wall clock that clients sign the time of."""

    def __init__(
        self, keys: KeyRing, *, by_address: RateLimit, by_key: RateLimit,
        clock_ms: Callable[[], int],
    ) -> None:
        self._keys = keys
        self._by_address = by_address
        self._by_key = by_key
        self._clock_ms = clock_ms

    def admit(self, address: str) -> None:
        """Count a request of an address; raises `ApiError` when it has sent too many.

        One that turns out to be signed is not the address's: many may trade from one, and each
        has a limit of its own.
        """
        _refuse_if_waiting(self._by_address.wait_s(address))

    async def check(
        self, caller: Caller, instruction: str, requests: Sequence[Mapping[str, Scalar]],
        *, trades: bool = False,
    ) -> KnownKey:
        """The key that signed these requests just now; raises `ApiError`."""
        headers = caller.headers
        signature = read_signature(
            _text(headers, b"x-api-key"), _text(headers, b"x-signature"),
            _text(headers, b"x-timestamp"), _text(headers, b"x-window"),
        )
        check_fresh(signature, self._clock_ms())
        key = self._keys.known(signature.api_key) or await self._find(signature.api_key)
        check_signature(key.verifier, signature, instruction, requests)
        self._by_address.give_back(caller.address)
        # Counted once it is proved: nobody can use up somebody else's limit.
        _refuse_if_waiting(self._by_key.wait_s(key.text))
        if trades and not key.may_trade:
            raise ApiError(403, Code.FORBIDDEN, "This API key may not trade")
        return key

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


def caller_of(scope: Mapping[str, Any]) -> Caller:
    """The caller of an ASGI request; of a header that is sent twice the last counts."""
    return Caller(address_of(scope), dict(scope["headers"]))


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


def _refuse_if_waiting(wait_s: int) -> None:
    if wait_s:
        raise ApiError(
            429, Code.TOO_MANY_REQUESTS, "Too many requests", retry_after_s=wait_s
        )


def _text(headers: Headers, name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")
