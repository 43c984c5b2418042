"""An attacker of `bench.house` who moves the venue's own book, which prices a contract (`own`).

A market maker quotes ten levels a side around the true price every second. The attacker opens a
position with a stake. For some seconds two more accounts take all orders up to another price and
keep walls of their own there. Then the position is closed, and the coins that came or went are sold
or bought. A round's result is what all three accounts have more, coins at the true price.
"""

import math
import random
from typing import Final

from outcry.bench.house_desk import (
    COIN_ID,
    CONTRACT_ID,
    MARKET_ID,
    ONE,
    PRICE_FIRST,
    VOLATILITY,
    Desk,
    Tick,
)
from outcry.bench.house_people import Attacker
from outcry.engine.commands import CancelOrders, Command, Deposit, PlaceOrder, SetQuote
from outcry.engine.units import (
    BUY,
    GTC,
    IOC,
    LIMIT,
    LONG,
    SELL,
    SHORT,
    AccountId,
    Side,
    Ticks,
    TimeInForce,
    div_ceil,
    div_floor,
)
from outcry.ports.prices import QUOTE_DECIMALS

SECOND_MS: Final = 1_000
SECONDS_A_YEAR: Final = 365 * 24 * 60 * 60
QUIET_S: Final = 60  # Before each attack.
SLIPPAGE: Final = 0.05  # The farthest that coins are sold and bought from the true price.
LEVELS: Final = 10
FIRST_LEVEL: Final = 1_500  # Worth of the best level, in the quote asset; each next has more.
COIN: Final = 10**9
LOTS: Final = 100  # Of a coin.
TICKS: Final = 100  # Of one in the quote asset.
WALL_LOTS: Final = 50_000
NEXT: Final = 0.0001  # From one wall to the other.
FUNDS: Final = 10**9 * ONE
SCALE: Final = 10**QUOTE_DECIMALS // ONE


class BookAttacker(Attacker):
    """Trades the contract with a stake, and the book with as much as it takes."""

    def __init__(self, profile: str, seed: int, *, push: float, seconds: int) -> None:
        super().__init__(Desk(profile))
        self.name = f"own book, pushed {push:.1%} for {seconds} s"
        self.opened = 0
        self._push = push
        self._seconds = seconds
        self._dice = random.Random(f"{seed} book")  # noqa: S311 - a simulation, not a secret
        self._price = PRICE_FIRST
        self._pushers = (self._rich_account(), self._rich_account())
        self._maker = self._rich_account()

    def commands(self, tick: Tick) -> list[Command]:
        """None: it plays by the second, and on a desk of its own."""
        return []

    def play(self) -> None:
        """One round."""
        dice = self._dice
        for _ in range(QUIET_S):
            self._second()
        before, coins = self._money(), self._coins()
        direction = dice.choice((LONG, SHORT))
        self._send([self.open(self.accounts[0], direction, self.stake)])
        self.opened += len(self.positions)
        wall = 1 + direction * self._push
        next_to_it = wall * (1 + direction * NEXT)
        for _ in range(self._seconds):
            self._second()
            self._send([
                *self._withdrawn(self._pushers),
                self._order(self._pushers[0], direction, wall, WALL_LOTS, GTC),
                self._order(self._pushers[1], Side(-direction), next_to_it, WALL_LOTS, GTC),
            ])
            self._quote()
        self._send([*self.close_all(), *self._withdrawn(self._pushers)])
        self._second()
        lots = (self._coins() - coins) * LOTS // COIN
        side = SELL if lots > 0 else BUY
        if lots != 0:
            self._send([self._order(self._pushers[0], side, 1 + side * SLIPPAGE, abs(lots), IOC)])
        left = (self._coins() - coins) / COIN
        self.results.append(self._money() - before + int(left * self._price * ONE))
        self._send(self._back_to_stake())

    def _second(self) -> None:
        """Let a second pass: the true price moves, and the market maker follows it."""
        self.desk.now_ms += SECOND_MS
        self._price *= math.exp(self._dice.gauss(0.0, VOLATILITY / math.sqrt(SECONDS_A_YEAR)))
        orders = self._withdrawn((self._maker,))
        away, value = 0.0002, float(FIRST_LEVEL)
        for _ in range(LEVELS):
            lots = max(1, round(value * LOTS / self._price))
            orders += [
                self._order(self._maker, side, 1 - side * away, lots, GTC) for side in (BUY, SELL)
            ]
            away, value = away * 1.42, value * 1.3
        self._send(orders)
        self._quote()

    def _quote(self) -> None:
        """Price the contract from the book as it is."""
        self._send([
            SetQuote(
                instrument_id=CONTRACT_ID, bid=div_floor(quote.bid, SCALE),
                ask=div_ceil(quote.ask, SCALE), source_ms=quote.source_ms,
            )
            for quote in self.desk.books.take()
        ])

    def _order(
        self, account_id: AccountId, side: Side, of_price: float, lots: int, tif: TimeInForce
    ) -> Command:
        """A limit order at a share of the true price."""
        return PlaceOrder(
            account_id=account_id, instrument_id=MARKET_ID, side=side, order_type=LIMIT,
            price=Ticks(round(self._price * of_price * TICKS)), quantity=lots, time_in_force=tif,
        )

    def _send(self, commands: list[Command]) -> None:
        if commands:
            for events in self.desk.apply(commands):
                for event in events:
                    self.hear(event)

    def _withdrawn(self, accounts: tuple[AccountId, ...]) -> list[Command]:
        return [CancelOrders(account_id=each, instrument_id=MARKET_ID) for each in accounts]

    def _money(self) -> int:
        """Of all accounts, while they have no order and no position."""
        return self.free + sum(self.desk.free[each] for each in self._pushers)

    def _coins(self) -> int:
        return sum(self.desk.coins[each] for each in self._pushers)

    def _rich_account(self) -> AccountId:
        account_id = self.desk.open_account(FUNDS)
        coins = Deposit(
            account_id=account_id, asset_id=COIN_ID, amount=10**6 * COIN, key=COIN + account_id
        )
        self._send([coins])
        return account_id
