"""The start of the stream: open orders from an engine snapshot, candles from history."""

from collections.abc import Callable

from outcry.log.follower import LogPosition
from outcry.log.starting_point import starting_point
from outcry.ports.history import History
from outcry.ports.log import EventReader, LogBroken
from outcry.ports.snapshots import SnapshotStore
from outcry.processes.stream.feed import Feed
from outcry.processes.stream.hub import Hub
from outcry.processes.stream.publisher import Publisher
from outcry.projections.candles import DAY_MS, start_of
from outcry.projections.history import CandleRow
from outcry.projections.venue import VenueView
from outcry.wire.journal import NOTHING_YET, EntryId, decode_outcome


async def start_publisher(
    *, store: SnapshotStore, reader: EventReader, history: History, hub: Hub,
    now_us: Callable[[], int],
) -> tuple[Publisher, LogPosition]:
    """The publisher as of the newest snapshot, and the position to follow the events from.

    Raises `LogUnavailable`, `DatabaseUnavailable`, and `LogBroken` when events that history does
    not have yet are missing: trimmed just now, which a new start cures, or never recorded.
    """
    top = await reader.top()
    position, image = starting_point(store, not_above=top)
    venue = VenueView.from_image(image, position.id)
    publisher = Publisher(venue, hub, now_us=now_us)
    recorded = [
        await _prime(feed, venue, history, top.ms) for feed in publisher.feeds.values()
    ]
    await _fold_unrecorded(publisher, reader, min(recorded, default=position.id), position.id)
    return publisher, position


async def _prime(feed: Feed, venue: VenueView, history: History, top_ms: int) -> EntryId:
    """Prime an instrument's ticker and candles from history; returns the entry it reaches."""
    instrument_id = feed.instrument.instrument_id
    minutes, up_to = await _minutes(feed, history, top_ms)
    days: list[CandleRow] = []
    if up_to != NOTHING_YET:
        if up_to.ms < start_of("1d", top_ms):
            # The recorder was days behind: the day that it has reached is the open one.
            minutes, up_to = await _minutes(feed, history, up_to.ms)
        first_ms = min(start_of(interval, up_to.ms) for interval in ("3d", "1w", "1month"))
        # Days before the open one change no more, so a later answer is the same.
        days, _ = await history.candles(
            instrument_id, "1d", start_ms=first_ms, end_ms=start_of("1d", up_to.ms) + DAY_MS
        )
    venue.tickers.prime(instrument_id, minutes, up_to)
    feed.klines.prime(minutes=minutes, days=days, up_to=up_to)
    return up_to


async def _minutes(
    feed: Feed, history: History, now_ms: int
) -> tuple[list[CandleRow], EntryId]:
    """The candles of the last 24 hours and more, the whole day of `now_ms` among them."""
    return await history.candles(
        feed.instrument.instrument_id, "1m",
        start_ms=start_of("1d", now_ms) - DAY_MS, end_ms=start_of("1d", now_ms) + 2 * DAY_MS,
    )


async def _fold_unrecorded(
    publisher: Publisher, reader: EventReader, after: EntryId, last: EntryId
) -> None:
    """Fold the entries up to the snapshot that history does not have yet."""
    while after < last:
        entries = await reader.read_range(after.next, last)
        if not entries or entries[0].previous != after:
            raise LogBroken(f"events after {after} are neither in the log nor recorded")
        publisher.on_entries([(entry, decode_outcome(entry.outcome)) for entry in entries])
        after = entries[-1].id
