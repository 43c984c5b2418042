"""The broker's one route for commands, in front of the framework and in shapes of its own."""

import asyncio
import time
import uuid
from typing import Final

import structlog

from outcry.api.backpack.bodies import Members, parse_members
from outcry.api.backpack.errors import ApiError, Code
from outcry.api.broker.answers import Data, failed, succeeded
from outcry.api.broker.commands import read_command
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.latencies import RequestLatency
from outcry.processes.gateway.broker import MESSAGES, Broker
from outcry.processes.gateway.http import (
    Answer,
    Application,
    Receive,
    Scope,
    Send,
    json_answer,
    read_call,
    send_answer,
    stopping,
    unexpected,
)
from outcry.processes.gateway.sign_in import SignIn, address_of
from outcry.processes.gateway.trail import LatencyTrail

ENGINE: Final = "/api/v1/engine"
UNKNOWN: Final = "UNKNOWN"  # The command of a request that was refused before it was read.
TURNED_AWAY: Final = 429

log = structlog.get_logger()


class BrokerRoute:
    """An ASGI application that answers `POST /api/v1/engine` and hands on everything else."""

    def __init__(
        self, otherwise: Application, *, broker: Broker, sign_in: SignIn, trail: LatencyTrail
    ) -> None:
        self._otherwise = otherwise
        self._broker = broker
        self._sign_in = sign_in
        self._trail = trail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] != ENGINE or scope["method"] != "POST":
            await self._otherwise(scope, receive, send)
            return
        await send_answer(send, await self._answer(scope, receive))

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        started = time.perf_counter()
        asked = _Asked(uuid.uuid4())
        data, error = await self._outcome(scope, receive, asked)
        latency_ms = int(1_000 * (time.perf_counter() - started))
        order_id = str(asked.order_id)
        if error is None or error.status != TURNED_AWAY:  # A flood must not become one of rows.
            self._trail.note(RequestLatency(
                asked.order_id.bytes, asked.user_id, asked.command, error is None,
                None if error is None else error.message, latency_ms,
            ))
        if error is not None:
            return _refusal(error, order_id, latency_ms)
        assert data is not None
        message = MESSAGES[asked.command]
        return json_answer(succeeded(data, message, order_id=order_id, latency_ms=latency_ms))

    async def _outcome(
        self, scope: Scope, receive: Receive, asked: "_Asked"
    ) -> tuple[Data | None, ApiError | None]:
        """What a request brings, or why not; `asked` is filled in as far as it gets."""
        try:
            self._sign_in.admit(address_of(scope))
            call = await read_call(scope, receive)
            session = await self._sign_in.user(call.caller)
            asked.user_id = session.user_id
            members: Members = parse_members(call.body)
            asked.command = read_command(members)
            data = await self._broker.carry_out(
                asked.command, members, session, asked.order_id.bytes
            )
        except ApiError as error:
            return None, error
        except asyncio.CancelledError:
            return None, stopping()
        except DatabaseUnavailable:
            return None, ApiError(
                503, Code.MAINTENANCE, "The database cannot be asked right now", retry_after_s=1
            )
        except Exception:
            log.exception("request failed", path=ENGINE)
            return None, unexpected()
        return data, None


class _Asked:
    """What is known of a request so far."""

    def __init__(self, order_id: uuid.UUID) -> None:
        self.order_id = order_id
        self.user_id: int | None = None
        self.command = UNKNOWN


def _refusal(error: ApiError, order_id: str, latency_ms: int) -> Answer:
    wait = error.retry_after_s
    answer = json_answer(
        failed(error.message, order_id=order_id, latency_ms=latency_ms), error.status
    )
    if wait is None:
        return answer
    return answer._replace(headers=((b"retry-after", str(wait).encode()),))
