"""Pages over rows that come from two places: recorded ones, and those added since."""

from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from outcry.protocol.journal import EntryId
from outcry.services.gateway.views import Views

COUNTED_AT_ONCE: Final = 1_000

Row = TypeVar("Row")


class Pages(Generic[Row]):
    """Pages over recorded rows and those added since, which come after all recorded ones."""

    def __init__(
        self, read: Callable[[int, int], Awaitable[tuple[list[Row], EntryId]]],
        added: Callable[[EntryId], list[Row]], views: Views,
    ) -> None:
        self._read = read  # (limit, offset) → rows, and up to where they hold.
        self._added = added  # Rows above an entry, newest first.
        self._views = views

    async def page(self, *, limit: int, offset: int, ascending: bool = False) -> list[Row]:
        """One page."""
        if ascending:
            return await self._oldest_first(limit, offset)
        return await self._newest_first(limit, offset)

    async def _newest_first(self, limit: int, offset: int) -> list[Row]:
        # What is not recorded yet stands before everything that is. How much that is will be known
        # with the answer: no more than now, but for rows that are folded while we wait, and those
        # come after the question.
        new_at_most = len(self._added(self._views.recorded))
        skipped = max(0, offset - new_at_most)
        rows, above = await self._read(limit + offset - skipped, skipped)
        self._views.note_recorded(above)
        added = self._added(above)
        page = added[offset : offset + limit]
        start = max(0, offset - len(added) - skipped)
        return page + rows[start : start + limit - len(page)]

    async def _oldest_first(self, limit: int, offset: int) -> list[Row]:
        rows, above = await self._read(limit, offset)
        if len(rows) == limit:
            return rows
        if not rows and offset:
            total, above = await self._count()
            if total > offset:  # The recorder has come this far while it was counted.
                return await self._oldest_first(limit, offset)
        else:
            total = offset + len(rows)
        added = self._added(above)[::-1]
        start = max(0, offset - total)
        return rows + added[start : start + limit - len(rows)]

    async def _count(self) -> tuple[int, EntryId]:
        """How many rows are recorded. Only asked by who pages beyond their end."""
        total = 0
        while True:
            rows, above = await self._read(COUNTED_AT_ONCE, total)
            total += len(rows)
            if len(rows) < COUNTED_AT_ONCE:
                return total, above
