"""The broker's one route for commands, in front of the framework and in shapes of its own."""

import time
import uuid
from typing import Final

import structlog

from outcry.ports import DatabaseUnavailable
from outcry.protocol.backpack.bodies import Members, parse_members
from outcry.protocol.backpack.errors import ApiError, Code
from outcry.protocol.broker.answers import failed, succeeded
from outcry.protocol.broker.commands import read_command
from outcry.services.gateway.broker import MESSAGES, Broker
from outcry.services.gateway.http import (
    Answer,
    Application,
    Receive,
    Scope,
    Send,
    json_answer,
    read_call,
    send_answer,
    unexpected,
)
from outcry.services.gateway.sign_in import SignIn, address_of

ENGINE: Final = "/api/v1/engine"

log = structlog.get_logger()


class BrokerRoute:
    """An ASGI application that answers `POST /api/v1/engine` and hands on everything else."""

    def __init__(self, otherwise: Application, *, broker: Broker, sign_in: SignIn) -> None:
        self._otherwise = otherwise
        self._broker = broker
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] != ENGINE or scope["method"] != "POST":
            await self._otherwise(scope, receive, send)
            return
        await send_answer(send, await self._answer(scope, receive))

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        started = time.perf_counter()
        order_id = uuid.uuid4()

        def latency_ms() -> int:
            return int(1_000 * (time.perf_counter() - started))

        try:
            self._sign_in.admit(address_of(scope))
            call = await read_call(scope, receive)
            session = await self._sign_in.user(call.caller)
            members: Members = parse_members(call.body)
            name = read_command(members)
            data = await self._broker.carry_out(name, members, session, order_id.bytes)
        except ApiError as error:
            return _refusal(error, str(order_id), latency_ms())
        except DatabaseUnavailable:
            away = ApiError(
                503, Code.MAINTENANCE, "The database cannot be asked right now", retry_after_s=1
            )
            return _refusal(away, str(order_id), latency_ms())
        except Exception:
            log.exception("request failed", path=ENGINE)
            return _refusal(unexpected(), str(order_id), latency_ms())
        return json_answer(
            succeeded(data, MESSAGES[name], order_id=str(order_id), latency_ms=latency_ms())
        )


def _refusal(error: ApiError, order_id: str, latency_ms: int) -> Answer:
    wait = error.retry_after_s
    answer = json_answer(
        failed(error.message, order_id=order_id, latency_ms=latency_ms), error.status
    )
    if wait is None:
        return answer
    return answer._replace(headers=((b"retry-after", str(wait).encode()),))
