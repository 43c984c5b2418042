"""The streams of one instrument: frames on every change, and by the clock."""

from typing import Final

from outcry.api.backpack.markets import Market
from outcry.api.backpack.stream import DEPTH_WINDOWS_MS
from outcry.api.backpack.stream_frames import book_ticker, depth, kline, mark_price, ticker, trade
from outcry.engine.events import BookAfter
from outcry.engine.units import InstrumentId
from outcry.processes.stream.hub import Hub
from outcry.processes.stream.merged_depth import MergedDepth
from outcry.projections.candles import INTERVALS
from outcry.projections.depth import Best
from outcry.projections.history import CandleRow, TradeRow
from outcry.projections.klines import Klines
from outcry.projections.venue import VenueView
from outcry.wire.journal import EntryId

BEAT_MS: Final = 200
BEATS_PER_SECOND: Final = 5
_WINDOW_BEATS: Final = {
    variant: window_ms // BEAT_MS for variant, window_ms in DEPTH_WINDOWS_MS.items()
}


class Feed:
    """One instrument's streams. No frame is built without a subscriber."""

    def __init__(self, venue: VenueView, hub: Hub, instrument_id: InstrumentId) -> None:
        listing = venue.listing
        self.instrument = listing.instruments[instrument_id]
        self.market = Market(
            self.instrument, listing.assets[self.instrument.base_asset_id],
            listing.assets[self.instrument.quote_asset_id],
        )
        self.klines = Klines(instrument_id)
        self._venue = venue
        self._hub = hub
        symbol = self.instrument.symbol
        self._book_ticker = f"bookTicker.{symbol}"
        self._depth = f"depth.{symbol}"
        self._windowed = {variant: f"depth.{variant}.{symbol}" for variant in DEPTH_WINDOWS_MS}
        self._trade = f"trade.{symbol}"
        self._ticker = f"ticker.{symbol}"
        self._mark_price = f"markPrice.{symbol}"
        self._kline = {interval: f"kline.{interval}.{symbol}" for interval in INTERVALS}
        self._windows: dict[str, MergedDepth] = {}
        self._book_changed_ms = 0
        self._book_touched = False
        self._told_best: Best | None = None
        self._mark_changed = False
        self._traded = False

    def pass_time(self, now_ms: int, now_us: int) -> None:
        """Journal time has reached `now_ms`; candles may close by it."""
        for candle in self.klines.advance(now_ms):
            self._tell_candle(candle, closed=True, now_us=now_us)

    def on_trade(self, entry_id: EntryId, row: TradeRow, now_us: int) -> None:
        """A trade was made."""
        self.klines.fold(
            entry_id, price=row.price, quantity=row.quantity,
            quote_amount=self._venue.listing.quote_amount(
                row.instrument_id, price=row.price, quantity=row.quantity
            ),
        )
        self._traded = True
        channel = self._hub.channel(self._trade)
        if channel is not None:
            self._hub.publish(channel, trade(self.instrument, row, now_us=now_us))

    def on_book(self, after: BookAfter, changed_ms: int, now_us: int) -> None:
        """The book, or a quiet book's counter, has changed."""
        self._book_changed_ms = changed_ms
        self._book_touched = True
        channel = self._hub.channel(self._depth)
        if channel is not None:
            self._hub.publish(channel, depth(
                self.instrument, bids=after.bids, asks=after.asks, first_seq=after.seq,
                last_seq=after.seq, changed_ms=changed_ms, now_us=now_us,
            ))
        for variant, name in self._windowed.items():
            if self._hub.channel(name) is None:
                self._windows.pop(variant, None)
                continue
            window = self._windows.get(variant)
            if window is None:
                window = self._windows[variant] = MergedDepth(self.instrument)
            window.add(
                bids=after.bids, asks=after.asks, first_seq=after.seq, last_seq=after.seq,
                changed_ms=changed_ms,
            )

    def on_quote(self) -> None:
        """The outside price was set."""
        self._mark_changed = True

    def tell_best(self, now_us: int) -> None:
        """Send the top of the book after a run of changes, if it has changed."""
        if not self._book_touched:
            return
        self._book_touched = False
        book = self._venue.depth[self.instrument.instrument_id]
        best = book.best()
        if best == self._told_best:
            return
        self._told_best = best
        channel = self._hub.channel(self._book_ticker)
        if channel is not None:
            self._hub.publish(channel, book_ticker(
                self.instrument, best, seq=book.seq, changed_ms=self._book_changed_ms,
                now_us=now_us,
            ))

    def beat(self, count: int, now_us: int) -> None:
        """A fifth of a second has passed; `count` numbers them."""
        for variant, beats in _WINDOW_BEATS.items():
            if count % beats == 0 and variant in self._windows:
                window = self._windows.pop(variant)
                channel = self._hub.channel(self._windowed[variant])
                if channel is not None:
                    self._hub.publish_merged(channel, window, now_us)
        second = count % BEATS_PER_SECOND == 0
        if second or self._mark_changed:
            self._tell_mark(now_us)
        if second:
            self._tell_ticker(now_us)
            if self._traded:
                self._tell_open_candles(now_us)
        self._greet(now_us)

    def _tell_mark(self, now_us: int) -> None:
        self._mark_changed = False
        channel = self._hub.channel(self._mark_price)
        quotes = self._venue.quotes
        instrument_id = self.instrument.instrument_id
        quote, mark = quotes.quote(instrument_id), quotes.mark(instrument_id)
        if channel is not None and quote is not None and mark is not None:
            self._hub.publish(channel, mark_price(self.instrument, quote, mark, now_us=now_us))

    def _tell_ticker(self, now_us: int) -> None:
        channel = self._hub.channel(self._ticker)
        if channel is None:
            return
        view = self._venue.tickers.view(self.instrument.instrument_id)
        if view is not None:
            self._hub.publish(channel, ticker(self.market, view, now_us=now_us))

    def _tell_open_candles(self, now_us: int) -> None:
        self._traded = False
        for interval, name in self._kline.items():
            channel = self._hub.channel(name)
            if channel is not None:
                candle = self.klines.open_candle(interval)
                assert candle is not None
                self._tell_candle(candle, closed=False, now_us=now_us)
                channel.newcomers.clear()

    def _greet(self, now_us: int) -> None:
        """Send the open candle to new subscribers, even in a quiet market."""
        for interval, name in self._kline.items():
            channel = self._hub.channel(name)
            if channel is None or not channel.newcomers:
                continue
            candle = self.klines.open_candle(interval)
            if candle is None:  # The first trade will be sent to all.
                channel.newcomers.clear()
            else:
                message = kline(self.instrument, candle, closed=False, now_us=now_us)
                self._hub.greet(channel, message)

    def _tell_candle(self, candle: CandleRow, *, closed: bool, now_us: int) -> None:
        channel = self._hub.channel(self._kline[candle.interval])
        if channel is not None:
            message = kline(self.instrument, candle, closed=closed, now_us=now_us)
            self._hub.publish(channel, message)
