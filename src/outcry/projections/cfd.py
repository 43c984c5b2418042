"""CFDs as clients see them: contracts, their prices, and positions."""

from typing import NamedTuple, Self, assert_never

import msgspec

from outcry.engine.cfd.contracts import Contract
from outcry.engine.cfd.positions import pnl_of
from outcry.engine.events import (
    ContractChanged,
    ContractListed,
    PositionChanged,
    PositionClosed,
    PositionOpened,
    QuoteSet,
    ShortfallCharged,
)
from outcry.engine.image import PositionImage, StateImage
from outcry.engine.units import AccountId, AssetId, InstrumentId, PositionId, Side
from outcry.projections.recent import RecentItems
from outcry.wire.journal import NOTHING_YET, EntryId

PositionEvent = PositionOpened | PositionChanged | PositionClosed | ShortfallCharged

OPEN = 0  # Status of a position that is open; of one that is not, it is a `CloseReason`.


class PositionRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A position in its latest state. Integers are the engine's; a price of 0 is none."""

    position_id: PositionId
    account_id: AccountId
    instrument_id: InstrumentId
    direction: Side
    margin: int  # In all: at its opening and added since.
    remaining_margin: int
    leverage: int  # Tenths.
    notional: int  # Of what is open, in tenths.
    entry_price: int
    liquidation_price: int
    stop_loss: int
    take_profit: int
    exit_price: int  # Of the closing that ended it.
    pnl: int  # Realized so far.
    shortfall: int  # The loss beyond the margin, which the house bore.
    status: int
    opened_ms: int
    updated_ms: int
    owed: int = 0  # Of the shortfalls of other positions; its close settles it.


class PositionUpdate(NamedTuple):
    """A position after one of its events, and the event."""

    position: PositionRow
    event: PositionEvent


class Prices(NamedTuple):
    """Prices at which a contract's positions open and close, spread included, and their age."""

    bid: int
    ask: int
    source_ms: int


class CfdView:
    """Contracts by id and by underlying; open positions, and recent ends and closes."""

    def __init__(self) -> None:
        self.contracts: dict[InstrumentId, ContractListed] = {}
        self._by_underlying: dict[str, ContractListed] = {}
        self._pricing: dict[InstrumentId, Contract] = {}
        self._open: dict[AccountId, dict[PositionId, PositionRow]] = {}
        self._ended: RecentItems[AccountId, PositionRow] = RecentItems()
        self._closes: RecentItems[AccountId, PositionRow] = RecentItems()

    @classmethod
    def from_image(cls, image: StateImage) -> Self:
        """The contracts and positions of a snapshot."""
        cfd = cls()
        for contract in image.contracts:
            cfd.fold_contract(contract.listed)
            if contract.quote is not None:
                cfd._pricing[contract.listed.instrument_id].set_quote(contract.quote)
        for position in image.positions:
            cfd._keep(_row_of(position))
        return cfd

    def fold_contract(self, event: ContractListed | ContractChanged) -> None:
        """Take in a new contract, or a contract's rules as they now are."""
        listed = event.contract if isinstance(event, ContractChanged) else event
        self.contracts[listed.instrument_id] = listed
        self._by_underlying[listed.underlying] = listed
        pricing = self._pricing.get(listed.instrument_id)
        if pricing is None:
            self._pricing[listed.instrument_id] = Contract(listed)
            return
        pricing.listed = listed
        if pricing.quote is not None:
            pricing.set_quote(pricing.quote)

    def fold_quote(self, event: QuoteSet) -> None:
        """Take in a newer quote, of a contract or of a spot instrument."""
        pricing = self._pricing.get(event.instrument_id)
        if pricing is not None:
            pricing.set_quote(event)

    def fold(self, entry_id: EntryId, event: PositionEvent) -> PositionUpdate:
        """Take in an event of a position."""
        match event:
            case PositionOpened():
                position = opened_row(event, entry_id.ms)
            case PositionChanged() | PositionClosed() | ShortfallCharged():
                position = msgspec.structs.replace(
                    self._open[event.account_id][event.position_id],
                    **changes_of(event, entry_id.ms),
                )
            case _:
                assert_never(event)
        if isinstance(event, PositionClosed):
            self._closes.add(entry_id, event.account_id, closed_row(position, event))
        if position.status == OPEN:
            self._keep(position)
        else:
            of_account = self._open[event.account_id]
            del of_account[event.position_id]
            if not of_account:
                del self._open[event.account_id]
            self._ended.add(entry_id, position.account_id, position)
        return PositionUpdate(position, event)

    def contract(self, underlying: str) -> ContractListed | None:
        """The contract on an underlying, by the name that feeds and the broker API have for it."""
        return self._by_underlying.get(underlying)

    def prices(self, instrument_id: InstrumentId) -> Prices | None:
        """A contract's prices; None before the first quote."""
        contract = self._pricing[instrument_id]
        if contract.quote is None:
            return None
        return Prices(contract.bid, contract.ask, contract.quote.source_ms)

    def open_of(self, account_id: AccountId) -> list[PositionRow]:
        """An account's open positions, oldest first."""
        return list(self._open.get(account_id, {}).values())

    def position(self, account_id: AccountId, position_id: PositionId) -> PositionRow | None:
        """An account's open position."""
        return self._open.get(account_id, {}).get(position_id)

    def closes_above(self, account_id: AccountId, entry_id: EntryId) -> list[PositionRow]:
        """An account's closes after an entry, newest first; see `closed_row`."""
        return self._closes.above(account_id, entry_id)

    def ended(self, account_id: AccountId, position_id: PositionId) -> PositionRow | None:
        """A position of an account that ended recently."""
        for position in self._ended.above(account_id, NOTHING_YET):
            if position.position_id == position_id:
                return position
        return None

    def close_price(self, position: PositionRow) -> int | None:
        """The price at which a position would close now, or did; None before the first quote."""
        if position.status != OPEN:
            return position.exit_price
        contract = self._pricing[position.instrument_id]
        return None if contract.quote is None else contract.close_price(position.direction)

    def every_open(self) -> list[PositionRow]:
        """The open positions of all accounts."""
        return [position for of_one in self._open.values() for position in of_one.values()]

    def unrealized(self, position: PositionRow) -> int | None:
        """The gain of closing the position now; None after it ended, or without a quote."""
        contract = self._pricing[position.instrument_id]
        if contract.quote is None or position.status != OPEN:
            return None
        pnl = pnl_of(
            direction=position.direction, notional=position.notional,
            entry_price=position.entry_price,
            exit_price=contract.close_price(position.direction),
        )
        return max(-position.remaining_margin, pnl - position.owed)

    def equity(self, account_id: AccountId, asset_id: AssetId, total: int) -> int:
        """A balance, margin included, plus the gain of closing every position in it now."""
        return total + sum(
            self.unrealized(position) or 0
            for position in self.open_of(account_id)
            if self.contracts[position.instrument_id].asset_id == asset_id
        )

    def forget(self, up_to: EntryId) -> None:
        """Drop the positions that ended, and the closes, up to an entry."""
        self._ended.forget(up_to)
        self._closes.forget(up_to)

    def _keep(self, position: PositionRow) -> None:
        self._open.setdefault(position.account_id, {})[position.position_id] = position


def opened_row(event: PositionOpened | PositionImage, opened_ms: int) -> PositionRow:
    """The row of a position that has gained and lost nothing yet."""
    return PositionRow(
        position_id=event.position_id, account_id=event.account_id,
        instrument_id=event.instrument_id, direction=event.direction, margin=event.margin,
        remaining_margin=event.margin, leverage=event.leverage, notional=event.notional,
        entry_price=event.entry_price, liquidation_price=event.liquidation_price,
        stop_loss=event.stop_loss, take_profit=event.take_profit, exit_price=0, pnl=0, shortfall=0,
        status=OPEN, opened_ms=opened_ms, updated_ms=opened_ms,
    )


def changes_of(
    event: PositionChanged | PositionClosed | ShortfallCharged, changed_ms: int
) -> dict[str, int]:
    """The fields of a position's row that an event changes, with their new values."""
    if isinstance(event, ShortfallCharged):
        return {
            "owed": event.owed, "liquidation_price": event.liquidation_price,
            "updated_ms": changed_ms,
        }
    if isinstance(event, PositionChanged):
        return {
            "margin": event.margin_paid, "remaining_margin": event.margin,
            "notional": event.notional, "liquidation_price": event.liquidation_price,
            "stop_loss": event.stop_loss, "take_profit": event.take_profit,
            "updated_ms": changed_ms,
        }
    changes: dict[str, int] = {
        "remaining_margin": event.remaining_margin, "pnl": event.realized,
        "shortfall": event.shortfall, "status": OPEN, "updated_ms": changed_ms,
    }
    if event.remaining_margin == 0:
        changes |= {
            "notional": 0, "exit_price": event.close_price, "status": event.reason, "owed": 0,
        }
    return changes


def closed_row(position: PositionRow, event: PositionClosed) -> PositionRow:
    """The closed part of a position, as a row of its own: its margin, price and gain.

    `position` is the position after the close. A part that is not the last has no triggers: those
    belong to the part that is still open.
    """
    row = msgspec.structs.replace(
        position, margin=event.margin, remaining_margin=event.remaining_margin, notional=0,
        exit_price=event.close_price, pnl=event.pnl, shortfall=event.shortfall,
        status=event.reason,
    )
    if event.remaining_margin == 0:
        return row
    return msgspec.structs.replace(row, liquidation_price=0, stop_loss=0, take_profit=0)


def _row_of(image: PositionImage) -> PositionRow:
    """An open position's row. A snapshot does not say when it last changed."""
    return msgspec.structs.replace(
        opened_row(image, image.opened_ms), margin=image.margin_paid, pnl=image.realized,
        owed=image.owed,
    )
