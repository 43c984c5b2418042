"""Requests of clients: subscriptions, and proof of the right to private streams."""

from collections.abc import Callable, Coroutine
from typing import Any

from picows import WSCloseCode

from outcry.api.backpack.errors import ApiError
from outcry.api.backpack.signing import SUBSCRIBE, check_fresh, check_signature
from outcry.api.backpack.stream import (
    INVALID_STREAM,
    NOT_AUTHORIZED,
    PRIVATE,
    SILENT,
    TOO_MANY,
    Request,
    StreamError,
    StreamName,
    parse_request,
    refusal,
)
from outcry.engine.units import AccountId
from outcry.people.api_keys import ApiKeyCache, KnownKey
from outcry.people.sessions import KnownSession, SessionCache
from outcry.ports.database import DatabaseUnavailable
from outcry.processes.stream.connection import ClientConnection
from outcry.processes.stream.hub import Hub
from outcry.processes.stream.limits import Limits


class Requests:
    """Carries out requests, those of one connection in the order they came."""

    def __init__(
        self, hub: Hub, keys: ApiKeyCache, sessions: SessionCache, limits: Limits, *,
        now_ms: Callable[[], int], spawn: Callable[[Coroutine[Any, Any, None]], object],
        exists: Callable[[StreamName], bool],
    ) -> None:
        self._hub = hub
        self._keys = keys
        self._sessions = sessions
        self._limits = limits
        self._now_ms = now_ms
        self._spawn = spawn
        self._exists = exists

    def heard(self, connection: ClientConnection, message: bytes) -> None:
        """Carry a request out, or queue it behind the one before it."""
        if not connection.working:
            self._carry_out(connection, message)
        elif len(connection.requests) < self._limits.requests_waiting:
            connection.requests.append(message)
        else:
            connection.close(WSCloseCode.POLICY_VIOLATION, "too many requests")

    def check_keys(self, connection: ClientConnection) -> None:
        """End a connection whose API key was revoked, or whose session has ended."""
        if connection.session is not None and connection.session.has_ended:
            connection.close(WSCloseCode.POLICY_VIOLATION, "session ended")
            return
        for text, account_id in connection.api_keys.items():
            key = self._keys.known(text)
            if key is None or key.account_id != account_id:
                connection.close(WSCloseCode.POLICY_VIOLATION, "API key revoked")
                return

    def _carry_out(self, connection: ClientConnection, message: bytes) -> None:
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
        known = [stream for stream in request.streams if self._exists(stream)]
        if len(known) < len(request.streams):
            connection.say(refusal(StreamError(INVALID_STREAM, "Invalid stream: no such market")))
            request = request._replace(streams=known)
        for stream in known:
            if stream.kind not in PRIVATE and self._has_room(connection):
                self._hub.subscribe(connection, stream)
        if any(stream.kind in PRIVATE - SILENT for stream in known):
            self._open_private(connection, request)

    def _open_private(self, connection: ClientConnection, request: Request) -> None:
        signature = request.signature
        if signature is None:
            self._open_by_cookie(connection, request)
            return
        key = self._keys.known(signature.api_key)
        if key is None:
            self._wait_for(connection, self._find_key(connection, request, signature.api_key))
        else:
            self._subscribe_private(connection, request, key)

    def _open_by_cookie(self, connection: ClientConnection, request: Request) -> None:
        if connection.session is not None:
            self._subscribe_all(connection, request, connection.session.account_id)
        elif connection.cookie is None:
            connection.say(refusal(StreamError(NOT_AUTHORIZED, "Signature required")))
        elif (session := self._sessions.known(connection.cookie)) is not None:
            self._subscribe_signed_in(connection, request, session)
        else:
            self._wait_for(
                connection, self._find_session(connection, request, connection.cookie)
            )

    def _wait_for(self, connection: ClientConnection, looking: Coroutine[Any, Any, None]) -> None:
        """Wait for a lookup, and then carry out the requests that came meanwhile."""
        async def look() -> None:
            await looking
            connection.working = False
            while connection.requests and not connection.working:
                self._carry_out(connection, connection.requests.popleft())

        connection.working = True
        self._spawn(look())

    async def _find_session(
        self, connection: ClientConnection, request: Request, cookie: str
    ) -> None:
        try:
            session = await self._sessions.find(cookie)
        except DatabaseUnavailable:
            fault = StreamError(NOT_AUTHORIZED, "Sessions cannot be checked now, try again")
            connection.say(refusal(fault))
        else:
            self._subscribe_signed_in(connection, request, session)

    def _subscribe_signed_in(
        self, connection: ClientConnection, request: Request, session: KnownSession | None
    ) -> None:
        if session is None:
            connection.say(refusal(StreamError(NOT_AUTHORIZED, "The session has ended")))
            return
        connection.session = session
        self._subscribe_all(connection, request, session.account_id)

    async def _find_key(self, connection: ClientConnection, request: Request, text: str) -> None:
        try:
            key = await self._keys.find(text)
        except DatabaseUnavailable:
            fault = StreamError(NOT_AUTHORIZED, "API keys cannot be checked now, try again")
            connection.say(refusal(fault))
        else:
            self._subscribe_private(connection, request, key)

    def _subscribe_private(
        self, connection: ClientConnection, request: Request, key: KnownKey | None
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
        self._subscribe_all(connection, request, key.account_id)

    def _subscribe_all(
        self, connection: ClientConnection, request: Request, account_id: AccountId
    ) -> None:
        for stream in request.streams:
            if stream.kind in PRIVATE and self._has_room(connection):
                self._hub.subscribe(connection, stream, account_id)

    def _has_room(self, connection: ClientConnection) -> bool:
        """Whether a connection may have one more stream; the client is told when it may not."""
        if len(connection.channels) < self._limits.streams_per_connection:
            return True
        if not connection.closing:
            connection.say(refusal(StreamError(TOO_MANY, "Too many streams")))
            connection.close(WSCloseCode.POLICY_VIOLATION, "too many streams")
        return False
