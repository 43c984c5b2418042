"""The people of `bench.house`: random clients, and attackers who look for money without risk.

Each decides after a quote and is told of its positions. An attacker plays rounds with one stake:
after a round the account is brought back to the stake, and the difference is the round's result.
"""

import random
from abc import ABC, abstractmethod
from typing import Final

from outcry.bench.house_desk import CONTRACT_ID, ONE, Desk, Tick
from outcry.engine.commands import ClosePosition, Command, OpenPosition
from outcry.engine.events import CommandRejected, Event, PositionClosed, PositionOpened, QuoteSet
from outcry.engine.units import LEVERAGE_ONE, LONG, SHORT, AccountId, PositionId, Side

STAKE: Final = 5_000 * ONE
CLIENT_STAKE: Final = 10_000 * ONE
CLIENT_RUIN: Final = 100 * ONE  # A client with less than this pays in again.
MOVES_A_DAY: Final = 6  # Of a random client: openings, and closings.
GAP_MIN: Final = 50  # Of the stale price to the true one: one part in so many is worth a try.


class Person(ABC):
    """Somebody with accounts on a desk."""

    def __init__(self, desk: Desk, stake: int, accounts: int = 1) -> None:
        self.desk = desk
        self.stake = stake
        self.accounts = [desk.open_account(stake) for _ in range(accounts)]
        self.positions: dict[PositionId, PositionOpened] = {}
        self.paid_in = stake * accounts
        self.leverage_max = desk.listed.leverage_max

    @abstractmethod
    def commands(self, tick: Tick) -> list[Command]:
        """The commands to send after a quote."""

    def hear(self, event: Event) -> None:
        """Take in an event."""
        if isinstance(event, PositionOpened) and event.account_id in self.accounts:
            self.positions[event.position_id] = event
        elif isinstance(event, PositionClosed) and event.remaining_margin == 0:
            self.positions.pop(event.position_id, None)

    def close_all(self) -> list[Command]:
        """Commands that close every position."""
        return [
            ClosePosition(account_id=each.account_id, position_id=each.position_id)
            for each in self.positions.values()
        ]

    @property
    def free(self) -> int:
        """The money in all accounts that no position holds."""
        return sum(self.desk.free[account_id] for account_id in self.accounts)

    def open(
        self, account_id: AccountId, direction: Side, margin: int, legs: int = 1
    ) -> OpenPosition:
        """Open at the highest leverage for this margin, with so many legs of it in one account."""
        return OpenPosition(
            account_id=account_id, instrument_id=CONTRACT_ID, direction=direction,
            margin=self.margin(margin, legs), leverage=self.leverage(margin, legs),
        )

    def leverage(self, margin: int, legs: int) -> int:
        """The highest leverage, in tenths, of as many legs; it may need less of the margin."""
        return max(self._choices(margin, legs))[1]

    def margin(self, margin: int, legs: int) -> int:
        """The part of the margin that the leverage needs."""
        notional, leverage = max(self._choices(margin, legs))
        return min(margin, notional * LEVERAGE_ONE // leverage)

    def _choices(self, margin: int, legs: int) -> list[tuple[int, int]]:
        """(notional of a leg, leverage) at each tier."""
        highest = self.leverage_max
        if not self.desk.terms.tiers:
            return [(margin * highest // LEVERAGE_ONE, highest)]
        choices = []
        for tier in self.desk.terms.tiers:
            leverage = min(tier.leverage_max, highest)
            notional = margin * leverage // LEVERAGE_ONE
            if tier.notional_max != 0:
                notional = min(notional, tier.notional_max // legs)
            choices.append((notional, leverage))
        return choices


class Client(Person):
    """A client who opens and closes by chance."""

    def __init__(self, desk: Desk, dice: random.Random) -> None:
        super().__init__(desk, CLIENT_STAKE)
        self._dice = dice

    def commands(self, tick: Tick) -> list[Command]:
        """Do something a few times a day; pay in again after ruin."""
        dice = self._dice
        if dice.random() * 24 * 60 >= 2 * MOVES_A_DAY:
            return []
        if self.positions:
            return self.close_all()
        if self.free < CLIENT_RUIN:
            self.paid_in += CLIENT_STAKE
            return [self.desk.deposit(self.accounts[0], CLIENT_STAKE)]
        margin = int(self.free * dice.uniform(0.02, 0.2))
        direction = dice.choice((LONG, SHORT))
        distance = int(tick.middle * dice.uniform(0.005, 0.05)) if dice.random() < 0.5 else 0
        return [OpenPosition(
            account_id=self.accounts[0], instrument_id=CONTRACT_ID, direction=direction,
            margin=self.margin(margin, 1),
            leverage=dice.randint(2 * LEVERAGE_ONE, self.leverage(margin, 1)),
            stop_loss=0 if distance == 0 else tick.middle - direction * distance,
            take_profit=0 if distance == 0 else tick.middle + direction * distance,
        )]


class Attacker(Person):
    """Somebody who plays rounds; `results` has the result of each."""

    name = ""

    def __init__(self, desk: Desk, accounts: int = 1) -> None:
        super().__init__(desk, STAKE // accounts, accounts)
        self.results: list[int] = []

    def settle(self) -> list[Command]:
        """End a round: note its result, and bring each account back to its stake."""
        self.results.append(self.free - self.stake * len(self.accounts))
        return self._back_to_stake()

    def _back_to_stake(self) -> list[Command]:
        return [
            self.desk.deposit(account_id, self.stake - self.desk.free[account_id])
            for account_id in self.accounts
            if self.desk.free[account_id] != self.stake
        ]


class PairAttacker(Attacker):
    """Long and short of one size: a gap beyond the margin is to cost one leg only its margin.

    The legs are in one account, or in two, at the highest leverage or a lower one.
    """

    def __init__(self, desk: Desk, accounts: int, leverage: int | None = None) -> None:
        where = "one account" if accounts == 1 else "two accounts"
        self.name = f"pair in {where}, {'most' if leverage is None else leverage} leverage"
        super().__init__(desk, accounts)
        self.leverage_max = min(
            self.leverage_max, LEVERAGE_ONE * (leverage or self.leverage_max)
        )
        self._opened = False

    def commands(self, tick: Tick) -> list[Command]:
        """Open both; when one is gone, close the other at the same price."""
        if len(self.positions) == 2:
            self._opened = True
            return []
        if self.positions:
            return self.close_all()
        if self._opened:
            self._opened = False
            return self.settle()
        legs = 2 // len(self.accounts)
        margin = self.stake // legs
        return [
            self.open(self.accounts[0], LONG, margin, legs),
            self.open(self.accounts[-1], SHORT, margin, legs),
        ]


class HeldQuoteAttacker(Attacker):
    """Deals when the desk's price is not the one that the rest of the world trades at."""

    name = "held quote"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._certain = 0

    def hear(self, event: Event) -> None:
        """Remember the price that the desk deals at; a try that is refused is a round as well."""
        super().hear(event)
        if isinstance(event, CommandRejected) and event.account_id in self.accounts:
            self.results.append(0)
        if isinstance(event, QuoteSet):
            self._certain = (event.bid + event.ask) // 2

    def commands(self, tick: Tick) -> list[Command]:
        """Open toward the true price, and close when the desk has it."""
        gap = tick.middle - self._certain
        far = abs(gap) * GAP_MIN > self._certain
        if self.positions:
            return [] if far else self.close_all()
        if self.free != self.stake:
            return self.settle()
        if self._certain == 0 or not far:
            return []
        return [self.open(self.accounts[0], LONG if gap > 0 else SHORT, self.stake)]
