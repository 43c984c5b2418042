"""Merged changes of a book: the quantity at each price that changed since `first_seq`."""

from collections.abc import Sequence

from outcry.api.backpack.stream_frames import depth
from outcry.engine.events import InstrumentListed


class MergedDepth:
    """A run of changes without a gap; a later one replaces an earlier one at the same price."""

    def __init__(self, instrument: InstrumentListed) -> None:
        self.instrument = instrument
        self.first_seq = 0  # 0 while it is empty.
        self.last_seq = 0
        self.changed_ms = 0
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}

    def __bool__(self) -> bool:
        return self.last_seq > 0

    @property
    def level_count(self) -> int:
        """The number of prices that changed."""
        return len(self.bids) + len(self.asks)

    def add(
        self, *, bids: Sequence[tuple[int, int]], asks: Sequence[tuple[int, int]],
        first_seq: int, last_seq: int, changed_ms: int,
    ) -> None:
        """Merge the next change, or run of changes."""
        assert first_seq <= last_seq
        if self.last_seq:
            assert first_seq == self.last_seq + 1
        else:
            self.first_seq = first_seq
        self.last_seq = last_seq
        self.changed_ms = changed_ms
        self.bids.update(bids)
        self.asks.update(asks)

    def add_merged(self, later: "MergedDepth") -> None:
        """Merge a later run."""
        self.add(
            bids=list(later.bids.items()), asks=list(later.asks.items()),
            first_seq=later.first_seq, last_seq=later.last_seq, changed_ms=later.changed_ms,
        )

    def message(self, now_us: int) -> bytes:
        """The depth frame of the whole run."""
        assert self
        return depth(
            self.instrument, bids=sorted(self.bids.items()), asks=sorted(self.asks.items()),
            first_seq=self.first_seq, last_seq=self.last_seq, changed_ms=self.changed_ms,
            now_us=now_us,
        )
