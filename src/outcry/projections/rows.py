"""Rows of a group of entries, as the recorder writes them: one a key, however often it changed.

A row is either new (appended) or a statement of the present state (it replaces the row of its key).
The result is therefore the same for groups of any length.
"""

from collections.abc import Iterable
from typing import assert_never

import msgspec

from outcry.engine import events
from outcry.engine.events import (
    AssetListed,
    BalanceAfter,
    CommandRejected,
    Event,
    InstrumentListed,
    Outcome,
    Traded,
)
from outcry.engine.rejects import RejectReason
from outcry.engine.units import AccountId, AssetId, InstrumentId, OrderId
from outcry.projections.candles import RECORDED_INTERVALS, CandleFold, rolled_up
from outcry.projections.cfd_rows import CfdFold, CfdRows
from outcry.projections.history import (
    AccountRow,
    CandleRow,
    FillRow,
    OrderChange,
    OrderRow,
    TradeRow,
    TransferRow,
    changed,
    fills_of,
    order_of,
    trade_of,
    transfer_of,
    waited,
    waiting_order_of,
)
from outcry.projections.listing import Listing
from outcry.wire.journal import EntryId, EventsEntry, JournalEntry


class Rows(msgspec.Struct, kw_only=True):
    """Additions and changes of a group of entries to the tables."""

    assets: list[AssetListed]
    instruments: list[InstrumentListed]  # Listed or changed, as they were at the group's end.
    accounts: list[AccountRow]
    balances: list[BalanceAfter]
    transfers: list[TransferRow]
    orders: list[OrderRow]  # New in this group, as they were at its end.
    order_changes: list[OrderChange]  # Of orders from before this group.
    trades: list[TradeRow]
    fills: list[FillRow]
    candles: list[CandleRow]  # To be merged with what the same interval has.
    transfers_total: int  # Transfers ever made, those of this group included.
    cfd: CfdRows

    @property
    def count(self) -> int:
        """The number of rows in all."""
        return (
            len(self.assets) + len(self.instruments) + len(self.accounts) + len(self.balances)
            + len(self.transfers) + len(self.orders) + len(self.order_changes)
            + len(self.trades) + len(self.fills) + len(self.candles) + self.cfd.count
        )


class RecorderState(msgspec.Struct, frozen=True, kw_only=True):
    """The recorder's offset, and the facts of the past that it needs to go on."""

    entry_id: EntryId
    digest: bytes
    assets: list[AssetListed]
    instruments: list[InstrumentListed]
    transfers_total: int


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Consecutive entries that are recorded in one transaction, or not at all."""

    after: EntryId  # The entry before the first one here,
    after_digest: bytes  # and the chain's digest there.
    upto: EntryId
    upto_digest: bytes
    journal: list[JournalEntry]
    events: list[EventsEntry]
    quarantined: list[tuple[EntryId, int]]  # Commands that were answered without being applied.
    rows: Rows


class RowsFold:
    """Folds entries into rows. It keeps the listing and a count between groups."""

    def __init__(
        self, *, assets: Iterable[AssetListed] = (),
        instruments: Iterable[InstrumentListed] = (), transfers_total: int = 0,
    ) -> None:
        self._listing = Listing()
        self._transfers_total = transfers_total
        self._cfd = CfdFold()
        for asset in assets:
            self._listing.fold(asset)
        for instrument in instruments:
            self._listing.fold(instrument)
        self._start_group()

    def _start_group(self) -> None:
        self._assets: list[AssetListed] = []
        self._listed: dict[InstrumentId, InstrumentListed] = {}
        self._accounts: list[AccountRow] = []
        self._balances: dict[tuple[AccountId, AssetId], BalanceAfter] = {}
        self._transfers: list[TransferRow] = []
        self._orders: dict[OrderId, OrderRow] = {}
        self._changes: dict[OrderId, OrderChange] = {}
        self._trades: list[TradeRow] = []
        self._fills: list[FillRow] = []
        self._minutes = CandleFold("1m")

    def fold_pair(self, entry: JournalEntry, outcome: Outcome) -> None:
        """Take in the commands of one entry and their outcome."""
        self.fold(entry.id, outcome)
        self._cfd.fold_commands(entry.id, entry.commands, outcome)

    def fold(self, entry_id: EntryId, outcome: Outcome) -> None:
        """Take in one entry's outcome; its milliseconds are the time of everything in it."""
        for answer in outcome.answers:
            for event in answer:
                self._fold_event(entry_id.ms, event)
        self._cfd.fold_closes(entry_id, outcome)
        for balance in outcome.balances:
            self._balances[balance.account_id, balance.asset_id] = balance

    def take(self) -> Rows:
        """The rows of all entries folded since the last call."""
        orders = self._orders
        later: list[OrderChange] = []
        for order_id, change in self._changes.items():
            order = orders.get(order_id)
            if order is None:
                later.append(change)
            else:
                orders[order_id] = changed(order, change)
        minutes = self._minutes.rows()
        candles = [
            candle for interval in RECORDED_INTERVALS for candle in rolled_up(minutes, interval)
        ]
        rows = Rows(
            assets=self._assets, instruments=list(self._listed.values()),
            accounts=self._accounts,
            balances=list(self._balances.values()), transfers=self._transfers,
            orders=list(orders.values()), order_changes=later, trades=self._trades,
            fills=self._fills, candles=candles, transfers_total=self._transfers_total,
            cfd=self._cfd.take(),
        )
        self._start_group()
        return rows

    def _fold_event(self, entry_ms: int, event: Event) -> None:
        match event:
            case events.OrderAccepted():
                if waited(event):
                    self._change(OrderChange.triggered(event, entry_ms))
                else:
                    self._orders[event.order_id] = order_of(event, entry_ms)
            case events.Traded():
                self._fold_trade(entry_ms, event)
            case events.OrderCanceled() | events.OrderReplaced() | events.TriggerFailed():
                self._change(OrderChange.of(event, entry_ms))
            case (
                events.CommandRejected() | events.QuoteSet() | events.ClockTicked()
                | events.OrdersCanceled() | events.VenueOpened() | events.RulesUsed()
                | events.QuoteRulesSet() | events.QuoteDoubted() | events.SessionChanged()
                | events.ContractTermsSet() | events.HouseLimitsSet() | events.HouseStopped()
                | events.HouseResumed() | events.CalendarSet()
            ):
                pass  # These leave no row; the archive has them.
            case events.OrderWaiting():
                self._orders[event.order_id] = waiting_order_of(event, entry_ms)
            case events.AccountCreated():
                if not event.existed:
                    self._accounts.append(AccountRow(
                        account_id=event.account_id, user_key=event.user_key, created_ms=entry_ms,
                    ))
            case events.Deposited() | events.Withdrawn():
                self._transfers_total += 1
                self._transfers.append(transfer_of(event, self._transfers_total, entry_ms))
            case events.AssetListed():
                self._listing.fold(event)
                self._assets.append(event)
            case events.InstrumentListed():
                self._listing.fold(event)
                self._listed[event.instrument_id] = event
            case events.InstrumentChanged():
                self._listing.fold(event)
                self._listed[event.instrument.instrument_id] = event.instrument
            case (
                events.ContractListed() | events.ContractChanged() | events.PositionOpened()
                | events.PositionClosed() | events.PositionChanged() | events.ShortfallCharged()
            ):
                self._cfd.fold_event(entry_ms, event)
            case _:
                assert_never(event)

    def _fold_trade(self, entry_ms: int, event: Traded) -> None:
        instrument = self._listing.instruments[event.instrument_id]
        for change in OrderChange.of_trade(event, entry_ms):
            self._change(change)
        self._trades.append(trade_of(event, entry_ms))
        self._fills.extend(fills_of(
            event, entry_ms, base_asset_id=instrument.base_asset_id,
            quote_asset_id=instrument.quote_asset_id,
        ))
        self._minutes.add(
            event.instrument_id, traded_ms=entry_ms, price=event.price, quantity=event.quantity,
            quote_amount=self._listing.quote_amount(
                event.instrument_id, price=event.price, quantity=event.quantity
            ),
        )

    def _change(self, change: OrderChange) -> None:
        before = self._changes.get(change.order_id)
        self._changes[change.order_id] = change if before is None else before.then(change)


def quarantined_in(outcome: Outcome) -> list[int]:
    """Places of the commands that were answered without being applied."""
    return [
        index for index, events in enumerate(outcome.answers)
        if isinstance(first := events[0], CommandRejected)
        and first.reason == RejectReason.ENGINE_ERROR
    ]
