"""Every depth stream tells the same book, whenever one listens to it."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.api.backpack.stream import parse_stream
from outcry.processes.stream.hub import Hub
from outcry.processes.stream.publisher import Publisher
from outcry.projections.venue import VenueView
from outcry.wire.journal import decode_outcome
from rigs.fake_socket import Listener
from rigs.kept_book import KeptBook
from rigs.scripted_log import SOL_USDC
from rigs.venue_log import random_log

STREAMS = tuple(f"depth.{window}SOL_USDC" for window in ("", "200ms.", "600ms.", "1000ms."))


def book_of(venue: VenueView) -> KeptBook:
    """The book as REST would give it."""
    depth = venue.depth[SOL_USDC]
    bids, asks = (
        {f"{price / 100:.2f}": f"{quantity / 100:.2f}" for price, quantity in levels.items()}
        for levels in (depth.bids, depth.asks)
    )
    return KeptBook(bids, asks, depth.seq)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(5, 80))
def test_a_book_kept_from_any_stream_is_the_book(seed: int, entries: int) -> None:
    """Also when the client came late, or did not read for a while."""
    log = random_log(seed, entries)
    chance = Random(seed)
    venue = VenueView()
    hub = Hub()
    publisher = Publisher(venue, hub, now_us=lambda: 1)
    listeners: dict[str, Listener] = {}
    books: dict[str, KeptBook] = {}
    joins = {stream: chance.randint(4, len(log.entries)) for stream in STREAMS}
    place = 0
    while place < len(log.entries):
        for stream in STREAMS:
            if joins[stream] <= place and stream not in listeners:
                listeners[stream] = Listener()
                hub.subscribe(listeners[stream].connection, parse_stream(stream))
                books[stream] = book_of(venue)
        run = log.entries[place : place + chance.randint(1, 4)]
        publisher.on_entries([(entry, decode_outcome(entry.outcome)) for entry in run])
        place += len(run)
        for listener in listeners.values():
            if chance.random() < 0.2:
                listener.connection.pause_writing()
            elif chance.random() < 0.5:
                listener.connection.resume_writing()
        if chance.random() < 0.5:
            publisher.beat()
    for _ in range(5):
        publisher.beat()
    expected = book_of(venue)
    for stream, listener in listeners.items():
        listener.connection.resume_writing()
        book = books[stream]
        for frame in listener.data(stream):
            book.take(frame)
        assert (expected.last_id, expected.bids, expected.asks) == (
            book.last_id, book.bids, book.asks
        )
