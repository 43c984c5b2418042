"""What an instrument's state lets in, and how many orders an account may have open."""

import pytest

from domain.floor import Floor, marked
from outcry.engine.units import (
    BUY,
    CANCEL_ONLY,
    CLOSED,
    FALLS,
    FOK,
    GTC,
    IOC,
    LIMIT_ONLY,
    OPEN,
    POST_ONLY,
)

KINDS = ("limit", "post-only", "ioc", "fok", "market")
ACCEPTED = {
    OPEN: set(KINDS), POST_ONLY: {"post-only"}, LIMIT_ONLY: {"limit", "post-only", "fok"},
    CANCEL_ONLY: set(), CLOSED: set(),
}


@pytest.mark.parametrize("state", ACCEPTED)
@pytest.mark.parametrize("kind", KINDS)
def test_each_state_takes_its_kinds_of_order(state: int, kind: str) -> None:
    f = Floor()
    f.rich("alice")
    f.change(state=state)
    tif = {"ioc": IOC, "fok": FOK}.get(kind, GTC)
    order = f.market("alice", BUY, 1) if kind == "market" else f.limit(
        "alice", BUY, 1, at=100, tif=tif, post_only=kind == "post-only"
    )
    expected = None if kind in ACCEPTED[state] else "market_closed"
    assert expected == f.do(order).rejected


@pytest.mark.parametrize("state", ACCEPTED)
def test_orders_can_be_canceled_in_every_state(state: int) -> None:
    f = Floor()
    f.rich("alice")
    order_id = f.buy("alice", 1, at=100).order_id
    f.buy("alice", 1, at=99)
    f.change(state=state)
    assert [(order_id, "by_owner")] == f.cancel("alice", order_id).canceled
    assert 1 == len(f.cancel_all("alice").canceled)


def test_an_account_may_have_so_many_orders_open() -> None:
    f = Floor(open_orders_max=3)
    f.rich("alice", "bob")
    one = f.limit("alice", BUY, 1, at=10)
    f.entry([one] * 3)
    assert "order_limit" == f.do(one).rejected
    assert "order_limit" == f.buy_market("alice", 1).rejected
    assert "order_limit" == f.buy("alice", 1, at=10, when=marked(9, direction=FALLS)).rejected
    assert None is f.buy("bob", 1, at=10).rejected
    f.cancel("alice", 1)
    assert None is f.do(one).rejected


def test_orders_that_wait_count_as_open_and_each_instrument_counts_by_itself() -> None:
    f = Floor(open_orders_max=2)
    f.list_instrument(symbol="OTHER", open_orders_max=1)
    f.rich("alice")
    for _ in range(2):
        f.buy("alice", 1, at=10, when=marked(9, direction=FALLS))
    assert "order_limit" == f.buy("alice", 1, at=10).rejected
    assert None is f.buy("alice", 1, at=10, on="OTHER").rejected
    assert "order_limit" == f.buy("alice", 1, at=10, on="OTHER").rejected
    f.change(open_orders_max=3)
    assert None is f.buy("alice", 1, at=10).rejected
