"""Two accounts that move a thin book for seconds win nothing from a house that it prices.

`PROPERTY_RUNS` sets how many attacks are tried, `PROPERTY_SEED` repeats a test; a failure names the
seed. The market maker quotes around a price that stands still, so all that the book moves is the
attackers' doing.
"""

import os
import secrets
from random import Random

from outcry.engine.commands import (
    CancelOrders,
    ClosePosition,
    Command,
    CreateAccount,
    Deposit,
    ListContract,
    OpenPosition,
    SetQuote,
)
from outcry.engine.events import (
    AccountCreated,
    PositionOpened,
    QuoteSet,
)
from outcry.engine.units import BUY, HOUSE, LONG, SELL, SHORT, AccountId, InstrumentId
from outcry.ports.prices import QUOTE_DECIMALS
from outcry.processes.prices.own_books import OwnBooks
from rigs.scripted_log import ALICE, BOB, RICH, SOL, SOL_USDC, USDC, ScriptedLog, limit

RUNS = int(os.environ.get("PROPERTY_RUNS", "12"))
SEED = int(os.environ.get("PROPERTY_SEED", secrets.randbits(32)))
CONTRACT = InstrumentId(2)
TRUE = 14_000  # Ticks of a cent.
STEP_MS = 200
POSITIONS = 10
MARGIN = 50_000 * 10**6  # At 100x: 5 million of notional, each.
SCALE = 10 ** (QUOTE_DECIMALS - 6)


class Market:
    """A book with a market maker, a contract that follows it, and the house."""

    def __init__(self, notional: int) -> None:
        self.script = ScriptedLog()
        self.script.open_market()
        [[created], *_] = self.script.write(
            CreateAccount(user_key=3),
            Deposit(account_id=AccountId(102), asset_id=USDC, amount=RICH, key=91),
            Deposit(account_id=AccountId(102), asset_id=SOL, amount=RICH, key=92),
            ListContract(
                symbol="SOL_USDC_CFD", underlying="SOL_USDC", asset_id=USDC, price_decimals=6,
                price_max=10**12, leverage_max=1_000, margin_min=1,
            ),
        ).answers
        assert isinstance(created, AccountCreated)
        self.maker = created.account_id
        self.books = OwnBooks()
        self.books.restore(self.script.image())
        self.books.watch("SOL_USDC", None)
        self._notional = notional
        self._told = len(self.script.entries)

    def do(self, *commands: Command) -> list[object]:
        """One entry, and what the own price makes of it; the first event of each answer."""
        outcome = self.script.write(*commands)
        new = slice(self._told, None)
        self.books.on_entries(zip(
            self.script.entries[new], self.script.outcomes[new], strict=True
        ))
        self._told = len(self.script.entries)
        quotes = [SetQuote(
            instrument_id=CONTRACT, bid=quote.bid // SCALE, ask=-(-quote.ask // SCALE),
            source_ms=quote.source_ms,
        ) for quote in self.books.take()]
        if quotes:
            for answer in self.script.write(*quotes).answers:
                assert isinstance(answer[0], QuoteSet)
            self._told = len(self.script.entries)
        return [answer[0] for answer in outcome.answers if answer]

    def quote_anew(self) -> None:
        """What the market maker does: ten levels a side around the true price."""
        orders: list[Command] = [CancelOrders(account_id=self.maker, instrument_id=SOL_USDC)]
        distance, value = 3.0, float(self._notional)
        for _ in range(10):
            away, lots = round(distance), max(1, round(value * 100 * 100 / TRUE))
            orders.append(limit(self.maker, BUY, lots, at=TRUE - away))
            orders.append(limit(self.maker, SELL, lots, at=TRUE + away))
            distance, value = distance * 1.42, value * 1.3
        self.do(*orders)

    def wait(self, milliseconds: int) -> None:
        """The market maker quotes on."""
        for _ in range(0, milliseconds, STEP_MS):
            self.script.now_ms += STEP_MS
            self.quote_anew()

    def house(self) -> int:
        """The balance of the house."""
        return self.script.engine.state.accounts[HOUSE].balance(USDC).free


def attack(seed: int) -> tuple[int, int, bool]:
    """What the house has afterwards, how many positions were opened; and whether the book moved."""
    dice = Random(seed)
    market = Market(notional=dice.choice((300, 1_500, 5_000)))
    market.wait(dice.randint(0, 40_000))
    up = dice.random() < 0.5
    push = dice.uniform(*dice.choice(((0.001, 0.009), (0.009, 0.2))))
    pushed = round(TRUE * (1 + push if up else 1 - push))
    seconds = dice.uniform(0.2, 29)
    steps = int(seconds * 1_000 / STEP_MS) + 1
    opened = [
        event.position_id for event in market.do(*(OpenPosition(
            account_id=ALICE, instrument_id=CONTRACT, direction=LONG if up else SHORT,
            margin=MARGIN, leverage=1_000,
        ) for _ in range(POSITIONS))) if isinstance(event, PositionOpened)
    ]
    closings = {position_id: dice.randint(1, steps + 240) for position_id in opened}
    moved = False
    for step in range(1, steps + 242):
        market.script.now_ms += STEP_MS
        market.quote_anew()
        if step <= steps:  # Everything up to the price, and a wall of their own around it.
            market.do(
                CancelOrders(account_id=BOB, instrument_id=SOL_USDC),
                CancelOrders(account_id=ALICE, instrument_id=SOL_USDC),
                limit(BOB, BUY if up else SELL, 500_000, at=pushed),
                limit(ALICE, SELL if up else BUY, 500_000, at=pushed + (1 if up else -1)),
            )
            best = market.books._books[SOL_USDC].best()
            moved |= any(top is not None and top[0] == pushed for top in best)
        elif step == steps + 1:
            market.do(
                CancelOrders(account_id=BOB, instrument_id=SOL_USDC),
                CancelOrders(account_id=ALICE, instrument_id=SOL_USDC),
            )
        for position_id, at in closings.items():
            if at <= step:
                market.do(ClosePosition(account_id=ALICE, position_id=position_id))
    return market.house(), len(opened), moved


def test_a_moved_book_takes_nothing_from_the_house() -> None:
    """Whatever the push, its length up to half a minute, and the moments of closing."""
    dice = Random(SEED)
    attacks = opened = 0
    for _ in range(RUNS):
        seed = dice.getrandbits(32)
        house, positions, moved = attack(seed)
        assert house >= 0, f"PROPERTY_SEED={SEED}, attack {seed}: the house lost {-house}"
        attacks += moved
        opened += positions
    assert attacks, "no attack moved the book"
    assert opened, "nothing was opened"
