"""Pages over two places are pages over one list, wherever the one ends and the other begins."""


from hypothesis import example, given, settings
from hypothesis import strategies as st

from outcry.adapters.memory.log import MemoryLog
from outcry.log.command_writer import CommandWriter
from outcry.processes.gateway.pages import CountedPages
from outcry.processes.gateway.views import Views
from outcry.projections.venue import VenueView
from outcry.wire.journal import EntryId

ROWS = st.integers(0, 12)


class Source:
    """Rows 1, 2, 3 …, each of an entry of its own, of which a recorder has the first few.

    The recorder may go on while it is asked: an answer holds up to where it then is.
    """

    def __init__(self, total: int, recorded: int, *, ascending: bool, goes_on: int) -> None:
        self.total = total
        self.recorded = recorded
        self._ascending = ascending
        self._goes_on = goes_on

    async def read(self, limit: int, offset: int) -> tuple[list[int], EntryId]:
        self.recorded = min(self.total, self.recorded + self._goes_on)
        rows = list(range(1, self.recorded + 1))
        ordered = rows if self._ascending else rows[::-1]
        return ordered[offset : offset + limit], EntryId(self.recorded, 0)

    async def count(self) -> tuple[int, EntryId]:
        self.recorded = min(self.total, self.recorded + self._goes_on)
        return self.recorded, EntryId(self.recorded, 0)

    def added(self, above: EntryId) -> list[int]:
        return list(range(self.total, above.ms, -1))


@settings(deadline=None)
@given(
    total=ROWS, recorded=ROWS, known=ROWS, goes_on=st.integers(0, 3), limit=st.integers(1, 5),
    offset=ROWS, ascending=st.booleans(),
)
@example(
    total=2, recorded=0, known=0, goes_on=1, limit=1, offset=1, ascending=True,
)
async def test_a_page_is_a_slice(
    *, total: int, recorded: int, known: int, goes_on: int, limit: int, offset: int,
    ascending: bool,
) -> None:
    """Whatever is recorded, known to be recorded, or recorded meanwhile; and all are counted."""
    recorded = min(recorded, total)
    views = Views(VenueView(), CommandWriter(MemoryLog(lambda: 0), session=1))
    views.note_recorded(EntryId(min(known, recorded), 0))
    source = Source(total, recorded, ascending=ascending, goes_on=goes_on)
    rows = list(range(1, total + 1))
    expected = (rows if ascending else rows[::-1])[offset : offset + limit]
    pages = CountedPages(source.read, source.added, views, source.count)
    page = await pages.page(limit=limit, offset=offset, ascending=ascending)
    assert (expected, total) == page
