"""The broker's numbers: what clients write, and what is made of it."""

import random

import pytest

from outcry.api.backpack.bodies import NumberLiteral
from outcry.api.broker.numbers import (
    NotANumber,
    money_number,
    number,
    parse_margin,
    parse_price,
    parse_whole,
)


@pytest.mark.parametrize(("text", "margin", "price"), [
    ("5000", 5_000_000_000, 5_000_000_000),
    ("0.30000000000000004", 300_000, 300_000),
    ("1.0000019", 1_000_001, 1_000_002),
    ("0.0000005", 0, 1),
    ("0.00000049999", 0, 0),
    ("1e3", 1_000_000_000, 1_000_000_000),
    ("2.5E-6", 2, 3),
    ("-1.0000019", -1_000_001, -1_000_002),
])
def test_margin_is_cut_off_and_prices_are_the_nearest(text: str, margin: int, price: int) -> None:
    assert margin == parse_margin(NumberLiteral(text), 6)
    assert price == parse_price(NumberLiteral(text), 6)


@pytest.mark.parametrize("value", [
    None, True, "5000", NumberLiteral("1e99"), NumberLiteral("9" * 21), NumberLiteral("1e15"),
    NumberLiteral("NaN"), NumberLiteral("Infinity"), NumberLiteral("0." + "1" * 31),
    NumberLiteral(""), NumberLiteral("1\n"), NumberLiteral("１"),  # noqa: RUF001
])
def test_what_is_no_number(value: object) -> None:
    """A text is none either: the broker's clients never sent others."""
    for parse in (parse_margin, parse_price):
        with pytest.raises(NotANumber):
            parse(value, 6)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["10.0", "1e2", "1" * 19, "0x10"])
def test_a_whole_number_has_no_point(text: str) -> None:
    with pytest.raises(NotANumber):
        parse_whole(NumberLiteral(text))
    assert -12 == parse_whole(NumberLiteral("-12"))


@pytest.mark.parametrize(("amount", "shown"), [
    (445_009_535, b"445.0095"), (-445_009_599, b"-445.0095"), (99, b"0"), (-99, b"0"),
    (5_000_000_000, b"5000"), (10, b"0"), (100, b"0.0001"),
])
def test_money_has_four_decimals(amount: int, shown: bytes) -> None:
    """What is left is cut off toward zero, on both sides."""
    assert shown == bytes(money_number(amount, 6))


def test_numbers_come_back_as_they_went() -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(2_000):
        decimals = chance.randrange(10)
        value = chance.randrange(-(10**17), 10**17) // 10**chance.randrange(17)
        text = bytes(number(value, decimals)).decode()
        assert value == parse_price(NumberLiteral(text), decimals), (value, decimals)
        assert value == parse_margin(NumberLiteral(text), decimals), (value, decimals)
