"""Every interleaving of two engines: no hole with the rules, and one without any of them."""

import pytest

from simulation.model import RULES, shortest_to_a_hole


def test_with_all_rules_there_is_no_hole() -> None:
    """Whatever is killed, lost, late or asleep: every entry gets the answer a replay gives."""
    way, states = shortest_to_a_hole(RULES)
    assert [] == way
    assert states > 10_000, "the model does not move"


@pytest.mark.parametrize("rule", sorted(RULES))
def test_without_a_rule_there_is_a_hole(rule: str) -> None:
    """No rule is there for nothing. `-s` shows the shortest way to the hole."""
    way, _ = shortest_to_a_hole(RULES - {rule})
    assert way, "the rule is not needed"
    print(f"\nwithout: {rule}", *way, sep="\n  ")
