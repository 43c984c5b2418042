"""Snapshots: equal states give equal bytes, unequal ones do not, and nothing is lost."""

from collections.abc import Callable
from random import Random

import msgspec
import pytest

from domain.floor import Floor
from outcry.engine.engine import Engine
from outcry.engine.image import decode_image, encode_image
from outcry.engine.snapshot import SnapshotVersionUnknown, dump, image_of, load, state_hash
from outcry.engine.state import State
from twin.duel import Duel


def lively_floor() -> Floor:
    f = Floor(maker_fee_rate=200, taker_fee_rate=500)
    f.rich("alice", "bob")
    f.sell("alice", 9, at=101, client_id=1)
    f.sell("alice", 5, at=101, client_id=2)
    f.buy("bob", 3, at=101, client_id=1)
    f.buy("bob", 4, at=99, post_only=True)
    return f


def test_an_empty_state_survives() -> None:
    assert dump(State()) == dump(load(dump(State())))


def test_everything_there_is_survives() -> None:
    duel = Duel(Random(5))
    duel.run(3_000, commands_max=8)
    packed = dump(duel.engine.state)
    assert packed == dump(load(packed))
    assert state_hash(duel.engine.state) == state_hash(load(packed))


def test_a_partly_filled_order_keeps_its_place_and_its_fee() -> None:
    restored = lively_floor()
    restored.restart()
    straight = lively_floor()
    for f in (restored, straight):
        f.buy("bob", 10, at=101)
    assert restored.outcome == straight.outcome
    assert state_hash(restored.engine.state) == state_hash(straight.engine.state)


@pytest.mark.parametrize("rates", [(0, 999_999), (-999_998, 999_999)])
def test_fees_of_the_largest_amounts_fit_a_snapshot(rates: tuple[int, int]) -> None:
    """Counted in millionths alone they would need 82 bits."""
    f = Floor(
        maker_fee_rate=rates[0], taker_fee_rate=rates[1], price_max=1, quantity_max=2**62 - 1
    )
    f.deposit("alice", usdc=2**62 - 1)
    f.deposit("bob", sol=2**62 - 1)
    f.buy("alice", 2**62 - 1, at=1)
    f.sell("bob", 2**62 - 2, at=1)
    assert dump(f.engine.state) == dump(load(dump(f.engine.state)))
    [order] = image_of(f.engine.state).books[0].bids
    assert (2**62 - 2) * rates[0] == order.fee_whole * 10**6 + order.fee_millionths


def test_states_that_differ_have_different_hashes() -> None:
    hashes = [state_hash(lively_floor().engine.state)]
    changes: list[Callable[[Floor], object]] = [
        lambda f: f.buy("bob", 1, at=98), lambda f: f.deposit("bob", usdc=1),
        lambda f: f.account("carol"), lambda f: f.beat(), lambda f: f.cancel_all("alice"),
        lambda f: f.list_instrument(symbol="OTHER"),
    ]
    for change in changes:
        f = lively_floor()
        change(f)
        hashes.append(state_hash(f.engine.state))
    assert len(hashes) == len(set(hashes))


def test_an_image_tells_orders_by_price_and_then_by_time() -> None:
    f = Floor()
    f.rich("alice")
    ids = {price: f.buy("alice", 1, at=price).order_id for price in (97, 99, 98)}
    later = f.buy("alice", 1, at=99).order_id
    [book] = image_of(f.engine.state).books
    assert [ids[99], later, ids[98], ids[97]] == [order.order_id for order in book.bids]


def test_what_is_no_snapshot_is_refused() -> None:
    for packed in (b"", b"\xc1", msgspec.msgpack.encode([1, 2, 3]), dump(State())[:-1]):
        with pytest.raises(msgspec.DecodeError):
            load(packed)


def test_a_snapshot_of_another_version_is_refused() -> None:
    image = decode_image(dump(State()))
    with pytest.raises(SnapshotVersionUnknown):
        load(encode_image(msgspec.structs.replace(image, version=image.version + 1)))


def test_a_snapshot_holds_what_an_entry_left_and_nothing_half_told() -> None:
    """What an entry touched was told in its outcome; a restored engine does not tell it again."""
    f = lively_floor()
    engine = Engine(load(dump(f.engine.state)))
    outcome = engine.apply(entry_ms=f.now_ms, writer=99, number=1, commands=b"", quarantined=[])
    assert outcome == f.engine.apply(
        entry_ms=f.now_ms, writer=99, number=1, commands=b"", quarantined=[]
    )
