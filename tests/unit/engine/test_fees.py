"""A fee is counted over the whole order, rounded up once."""

from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from outcry.engine.fees import fee_due

rates = st.integers(-999_999, 999_999)


@given(pieces=st.lists(st.integers(1, 10**12), min_size=1, max_size=30), rate=rates)
def test_pieces_cost_together_what_one_fill_costs(pieces: list[int], rate: int) -> None:
    charged = received = 0
    for piece in pieces:
        received += piece
        charged += fee_due(received_total=received, rate=rate, charged=charged)
    assert ceil(Fraction(sum(pieces) * rate, 10**6)) == charged


@given(pieces=st.lists(st.integers(1, 10**6), min_size=1, max_size=30), rate=rates)
def test_no_piece_turns_a_fee_into_a_rebate_or_a_rebate_into_a_fee(
    pieces: list[int], rate: int
) -> None:
    charged = received = 0
    for piece in pieces:
        received += piece
        fee = fee_due(received_total=received, rate=rate, charged=charged)
        assert fee * rate >= 0
        charged += fee


def test_a_fee_rounds_up_and_a_rebate_down() -> None:
    assert 1 == fee_due(received_total=1, rate=1, charged=0)
    assert 0 == fee_due(received_total=1, rate=0, charged=0)
    assert 0 == fee_due(received_total=1, rate=-999_999, charged=0)
    assert -1 == fee_due(received_total=10, rate=-199_999, charged=0)
    assert 2 == fee_due(received_total=1_000_001, rate=1, charged=0)
    assert 1 == fee_due(received_total=1_000_000, rate=1, charged=0)
