"""Pages over recorded rows and the rows added since."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from litestar import Response

from outcry.api.backpack.queries import PageRequest
from outcry.engine.units import div_ceil
from outcry.processes.gateway.views import Views
from outcry.wire.journal import EntryId

Row = TypeVar("Row")
Body = TypeVar("Body")

Read: TypeAlias = Callable[..., Awaitable[tuple[list[Row], EntryId]]]
Added: TypeAlias = Callable[[EntryId], list[Row]]
Count: TypeAlias = Callable[[], Awaitable[tuple[int, EntryId]]]


class ResultPage(NamedTuple, Generic[Row]):
    """One page, and the number of rows on all pages."""

    rows: list[Row]
    total: int


class Pages(Generic[Row]):
    """Pages over recorded rows and the rows added since, which follow all recorded ones."""

    def __init__(self, read: Read[Row], added: Added[Row], views: Views) -> None:
        self._read = read  # (limit, offset) → rows, and up to where they hold.
        self._added = added  # Rows above an entry, newest first.
        self._views = views

    async def newest_first(self, limit: int, offset: int) -> list[Row]:
        """One page of the newest rows."""
        # Unrecorded rows precede all recorded ones. Their number is known only with the answer. It
        # is at most the number of now: rows folded during the wait are newer than the question.
        new_at_most = len(self._added(self._views.recorded))
        skipped = max(0, offset - new_at_most)
        rows, above = await self._read(limit=limit + offset - skipped, offset=skipped)
        self._views.note_recorded(above)
        added = self._added(above)
        page = added[offset : offset + limit]
        start = max(0, offset - len(added) - skipped)
        return page + rows[start : start + limit - len(page)]


class CountedPages(Pages[Row]):
    """Pages in either order, with the number of rows."""

    def __init__(
        self, read: Read[Row], added: Added[Row], views: Views, count: Count
    ) -> None:
        super().__init__(read, added, views)
        self._count = count  # Of all recorded rows, and up to where that holds.

    async def page(self, *, limit: int, offset: int, ascending: bool = False) -> ResultPage[Row]:
        """One page."""
        rows = await (self._oldest_first if ascending else self.newest_first)(limit, offset)
        if len(rows) < limit and (rows or not offset):
            return ResultPage(rows, offset + len(rows))  # It is the last one.
        count, above = await self._count()
        return ResultPage(rows, count + len(self._added(above)))

    async def _oldest_first(self, limit: int, offset: int) -> list[Row]:
        rows, above = await self._read(limit=limit, offset=offset)
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


def paged(bodies: Sequence[Body], page: PageRequest, *, total: int) -> Response[Sequence[Body]]:
    """The answer with a page: its number and the number of pages are in headers."""
    return Response(bodies, headers={
        "X-PAGE-COUNT": str(div_ceil(total, page.limit)),
        "X-CURRENT-PAGE": str(page.offset // page.limit),
        "X-PAGE-SIZE": str(page.limit), "X-TOTAL": str(total),
    })
