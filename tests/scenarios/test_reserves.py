"""What an order reserves, what it costs in the end, and what comes back."""

from domain.floor import Floor
from outcry.engine.units import BUY, IOC, REJECT_MAKER, SELL


def test_a_buy_reserves_price_times_quantity_and_a_sell_its_quantity() -> None:
    f = Floor()
    f.deposit("alice", usdc=1_000, sol=10)
    f.buy("alice", 9, at=100)
    f.sell("alice", 4, at=101)
    assert (100, 900) == (f.balance("alice", "USDC"), f.locked("alice", "USDC"))
    assert (6, 4) == (f.balance("alice", "SOL"), f.locked("alice", "SOL"))


def test_an_order_that_cannot_be_paid_is_refused_to_the_last_unit() -> None:
    f = Floor()
    f.deposit("alice", usdc=999, sol=9)
    assert "insufficient_funds" == f.buy("alice", 10, at=100).rejected
    assert "insufficient_funds" == f.sell("alice", 10, at=100).rejected
    f.deposit("alice", usdc=1, sol=1)
    assert None is f.buy("alice", 10, at=99).rejected
    assert None is f.sell("alice", 10, at=100).rejected
    assert (10, 0) == (f.balance("alice", "USDC"), f.balance("alice", "SOL"))


def test_what_is_locked_cannot_be_spent_or_withdrawn() -> None:
    f = Floor()
    f.deposit("alice", usdc=1_000)
    f.buy("alice", 6, at=100)
    assert "insufficient_funds" == f.buy("alice", 5, at=100).rejected
    assert "insufficient_funds" == f.withdraw("alice", usdc=401).rejected
    assert None is f.withdraw("alice", usdc=400).rejected
    assert 0 == f.balance("alice", "USDC")


def test_price_improvement_releases_the_reserve() -> None:
    f = Floor()
    f.deposit("alice", usdc=1_000)
    f.deposit("bob", sol=10)
    f.sell("bob", 6, at=90)

    f.buy("alice", 10, at=100)

    assert (1_000 - 540 - 400, 400) == (f.balance("alice", "USDC"), f.locked("alice", "USDC"))
    f.sell("bob", 4, at=95)
    assert (60, 0) == (f.balance("alice", "USDC"), f.locked("alice", "USDC"))
    assert 10 == f.balance("alice", "SOL")
    assert 540 + 400 == f.balance("bob", "USDC")


def test_a_crossing_limit_must_be_payable_at_its_own_price() -> None:
    f = Floor()
    f.rich("bob")
    f.sell("bob", 10, at=90)
    f.deposit("alice", usdc=900)
    assert "insufficient_funds" == f.buy("alice", 10, at=91).rejected
    assert "10 @ 90" == f.buy("alice", 10, at=90).fills
    assert 0 == f.balance("alice", "USDC")


def test_a_partly_filled_order_keeps_locked_what_it_still_needs() -> None:
    f = Floor()
    f.deposit("alice", usdc=1_000, sol=10)
    f.rich("bob")
    f.buy("alice", 10, at=100)
    f.sell("bob", 3, at=100)
    assert (0, 700) == (f.balance("alice", "USDC"), f.locked("alice", "USDC"))
    f.sell("alice", 10, at=101)
    f.buy("bob", 4, at=101)
    assert (3, 6) == (f.balance("alice", "SOL"), f.locked("alice", "SOL"))


def test_an_ioc_order_leaves_nothing_locked() -> None:
    f = Floor()
    f.deposit("alice", usdc=1_000)
    f.rich("bob")
    f.sell("bob", 3, at=100)
    f.buy("alice", 10, at=100, tif=IOC)
    assert (700, 0) == (f.balance("alice", "USDC"), f.locked("alice", "USDC"))


def test_proceeds_can_be_spent_in_the_same_entry() -> None:
    f = Floor()
    f.deposit("alice", sol=10)
    f.rich("bob")
    f.buy("bob", 10, at=100)
    answers = f.entry([f.limit("alice", SELL, 10, at=100), f.limit("alice", BUY, 10, at=100)])
    assert [None, None] == [answer.rejected for answer in answers]
    assert 1_000 == f.locked("alice", "USDC")


def test_own_orders_that_make_way_release_their_reserve() -> None:
    f = Floor()
    f.deposit("alice", usdc=1_000, sol=10)
    f.sell("alice", 10, at=100)
    f.buy("alice", 10, at=100, self_trade=REJECT_MAKER)
    assert (10, 0) == (f.balance("alice", "SOL"), f.locked("alice", "SOL"))
    assert (0, 1_000) == (f.balance("alice", "USDC"), f.locked("alice", "USDC"))
