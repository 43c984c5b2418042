"""Depth: kept from changes, it is what a plain dictionary says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.engine.events import BookAfter
from outcry.engine.units import BUY, SELL, InstrumentId
from outcry.projections.depth import Best, Depth, Levels
from rigs.scripted_log import ALICE, BOB, SOL_USDC, ScriptedLog, limit

ONE = InstrumentId(1)


def after(
    seq: int, *, bids: list[tuple[int, int]] | None = None,
    asks: list[tuple[int, int]] | None = None,
) -> BookAfter:
    return BookAfter(instrument_id=ONE, seq=seq, bids=bids or [], asks=asks or [])


def test_levels_ascend_by_price_on_both_sides() -> None:
    """The best bid is the last of the bids, the best ask the first of the asks."""
    depth = Depth()
    depth.fold(after(1, bids=[(99, 5), (97, 1), (98, 2)], asks=[(103, 1), (101, 4), (102, 2)]))

    assert Levels(1, [(98, 2), (99, 5)], [(101, 4), (102, 2)]) == depth.levels(2)
    assert [(97, 1), (98, 2), (99, 5)] == depth.levels().bids
    assert Best((99, 5), (101, 4)) == depth.best()


def test_a_quantity_of_nothing_takes_a_level_away() -> None:
    """Also one that was never there: it came and went within one entry."""
    depth = Depth()
    depth.fold(after(1, bids=[(99, 5)]))
    depth.fold(after(2, bids=[(99, 0), (98, 0)]))

    assert Best(None, None) == depth.best()
    assert Levels(2, [], []) == depth.levels(5)


def test_a_missing_change_is_noticed() -> None:
    depth = Depth(4)
    with pytest.raises(AssertionError):
        depth.fold(after(6))


def test_levels_are_not_those_of_before_a_change() -> None:
    depth = Depth()
    depth.fold(after(1, bids=[(99, 5)]))
    before = depth.levels(5)
    depth.fold(after(2, bids=[(99, 7)]))

    assert Levels(1, [(99, 5)], []) == before
    assert Levels(2, [(99, 7)], []) == depth.levels(5)


def test_a_snapshot_adds_up_orders_of_one_price() -> None:
    """What remains of each, not what was ordered."""
    log = ScriptedLog()
    log.open_market()
    log.write(
        limit(ALICE, BUY, 5, at=99), limit(ALICE, BUY, 6, at=99), limit(ALICE, SELL, 8, at=103)
    )
    log.write(limit(BOB, SELL, 2, at=99))

    depth = Depth.from_image(log.image().books[0])

    assert log.outcomes[-1].books[0].seq == depth.seq
    assert Levels(depth.seq, [(99, 9)], [(103, 8)]) == depth.levels()
    assert SOL_USDC == log.outcomes[-1].books[0].instrument_id


sides = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3)), max_size=6)


@given(st.lists(st.tuples(sides, sides), max_size=30), st.integers(1, 8))
def test_random_changes(changes: list[tuple[list[tuple[int, int]], list[tuple[int, int]]]],
                        limit: int) -> None:
    """After any changes, levels and best are those of a dictionary that is sorted each time."""
    depth = Depth()
    bids: dict[int, int] = {}
    asks: dict[int, int] = {}
    for seq, (changed_bids, changed_asks) in enumerate(changes, start=1):
        depth.fold(after(seq, bids=changed_bids, asks=changed_asks))
        for levels, changed in ((bids, changed_bids), (asks, changed_asks)):
            levels.update(changed)
        bids = {price: quantity for price, quantity in bids.items() if quantity}
        asks = {price: quantity for price, quantity in asks.items() if quantity}

        assert Levels(
            seq, sorted(bids.items())[-limit:], sorted(asks.items())[:limit]
        ) == depth.levels(limit)
        assert Best(
            max(bids.items(), default=None), min(asks.items(), default=None)
        ) == depth.best()
        assert bids == depth.bids
        assert asks == depth.asks
