"""Notifications of the database on a channel, for caches of its rows in memory."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final

import asyncpg
import structlog

from outcry.adapters.postgres.pool import FAILED, REFUSED
from outcry.runtime.backoff import Backoff

RECONNECT_PAUSE_S: Final = 0.25
RECONNECT_MAX_S: Final = 5.0

log = structlog.get_logger()

_CONNECTION_LOST: Final = ""  # Nobody announces nothing.


async def notifications(url: str, channel: str) -> AsyncGenerator[bytes | None, None]:
    """Ids that the database announces on a channel, as bytes; they come as hexadecimal digits.

    None after every connection, because more may have been missed. It goes on without end.
    """
    backoff = Backoff(first_s=RECONNECT_PAUSE_S, longest_s=RECONNECT_MAX_S, spread=0.0)
    while True:
        said: asyncio.Queue[str] = asyncio.Queue()
        try:
            connection = await _listen(url, channel, said)
        except (*FAILED, *REFUSED) as error:
            # Also a password that was changed: the next one is read for the next connection.
            log.warning("the database announces nothing, trying again", channel=channel,
                        error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(backoff.next_s())
            continue
        backoff.reset()
        try:
            yield None
            while (text := await said.get()) != _CONNECTION_LOST:
                yield bytes.fromhex(text)
        finally:
            connection.terminate()


async def _listen(url: str, channel: str, said: asyncio.Queue[str]) -> Any:
    connection = await asyncpg.connect(
        url, timeout=10.0, server_settings={"application_name": f"outcry {channel}"}
    )
    connection.add_termination_listener(lambda _connection: said.put_nowait(_CONNECTION_LOST))
    await connection.add_listener(
        channel, lambda _connection, _pid, _channel, payload: said.put_nowait(payload)
    )
    return connection
