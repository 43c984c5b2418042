"""Connections to the log server: clients, and connections without the overhead of a client.

No connection retries by itself: after a lost reply a retried append would add a command twice.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, Self

import redis
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from outcry.ports.log import LogUnavailable

ANSWER_S: Final = 10.0  # A server that says nothing for so long is not there.
CONNECT_S: Final = 5.0

# Replies worth a new connection and another try; anything else is a mistake of ours.
UNAVAILABLE = (
    redis.ConnectionError,
    redis.TimeoutError,
    redis.exceptions.BusyLoadingError,
    redis.exceptions.OutOfMemoryError,
    OSError,
)


def connect(url: str, *, connections: int) -> Any:
    """A client whose questions are put inside `answered`.

    It has no time limit of its own: the library would keep it with `asyncio.wait_for`, and on
    Python 3.11 that loses a cancellation which comes just when the command is sent.
    """
    return redis.asyncio.Redis.from_url(
        url, retry=Retry(NoBackoff(), 0), socket_timeout=None, socket_connect_timeout=CONNECT_S,
        max_connections=connections,
    )


@asynccontextmanager
async def answered() -> AsyncIterator[None]:
    """Ask inside it: raises `LogUnavailable` when there is no answer, or none in time."""
    try:
        async with asyncio.timeout(ANSWER_S):
            yield
    except UNAVAILABLE as error:
        raise LogUnavailable(str(error) or f"no answer in {ANSWER_S:.0f} s") from error


@contextmanager
def reachable() -> Iterator[None]:
    """The same around a client that blocks and has a time limit of its own."""
    try:
        yield
    except UNAVAILABLE as error:
        raise LogUnavailable(str(error)) from error


class LogClient:
    """A client of the log server, which an `async with` closes."""

    def __init__(self, url: str, *, connections: int) -> None:
        self._client = connect(url, connections=connections)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()


class PipelinedConnection:
    """A connection for one question at a time; its answer is fetched later."""

    def __init__(self, client: Any) -> None:
        self._pool = client.connection_pool
        self._connection: Any = None
        self.unanswered = False

    def send(self, *command: Any) -> None:
        """Ask; a late answer to an earlier question is never taken for this one's."""
        if self.unanswered:
            self.drop()
        try:
            if self._connection is None:
                self._connection = self._pool.get_connection()
            self._connection.send_command(*command)
        except UNAVAILABLE as error:
            self.drop()
            raise LogUnavailable(str(error)) from error
        self.unanswered = True

    def receive(self) -> Any:
        """Wait for the answer."""
        try:
            answer = self._connection.read_response()
        except UNAVAILABLE as error:
            self.drop()
            raise LogUnavailable(str(error)) from error
        self.unanswered = False
        return answer

    def drop(self) -> None:
        """Close the connection, with any question under way on it."""
        if self._connection is not None:
            self._connection.disconnect()
            self._pool.release(self._connection)
            self._connection = None
        self.unanswered = False


class AsyncConnection:
    """A connection for one question at a time: concurrent ones are answered in turn.

    It leaves out the client's work around every command, which costs more than the rest.
    """

    def __init__(self, client: Any) -> None:
        self._pool = client.connection_pool
        self._connection: Any = None
        self._turn = asyncio.Lock()

    async def ask(self, *command: Any) -> Any:
        """Send a command and return its answer, or raise `LogUnavailable`."""
        async with self._turn:
            in_step = False
            try:
                async with answered():
                    if self._connection is None:
                        self._connection = await self._pool.get_connection()
                    await self._connection.send_command(*command)
                    answer = await self._connection.read_response()
                in_step = True
            finally:
                if not in_step:
                    await self.drop()  # Its answer would be taken for that to the next question.
            return answer

    async def drop(self) -> None:
        """Close the connection, with any question under way on it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect(nowait=True)
            await self._pool.release(connection)
