"""An account is protected as a whole, on random paths with gaps.

The rule, as `docs/money.md` states it, is worked out here from the positions before each quote, in
fractions and without the engine's arithmetic. `PROPERTY_SEED` repeats a run.
"""

import os
import secrets
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random

import pytest

from domain.cfd import CONTRACT, USDC, CfdFloor, units
from outcry.engine.cfd.positions import Position
from outcry.engine.commands import UseRules
from outcry.engine.events import PositionClosed, PositionOpened
from outcry.engine.units import HOUSE, LONG, SHORT

SEED = int(os.environ.get("PROPERTY_SEED", secrets.randbits(32)))
NAMES = ("ann", "bob", "cas")
START = 100_000


class Path:
    """A desk whose price takes a random path, with small steps and gaps."""

    def __init__(self, seed: int, **rules: int) -> None:
        self.dice = Random(seed)
        self.desk = CfdFloor(**rules)
        self.desk.do(UseRules(version=2))
        for name in NAMES:
            self.desk.person(name, START)
        self.price = units(200)
        self.quote()

    def quote(self) -> list[object]:
        """The next price, and what the rule says of it held against what came of it."""
        dice = self.dice
        size = 0.04 if dice.random() < 0.3 else 0.002
        self.price = max(int(self.price * (1 + dice.gauss(0, size))), 10**4)
        spread = dice.choice((0, 0, self.price // 1_000))
        before = self.positions()
        free = {name: self.free(name) for name in NAMES}
        house = self.balance(HOUSE)
        events = self.desk.price(*(
            Decimal(side) / 10**6 for side in (self.price, self.price + spread)
        ))
        contract = self.desk.engine.state.contracts[CONTRACT]
        bid, ask = contract.bid, contract.ask
        closes = [event for event in events if isinstance(event, PositionClosed)]
        left = self.positions()
        for name in NAMES:
            account = self.desk.people[name]
            worth = sum(equity(each, bid, ask) for each in before[account])
            kept = sum(equity(each, bid, ask) for each in left[account])
            returned = self.free(name) - free[name]
            borne = sum(each.shortfall for each in closes if each.account_id == account)
            assert (max(worth, 0), max(-worth, 0)) == (returned + kept, borne), f"seed {SEED}"
        assert self.balance(HOUSE) - house == -sum(each.pnl for each in closes)
        return events

    def positions(self) -> dict[int, list[tuple[int, int, int, int, int]]]:
        """What each account has open: (direction, margin, notional, entry, owed)."""
        found: dict[int, list[tuple[int, int, int, int, int]]] = defaultdict(list)
        for each in self.desk.engine.state.positions.values():
            found[each.account_id].append(plain(each))
        return found

    def free(self, name: str) -> int:
        return self.balance(self.desk.people[name])

    def balance(self, account: int) -> int:
        free: int = self.desk.engine.state.accounts[account].balance(USDC).free
        return free

    def open(self, name: str, direction: int, margin: int, leverage: int) -> None:
        self.desk.open(name, direction, margin, leverage)


def plain(position: Position) -> tuple[int, int, int, int, int]:
    return (
        position.direction, position.margin, position.notional, position.entry_price,
        position.owed,
    )


def equity(position: tuple[int, int, int, int, int], bid: int, ask: int) -> int:
    direction, margin, notional, entry, owed = position
    price = bid if direction == LONG else ask
    gain = direction * Fraction(notional, 10) * Fraction(price - entry, entry)
    return margin + floor(gain) - owed


@pytest.mark.parametrize("run", range(6))
def test_the_sum_of_equity_is_kept_by_every_quote(run: int) -> None:
    """For accounts with positions of all sizes on both sides."""
    path = Path(SEED + run, maintenance_rate=(0, 0, 5_000)[run % 3])
    for _ in range(150):
        name = path.dice.choice(NAMES)
        if path.dice.random() < 0.7:
            path.open(
                name, path.dice.choice((LONG, SHORT)), path.dice.choice((10, 333, 1_000)),
                path.dice.choice((2, 10, 50, 99)),
            )
        path.quote()


@pytest.mark.parametrize("run", range(8))
def test_a_hedged_pair_never_ends_with_more_than_it_began_with(run: int) -> None:
    """Whatever leg a gap takes, when the other is closed at the same quote."""
    path = Path(SEED + run)
    desk = path.desk
    for _ in range(40):
        before = desk.total("ann")
        leverage = path.dice.choice((20, 50, 100))
        legs = [desk.open("ann", direction, 500, leverage) for direction in (LONG, SHORT)]
        hedged = all(isinstance(leg, PositionOpened) for leg in legs)
        while hedged and len(path.positions()[desk.people["ann"]]) > 1:
            path.quote()
        for position in list(desk.engine.state.accounts[desk.people["ann"]].positions):
            desk.close("ann", position)
        assert desk.total("ann") <= before, f"seed {SEED}"
        path.quote()
        assert desk.free("ann") == desk.total("ann")
        if desk.free("ann") < 1_000:
            return
