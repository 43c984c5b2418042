"""CFD rows, as the recorder writes them: contracts, positions, and the commands for them."""

from collections.abc import Mapping, Sequence
from typing import Final, assert_never

import msgspec

from outcry.engine import commands
from outcry.engine.commands import Command
from outcry.engine.events import (
    AccountCreated,
    CommandRejected,
    ContractChanged,
    ContractListed,
    Event,
    Outcome,
    PositionChanged,
    PositionClosed,
    PositionOpened,
    ShortfallCharged,
)
from outcry.engine.rejects import RejectReason
from outcry.engine.units import AccountId, InstrumentId, PositionId
from outcry.projections.cfd import PositionEvent, PositionRow, changes_of, opened_row
from outcry.wire.journal import EntryId, decode_commands

# The broker's word for each type of command; None for those that leave no row.
WORDS: Final[Mapping[type[Command], str | None]] = {
    commands.CreateAccount: "CREATE_ACCOUNT",
    commands.OpenPosition: "CREATE_TRADE",
    commands.ClosePosition: "CLOSE_TRADE",
    commands.ChangePosition: "CHANGE_TRADE",
    commands.AddMargin: "ADD_MARGIN",
    **dict.fromkeys((
        commands.OpenVenue, commands.PlaceOrder, commands.CancelOrder, commands.CancelOrders,
        commands.ReplaceOrder, commands.Deposit, commands.Withdraw, commands.ListAsset,
        commands.ListInstrument, commands.SetQuote, commands.ChangeInstrument,
        commands.ListContract, commands.ChangeContract, commands.Heartbeat, commands.UseRules,
        commands.SetQuoteRules, commands.SetSession, commands.SetContractTerms,
        commands.SetHouseLimits, commands.ResumeHouse, commands.SetCalendar,
    )),
}


class PositionChange(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A change of a position, stated without its earlier state; None is no change."""

    position_id: PositionId
    updated_ms: int
    margin: int | None = None
    remaining_margin: int | None = None
    notional: int | None = None
    liquidation_price: int | None = None
    stop_loss: int | None = None
    take_profit: int | None = None
    exit_price: int | None = None
    pnl: int | None = None
    shortfall: int | None = None
    status: int | None = None
    owed: int | None = None

    def on(self, position: PositionRow) -> PositionRow:
        """A position's row after the change."""
        stated = msgspec.structs.asdict(self)
        return msgspec.structs.replace(
            position, **{name: value for name, value in stated.items() if value is not None}
        )


class CommandRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A command for CFDs, and its result."""

    ms: int  # Its entry,
    seq: int
    place: int  # and where it stands in it.
    request_id: bytes | None  # The id a gateway gave the request, if one did.
    account_id: AccountId
    command: str
    instrument_id: InstrumentId | None
    direction: int | None
    margin: int | None
    leverage: int | None
    position_id: PositionId | None
    reject_reason: int  # 0 for a command that was carried out.


class CloseRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A close of a position or of a part of it, by its owner or by a price."""

    ms: int  # Its entry,
    seq: int
    place: int  # and its number among the closes of that entry, from 0.
    position_id: PositionId
    account_id: AccountId
    instrument_id: InstrumentId
    reason: int  # A `CloseReason`.
    margin: int  # Of the closed part.
    remaining_margin: int
    close_price: int
    pnl: int
    shortfall: int


class CfdRows(msgspec.Struct, kw_only=True):
    """Additions and changes of a group of entries to the tables of CFDs."""

    contracts: list[ContractListed]  # Listed or changed, as they were at the group's end.
    positions: list[PositionRow]  # Opened in this group, as they were at its end.
    position_changes: list[PositionChange]  # Of positions from before this group.
    closes: list[CloseRow]
    commands: list[CommandRow]

    @property
    def count(self) -> int:
        """The number of rows in all."""
        return (
            len(self.contracts) + len(self.positions) + len(self.position_changes)
            + len(self.closes) + len(self.commands)
        )


class CfdFold:
    """Folds entries into CFD rows. It keeps no state between groups."""

    def __init__(self) -> None:
        self._start_group()

    def _start_group(self) -> None:
        self._contracts: dict[InstrumentId, ContractListed] = {}
        self._positions: dict[PositionId, PositionRow] = {}
        self._changes: dict[PositionId, dict[str, int]] = {}
        self._closes: list[CloseRow] = []
        self._commands: list[CommandRow] = []

    def fold_event(
        self, entry_ms: int, event: ContractListed | ContractChanged | PositionEvent
    ) -> None:
        """Take in an event of a contract or a position."""
        match event:
            case ContractListed():
                self._contracts[event.instrument_id] = event
            case ContractChanged():
                self._contracts[event.contract.instrument_id] = event.contract
            case PositionOpened():
                self._positions[event.position_id] = opened_row(event, entry_ms)
            case PositionChanged() | PositionClosed() | ShortfallCharged():
                changes = self._changes.setdefault(event.position_id, {})
                changes.update(changes_of(event, entry_ms))
            case _:
                assert_never(event)

    def fold_closes(self, entry_id: EntryId, outcome: Outcome) -> None:
        """Take in the closes of an entry."""
        self._closes += closes_of(entry_id, outcome)

    def fold_commands(self, entry_id: EntryId, packed: bytes, outcome: Outcome) -> None:
        """Take in the commands for CFDs of an entry, with their answers."""
        try:
            decoded = decode_commands(packed).commands
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return  # The engine called it malformed, and nothing of it was applied.
        for place, (command, events) in enumerate(zip(decoded, outcome.answers, strict=True)):
            word = WORDS[type(command)]
            # A command that was sent twice has one row, at the entry that carried it out.
            if word is not None and not _is_duplicate(events):
                self._commands.append(_command_row(entry_id, place, word, command, events))

    def take(self) -> CfdRows:
        """The rows of all that was folded since the last call."""
        positions = self._positions
        later: list[PositionChange] = []
        for position_id, changes in self._changes.items():
            change = PositionChange(position_id=position_id, **changes)
            if position_id in positions:
                positions[position_id] = change.on(positions[position_id])
            else:
                later.append(change)
        rows = CfdRows(
            contracts=list(self._contracts.values()), positions=list(positions.values()),
            position_changes=later, closes=self._closes, commands=self._commands,
        )
        self._start_group()
        return rows


def closes_of(entry_id: EntryId, outcome: Outcome) -> list[CloseRow]:
    """The closes of an entry, in their order."""
    closes = [
        event for answer in outcome.answers for event in answer
        if isinstance(event, PositionClosed)
    ]
    return [
        CloseRow(
            ms=entry_id.ms, seq=entry_id.seq, place=place, position_id=event.position_id,
            account_id=event.account_id, instrument_id=event.instrument_id, reason=event.reason,
            margin=event.margin, remaining_margin=event.remaining_margin,
            close_price=event.close_price, pnl=event.pnl, shortfall=event.shortfall,
        )
        for place, event in enumerate(closes)
    ]


def _is_duplicate(events: Sequence[Event]) -> bool:
    first = events[0]
    return isinstance(first, CommandRejected) and first.reason == RejectReason.DUPLICATE


def _command_row(
    entry_id: EntryId, place: int, word: str, command: Command, events: Sequence[Event]
) -> CommandRow:
    first = events[0]
    position_id = getattr(command, "position_id", None)
    account_id: AccountId = getattr(command, "account_id", AccountId(0))
    if isinstance(first, PositionOpened):
        position_id = first.position_id
    if isinstance(first, AccountCreated):
        account_id = first.account_id
    margin = getattr(command, "margin", None)
    return CommandRow(
        ms=entry_id.ms, seq=entry_id.seq, place=place,
        request_id=getattr(command, "request_id", None) or None, account_id=account_id,
        command=word,
        instrument_id=getattr(command, "instrument_id", None),
        direction=getattr(command, "direction", None),
        margin=getattr(command, "amount", None) if margin is None else margin,
        leverage=getattr(command, "leverage", None), position_id=position_id,
        reject_reason=first.reason if isinstance(first, CommandRejected) else 0,
    )
