"""A book that is kept exact from the stream, and starts again from a snapshot when it is not."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from outcry.client.book import OrderBook
from outcry.client.errors import ClientError
from outcry.client.frames import DepthUpdate
from outcry.client.rest import RestClient
from outcry.runtime.backoff import Backoff

log = structlog.get_logger(__name__)


class LiveBook:
    """A market's book, kept exact. Read `book` when `ready` has returned."""

    def __init__(
        self, symbol: str, rest: RestClient, *,
        on_change: Callable[[OrderBook], None] | None = None, backoff: Backoff | None = None,
    ) -> None:
        """`on_change` is called after each change of the book, while it is exact."""
        self.book = OrderBook(symbol)
        self.updates = 0  # How many changes came.
        self.syncs = 0  # How often it became exact; after the first time it had to be healed.
        self._on_change = on_change
        self._rest = rest
        self._backoff = backoff or Backoff(first_s=0.1, longest_s=5.0)
        self._synced = asyncio.Event()
        self._syncing: asyncio.Task[None] | None = None

    async def ready(self) -> OrderBook:
        """Wait until the book is exact."""
        await self._synced.wait()
        return self.book

    def reset(self) -> None:
        """Start again from a snapshot; called by the stream after each connect."""
        self.book.reset()
        self._start_sync()

    def on_update(self, update: DepthUpdate) -> None:
        """Take in a change; called by the stream."""
        self.updates += 1
        self.book.on_update(update)
        if not self.book.synced:
            self._start_sync()
        elif self._on_change is not None:
            self._on_change(self.book)

    async def close(self) -> None:
        """Stop asking for snapshots."""
        if self._syncing is not None:
            self._syncing.cancel()
            with suppress(asyncio.CancelledError):
                await self._syncing

    def _start_sync(self) -> None:
        self._synced.clear()
        if self._syncing is None or self._syncing.done():
            self._syncing = asyncio.create_task(self._sync())

    async def _sync(self) -> None:
        while not self.book.synced:
            try:
                if self.book.on_snapshot(await self._rest.depth(self.book.symbol)):
                    self._backoff.reset()
                    break
                why = "the snapshot is older than the changes"
            except ClientError as error:
                why = str(error)
            wait_s = self._backoff.next_s()
            log.info("book not in sync", symbol=self.book.symbol, why=why, again_in_s=wait_s)
            await asyncio.sleep(wait_s)
        self.syncs += 1
        self._synced.set()
        if self._on_change is not None:
            self._on_change(self.book)
