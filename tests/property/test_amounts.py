"""Amounts at every edge of 63 and 64 bits: none leaves what the log and the history have room for.

Random commands carry amounts at the edges, on contracts without any bound that an operator can
leave out. Whatever happens, the engine answers, its numbers fit a signed 64-bit column as rows and
as events, and its state survives a snapshot. `PROPERTY_SEED` repeats a run.
"""

import os
import secrets
from collections import Counter
from random import Random
from typing import Any

import msgspec
import pytest

from domain.outcomes import numbers_in
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
    ResumeHouse,
    SetContractTerms,
    SetHouseLimits,
    SetQuote,
    Tier,
    UseRules,
    Withdraw,
)
from outcry.engine.engine import Engine
from outcry.engine.events import CommandRejected
from outcry.engine.rejects import REJECT_NAMES
from outcry.engine.snapshot import dump, load
from outcry.engine.state import State
from outcry.engine.units import HOUSE
from outcry.projections.rows import RowsFold
from outcry.wire.journal import EntryId, JournalEntry, decode_outcome, encode_commands

SEED = int(os.environ.get("PROPERTY_SEED", secrets.randbits(32)))
START_MS = 1_790_000_000_000
ACCOUNTS = (100, 101, HOUSE)
EDGES = sorted({
    max(1, base // divisor + near)
    for base in (1, 10, 2**31, 2**53, 2**60, 2**61, 2**62, 2**63)
    for divisor in (1, 10, 1_000, 10**7)
    for near in (-1, 0, 1)
} - {2**63, 2**63 + 1})
CONTRACTS = (1, 2)
RUNS, COMMANDS = 12, 400


class Storm:
    """An engine under commands with amounts at the edges."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.engine = Engine(State())
        self.rows = RowsFold()
        self.now_ms = START_MS
        self.number = 0
        self.said: Counter[str] = Counter()
        self.do(
            OpenVenue(venue_id="edges"), UseRules(version=2),
            ListAsset(symbol="USDC", name="USD Coin", decimals=6),
            *(
                ListContract(
                    symbol=f"T{number}_CFD", underlying=f"T{number}", asset_id=1, price_decimals=6,
                    price_max=2**62 - 1, leverage_max=10**7, margin_min=1, exposure_max=0,
                    house_exposure_max=0,
                )
                for number in CONTRACTS
            ),
            CreateAccount(user_key=1), CreateAccount(user_key=2),
            Deposit(account_id=100, asset_id=1, amount=2**61, key=-1),
            Deposit(account_id=101, asset_id=1, amount=2**61 - 2**40, key=-2),
        )

    def do(self, *commands: Command) -> None:
        """Apply them as one entry and look at everything that came of it."""
        self.number += 1
        packed = encode_commands(list(commands))
        encoded = self.engine.apply(
            entry_ms=self.now_ms, writer=1, number=self.number, commands=packed, quarantined=[]
        )
        outcome = decode_outcome(encoded)
        for number in numbers_in(outcome):
            assert -(2**63) <= number < 2**63, f"seed {SEED}: {commands} came to {outcome}"
        self.rows.fold_pair(
            JournalEntry(EntryId(self.now_ms, self.number), 1, self.number, packed), outcome
        )
        for number in numbers_of(msgspec.to_builtins(self.rows.take().cfd)):
            assert -(2**63) <= number < 2**63, f"seed {SEED}: {commands}"
        for [event, *_] in outcome.answers:
            rejected = isinstance(event, CommandRejected)
            self.said[REJECT_NAMES[event.reason] if rejected else type(event).__name__] += 1
        invariants.check(self.engine.state)
        packed_state = dump(self.engine.state)
        assert packed_state == dump(load(packed_state))

    def command(self) -> Command:
        dice = self.dice
        account, position = self._somebody()
        amount = dice.choice(EDGES)
        kind = dice.choices(
            ("quote", "open", "close", "add", "change", "money", "rules", "house"),
            (30, 30, 12, 10, 4, 10, 3, 3),
        )[0]
        if kind == "quote":
            bid = self._price()
            return SetQuote(
                instrument_id=dice.choice(CONTRACTS), bid=bid, source_ms=self.now_ms,
                ask=min(bid + dice.choice((0, 0, 1, bid)), 2**63 - 1),
            )
        if kind == "open":
            return OpenPosition(
                account_id=dice.choice((100, 101)), instrument_id=dice.choice(CONTRACTS),
                direction=dice.choice((1, -1)), margin=self._within(amount),
                leverage=dice.choice((10, 11, 1_000, 10**7, amount)),
                take_profit=dice.choice((0, 0, amount)),
            )
        if kind == "close":
            part = dice.choice((0, 0, 1, amount))
            return ClosePosition(account_id=account, position_id=position, margin=part)
        if kind == "add":
            return AddMargin(
                account_id=account, position_id=position, amount=self._within(amount)
            )
        if kind == "change":
            return ChangePosition(
                account_id=account, position_id=position, stop_loss=amount, take_profit=0
            )
        if kind == "money":
            moves = dice.choice((Deposit, Withdraw))
            return moves(
                account_id=dice.choice(ACCOUNTS), asset_id=1, amount=self._within(amount),
                key=self.number,
            )
        if kind == "rules":
            return self._rules(amount)
        return dice.choice((
            SetHouseLimits(asset_id=1, loss_per_day_max=amount, loss_max=0),
            SetHouseLimits(asset_id=1, loss_per_day_max=0, loss_max=amount),
            ResumeHouse(asset_id=1), ResumeHouse(asset_id=1),
        ))

    def _rules(self, amount: int) -> Command:
        contract = self.dice.choice(CONTRACTS)
        return self.dice.choice((
            ChangeContract(instrument_id=contract, price_max=amount),
            ChangeContract(instrument_id=contract, price_max=2**62 - 1),
            ChangeContract(instrument_id=contract, spread_rate=self.dice.choice((0, 999_999))),
            ChangeContract(instrument_id=contract, maintenance_rate=0, exposure_max=0),
            SetContractTerms(instrument_id=contract, payout_room_rate=amount),
            SetContractTerms(instrument_id=contract, tiers=[
                Tier(notional_max=amount, leverage_max=10**7),
                Tier(notional_max=0, leverage_max=1_000),
            ]),
            SetContractTerms(instrument_id=contract, tiers=[]),
        ))

    def _price(self) -> int:
        """Near the last price, mostly, so that positions live for a while."""
        state = self.engine.state
        last = state.contracts[self.dice.choice(CONTRACTS)].bid or 10**6
        factor = self.dice.choice((1, 1, 1, 2, 100, 10**6, 10**12))
        near = self.dice.choice((last * factor, max(last // factor, 1)))
        return self.dice.choice((min(near, 2**63 - 1), near % 2**62 or 1, self.dice.choice(EDGES)))

    def _within(self, amount: int) -> int:
        """The amount, or what somebody has of it: so that commands pass at times."""
        free = self.engine.state.accounts[self.dice.choice((100, 101))].balance(1).free
        return self.dice.choice((amount, max(free, 1), max(free // 2, 1), 1))

    def _somebody(self) -> tuple[int, int]:
        positions = list(self.engine.state.positions.values())
        if not positions:
            return 100, 1
        one = self.dice.choice(positions)
        return one.account_id, one.position_id


def numbers_of(value: Any) -> list[int]:
    """Every integer in plain data."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [number for part in value for number in numbers_of(part)]
    return [value] if isinstance(value, int) else []


@pytest.mark.parametrize("run", range(RUNS))
def test_no_command_makes_an_amount_leave_64_bits(run: int) -> None:
    storm = Storm(SEED + run)
    for _ in range(COMMANDS):
        storm.now_ms += 1
        storm.do(*(storm.command() for _ in range(storm.dice.choice((1, 1, 3)))))
    print(f"seed {SEED + run}: {dict(storm.said)}")
    assert storm.said["PositionOpened"] > 0
    assert storm.said["PositionClosed"] > 0
