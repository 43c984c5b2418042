"""Of two faults the one with the lower number is the answer, but for two exceptions."""

from domain.cfd import CfdFloor
from domain.floor import Floor, marked
from outcry.engine.rejects import RejectReason
from outcry.engine.units import AMOUNT_MAX, CANCEL_ONLY, CLOSED, OPEN


def test_the_lower_number_is_the_answer() -> None:
    f = Floor()
    f.rich("alice")
    f.change(state=CLOSED)
    assert "order_invalid" == f.buy("alice", 0, at=0, client_id=-1).rejected
    assert "market_closed" == f.buy("alice", 0, at=0).rejected
    f.change(state=OPEN)
    assert "quantity_invalid" == f.buy("alice", 0, at=0).rejected


def test_an_order_is_looked_for_before_its_replacement_is_judged() -> None:
    f = Floor()
    f.rich("alice")
    waiting = f.buy("alice", 1, at=10, when=marked(20, direction=1)).order_id
    f.change(state=CLOSED)
    assert "order_waiting" == f.replace("alice", waiting, at=11).rejected
    assert "order_not_found" == f.replace("alice", waiting + 1, at=11).rejected


def test_a_position_is_looked_for_before_anything_else() -> None:
    floor = CfdFloor()
    floor.person("ann", 100)
    floor.rules(state=CANCEL_ONLY)  # And there is no price.
    assert RejectReason.POSITION_NOT_FOUND == floor.close("ann", 1, -1)
    assert RejectReason.POSITION_NOT_FOUND == floor.change("ann", 1, stop=-1)
    assert RejectReason.POSITION_NOT_FOUND == floor.add("ann", 1, -1)


def test_the_sum_of_all_deposits_is_asked_about_last() -> None:
    f = Floor()
    f.deposit("alice", usdc=AMOUNT_MAX - 1, key=1)
    assert "key_used" == f.deposit("alice", usdc=1, key=1).rejected
    assert "amount_invalid" == f.deposit("alice", usdc=1, key=2).rejected
