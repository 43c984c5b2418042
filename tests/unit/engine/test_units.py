"""Division that says how it rounds."""

from hypothesis import given
from hypothesis import strategies as st

from outcry.engine.units import div_ceil, div_floor

numbers = st.integers(-(10**30), 10**30)


@given(numerator=numbers, denominator=st.integers(1, 10**30))
def test_floor_and_ceil_enclose_the_quotient(numerator: int, denominator: int) -> None:
    low = div_floor(numerator, denominator)
    high = div_ceil(numerator, denominator)
    assert low * denominator <= numerator <= high * denominator
    assert high - low == (0 if numerator % denominator == 0 else 1)


def test_negative_numbers_round_away_from_or_toward_zero_as_named() -> None:
    assert (-2, -1) == (div_floor(-3, 2), div_ceil(-3, 2))
    assert (1, 2) == (div_floor(3, 2), div_ceil(3, 2))
