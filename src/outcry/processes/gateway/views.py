"""The views of a gateway: the venue's state, and rows that history may not have yet."""

import time
from collections.abc import Callable
from typing import Final

from outcry.api.backpack.markets import Market
from outcry.engine.events import Outcome
from outcry.engine.units import InstrumentId, OrderId
from outcry.log.command_writer import CommandWriter
from outcry.log.throughput import Throughput
from outcry.projections.history import TradeRow
from outcry.projections.recent import RecentItems
from outcry.projections.venue import VenueView
from outcry.runtime.clock import clock_ms as wall_clock_ms
from outcry.wire.journal import NOTHING_YET, EntryId, EventsEntry

SILENCE_S_MAX: Final = 2.0  # The engine beats several times in this time when it is well.
CLOCKS_APART_MS_MAX: Final = 2_000  # Of journal and wall clock, before the CFD desk pauses.
LAG_S_MAX: Final = 2.0  # A request sent now would wait even longer, perhaps in vain.
FULLNESS_MAX: Final = 0.7  # Of the log's memory. The rest is kept for the engine's answers.


class Views:
    """The venue at one entry of the event stream. Entries are folded before anybody is answered."""

    def __init__(
        self, venue: VenueView, command_writer: CommandWriter, *,
        clock_ms: Callable[[], int] = wall_clock_ms,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock_ms` is the time of day, and `clock_s` a clock that nobody sets."""
        self.venue = venue
        self.command_writer = command_writer
        self._clock_ms = clock_ms
        self._clock_s = clock_s
        self._heard_at: float | None = None  # When the newest entry came; None before there is one.
        self._apart_ms = 0  # What the time of day was ahead of the newest entry when that came.
        self.markets: dict[str, Market] = {}
        # How far history is known to reach; it may be further by now.
        self.recorded = NOTHING_YET
        self.log_fullness = 0.0
        self.log_faults: list[str] = []  # As the leading engine reports them.
        self.throughput = Throughput()
        self._trades: RecentItems[InstrumentId, TradeRow] = RecentItems()
        # The first new order of each entry.
        self._placed: RecentItems[None, OrderId] = RecentItems()
        self._list_markets()

    def on_entries(self, entries: list[tuple[EventsEntry, Outcome]]) -> None:
        """Fold a run of entries, and then hand out their answers."""
        for entry, outcome in entries:
            changes = self.venue.fold(entry.id, outcome)
            for trade in changes.trades:
                self._trades.add(entry.id, trade.instrument_id, trade)
            placed = next((each.order.order_id for each in changes.orders if each.is_new), None)
            if placed is not None:
                self._placed.add(entry.id, None, placed)
            if changes.listed or changes.changed:
                self._list_markets()
            self.throughput.note(
                entry.id, orders=sum(each.is_new for each in changes.orders),
                trades=len(changes.trades),
            )
            self.command_writer.on_entry(entry, outcome)
        if entries:
            self._heard_at = self._clock_s()
            self._apart_ms = self._clock_ms() - entries[-1][0].id.ms

    def listen(self) -> None:
        """Only entries from now on show that an engine is at work; the folded ones are the past."""
        self._heard_at = None
        self._apart_ms = 0

    def trades_above(self, instrument_id: InstrumentId, entry_id: EntryId) -> list[TradeRow]:
        """Trades of an instrument that came after an entry, newest first."""
        return self._trades.above(instrument_id, entry_id)

    def first_order_above(self, entry_id: EntryId) -> OrderId | None:
        """The first order that was placed after an entry; None when there is none."""
        placed = self._placed.above(None, entry_id)
        return placed[-1] if placed else None

    def note_recorded(self, entry_id: EntryId) -> None:
        """History was seen to reach an entry."""
        self.recorded = max(self.recorded, entry_id)

    def forget(self, up_to: EntryId) -> None:
        """Forget rows up to an entry: history has them, and no question needs them."""
        self.venue.forget(up_to)
        self._trades.forget(up_to)
        self._placed.forget(up_to)

    def trouble(self) -> str | None:
        """The reason why nobody can trade now; None if there is none.

        Silence is counted by a clock that nobody sets: after the time of day was set back, the
        newest entry of a dead engine would seem to lie in the future.
        """
        if not self.markets:
            return "No market is listed yet"
        if self.log_is_full:
            return "The venue's log is full"
        if self.is_behind:
            return f"The engine is {self.command_writer.lag_s:.0f} seconds behind"
        if self._heard_at is None:
            return "The engine has not been heard of since this gateway started"
        silence_s = self._clock_s() - self._heard_at
        if silence_s > SILENCE_S_MAX:
            return f"The engine has not been heard of for {int(silence_s)} seconds"
        return None

    def desk_trouble(self) -> str | None:
        """The reason why the CFD desk makes no deal now though others trade; None if there is none.

        The journal's time never goes back. After a clock that was ahead is corrected, no quote
        is new enough for the engine, and the last one would look fresh until the clock catches up.
        """
        if abs(self._apart_ms) <= CLOCKS_APART_MS_MAX:
            return None
        direction = "behind" if self._apart_ms < 0 else "ahead of"
        return (
            f"The clock is {abs(self._apart_ms) / 1000:.0f} seconds {direction} the journal;"
            " CFDs are paused until both agree"
        )

    def notice(self) -> str | None:
        """What clients should know though they can trade; None if there is nothing."""
        if self.log_faults:
            return f"The log server could lose acknowledged orders: {'; '.join(self.log_faults)}"
        return self.desk_trouble()

    @property
    def log_is_full(self) -> bool:
        """Whether the log should take no more commands, so that all it has can be answered."""
        return self.log_fullness >= FULLNESS_MAX

    @property
    def is_behind(self) -> bool:
        """Whether commands wait so long for their answers that no more should be sent."""
        return self.command_writer.lag_s > LAG_S_MAX

    def market_of(self, instrument_id: InstrumentId) -> Market:
        """The market of an instrument that is listed."""
        return self.markets[self.venue.listing.instruments[instrument_id].symbol]

    def _list_markets(self) -> None:
        assets = self.venue.listing.assets
        for instrument in self.venue.listing.instruments.values():
            self.markets[instrument.symbol] = Market(
                instrument, assets[instrument.base_asset_id], assets[instrument.quote_asset_id]
            )
