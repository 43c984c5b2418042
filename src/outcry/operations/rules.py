"""Rules as an operator writes them, in words and decimals, and as the engine counts them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from outcry.engine.events import ContractListed, InstrumentListed
from outcry.engine.units import AMOUNT_MAX, RATE_DECIMALS
from outcry.projections.quote_gates import Gate
from outcry.wire.decimals import (
    NotADecimal,
    NotAMultiple,
    TooManyDecimals,
    format_decimal,
    parse_steps,
)

Rules = Mapping[str, str | None]  # As they were written; None was not given.
States = Mapping[str, int]  # Words → the engine's states.


class RulesRefused(Exception):
    """Rules that cannot be read; the message is one line for people."""


class Number(NamedTuple):
    """A rule that is a number: the engine's field of it, which counts steps of some decimals."""

    field: str
    decimals: int = 0
    step: int = 1
    may_be_negative: bool = False

    def write(self, count: int) -> str:
        """Write the number."""
        return format_decimal(count * self.step, self.decimals)

    def read(self, rule: str, text: str) -> int:
        """Read the number; raises `RulesRefused`."""
        try:
            count = parse_steps(text, self.decimals, self.step)
        except (NotADecimal, TooManyDecimals, NotAMultiple):
            raise RulesRefused(
                f"{option(rule)} must be a number in steps of {self.write(1)}, was {text!r}"
            ) from None
        if not (-AMOUNT_MAX if self.may_be_negative else 0) <= count < AMOUNT_MAX:
            raise RulesRefused(f"{option(rule)} is out of range: {text!r}")
        return count


Numbers = Mapping[str, Number]  # By the name of the rule.


def fraction(field: str, *, may_be_negative: bool = False) -> Number:
    """A rule that is a fraction: 0.0005 is 5 basis points, 0.1 is 10 %."""
    return Number(field, RATE_DECIMALS, may_be_negative=may_be_negative)


def word(states: States, state: int) -> str:
    """The word for a state."""
    return next(word for word, known in states.items() if known == state)


def any_given(rules: Rules) -> bool:
    """Whether there is a rule among them."""
    return any(text is not None for text in rules.values())


def written(listed: InstrumentListed | ContractListed | Gate, numbers: Numbers) -> dict[str, str]:
    """The rules of something listed that are numbers, as they would be written."""
    return {rule: number.write(getattr(listed, number.field)) for rule, number in numbers.items()}


def counted(rules: Rules, states: States, numbers: Numbers) -> dict[str, Any]:
    """The engine's fields of the rules that are given; raises `RulesRefused`."""
    fields = {}
    for rule, text in rules.items():
        if text is None:
            continue
        if rule != "state":
            fields[numbers[rule].field] = numbers[rule].read(rule, text)
        elif text in states:
            fields[rule] = states[text]
        else:
            raise RulesRefused(f"there is no state {text!r}: give one of {', '.join(states)}")
    if not fields:
        raise RulesRefused("nothing to change: give at least one rule")
    return fields


def option(rule: str) -> str:
    """The option of the tool by which a rule is given."""
    return f"--{rule.replace('_', '-')}"
