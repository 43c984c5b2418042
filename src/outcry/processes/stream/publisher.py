"""Turns the event stream into frames for subscribers."""

from collections.abc import Callable, Sequence

from outcry.api.backpack.stream_frames import balance_update, order_update
from outcry.engine.events import BalanceAfter, Outcome
from outcry.engine.units import InstrumentId
from outcry.processes.stream.cfd import CfdFeed
from outcry.processes.stream.feed import Feed
from outcry.processes.stream.hub import Hub
from outcry.projections.orders import OrderTransition
from outcry.projections.venue import VenueView
from outcry.wire.decimals import amount_text
from outcry.wire.journal import EntryId, EventsEntry

ORDER_UPDATE = "account.orderUpdate"
BALANCE_UPDATE = "account.balanceUpdate"


class Publisher:
    """Folds entries into the venue and publishes their changes."""

    def __init__(self, venue: VenueView, hub: Hub, *, now_us: Callable[[], int]) -> None:
        self.venue = venue
        self.feeds: dict[InstrumentId, Feed] = {}
        self._hub = hub
        self._cfd = CfdFeed(venue, hub)
        self._now_us = now_us
        self._beats = 0
        for instrument_id in venue.listing.instruments:
            self._open(instrument_id)

    def on_entries(self, entries: Sequence[tuple[EventsEntry, Outcome]]) -> None:
        """Take in a run of entries, and send its frames at the end."""
        now_us = self._now_us()
        for entry, outcome in entries:
            self._fold(entry.id, outcome, now_us)
        for feed in self.feeds.values():
            feed.tell_best(now_us)
        self._hub.flush()

    def beat(self) -> None:
        """A fifth of a second has passed: publish the frames that go by the clock."""
        now_us = self._now_us()
        self._beats += 1
        for feed in self.feeds.values():
            feed.beat(self._beats, now_us)
        self._hub.flush()

    def _fold(self, entry_id: EntryId, outcome: Outcome, now_us: int) -> None:
        known = entry_id <= self.venue.reached
        changes = self.venue.fold(entry_id, outcome)
        self.venue.forget(entry_id)  # The stream serves no history.
        for instrument in changes.listed:
            self._open(instrument.instrument_id)
        for feed in self.feeds.values():
            feed.pass_time(entry_id.ms, now_us)
        for trade in changes.trades:
            self.feeds[trade.instrument_id].on_trade(entry_id, trade, now_us)
        if known:
            return
        for book in outcome.books:
            self.feeds[book.instrument_id].on_book(book, entry_id.ms, now_us)
        for quote in changes.quotes:
            quoted = self.feeds.get(quote.instrument_id)
            if quoted is not None:
                quoted.on_quote()
            else:
                self._cfd.on_price(quote.instrument_id, now_us)
        for instrument_id in changes.gated:
            if instrument_id not in self.feeds:
                self._cfd.on_price(instrument_id, now_us)
        for update in changes.orders:
            self._tell_order(update, now_us)
        for moved in changes.positions:
            self._cfd.on_position(moved, now_us)
        for balance in outcome.balances:
            self._tell_balance(balance, entry_id.ms, now_us)

    def _open(self, instrument_id: InstrumentId) -> None:
        self.feeds[instrument_id] = Feed(self.venue, self._hub, instrument_id)

    def _tell_order(self, update: OrderTransition, now_us: int) -> None:
        channels = self._hub.account_channels(update.order.account_id)
        if channels is None:
            return
        market = self.feeds[update.order.instrument_id].market
        names = (ORDER_UPDATE, f"{ORDER_UPDATE}.{market.instrument.symbol}")
        heard = [channels[name] for name in names if name in channels]
        if heard:
            message = order_update(market, update, now_us=now_us)
            for channel in heard:
                self._hub.publish(channel, message)

    def _tell_balance(self, balance: BalanceAfter, changed_ms: int, now_us: int) -> None:
        channels = self._hub.account_channels(balance.account_id)
        channel = None if channels is None else channels.get(BALANCE_UPDATE)
        if channel is None:
            return
        asset = self.venue.listing.assets[balance.asset_id]
        self._hub.publish(channel, balance_update(
            asset.symbol, available=amount_text(asset, balance.free),
            locked=amount_text(asset, balance.locked), changed_ms=changed_ms, now_us=now_us,
        ))
