"""A desk for `bench.house`: an engine with a market and a contract, and a year of outside prices.

The price is a random walk with jumps. Now and then the feed tells one false price.
"""

import math
import random
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from outcry.engine.commands import Command, CreateAccount, Deposit, SetQuote, Withdraw
from outcry.engine.engine import Engine
from outcry.engine.events import AccountCreated, Event
from outcry.engine.state import State
from outcry.engine.units import HOUSE, AccountId, AssetId, InstrumentId
from outcry.operations.genesis import SPOT, first_commands
from outcry.operations.profiles import PROFILES
from outcry.processes.prices.own_books import OwnBooks
from outcry.wire.journal import EntryId, EventsEntry, decode_outcome, encode_commands

MINUTE_MS: Final = 60_000
MINUTES_A_YEAR: Final = 365 * 24 * 60
START_MS: Final = 1_767_225_600_000  # The first of January, 2026.
ONE: Final = 10**6  # Prices of the contract and amounts of its asset count millionths.
ASSET_ID: Final = AssetId(1)
COIN_ID: Final = AssetId(2)
MARKET_ID: Final = InstrumentId(1)
CONTRACT_ID: Final = InstrumentId(len(SPOT) + 1)

# Of one coin, as a year of it looks: its volatility, its spread on a feed, and its jumps.
PRICE_FIRST: Final = 150.0
VOLATILITY: Final = 0.6  # Of a year.
HALF_SPREAD: Final = 0.0001
JUMPS: Final = 100  # A year, with a standard deviation of `JUMP`
JUMP: Final = 0.02
CRASHES: Final = 2  # and of these from `CRASH_MIN` to `CRASH_MAX`, up or down.
CRASH_MIN: Final = 0.08
CRASH_MAX: Final = 0.20
FALSE_PRINTS: Final = 24  # Single quotes that are off by as much as a crash.


class Tick(NamedTuple):
    """One quote of the feed, and the price that the rest of the world trades at."""

    bid: int
    ask: int
    middle: int


def year(dice: random.Random, minutes: int = MINUTES_A_YEAR) -> Iterator[Tick]:
    """The quotes of a year, or of its first minutes."""
    step = VOLATILITY / math.sqrt(MINUTES_A_YEAR)
    price = PRICE_FIRST
    for _ in range(minutes):
        move = dice.gauss(0.0, step)
        chance = dice.random() * MINUTES_A_YEAR
        if chance < JUMPS:
            move += dice.gauss(0.0, JUMP)
        elif chance < JUMPS + CRASHES:
            move += _far(dice)
        price *= math.exp(move - step * step / 2)
        told = price
        if dice.random() * MINUTES_A_YEAR < FALSE_PRINTS:
            told *= math.exp(_far(dice))
        yield Tick(
            int(told * (1 - HALF_SPREAD) * ONE), int(told * (1 + HALF_SPREAD) * ONE),
            int(price * ONE),
        )


def _far(dice: random.Random) -> float:
    return dice.choice((-1, 1)) * dice.uniform(CRASH_MIN, CRASH_MAX)


class Desk:
    """An engine under one profile's rules, and the balances of everybody on it."""

    def __init__(self, profile: str) -> None:
        self.engine = Engine(State())
        self.now_ms = START_MS
        self.free: dict[AccountId, int] = {}  # Of the contract's asset, of each account.
        self.coins: dict[AccountId, int] = {}  # Of the asset that the market trades.
        self.books = OwnBooks()
        self._number = 0
        self._keys = 0
        self.apply(first_commands("house", PROFILES[profile]))
        contract = self.engine.state.contracts[CONTRACT_ID]
        self.listed = contract.listed
        self.terms = contract.terms
        self.books.watch(self.listed.underlying, None)

    def apply(self, commands: Sequence[Command]) -> list[list[Event]]:
        """Apply one entry: the events of each command."""
        self._number += 1
        outcome = decode_outcome(self.engine.apply(
            entry_ms=self.now_ms, writer=1, number=self._number,
            commands=encode_commands(commands), quarantined=[],
        ))
        for balance in outcome.balances:
            if balance.asset_id == ASSET_ID:
                self.free[balance.account_id] = balance.free
            elif balance.asset_id == COIN_ID:
                self.coins[balance.account_id] = balance.free + balance.locked
        if outcome.books or self._number == 1:
            self.books.on_entries([(self._entry(), outcome)])
        return outcome.answers

    def quote(self, tick: Tick) -> list[Event]:
        """Let a minute pass, and tell the price that the feed has then."""
        self.now_ms += MINUTE_MS
        quote = SetQuote(
            instrument_id=CONTRACT_ID, bid=tick.bid, ask=tick.ask, source_ms=self.now_ms
        )
        return self.apply([quote])[0]

    def _entry(self) -> EventsEntry:
        """The entry of the newest outcome, as far as books look at it."""
        entry_id = EntryId(self.now_ms, self._number)
        return EventsEntry(entry_id, 1, self._number, b"", entry_id, b"")

    def open_account(self, stake: int) -> AccountId:
        """A new account with some money on it."""
        self._keys += 1
        created = self.apply([CreateAccount(user_key=self._keys)])[0][0]
        assert isinstance(created, AccountCreated)
        self.apply([self.deposit(created.account_id, stake)])
        return created.account_id

    def deposit(self, account_id: AccountId, amount: int) -> Command:
        """The command that brings an account to another balance; below zero it takes out."""
        self._keys += 1
        if amount < 0:
            return Withdraw(
                account_id=account_id, asset_id=ASSET_ID, amount=-amount, key=self._keys
            )
        return Deposit(account_id=account_id, asset_id=ASSET_ID, amount=amount, key=self._keys)

    @property
    def house(self) -> int:
        """The house's money: its result, as nobody funded it."""
        return self.free.get(HOUSE, 0)
