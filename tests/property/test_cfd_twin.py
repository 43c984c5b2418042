"""CFDs against their naive twin on random prices, openings, closings and gaps.

`PROPERTY_COMMANDS` sets how many commands are tried (20,000 unless set), `PROPERTY_SEED` repeats a
run; a failure names the seed.
"""

import os
import secrets
from collections import Counter
from random import Random

import pytest

from outcry.engine import invariants
from outcry.engine.commands import (
    AddMargin,
    ChangeContract,
    ChangePosition,
    ClosePosition,
    Command,
    CreateAccount,
    Deposit,
    ListAsset,
    ListContract,
    OpenPosition,
    OpenVenue,
    SetCalendar,
    SetQuote,
    SetQuoteRules,
    SetSession,
    UseRules,
)
from outcry.engine.engine import Engine
from outcry.engine.events import (
    CommandRejected,
    ContractListed,
    Event,
    PositionClosed,
    ShortfallCharged,
)
from outcry.engine.rejects import CLOSE_NAMES, REJECT_NAMES, RejectReason
from outcry.engine.snapshot import dump, load, state_hash
from outcry.engine.state import State
from outcry.wire.journal import decode_outcome, encode_commands
from twin.cfd import HOUSE, NaiveCfds
from twin.cfd_parts import NaiveContract

COMMANDS = int(os.environ.get("PROPERTY_COMMANDS", "20000"))
SEED = int(os.environ.get("PROPERTY_SEED", secrets.randbits(32)))
DUEL_COMMANDS = 2_000
START_MS = 1_790_000_000_000
ACCOUNTS = (100, 101, 102)
PRICE = 2_000_000
REACHED = {
    RejectReason.INSTRUMENT_NOT_FOUND, RejectReason.QUOTE_INVALID, RejectReason.QUOTE_STALE,
    RejectReason.ACCOUNT_NOT_FOUND, RejectReason.AMOUNT_INVALID, RejectReason.ORDER_INVALID,
    RejectReason.MARKET_CLOSED, RejectReason.MARGIN_INVALID, RejectReason.LEVERAGE_INVALID,
    RejectReason.TRIGGER_INVALID, RejectReason.WOULD_LIQUIDATE, RejectReason.EXPOSURE_LIMIT,
    RejectReason.HOUSE_LIMIT, RejectReason.POSITION_LIMIT, RejectReason.POSITION_NOT_FOUND,
    RejectReason.INSUFFICIENT_FUNDS, RejectReason.SESSION_CLOSED, RejectReason.QUOTE_DOUBTED,
}


class CfdDuel:
    """An engine and a naive twin that are told the same."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.engine = Engine(State())
        self.naive = NaiveCfds(now_ms=START_MS)
        self.price = {1: PRICE, 2: PRICE}
        self.said: Counter[str] = Counter()
        self.number = 0
        self.entries: list[tuple[int, bytes, bytes]] = []
        listings = [
            ListContract(
                symbol=f"T{number}_CFD", underlying=f"T{number}", asset_id=1, price_decimals=4,
                price_max=PRICE * 50, leverage_max=1_000, margin_min=5, exposure_max=4_000_000,
                house_exposure_max=8_000_000, positions_max=12,
            )
            for number in (1, 2)
        ]
        opened = self._apply([
            OpenVenue(venue_id="duel"), ListAsset(symbol="USDC", name="USD Coin", decimals=2),
            *listings, *(CreateAccount(user_key=number) for number in (1, 2, 3)),
        ])
        for [event] in opened:
            if isinstance(event, ContractListed):
                self.naive.contracts[event.instrument_id] = NaiveContract(event)
        for account in ACCOUNTS:
            self._tell(Deposit(account_id=account, asset_id=1, amount=100_000, key=account))

    def run(self, commands: int) -> None:
        for _ in range(commands):
            if self.dice.random() < 0.3:
                self.naive.now_ms += self.dice.choice((1, 50, 400, 3_000))
            self._tell(self._command())
            if self.dice.random() < 0.01:
                self.engine = Engine(load(dump(self.engine.state)))

    def _tell(self, command: Command) -> None:
        [answer] = self._apply([command])
        expected = self.naive.answer(command)
        if expected:
            assert expected == answer, f"seed {SEED}: {command}"
        for event in answer:
            self.said[_kind(event)] += 1
        self.said["closed together"] += isinstance(command, SetQuote) and len(answer) > 3
        state = self.engine.state
        invariants.check(state)
        for account, money in self.naive.money.items():
            balance = state.accounts[account].balance(1)
            assert money == balance.free + balance.locked
            if account != HOUSE:
                assert self.naive.free(account) == balance.free >= 0

    def _apply(self, commands: list[Command]) -> list[list[Event]]:
        self.number += 1
        packed = encode_commands(commands)
        outcome = self.engine.apply(
            entry_ms=self.naive.now_ms, writer=1, number=self.number, commands=packed,
            quarantined=[],
        )
        self.entries.append((self.naive.now_ms, packed, outcome))
        return decode_outcome(outcome).answers

    def replays_the_same(self) -> None:
        """From nothing to the same bytes and the same state."""
        engine = Engine(State())
        for number, (entry_ms, packed, outcome) in enumerate(self.entries, start=1):
            assert outcome == engine.apply(
                entry_ms=entry_ms, writer=1, number=number, commands=packed, quarantined=[]
            )
        assert state_hash(self.engine.state) == state_hash(engine.state)

    def _command(self) -> Command:
        dice = self.dice
        kind = dice.choices(
            ("quote", "open", "close", "change", "add", "rules", "deposit", "gate"),
            (40, 28, 12, 8, 5, 2, 5, 1),
        )[0]
        if kind == "quote":
            return self._quote()
        if kind == "open":
            return self._open()
        if kind == "rules":
            return self._rules()
        if kind == "gate":
            return self._gate()
        if kind == "deposit":
            return Deposit(
                account_id=dice.choice(ACCOUNTS), asset_id=1, amount=dice.randrange(1, 20_000),
                key=1_000 + self.number,
            )
        account, position = self._somebody()
        if kind == "close":
            part = dice.choice((0, 0, 0, dice.randrange(-1, 300), dice.randrange(5_000)))
            return ClosePosition(account_id=account, position_id=position, margin=part)
        if kind == "add":
            amount = dice.choice((dice.randrange(1, 500), dice.randrange(-20, 20), 200_000))
            return AddMargin(account_id=account, position_id=position, amount=amount)
        return ChangePosition(
            account_id=account, position_id=position, stop_loss=self._trigger(),
            take_profit=self._trigger(),
        )

    def _quote(self) -> SetQuote:
        dice = self.dice
        contract = dice.choice((1, 2))
        if dice.random() < 0.05:
            self.price[contract] = PRICE // 20 + dice.randrange(PRICE * 3)  # A gap.
        else:
            self.price[contract] += int(dice.gauss(0, 1) * self.price[contract] / 150)
        price = max(self.price[contract], 1)
        if self.naive.positions and dice.random() < 0.1:
            near = dice.choice(self.naive.positions)  # Exactly at one of somebody's prices.
            contract, price = near.contract, dice.choice((near.liquidation, near.stop, near.target))
        late = dice.choice((0, 0, 0, 0, 100, 4_900, 5_001)) if dice.random() < 0.2 else 0
        if dice.random() < 0.02:
            price = dice.choice((0, -5, PRICE * 50, PRICE * 51))
        return SetQuote(
            instrument_id=contract if dice.random() < 0.99 else 9, bid=price,
            ask=price + dice.choice((0, 0, 1, price // 500, -1)),
            source_ms=self.naive.now_ms - late if dice.random() < 0.99 else START_MS * 2,
        )

    def _open(self) -> OpenPosition:
        dice = self.dice
        contract = dice.choice((1, 2))
        direction = dice.choice((1, -1)) if dice.random() < 0.99 else 0
        away = 1 + abs(dice.gauss(0, 0.03))
        price = self.price[contract]
        better, worse = int(price * away), int(price / away)
        if direction == -1:
            better, worse = worse, better
        return OpenPosition(
            account_id=dice.choice(ACCOUNTS) if dice.random() < 0.98 else 999,
            instrument_id=contract if dice.random() < 0.98 else 7, direction=direction,
            margin=dice.choice((5, 50, 999, 4_000, dice.randrange(20_000))),
            leverage=dice.choice((10, 10, 15, 50, 100, 1_000, dice.randrange(1_100))),
            stop_loss=dice.choice((0, self._trigger() or 0, worse, worse)),
            take_profit=dice.choice((0, self._trigger() or 0, better, better)),
        )

    def _trigger(self) -> int | None:
        dice = self.dice
        return dice.choice((
            None, 0, 0, 0, -1 if dice.random() < 0.1 else 0, self.price[1],
            int(self.price[1] * dice.uniform(0.9, 1.1)) if dice.random() < 0.5 else 0,
        ))

    def _gate(self) -> Command:
        """Bounds for quotes, a session that closes or opens, another version of the rules."""
        dice = self.dice
        contract = dice.choice((1, 2)) if dice.random() < 0.98 else 7
        kind = dice.choice((
            "bounds", "bounds", "session", "session", "session", "version", "calendar"
        ))
        if kind == "bounds":
            return SetQuoteRules(
                instrument_id=contract,
                band_rate=dice.choice((None, 0, 0, 0, 0, 0, 30_000, 100_000)),
                spread_max_rate=dice.choice((None, 0, 0, 0, 0, 1_000)),
            )
        if kind == "session":
            return SetSession(instrument_id=contract, is_open=dice.random() < 0.9)
        if kind == "calendar":
            return SetCalendar(instrument_id=contract, calendar=dice.choice((
                "", "UTC; Mon-Fri 09:00-17:00", "~" * 2_000, " " * 2_001, "\x7f", "\n", "\u20ac"
            )))
        return UseRules(version=dice.choice((1, 2, 2, 2, 2)))

    def _rules(self) -> ChangeContract:
        dice = self.dice
        return ChangeContract(
            instrument_id=dice.choice((1, 2)), state=dice.choice((1, 1, 1, 1, 4, 5)),
            leverage_max=dice.choice((1_000, 500, None)),
            margin_min=dice.choice((5, 5, 50, None)),
            maintenance_rate=dice.choice((0, 0, 5_000, 20_000)),
            spread_rate=dice.choice((0, 0, 100, 2_000, 12_000)),
            exposure_max=dice.choice((4_000_000, 0, 300_000)),
            house_exposure_max=dice.choice((8_000_000, 0, 100_000)),
            positions_max=dice.choice((12, 6, 100)),
            quote_age_max_ms=dice.choice((5_000, 1_000)),
        )

    def _somebody(self) -> tuple[int, int]:
        """A position and its owner; now and then another's, or one that is gone."""
        dice = self.dice
        if not self.naive.positions or dice.random() < 0.05:
            return dice.choice(ACCOUNTS), dice.randrange(1, self.naive.last + 5)
        position = dice.choice(self.naive.positions)
        return position.account, position.number


def _kind(event: Event) -> str:
    if isinstance(event, CommandRejected):
        return REJECT_NAMES[event.reason]
    if isinstance(event, PositionClosed):
        return f"{CLOSE_NAMES[event.reason]}{' short' if event.shortfall else ''}"
    if isinstance(event, ShortfallCharged) and event.amount < 0:
        return "settled in part"
    return type(event).__name__


@pytest.mark.timeout(max(300, COMMANDS // 100))
def test_random_commands_do_not_differ_and_reach_every_answer() -> None:
    """Same answers in the same order, same money, replayed the same; no balance below zero."""
    said: Counter[str] = Counter()
    for number in range(-(-COMMANDS // DUEL_COMMANDS)):
        duel = CfdDuel(SEED + number)
        duel.run(min(COMMANDS, DUEL_COMMANDS))
        duel.replays_the_same()
        said += duel.said
    print(f"seed {SEED}: {dict(said)}")
    if COMMANDS >= 20_000:
        assert {REJECT_NAMES[reason] for reason in REACHED} <= said.keys()
        assert set(CLOSE_NAMES.values()) | {"LIQUIDATED short"} <= said.keys()
        assert said["closed together"] > 10
        assert {
            "PositionOpened", "PositionChanged", "ContractChanged", "QuoteSet", "QuoteRulesSet",
            "QuoteDoubted", "SessionChanged", "ShortfallCharged", "settled in part",
            "CalendarSet",
        } <= said.keys()
