"""The broker's route for commands, straight on ASGI and with answers of its own shape."""

import asyncio
import time
import uuid
from typing import Final

import structlog

from outcry.api.backpack.bodies import parse_members
from outcry.api.backpack.errors import ApiError
from outcry.api.broker.answers import BrokerAnswer, failed, succeeded
from outcry.api.broker.commands import BROKER_COMMAND, read_command
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.latencies import RequestLatency
from outcry.processes.gateway.asgi_routes import AsgiRoutes, asgi_route
from outcry.processes.gateway.broker import MESSAGES, Broker
from outcry.processes.gateway.declaration import Route, by_cookie
from outcry.processes.gateway.http import (
    Answer,
    Receive,
    Scope,
    caller_of,
    database_away,
    json_answer,
    read_body,
    stopping,
    unexpected,
)
from outcry.processes.gateway.sign_in import SignIn
from outcry.processes.gateway.trail import LatencyRecorder

UNKNOWN: Final = "UNKNOWN"  # The command of a request that was refused before it was read.
TURNED_AWAY: Final = 429

log = structlog.get_logger()


class BrokerRoutes(AsgiRoutes):
    """The broker's route. Every answer and error names its request and states its latency."""

    tag = "Broker"

    def __init__(self, *, broker: Broker, sign_in: SignIn, trail: LatencyRecorder) -> None:
        self._broker = broker
        self._sign_in = sign_in
        self._trail = trail

    async def answer(self, route: Route, scope: Scope, receive: Receive) -> Answer:
        """Answer one request."""
        attempt = _Attempt()
        try:
            told: BrokerAnswer = await route.handler(self, attempt, scope, receive)
        except ApiError as refused:
            error = refused
        except asyncio.CancelledError:
            error = stopping()
        except DatabaseUnavailable:
            error = database_away()
        except Exception:
            log.exception("request failed", path=route.path)
            error = unexpected()
        else:
            self._note(attempt, None, told.latency)
            return json_answer(told)
        latency_ms = attempt.latency_ms()
        if error.status != TURNED_AWAY:  # A flood must not become one of rows.
            self._note(attempt, error.message, latency_ms)
        return _refused(error, attempt, latency_ms)

    def refusal(self, error: ApiError) -> Answer:
        """The answer to a request that the limits refuse."""
        return _refused(error, _Attempt(), 0)

    @asgi_route("POST", "/api/v1/engine")
    @by_cookie(body=BROKER_COMMAND, errors=(404, 409), error=BrokerAnswer)
    async def carry_out(self, attempt: "_Attempt", scope: Scope, receive: Receive) -> BrokerAnswer:
        """Carry out a command of the broker contract."""
        caller, body = caller_of(scope), await read_body(receive)
        session = await self._sign_in.user(caller)
        attempt.user_id = session.user_id
        members = parse_members(body)
        attempt.command = read_command(members)
        data = await self._broker.carry_out(
            attempt.command, members, session, attempt.order_id.bytes
        )
        return succeeded(
            data, MESSAGES[attempt.command], order_id=str(attempt.order_id),
            latency_ms=attempt.latency_ms(),
        )

    def _note(self, attempt: "_Attempt", error: str | None, latency_ms: int) -> None:
        self._trail.note(RequestLatency(
            attempt.order_id.bytes, attempt.user_id, attempt.command, error is None, error,
            latency_ms,
        ))


class _Attempt:
    """The facts about a request in progress."""

    def __init__(self) -> None:
        self.order_id = uuid.uuid4()
        self.user_id: int | None = None
        self.command = UNKNOWN
        self._started = time.perf_counter()

    def latency_ms(self) -> int:
        """The time since the request arrived."""
        return int(1_000 * (time.perf_counter() - self._started))


def _refused(error: ApiError, attempt: _Attempt, latency_ms: int) -> Answer:
    told = failed(error, order_id=str(attempt.order_id), latency_ms=latency_ms)
    return json_answer(told, error.status, retry_after_s=error.retry_after_s)
