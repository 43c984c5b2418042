"""Decimals are read strictly and written plainly."""

from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.engine.events import AssetListed, InstrumentListed
from outcry.engine.units import OPEN, AssetId, InstrumentId
from outcry.wire.decimals import (
    NotADecimal,
    NotAMultiple,
    TooManyDecimals,
    amount_text,
    format_decimal,
    format_padded,
    format_ratio,
    mark_text,
    parse_decimal,
    parse_steps,
    parse_uint,
    price_text,
    quantity_text,
)

VALUES = st.integers(min_value=-(2**62), max_value=2**62)
DECIMALS = st.integers(min_value=0, max_value=9)
PLAIN = st.from_regex(r"\A-?[0-9]{1,20}(\.[0-9]{1,20})?\Z")

BTC_USDC = InstrumentListed(
    instrument_id=InstrumentId(3), symbol="BTC_USDC", base_asset_id=AssetId(4),
    quote_asset_id=AssetId(1), price_decimals=2, tick_size=5, quantity_decimals=5, lot_size=2,
    price_min=1, price_max=10**9, quantity_min=1, quantity_max=10**9, maker_fee_rate=200,
    taker_fee_rate=500, mark_decimals=4,
    price_band_rate=0, impact_rate=0, open_orders_max=10_000, state=OPEN, listed_ms=0,
)

EXACT = Context(prec=60)  # The default of 28 digits would round the longest numbers.


@given(VALUES, DECIMALS)
def test_what_is_written_reads_back(value: int, decimals: int) -> None:
    """Both ways of writing give the same number again."""
    assert value == parse_decimal(format_decimal(value, decimals), decimals)
    assert value == parse_decimal(format_padded(value, decimals), decimals)


@given(VALUES, DECIMALS)
def test_written_as_decimal_arithmetic_says(value: int, decimals: int) -> None:
    """The text is the exact quotient, normalised, without an exponent."""
    exact = Decimal(value).scaleb(-decimals, EXACT)
    written = format_decimal(value, decimals)
    assert exact == Decimal(written)
    assert f"{exact.normalize():f}" == written or (exact == 0 and written == "0")
    assert f"{exact:.{decimals}f}" == format_padded(value, decimals) or exact == 0


@given(PLAIN, DECIMALS)
def test_read_as_decimal_arithmetic_says(text: str, decimals: int) -> None:
    """A plain decimal is read exactly, or refused exactly when it does not fit."""
    scaled = Decimal(text).scaleb(decimals, EXACT)
    if scaled == scaled.to_integral_value():
        assert int(scaled) == parse_decimal(text, decimals)
    else:
        with pytest.raises(TooManyDecimals):
            parse_decimal(text, decimals)


@given(st.text(max_size=30))
def test_anything_else_is_not_a_number(text: str) -> None:
    """Whatever does not look like a plain decimal is refused, whatever Python thinks of it."""
    plain = text.removeprefix("-")
    whole, point, fraction = plain.partition(".")
    parts = [whole, fraction] if point else [whole]
    digits = all(part.isascii() and part.isdigit() for part in parts)
    if not digits or len(whole) > 20 or len(fraction) > 20:
        with pytest.raises(NotADecimal):
            parse_decimal(text, 9)


@pytest.mark.parametrize("text", [
    "", " 1", "1 ", "+1", "1e3", "1E-3", "NaN", "nan", "Infinity", "-Infinity", "1_0", "0x10",
    "1,5", ".5", "5.", "1.2.3", "--1", "\u0967\u0968", "\uff11", "1\n", "9" * 21, "1." + "0" * 21,
    "null", "True",
])
def test_traps_of_pythons_own_parsers(text: str) -> None:
    with pytest.raises(NotADecimal):
        parse_decimal(text, 9)


def test_zeros_at_the_end_are_no_decimals() -> None:
    assert 150 == parse_decimal("1.5000000", 2)
    with pytest.raises(TooManyDecimals):
        parse_decimal("1.5000001", 2)


def test_steps() -> None:
    """A number of steps counts steps; between two steps there is nothing."""
    assert 7 == parse_steps("0.35", 2, 5)
    with pytest.raises(NotAMultiple):
        parse_steps("0.36", 2, 5)
    with pytest.raises(TooManyDecimals):
        parse_steps("0.355", 2, 5)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("7", 7), ("4294967295", 4294967295)])
def test_whole_numbers(text: str, value: int) -> None:
    assert value == parse_uint(text)


@pytest.mark.parametrize("text", ["", "-1", "+1", "01", "1.0", "1e3", "\u0661", "1_0", "9" * 20])
def test_no_whole_number(text: str) -> None:
    with pytest.raises(NotADecimal):
        parse_uint(text)


@pytest.mark.parametrize(("numerator", "denominator", "text"), [
    (1, 3, "0.333333"), (-1, 3, "-0.333333"), (1, -3, "-0.333333"), (2, 1, "2"), (0, 5, "0"),
])
def test_ratios_are_cut_off_toward_zero(numerator: int, denominator: int, text: str) -> None:
    assert text == format_ratio(numerator, denominator, 6)


def test_units_of_an_instrument() -> None:
    """Ticks, lots, amounts and marks each have their own scale."""
    assert "86700.05" == price_text(BTC_USDC, 1734001)
    assert "86700" == price_text(BTC_USDC, 1734000)
    assert "0.00014" == quantity_text(BTC_USDC, 7)
    assert "86700.0512" == mark_text(BTC_USDC, 867000512)
    usdc = AssetListed(asset_id=AssetId(1), symbol="USDC", name="USD Coin", decimals=6)
    assert "-0.000001" == amount_text(usdc, -1)
