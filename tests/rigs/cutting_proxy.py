"""A bad line between a client and the stream: it can be cut, can stall, and can lose bytes."""

import asyncio
from contextlib import suppress
from typing import Self


class CuttingProxy:
    """Passes connections on to a port of this machine, as long as it is let."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._target = port
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}
        self._flows = asyncio.Event()
        self._flows.set()
        self._to_lose = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def cut(self) -> None:
        """Break all connections."""
        for writers in self._connections.values():
            for writer in writers:
                writer.transport.abort()

    def stall(self) -> None:
        """Hold back everything from now on; the connections stand."""
        self._flows.clear()

    def flow(self) -> None:
        """Let everything through again."""
        self._flows.set()

    def lose(self, count: int) -> None:
        """Let so many of the next bytes from the server disappear."""
        self._to_lose = count

    async def _connect(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = [writer]
        try:
            there, onward = await asyncio.open_connection("127.0.0.1", self._target)
            self._connections[task].append(onward)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass_on(reader, onward, may_lose=False))
                both.create_task(self._pass_on(there, writer, may_lose=True))
        except* OSError:
            pass  # The server is away, or the line was cut.
        finally:
            for end in self._connections.pop(task):
                end.transport.abort()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, may_lose: bool
    ) -> None:
        """Pass bytes on until either end goes."""
        while data := await reader.read(4096):
            await self._flows.wait()
            if may_lose and self._to_lose:
                lost = min(self._to_lose, len(data))
                self._to_lose -= lost
                data = data[lost:]
            if writer.is_closing():  # uvloop refuses to write to it.
                return
            writer.write(data)
            await writer.drain()
        with suppress(OSError):
            writer.close()
