"""Client order ids: one order each, while it is open and for ten minutes after."""

from domain.floor import Floor
from outcry.engine.units import BUY, FOK, IOC

TEN_MINUTES_S = 600


def floor() -> Floor:
    made = Floor()
    made.rich("alice", "bob")
    return made


def test_a_repeat_while_the_order_is_open_names_it() -> None:
    f = floor()
    first = f.sell("alice", 1, at=101, client_id=7).order_id
    again = f.sell("alice", 1, at=102, client_id=7)

    assert ("client_id_used", first) == (again.rejected, again.order_id)
    f.pass_time(s=10 * TEN_MINUTES_S)
    assert "client_id_used" == f.sell("alice", 1, at=102, client_id=7).rejected
    assert "1 @ 101 |" == f.book()


def test_a_repeat_after_cancel_is_refused_for_ten_minutes() -> None:
    f = floor()
    first = f.sell("alice", 1, at=101, client_id=7).order_id
    f.pass_time(s=5)
    f.cancel("alice", first)

    f.pass_time(ms=1000 * TEN_MINUTES_S - 1)
    again = f.sell("alice", 1, at=101, client_id=7)
    assert ("client_id_used", first) == (again.rejected, again.order_id)
    f.pass_time(ms=1)
    assert None is f.sell("alice", 1, at=101, client_id=7).rejected


def test_a_repeat_after_a_fill_is_refused_for_ten_minutes() -> None:
    """A market order that filled and is sent again must not run twice."""
    f = floor()
    f.sell("alice", 9, at=101, client_id=1)
    taken = f.buy_market("bob", 9, client_id=7).order_id

    again = f.buy_market("bob", 9, client_id=7)
    assert ("client_id_used", taken) == (again.rejected, again.order_id)
    assert "client_id_used" == f.sell("alice", 1, at=101, client_id=1).rejected
    f.pass_time(s=TEN_MINUTES_S)
    assert None is f.sell("alice", 1, at=101, client_id=1).rejected
    assert None is f.buy_market("bob", 1, client_id=7).rejected


def test_orders_that_end_at_once_are_remembered_too() -> None:
    f = floor()
    f.buy("bob", 1, at=100, tif=IOC, client_id=1)
    f.buy("bob", 1, at=100, tif=FOK, client_id=2)
    assert "client_id_used" == f.buy("bob", 1, at=100, client_id=1).rejected
    assert "client_id_used" == f.buy("bob", 1, at=100, client_id=2).rejected


def test_a_refused_order_leaves_its_client_id_free() -> None:
    f = Floor()
    f.deposit("bob", usdc=100)
    assert "insufficient_funds" == f.buy("bob", 2, at=100, client_id=7).rejected
    assert None is f.buy("bob", 1, at=100, client_id=7).rejected


def test_accounts_do_not_share_client_ids() -> None:
    f = floor()
    f.sell("alice", 1, at=101, client_id=7)
    assert None is f.sell("bob", 1, at=102, client_id=7).rejected


def test_no_more_than_a_thousand_ended_ones_are_remembered() -> None:
    f = floor()
    f.buy("bob", 1, at=50, client_id=0)
    thousand = range(1, 1_001)
    f.entry([f.limit("bob", BUY, 1, at=100, tif=IOC, client_id=number) for number in thousand])
    for oldest in (0, 1):
        assert "client_id_used" == f.buy("bob", 1, at=60, client_id=oldest).rejected

    f.buy("bob", 1, at=100, tif=IOC, client_id=1_001)

    assert None is f.buy("bob", 1, at=60, client_id=1).rejected
    for remembered in (0, 2, 1_001):
        assert "client_id_used" == f.buy("bob", 1, at=60, client_id=remembered).rejected


def test_an_id_reused_after_it_was_forgotten_is_remembered_for_its_new_order() -> None:
    f = floor()
    f.cancel("bob", f.buy("bob", 1, at=60, client_id=7).order_id)
    f.pass_time(s=TEN_MINUTES_S)
    second = f.buy("bob", 1, at=61, client_id=7).order_id
    f.pass_time(s=TEN_MINUTES_S)
    again = f.buy("bob", 1, at=62, client_id=7)
    assert ("client_id_used", second) == (again.rejected, again.order_id)
    assert [(second, "by_owner")] == f.cancel("bob", client_id=7).canceled


def test_client_ids_are_32_bits_without_a_sign() -> None:
    f = floor()
    for fits in (0, 2**32 - 1):
        assert None is f.buy("bob", 1, at=60, client_id=fits).rejected
    for wrong in (-1, 2**32, 2**63 - 1, -(2**63)):
        assert "order_invalid" == f.buy("bob", 1, at=60, client_id=wrong).rejected


def test_what_is_remembered_survives_a_restart() -> None:
    f = floor()
    f.buy("bob", 1, at=60, client_id=1)
    f.buy("bob", 1, at=100, tif=IOC, client_id=2)
    f.restart()
    assert "client_id_used" == f.buy("bob", 1, at=60, client_id=1).rejected
    assert "client_id_used" == f.buy("bob", 1, at=60, client_id=2).rejected
    f.pass_time(s=TEN_MINUTES_S)
    assert "client_id_used" == f.buy("bob", 1, at=60, client_id=1).rejected
    assert None is f.buy("bob", 1, at=60, client_id=2).rejected
