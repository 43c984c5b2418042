"""What clients ask for: which streams they want, and the proof that private ones are theirs."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from nacl.signing import VerifyKey
from picows import WSCloseCode

from outcry.engine.units import AccountId
from outcry.ports import DatabaseUnavailable
from outcry.protocol.backpack.errors import ApiError
from outcry.protocol.backpack.signing import SUBSCRIBE, check_fresh, check_signature
from outcry.protocol.backpack.stream import (
    NOT_AUTHORIZED,
    PRIVATE,
    SILENT,
    TOO_MANY,
    Request,
    StreamError,
    parse_request,
    refusal,
)
from outcry.services.stream.connection import Connection
from outcry.services.stream.hub import Hub
from outcry.services.stream.limits import Limits


class Key(Protocol):
    """An API key that may open private streams."""

    @property
    def account_id(self) -> AccountId:
        """The account it is for."""

    @property
    def verifier(self) -> VerifyKey:
        """What checks its signatures."""


class Keys(Protocol):
    """Where API keys are found by their text."""

    def known(self, text: str) -> Key | None:
        """A key that is at hand."""

    async def find(self, text: str) -> Key | None:
        """A key wherever it is; raises `DatabaseUnavailable`."""


class Requests:
    """Carries out requests, those of one connection in the order they came."""

    def __init__(
        self, hub: Hub, keys: Keys, limits: Limits, *, now_ms: Callable[[], int],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._hub = hub
        self._keys = keys
        self._limits = limits
        self._now_ms = now_ms
        self._spawn = spawn

    def heard(self, connection: Connection, message: bytes) -> None:
        """Carry a request out, or let it wait for the one before it."""
        if not connection.working:
            self._carry_out(connection, message)
        elif len(connection.requests) < self._limits.requests_waiting:
            connection.requests.append(message)
        else:
            connection.close(WSCloseCode.POLICY_VIOLATION, "too many requests")

    def check_keys(self, connection: Connection) -> None:
        """End a connection whose API key was revoked."""
        for text, account_id in connection.api_keys.items():
            key = self._keys.known(text)
            if key is None or key.account_id != account_id:
                connection.close(WSCloseCode.POLICY_VIOLATION, "API key revoked")
                return

    def _carry_out(self, connection: Connection, message: bytes) -> None:
        try:
            request = parse_request(message)
        except StreamError as fault:
            connection.say(refusal(fault))
            return
        if request.faults:
            connection.say(refusal(request.faults[0]))
        if not request.subscribe:
            for stream in request.streams:
                self._hub.unsubscribe(connection, stream.text)
            return
        for stream in request.streams:
            if stream.kind not in PRIVATE and self._has_room(connection):
                self._hub.subscribe(connection, stream)
        if any(stream.kind in PRIVATE - SILENT for stream in request.streams):
            self._open_private(connection, request)

    def _open_private(self, connection: Connection, request: Request) -> None:
        signature = request.signature
        if signature is None:
            connection.say(refusal(StreamError(NOT_AUTHORIZED, "Signature required")))
            return
        key = self._keys.known(signature.api_key)
        if key is None:
            connection.working = True
            self._spawn(self._find_key(connection, request, signature.api_key))
        else:
            self._subscribe_private(connection, request, key)

    async def _find_key(self, connection: Connection, request: Request, text: str) -> None:
        """Look a key up, and carry out what the client asked for meanwhile."""
        try:
            key = await self._keys.find(text)
        except DatabaseUnavailable:
            fault = StreamError(NOT_AUTHORIZED, "API keys cannot be checked now, try again")
            connection.say(refusal(fault))
        else:
            self._subscribe_private(connection, request, key)
        connection.working = False
        while connection.requests and not connection.working:
            self._carry_out(connection, connection.requests.popleft())

    def _subscribe_private(
        self, connection: Connection, request: Request, key: Key | None
    ) -> None:
        signature = request.signature
        assert signature is not None
        if key is None:
            connection.say(refusal(StreamError(NOT_AUTHORIZED, "Invalid API key")))
            return
        try:
            check_fresh(signature, self._now_ms())
            check_signature(key.verifier, signature, SUBSCRIBE, [{}])
        except ApiError as error:
            connection.say(refusal(StreamError(NOT_AUTHORIZED, error.message)))
            return
        connection.api_keys[signature.api_key] = key.account_id
        for stream in request.streams:
            if stream.kind in PRIVATE and self._has_room(connection):
                self._hub.subscribe(connection, stream, key.account_id)

    def _has_room(self, connection: Connection) -> bool:
        """Whether a connection may have one more stream; it is told when it may not."""
        if len(connection.channels) < self._limits.streams_per_connection:
            return True
        if not connection.closing:
            connection.say(refusal(StreamError(TOO_MANY, "Too many streams")))
            connection.close(WSCloseCode.POLICY_VIOLATION, "too many streams")
        return False
