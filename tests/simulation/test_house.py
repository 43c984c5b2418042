"""The house's simulation, its first weeks: nobody milks a house with rules, and no money is lost.

The whole of it is `outcry bench house`; docs/house.md tells the figures.
"""

import random

import pytest

from outcry.bench.house import CLIENTS, mean_of, of_attackers
from outcry.bench.house_desk import ASSET_ID, MINUTES_A_YEAR, Desk, year
from outcry.bench.house_people import Client, HeldQuoteAttacker, PairAttacker
from outcry.engine import invariants
from outcry.engine.units import EXTERNAL
from outcry.operations.profiles import PROFILES

SEED = 11
WEEKS = MINUTES_A_YEAR // 12


@pytest.mark.parametrize("profile", ["retail", "crypto"])
def test_no_attacker_has_an_expectation_above_zero(profile: str) -> None:
    rounds = of_attackers(profile, SEED, WEEKS, book_rounds=4).rounds
    for attacker, results in rounds.items():
        mean, error, count = mean_of(results)
        by_chance = 0 if count > 50 else 2 * error
        assert mean <= by_chance, f"{attacker}: {mean:+.2f} ± {error:.2f} in {count} rounds"
    assert len(rounds["pair in two accounts, most leverage"]) > 50
    assert all(rounds[attacker] for attacker in rounds if attacker.startswith("own book"))


def test_without_rules_a_pair_in_two_accounts_and_a_held_quote_pay() -> None:
    """The simulation finds the attacks that `reference` leaves open, so it would find others."""
    rounds = of_attackers("reference", SEED, MINUTES_A_YEAR // 2, book_rounds=0).rounds
    assert mean_of(rounds["pair in two accounts, most leverage"])[0] > 0
    assert mean_of(rounds["held quote"])[0] > 0
    assert mean_of(rounds["pair in one account, most leverage"])[0] <= 0


@pytest.mark.parametrize("profile", PROFILES)
def test_every_amount_has_a_source(profile: str) -> None:
    """All balances add up to what came from outside, and every invariant of the engine holds."""
    dice = random.Random(SEED)
    desk = Desk(profile)
    crowd = [
        *(Client(desk, dice) for _ in range(CLIENTS)),
        PairAttacker(desk, accounts=1), PairAttacker(desk, accounts=2), HeldQuoteAttacker(desk),
    ]
    for tick in year(dice, WEEKS // 4):
        events = desk.quote(tick)
        for each in crowd:
            for event in events:
                each.hear(event)
        for each in crowd:
            for events in desk.apply(each.commands(tick)):
                for event in events:
                    each.hear(event)
    invariants.check(desk.engine.state)
    accounts = desk.engine.state.accounts.values()
    balances = [account.balance(ASSET_ID) for account in accounts]
    assert 0 == sum(balance.free + balance.locked for balance in balances)
    assert desk.free[EXTERNAL] < 0
