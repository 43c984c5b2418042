"""The broker's numbers: what clients write, and what is made of it."""

import random
from fractions import Fraction
from functools import partial

import pytest

from outcry.api.backpack.bodies import NumberLiteral
from outcry.api.broker.numbers import (
    NotANumber,
    OutOfBounds,
    is_zero,
    money_number,
    number,
    parse_margin,
    parse_positive,
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
    None, True, "5000", NumberLiteral("NaN"), NumberLiteral("Infinity"), NumberLiteral(""),
    NumberLiteral("1\n"), NumberLiteral("１"), NumberLiteral("0x10"),  # noqa: RUF001
])
def test_what_is_no_number(value: object) -> None:
    """A text is none either: the broker's clients never sent others."""
    for parse in (partial(parse_margin, decimals=6), partial(parse_price, decimals=6), parse_whole):
        with pytest.raises(NotANumber):
            parse(value)  # type: ignore[arg-type]


def spellings(chance: random.Random, count: int, decimals: int) -> list[str]:
    """Ways in which JSON can write a count of 10^-`decimals`, all of them the same number."""
    sign, size = "-" if count < 0 else "", abs(count)
    found = [bytes(number(count, decimals)).decode()]
    for shift in (chance.randrange(-40, 40), chance.randrange(-400, 400), 0):
        exponent = shift - decimals  # The digits stand for `size` times 10^`shift`.
        digits = str(size * 10**-shift) if shift < 0 else str(size)
        if shift > 0:
            digits = f"0.{digits.rjust(shift, '0')}" if len(digits) <= shift else (
                f"{digits[:-shift]}.{digits[-shift:]}"
            )
        marked = chance.choice("eE") + (chance.choice(("+", "")) if exponent >= 0 else "")
        zeros = "0" * chance.randrange(80)
        tail = zeros if "." in digits else f".{zeros}" if zeros else ""
        found.append(f"{sign}{digits}{tail}{marked}{exponent}")
    return found


def test_every_spelling_of_a_number_is_the_number() -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(2_000):
        decimals = chance.randrange(10)
        count = chance.randrange(-(10**18), 10**18) // 10**chance.randrange(19)
        for text in spellings(chance, count, decimals):
            literal = NumberLiteral(text)
            assert Fraction(text) == Fraction(count, 10**decimals), f"a fault of this test: {text}"
            assert count == parse_margin(literal, decimals), text
            assert count == parse_price(literal, decimals), text
            if count % 10**decimals:
                with pytest.raises(OutOfBounds):
                    parse_whole(literal)
            else:
                assert count // 10**decimals == parse_whole(literal), text


def test_digits_that_mean_nothing_round_as_they_should() -> None:
    """Against exact fractions: no digit is lost on the way, however many there are."""
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(2_000):
        whole = "".join(chance.choices("09", k=chance.randrange(1, 9)))
        fraction = "".join(chance.choices("0459", k=chance.randrange(1, 60)))
        literal = NumberLiteral(f"{whole}.{fraction}e{chance.randrange(-8, 4)}")
        exact = Fraction(literal) * 10**6
        assert exact // 1 == parse_margin(literal, 6), literal
        assert (exact + Fraction(1, 2)) // 1 == parse_price(literal, 6), literal


@pytest.mark.parametrize("text", [
    "9" * 60_000, "1e15", "1e99", "1E+999999999999999999999", "0.0001e" + "9" * 5_000,
])
def test_the_largest_numbers_are_told_as_such(text: str) -> None:
    for sign, error in (("", "at most 4611686018427.387903"), ("-", "above 0")):
        with pytest.raises(OutOfBounds, match=f"^{error}$"):
            parse_positive(NumberLiteral(sign + text), 6, nearest=False, most=2**62 - 1)


@pytest.mark.parametrize(("text", "bound"), [
    ("0", "above 0"), ("-0", "above 0"), ("0.000e7", "above 0"), ("0e999999", "above 0"),
    ("-1", "above 0"), ("-1e-9", "above 0"), ("1e-7", "at least 0.000001"),
    ("0.00000000000000000000000000000000000000000001", "at least 0.000001"),
    ("1e-99999999", "at least 0.000001"), ("4611686018427.387904", "at most 4611686018427.387903"),
])
def test_a_bound_that_is_broken_is_named(text: str, bound: str) -> None:
    with pytest.raises(OutOfBounds, match=f"^{bound}$"):
        parse_positive(NumberLiteral(text), 6, nearest=False, most=2**62 - 1)
    assert (bound == "above 0" and not text.startswith(("-1",))) == is_zero(NumberLiteral(text))


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
