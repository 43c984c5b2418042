"""A fee is exact over the whole order, rounded up once, whatever rates its fills had."""

from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from outcry.engine.balances import Balance, Ledger
from outcry.engine.commands import PlaceOrder
from outcry.engine.spot.fees import charge_fee
from outcry.engine.spot.orders import Order
from outcry.engine.units import BUY, LIMIT

rates = st.integers(-999_999, 999_999)


class Till:
    """One order, and the two balances between which its fees go."""

    def __init__(self, collected: int = 10**18) -> None:
        self.order = Order(
            PlaceOrder(account_id=100, instrument_id=1, side=BUY, order_type=LIMIT), 1
        )
        self.receiver = Balance(100, 1)
        self.receiver.free = 10**18
        self.fees = Balance(1, 1)
        self.fees.free = collected

    def charge(self, received: int, rate: int) -> int:
        before = self.receiver.free
        fee = charge_fee(
            Ledger(), order=self.order, receiver=self.receiver, fees=self.fees,
            received=received, rate=rate,
        )
        assert fee == before - self.receiver.free
        return fee


@given(fills=st.lists(st.tuples(st.integers(1, 10**12), rates), min_size=1, max_size=30))
def test_fills_cost_together_what_their_rates_come_to_rounded_once(
    fills: list[tuple[int, int]]
) -> None:
    till = Till()
    charged = sum(till.charge(received, rate) for received, rate in fills)
    assert ceil(sum(Fraction(received * rate, 10**6) for received, rate in fills)) == charged
    assert charged == till.order.fee_charged


@given(pieces=st.lists(st.integers(1, 10**6), min_size=1, max_size=30), rate=rates)
def test_no_piece_turns_a_fee_into_a_rebate_or_a_rebate_into_a_fee(
    pieces: list[int], rate: int
) -> None:
    till = Till()
    for piece in pieces:
        assert till.charge(piece, rate) * rate >= 0


def test_a_fee_rounds_up_and_a_rebate_down() -> None:
    assert 1 == Till().charge(1, 1)
    assert 0 == Till().charge(1, 0)
    assert 0 == Till().charge(1, -999_999)
    assert -1 == Till().charge(10, -199_999)
    assert 2 == Till().charge(1_000_001, 1)
    assert 1 == Till().charge(1_000_000, 1)


def test_a_rebate_is_cut_to_what_was_collected_and_made_up_for_later() -> None:
    till = Till(collected=3)
    assert -3 == till.charge(100, -100_000)
    assert 0 == till.charge(10, -100_000)
    till.fees.free = 100
    assert -9 == till.charge(10, -100_000)
