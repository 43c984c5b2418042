"""Units of an instrument: how many of an asset's smallest units a lot and a tick come to."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from outcry.engine.spot.instruments import lot_units_of, tick_lot_units_of
from outcry.engine.units import is_symbol

decimals = st.integers(0, 9)
sizes = st.integers(1, 10**6)


@given(base=decimals, places=decimals, size=sizes)
def test_a_lot_is_a_whole_number_of_base_units_or_none(base: int, places: int, size: int) -> None:
    units = Fraction(size, 10**places) * 10**base
    assert (int(units) if units.denominator == 1 else 0) == lot_units_of(base, places, size)


@given(quote=decimals, price=decimals, tick=sizes, places=decimals, lot=sizes)
def test_a_tick_times_a_lot_is_a_whole_number_of_quote_units_or_none(
    quote: int, price: int, tick: int, places: int, lot: int
) -> None:
    units = Fraction(tick, 10**price) * Fraction(lot, 10**places) * 10**quote
    expected = int(units) if units.denominator == 1 else 0
    assert expected == tick_lot_units_of(quote, price, tick, places, lot)


def test_symbols_are_letters_digits_and_underscores() -> None:
    for good in ("A", "SOL_USDC", "1INCH", "a_b_c", "A" * 64):
        assert is_symbol(good)
    for bad in ("", "_", "__", "A B", "A-B", "Ä", "A\0", "A" * 65, "A/B", "٣", "A\n"):
        assert not is_symbol(bad)
