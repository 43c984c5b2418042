"""CFDs a second time, from their rules, the slow way: fractions, lists and full scans.

It shares no code with the engine, and looks at every price of every position on every quote.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from outcry.engine.commands import (
    AddMargin,
    ChangeContract,
    ChangePosition,
    ClosePosition,
    Command,
    Deposit,
    OpenPosition,
    SetCalendar,
    SetQuote,
    SetQuoteRules,
    SetSession,
    UseRules,
)
from outcry.engine.events import (
    CalendarSet,
    CommandRejected,
    ContractChanged,
    ContractListed,
    Event,
    PositionClosed,
    PositionOpened,
    QuoteSet,
    RulesUsed,
    SessionChanged,
)
from outcry.engine.rejects import CloseReason, RejectReason
from twin.cfd_parts import (
    MILLION,
    NaiveContract,
    NaivePosition,
    as_it_stands,
    owing,
    tenths,
)

HOUSE = 2
LIMIT = 2**62


class RefusedError(Exception):
    """The command is refused; `args[0]` says why."""


@dataclass
class NaiveCfds:
    """All accounts, contracts and open positions."""

    now_ms: int = 0
    version: int = 1  # Of the rules.
    money: dict[int, int] = field(default_factory=lambda: {HOUSE: 0})
    contracts: dict[int, NaiveContract] = field(default_factory=dict)
    positions: list[NaivePosition] = field(default_factory=list)
    last: int = 0

    def answer(self, command: Command) -> list[Event]:
        """What the engine should answer; deposits are taken in without one."""
        account = getattr(command, "account_id", 0)
        try:
            match command:
                case Deposit():
                    self.money[command.account_id] = (
                        self.money.get(command.account_id, 0) + command.amount
                    )
                    return []
                case OpenPosition():
                    return self._open(command)
                case ClosePosition():
                    return self._close_by_owner(command)
                case ChangePosition():
                    return self._change(command)
                case AddMargin():
                    return self._add(command)
                case SetQuote():
                    return self._quote(command)
                case ChangeContract():
                    return self._rules(command)
                case SetQuoteRules():
                    return [self._contract(command.instrument_id).gate.set_rules(command)]
                case SetSession():
                    self._contract(command.instrument_id).gate.set_open(command.is_open)
                    return [SessionChanged(
                        instrument_id=command.instrument_id, is_open=command.is_open
                    )]
                case SetCalendar():
                    self._contract(command.instrument_id)
                    if len(command.calendar) > 2_000 or not all(
                        " " <= letter <= "~" for letter in command.calendar
                    ):
                        raise RefusedError(RejectReason.INSTRUMENT_INVALID)
                    return [CalendarSet(
                        instrument_id=command.instrument_id, calendar=command.calendar
                    )]
                case UseRules():
                    self.version = command.version
                    return [RulesUsed(version=command.version)]
        except RefusedError as refused:
            return [CommandRejected(reason=refused.args[0], account_id=account)]
        raise AssertionError(command)

    def free(self, account: int) -> int:
        """What an account could take out."""
        locked = sum(p.margin for p in self.positions if p.account == account)
        return self.money[account] - locked

    def _open(self, command: OpenPosition) -> list[Event]:
        contract = self.contracts.get(command.instrument_id)
        _refuse(contract is None, RejectReason.INSTRUMENT_NOT_FOUND)
        assert contract
        rules = contract.listed
        self._refuse_dealing(contract)
        _refuse(command.account_id not in self.money, RejectReason.ACCOUNT_NOT_FOUND)
        _refuse(command.direction not in (1, -1), RejectReason.ORDER_INVALID)
        _refuse(rules.state != 1, RejectReason.MARKET_CLOSED)
        _refuse(
            not rules.margin_min <= command.margin < LIMIT, RejectReason.MARGIN_INVALID
        )
        _refuse(
            not 10 <= command.leverage <= rules.leverage_max, RejectReason.LEVERAGE_INVALID
        )
        position = NaivePosition(
            number=self.last + 1, account=command.account_id, contract=rules.instrument_id,
            direction=command.direction, margin=command.margin, leverage=command.leverage,
            notional=Fraction(command.margin * command.leverage, 10),
            entry=contract.entry(command.direction), rate=rules.maintenance_rate,
            stop=command.stop_loss, target=command.take_profit, paid=command.margin,
        )
        _refuse(
            position.margin <= Fraction(position.rate, MILLION) * position.notional,
            RejectReason.LEVERAGE_INVALID,
        )
        price = contract.exit(command.direction)
        self._refuse_triggers(contract, position, position.stop, position.target)
        position.find_liquidation()
        _refuse(
            any(why == CloseReason.LIQUIDATED for _, why in position.reached(price)),
            RejectReason.WOULD_LIQUIDATE,
        )
        self._refuse_risk(contract, position)
        _refuse(position.margin > self.free(position.account), RejectReason.INSUFFICIENT_FUNDS)
        self.positions.append(position)
        self.last += 1
        return [PositionOpened(
            position.number, position.account, position.contract, position.direction,
            position.margin, position.leverage, tenths(position.notional), position.entry,
            position.liquidation, position.stop, position.target,
        )]

    def _refuse_risk(self, contract: NaiveContract, new: NaivePosition) -> None:
        rules = contract.listed
        mine = [p for p in self.positions if p.account == new.account]
        here = [p for p in self.positions if p.contract == new.contract]
        exposure = sum(p.notional for p in mine if p.contract == new.contract) + new.notional
        _refuse(
            0 < rules.exposure_max < exposure, RejectReason.EXPOSURE_LIMIT
        )
        net = sum((p.direction * p.notional for p in here), Fraction(0))
        after = net + new.direction * new.notional
        _refuse(
            0 < rules.house_exposure_max < abs(after) and abs(after) > abs(net),
            RejectReason.HOUSE_LIMIT,
        )
        _refuse(self.version == 1 and self._gains_max(new) >= LIMIT, RejectReason.HOUSE_LIMIT)
        _refuse(len(mine) >= rules.positions_max, RejectReason.POSITION_LIMIT)

    def _gains_max(self, new: NaivePosition) -> int:
        """What the house could owe at any price a contract may have."""
        gains = sum(
            p.gain_max(self.contracts[p.contract].listed.price_max)
            for p in [*self.positions, new]
        )
        return gains - self.money[HOUSE]

    def _close_by_owner(self, command: ClosePosition) -> list[Event]:
        position = self._mine(command.account_id, command.position_id)
        contract = self.contracts[position.contract]
        self._refuse_dealing(contract)
        _refuse(contract.listed.state not in (1, 4), RejectReason.MARKET_CLOSED)
        left = position.margin - command.margin
        _refuse(command.margin < 0 or left < 0, RejectReason.MARGIN_INVALID)
        if command.margin == 0 or left == 0:
            return [self._close(position, CloseReason.BY_OWNER)]
        _refuse(left < contract.listed.margin_min, RejectReason.MARGIN_INVALID)
        part = Fraction(
            floor(position.notional * 10 * command.margin / position.margin), 10
        )
        owed = self._owed_by_part(position, command.margin, part)
        pnl, shortfall = self._settle(position, command.margin, part, owed)
        position.margin = left
        position.notional -= part
        position.owed -= owed
        settled = [owing(position, 0, -owed)] if owed else []
        return [
            PositionClosed(
                position.number, position.account, position.contract, CloseReason.BY_OWNER,
                command.margin, left, contract.exit(position.direction), pnl, shortfall,
                position.realized,
            ),
            as_it_stands(position), *settled,
        ]

    def _owed_by_part(self, position: NaivePosition, margin: int, part: Fraction) -> int:
        """Its share of the debt, rounded up, but no more than the part is worth."""
        if not position.owed:
            return 0
        price = self.contracts[position.contract].exit(position.direction)
        move = position.direction * Fraction(price - position.entry, position.entry)
        share = ceil(Fraction(position.owed * margin, position.margin))
        return max(min(share, margin + floor(part * move)), 0)

    def _change(self, command: ChangePosition) -> list[Event]:
        position = self._mine(command.account_id, command.position_id)
        contract = self.contracts[position.contract]
        self._refuse_dealing(contract)
        stop = position.stop if command.stop_loss is None else command.stop_loss
        target = position.target if command.take_profit is None else command.take_profit
        self._refuse_triggers(contract, position, stop, target)
        position.stop, position.target = stop, target
        return [as_it_stands(position)]

    def _add(self, command: AddMargin) -> list[Event]:
        position = self._mine(command.account_id, command.position_id)
        contract = self.contracts[position.contract]
        if self.version == 1:
            self._refuse_doubted(contract)
        else:
            self._refuse_dealing(contract)
        _refuse(not 0 < command.amount < LIMIT, RejectReason.AMOUNT_INVALID)
        _refuse(command.amount > self.free(position.account), RejectReason.INSUFFICIENT_FUNDS)
        position.margin += command.amount
        position.paid += command.amount
        position.find_liquidation()
        return [as_it_stands(position)]

    def _quote(self, command: SetQuote) -> list[Event]:
        contract = self._contract(command.instrument_id)
        _refuse(not contract.gate.open, RejectReason.SESSION_CLOSED)
        rate = contract.listed.spread_rate
        sound = 0 < command.bid <= command.ask <= contract.listed.price_max
        widened = floor(command.bid * Fraction(MILLION - rate, MILLION))
        _refuse(
            not sound or widened <= 0 or command.source_ms > self.now_ms + 5_000,
            RejectReason.QUOTE_INVALID,
        )
        before = contract.quote
        _refuse(
            command.source_ms < max(self.now_ms - 5_000, contract.gate.newest_ms)
            or (before is not None and command.source_ms < before.source_ms),
            RejectReason.QUOTE_STALE,
        )
        answer = contract.gate.judge(before, command)
        if not isinstance(answer, QuoteSet):
            return [answer]
        return [answer, *self._price(contract, contract.listed, answer)]

    def _rules(self, command: ChangeContract) -> list[Event]:
        contract = self.contracts[command.instrument_id]
        rules = ContractListed(**{
            name: getattr(contract.listed, name)
            if getattr(command, name, None) is None else getattr(command, name)
            for name in ContractListed.__struct_fields__
        })
        gone = self._price(contract, rules, contract.quote) if contract.quote else []
        contract.listed = rules
        return [ContractChanged(contract=rules), *gone]

    def _price(
        self, contract: NaiveContract, rules: ContractListed, quote: QuoteSet
    ) -> list[Event]:
        """Let the price stand at a quote under these rules; close all it reaches, in order."""
        old = {1: 0, -1: 0}
        if contract.quote:
            old = {1: contract.bid, -1: contract.ask}
        contract.listed, contract.quote = rules, quote
        due = []
        if contract.gate.doubts or not contract.gate.open:
            return []
        for position in self.positions:
            if position.contract != rules.instrument_id:
                continue
            reached = position.reached(contract.exit(position.direction))
            if reached:
                nearest = min(abs(price - old[position.direction]) for price, _ in reached)
                due.append((nearest, position.number, position, reached[0][1]))
        closing = [(position, why) for _, _, position, why in sorted(due, key=_order)]
        if self.version == 1:
            return [self._close(position, why) for position, why in closing]
        return self._close_protected(contract, closing)

    def _close_protected(
        self, contract: NaiveContract, closing: list[tuple[NaivePosition, int]]
    ) -> list[Event]:
        """Let each account's solvent positions take over its shortfalls before any is closed."""
        events: list[Event] = []
        covered: dict[int, int] = {}
        worth = {p.number: p.worth(contract.exit(p.direction)) for p, _ in closing}
        for account in dict.fromkeys(p.account for p, _ in closing if worth[p.number] < 0):
            short = [
                [p.number, -worth[p.number]] for p, _ in closing
                if p.account == account and worth.get(p.number, 0) < 0
            ]
            for payer in [p for p in self.positions if p.account == account]:
                if payer.contract != contract.listed.instrument_id:
                    continue
                price = contract.exit(payer.direction)
                for debt in short:
                    amount = min(max(payer.worth(price), 0), debt[1])
                    if not amount:
                        continue
                    payer.owed += amount
                    debt[1] -= amount
                    covered[debt[0]] = covered.get(debt[0], 0) + amount
                    payer.find_liquidation()
                    if payer.worth(price) == 0:
                        payer.liquidation = price
                    events.append(owing(payer, debt[0], amount))
                if payer.reached(price) and payer not in [p for p, _ in closing]:
                    closing.append((payer, CloseReason.LIQUIDATED))
        for position, _ in closing:
            why = position.reached(contract.exit(position.direction))[0][1]
            events.append(self._close(position, why, covered.get(position.number, 0)))
        return events

    def _close(self, position: NaivePosition, why: int, covered: int = 0) -> Event:
        pnl, shortfall = self._settle(
            position, position.margin, position.notional, position.owed
        )
        self.positions.remove(position)
        return PositionClosed(
            position.number, position.account, position.contract, why, position.margin, 0,
            self.contracts[position.contract].exit(position.direction), pnl,
            shortfall - covered, position.realized,
        )

    def _settle(
        self, position: NaivePosition, margin: int, notional: Fraction, owed: int
    ) -> tuple[int, int]:
        price = self.contracts[position.contract].exit(position.direction)
        move = Fraction(price - position.entry, position.entry)
        earned = floor(position.direction * notional * move) - owed
        pnl = max(earned, -margin)
        position.realized += pnl
        self.money[position.account] += pnl
        self.money[HOUSE] -= pnl
        return pnl, pnl - earned

    def _mine(self, account: int, number: int) -> NaivePosition:
        for position in self.positions:
            if position.number == number and position.account == account:
                return position
        raise RefusedError(RejectReason.POSITION_NOT_FOUND)

    def _contract(self, number: int) -> NaiveContract:
        if number not in self.contracts:
            raise RefusedError(RejectReason.INSTRUMENT_NOT_FOUND)
        return self.contracts[number]

    def _refuse_doubted(self, contract: NaiveContract) -> None:
        _refuse(not contract.gate.open, RejectReason.SESSION_CLOSED)
        _refuse(contract.gate.doubts, RejectReason.QUOTE_DOUBTED)

    def _refuse_dealing(self, contract: NaiveContract) -> None:
        self._refuse_doubted(contract)
        quote = contract.quote
        _refuse(
            quote is None or self.now_ms - quote.source_ms > contract.listed.quote_age_max_ms,
            RejectReason.QUOTE_STALE,
        )

    def _refuse_triggers(
        self, contract: NaiveContract, position: NaivePosition, stop: int, target: int
    ) -> None:
        price = contract.exit(position.direction)
        top = contract.listed.price_max
        _refuse(not (0 <= stop <= top and 0 <= target <= top), RejectReason.TRIGGER_INVALID)
        inside = (not stop or position.direction * stop < position.direction * price) and (
            not target or position.direction * target > position.direction * price
        )
        _refuse(not inside, RejectReason.TRIGGER_INVALID)


def _order(due: tuple[int, int, NaivePosition, int]) -> tuple[int, int]:
    return due[:2]


def _refuse(when: bool, reason: int) -> None:
    if when:
        raise RefusedError(reason)
