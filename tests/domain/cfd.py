"""The words of CFDs for tests: one contract, people, and prices in whole USDC.

A price of 200 is 200 USDC, an amount of 5000 is 5,000 USDC; decimals are allowed where they matter.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any

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
    SetQuote,
    SetQuoteRules,
    SetSession,
)
from outcry.engine.engine import Engine
from outcry.engine.events import (
    CommandRejected,
    ContractListed,
    Event,
    PositionClosed,
    PositionOpened,
    QuoteDoubted,
)
from outcry.engine.rejects import CLOSE_NAMES
from outcry.engine.snapshot import dump, load
from outcry.engine.state import State
from outcry.engine.units import HOUSE
from outcry.wire.journal import decode_outcome, encode_commands

START_MS = 1_790_000_000_000
CONTRACT = 1
USDC = 1
ONE = 10**6

Money = int | str | Decimal


def units(amount: Money) -> int:
    """An amount or a price in its integer unit, which is a millionth for both here."""
    scaled = Fraction(Decimal(amount)) * ONE
    assert scaled.denominator == 1
    return scaled.numerator


class CfdFloor:
    """One contract on the real engine. Time passes only when it is told to."""

    def __init__(self, **rules: Any) -> None:
        self.engine = Engine(State())
        self.now_ms = START_MS
        self.number = 0
        self.people: dict[str, int] = {}
        self.open_venue(**rules)

    def open_venue(self, **rules: Any) -> None:
        """Open the venue, and list its first contract with these rules."""
        self.do(OpenVenue(venue_id="desk"))
        self.do(ListAsset(symbol="USDC", name="USD Coin", decimals=6))
        terms = {"price_max": units(100_000), "leverage_max": 1_000, "margin_min": 1, **rules}
        self.listed = terms
        self.do(ListContract(
            symbol="SOL_USDC_CFD", underlying="SOL_USDC", asset_id=USDC, price_decimals=6, **terms
        ))

    def do(self, command: Command) -> list[Event]:
        """Apply one command, from a restored snapshot every time, and check every invariant."""
        self.number += 1
        self.engine = Engine(load(dump(self.engine.state)))
        outcome = decode_outcome(self.engine.apply(
            entry_ms=self.now_ms, writer=1, number=self.number,
            commands=encode_commands([command]), quarantined=[],
        ))
        invariants.check(self.engine.state)
        return outcome.answers[0]

    def person(self, name: str, money: Money = 0) -> int:
        """Their account, opened with so much money when they are first mentioned."""
        if name not in self.people:
            number = len(self.people) + 1
            [created] = self.do(CreateAccount(user_key=number))
            self.people[name] = created.account_id
            if money:
                self.do(Deposit(
                    account_id=created.account_id, asset_id=USDC, amount=units(money), key=number
                ))
        return self.people[name]

    def list_another(self, underlying: str, **rules: Any) -> int:
        """One more contract like the first; its id."""
        [listed] = self.do(ListContract(
            symbol=f"{underlying}_CFD", underlying=underlying, asset_id=USDC, price_decimals=6,
            **{**self.listed, **rules},
        ))
        assert isinstance(listed, ContractListed)
        return listed.instrument_id

    def price(
        self, bid: Money, ask: Money | None = None, *, age_ms: int = 0, at: int = CONTRACT
    ) -> list[Event]:
        """The feed says so; what it set off, or why it was not taken."""
        quote, *closed = self.do(SetQuote(
            instrument_id=at, bid=units(bid), ask=units(bid if ask is None else ask),
            source_ms=self.now_ms - age_ms,
        ))
        if isinstance(quote, CommandRejected | QuoteDoubted):
            return [quote]
        return closed

    def bounds(self, *, band: Money = 0, spread_max: Money = 0) -> None:
        """Doubt quotes outside these bounds: 0.1 is 10 %."""
        [event] = self.do(SetQuoteRules(
            instrument_id=CONTRACT, band_rate=units(band), spread_max_rate=units(spread_max)
        ))
        assert not isinstance(event, CommandRejected), event

    def session(self, *, is_open: bool) -> list[Event]:
        """Open or close the contract's session."""
        return self.do(SetSession(instrument_id=CONTRACT, is_open=is_open))

    def open(
        self, name: str, direction: int, margin: Money, leverage: Money = 1, *,
        stop: Money = 0, target: Money = 0, at: int = CONTRACT,
    ) -> PositionOpened | int:
        """Open a position; leverage as a multiple."""
        [event] = self.do(OpenPosition(
            account_id=self.person(name), instrument_id=at, direction=direction,
            margin=units(margin), leverage=int(Decimal(leverage) * 10), stop_loss=units(stop),
            take_profit=units(target),
        ))
        return _said(event)

    def close(self, name: str, position_id: int, margin: Money = 0) -> Any:
        """Close it, or the part on so much margin."""
        return _said(self.close_events(name, position_id, margin)[0])

    def close_events(self, name: str, position_id: int, margin: Money = 0) -> list[Any]:
        """Everything that comes of a close."""
        return self.do(ClosePosition(
            account_id=self.person(name), position_id=position_id, margin=units(margin)
        ))

    def change(
        self, name: str, position_id: int, *, stop: Money | None = None,
        target: Money | None = None,
    ) -> Any:
        """Other triggers."""
        [event] = self.do(ChangePosition(
            account_id=self.person(name), position_id=position_id,
            stop_loss=None if stop is None else units(stop),
            take_profit=None if target is None else units(target),
        ))
        return _said(event)

    def add(self, name: str, position_id: int, amount: Money) -> Any:
        """More margin."""
        [event] = self.do(AddMargin(
            account_id=self.person(name), position_id=position_id, amount=units(amount)
        ))
        return _said(event)

    def rules(self, **rules: int) -> list[Event]:
        """Change the contract."""
        return self.do(ChangeContract(instrument_id=CONTRACT, **rules))[1:]

    def free(self, name: str) -> Decimal:
        """What they could take out."""
        return Decimal(self._balance(self.people[name]).free) / ONE

    def total(self, name: str) -> Decimal:
        """All they have, margin included."""
        balance = self._balance(self.people[name])
        return Decimal(balance.free + balance.locked) / ONE

    @property
    def house(self) -> Decimal:
        """What the house has won so far."""
        return Decimal(self._balance(HOUSE).free) / ONE

    def _balance(self, account_id: int) -> Any:
        return self.engine.state.accounts[account_id].balance(USDC)


def closed(events: list[Event]) -> list[tuple[int, str]]:
    """Which positions a quote closed, and why, in order."""
    return [
        (event.position_id, CLOSE_NAMES[event.reason])
        for event in events if isinstance(event, PositionClosed)
    ]


def _said(event: Event) -> Any:
    return event.reason if isinstance(event, CommandRejected) else event
