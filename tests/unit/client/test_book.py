"""A client's book is exact, or says that it is not."""

from decimal import Decimal
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from outcry.client import Depth, DepthUpdate, OrderBook
from outcry.client import book as client_book

Change = tuple[bool, int, int]  # Bid or ask, price, quantity.


def update(first: int, last: int, changes: list[Change]) -> DepthUpdate:
    bids = [(Decimal(p), Decimal(q)) for bid, p, q in changes if bid]
    asks = [(Decimal(p), Decimal(q)) for bid, p, q in changes if not bid]
    return DepthUpdate(
        symbol="SOL_USDC", asks=asks, bids=bids, first_id=first, last_id=last, time_us=0
    )


class Venue:
    """A book at the venue, with everything it ever said."""

    def __init__(self, history: list[list[Change]]) -> None:
        self.updates: list[DepthUpdate] = []
        self.states: list[tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]] = [({}, {})]
        for number, changes in enumerate(history, start=1):
            self.updates.append(update(number, number, changes))
            bids, asks = (dict(side) for side in self.states[-1])
            for bid, price, quantity in changes:
                side = bids if bid else asks
                side[Decimal(price)] = Decimal(quantity)
                if not quantity:
                    del side[Decimal(price)]
            self.states.append((bids, asks))

    def depth(self, at: int) -> Depth:
        bids, asks = self.states[at]
        return Depth(
            asks=sorted(asks.items()), bids=sorted(bids.items()), last_update_id=str(at),
            timestamp=0,
        )


changes = st.lists(
    st.tuples(st.booleans(), st.integers(1, 9), st.integers(0, 5)), max_size=3
)
histories = st.lists(changes, min_size=1, max_size=30)


@given(histories, st.data())
def test_a_snapshot_at_any_moment_and_the_updates_since_give_the_venues_book(
    history: list[list[Change]], data: st.DataObject
) -> None:
    """Whatever was gathered before, within or after the snapshot, the end is the same."""
    venue = Venue(history)
    subscribed = data.draw(st.integers(0, len(history)))
    taken = data.draw(st.integers(subscribed, len(history)))
    heard = data.draw(st.integers(subscribed, len(history)))
    book = OrderBook("SOL_USDC")
    for said in venue.updates[subscribed:heard]:
        book.on_update(said)
    assert book.on_snapshot(venue.depth(taken))
    for said in venue.updates[heard:]:
        book.on_update(said)
    assert book.synced
    assert venue.states[-1] == (book.bids, book.asks)


@given(histories.filter(lambda history: len(history) > 2), st.data())
def test_a_missing_update_is_noticed(history: list[list[Change]], data: st.DataObject) -> None:
    """After a gap the book is not exact until the next snapshot, and then it is."""
    venue = Venue(history)
    missing = data.draw(st.integers(0, len(history) - 2))
    book = OrderBook("SOL_USDC")
    assert book.on_snapshot(venue.depth(0))
    for said in venue.updates[:missing] + venue.updates[missing + 1:]:
        book.on_update(said)
    assert not book.synced
    assert 1 == book.gaps
    assert not book.on_snapshot(venue.depth(missing))
    assert book.on_snapshot(venue.depth(len(history)))
    assert venue.states[-1] == (book.bids, book.asks)


@given(histories, st.data())
def test_of_a_side_that_was_cut_off_only_what_is_exact_is_kept(
    history: list[list[Change]], data: st.DataObject
) -> None:
    """However much of it is traded away, and levels beyond come and go."""
    with mock.patch.object(client_book, "SNAPSHOT_LEVELS", 4):
        venue = Venue(history)
        taken = data.draw(st.integers(0, len(history)))
        book = OrderBook("SOL_USDC")
        assert book.on_snapshot(cut_off(venue.depth(taken)))
        for number, said in enumerate(venue.updates[taken:], start=taken + 1):
            book.on_update(said)
            if not book.synced:
                assert book.on_snapshot(cut_off(venue.depth(number)))
            bids, asks = book.levels()
            all_bids, all_asks = venue.states[number]
            assert sorted(all_bids.items(), reverse=True)[: len(bids)] == bids
            assert sorted(all_asks.items())[: len(asks)] == asks
            assert len(bids) >= min(2, len(all_bids))
            assert len(asks) >= min(2, len(all_asks))
            assert not book.is_whole or (bids, asks) == (
                sorted(all_bids.items(), reverse=True), sorted(all_asks.items())
            )
        assert 0 == book.gaps


def cut_off(depth: Depth) -> Depth:
    """As REST gives it with a limit: the best asks are first, the best bids last."""
    return structs.replace(depth, asks=depth.asks[:4], bids=depth.bids[-4:])


def test_a_snapshot_that_is_too_old_is_no_gap() -> None:
    book = OrderBook("SOL_USDC")
    book.on_update(update(7, 7, [(True, 5, 1)]))
    assert not book.on_snapshot(Depth(asks=[], bids=[], last_update_id="5", timestamp=0))
    assert 0 == book.gaps
    assert book.on_snapshot(Depth(asks=[], bids=[], last_update_id="6", timestamp=0))


def test_updates_of_several_ids_join_and_repeats_are_passed_over() -> None:
    """Aggregated updates carry ranges of ids; the first may straddle the snapshot."""
    book = OrderBook("SOL_USDC")
    book.on_update(update(3, 6, [(True, 5, 1)]))
    venue_depth = Depth(asks=[], bids=[], last_update_id="4", timestamp=0)
    assert book.on_snapshot(venue_depth)
    book.on_update(update(3, 6, [(True, 5, 9)]))
    book.on_update(update(7, 7, [(False, 6, 2)]))
    assert (Decimal(5), Decimal(1)) == book.best_bid
    assert (Decimal(6), Decimal(2)) == book.best_ask


def test_prices_are_one_level_however_they_are_written() -> None:
    """REST says 86700 and the stream 86700.0: the same level."""
    book = OrderBook("SOL_USDC")
    book.on_snapshot(Depth(
        asks=[(Decimal("86700"), Decimal(1))], bids=[], last_update_id="1", timestamp=0
    ))
    book.on_update(DepthUpdate(
        symbol="SOL_USDC", asks=[(Decimal("86700.0"), Decimal("0.00"))], bids=[], first_id=2,
        last_id=2, time_us=0,
    ))
    assert {} == book.asks
    assert book.best_ask is None
