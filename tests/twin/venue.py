"""A naive twin of the engine: slow, obvious, and written from the rules rather than from the code.

It keeps lists and walks them from end to end. It answers with the same events as the engine, so
that the two can be compared field by field.
"""

from outcry.engine.commands import (
    CancelOrder,
    CancelOrders,
    ChangeInstrument,
    Command,
    CreateAccount,
    Deposit,
    Heartbeat,
    ListAsset,
    ListInstrument,
    OpenVenue,
    PlaceOrder,
    ReplaceOrder,
    SetQuote,
    SetQuoteRules,
    UseRules,
    Withdraw,
)
from outcry.engine.events import ClockTicked, Event, OrdersCanceled, QuoteSet, RulesUsed
from outcry.engine.rejects import CancelReason, RejectReason
from outcry.engine.units import OPEN
from twin.book import refusal
from twin.listing import Refused, refuse_unless
from twin.triggers import NaiveTriggers

HOUR_MS = 60 * 60 * 1000


class NaiveVenue(NaiveTriggers):
    """The whole venue in lists; it knows no contracts."""

    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[int, tuple[int, int]] = {}  # Writer → (number, when last seen).

    def apply(
        self, *, entry_ms: int, writer: int, number: int, commands: list[Command],
        deadline_ms: int, quarantined: list[int],
    ) -> list[list[Event]]:
        """Answer an entry that could be decoded."""
        self.now_ms = entry_ms
        known = self.sessions.get(writer, (0, 0))[0]
        self.sessions[writer] = (max(number, known), entry_ms)
        if number <= known:
            return [refusal(RejectReason.DUPLICATE) for _ in commands]
        if deadline_ms > 0 and entry_ms > deadline_ms:
            return [refusal(RejectReason.TOO_LATE) for _ in commands]
        return [
            refusal(RejectReason.ENGINE_ERROR) if index in quarantined else self._answer(command)
            for index, command in enumerate(commands)
        ]

    def _answer(self, command: Command) -> list[Event]:
        instrument_id = getattr(command, "instrument_id", 0)
        last_before = self.last_price.get(instrument_id, 0)
        # Distances are counted from the mark rounded down to a tick.
        mark_before = int(self.mark(instrument_id) or 0)
        try:
            events = self._carry_out(command)
        except Refused as refused:
            account_id = 0
            if isinstance(
                command,
                PlaceOrder | CancelOrder | CancelOrders | ReplaceOrder | Deposit | Withdraw,
            ):
                account_id = command.account_id
            return refusal(refused.reason, account_id, refused.order_id)
        followed = self.follow_up(last_before, mark_before)
        if isinstance(command, CancelOrders):
            count = OrdersCanceled(
                account_id=command.account_id, instrument_id=instrument_id, count=len(events)
            )
            return [*events, *followed, count]
        return [*events, *followed]

    def _carry_out(self, command: Command) -> list[Event]:
        match command:
            case PlaceOrder():
                return self.place(command)
            case CancelOrder():
                return [self.cancel(self.named(command), CancelReason.BY_OWNER)]
            case CancelOrders():
                return self.cancel_all(command)
            case ReplaceOrder():
                return self.replace(command)
            case Deposit() | Withdraw():
                return [self.transfer(command)]
            case CreateAccount():
                return [self.create_account(command.user_key)]
            case ListAsset():
                return [self.list_asset(command)]
            case ListInstrument():
                return [self.list_instrument(command)]
            case ChangeInstrument():
                return self._change_instrument(command)
            case SetQuote():
                quoted = self.set_quote(command)
                if isinstance(quoted, QuoteSet):
                    self.look_around(command.instrument_id)
                return [quoted]
            case SetQuoteRules():
                return [self.set_quote_rules(command)]
            case OpenVenue():
                return [self.open_venue(command.venue_id)]
            case UseRules():
                refuse_unless(command.version > 0, RejectReason.RULES_INVALID)
                self.version = command.version
                return [RulesUsed(version=command.version)]
            case Heartbeat():
                return self._tick()
            case _:
                raise AssertionError(f"not of the exchange: {command}")

    def _change_instrument(self, command: ChangeInstrument) -> list[Event]:
        changed = self.change_instrument(command)
        if self.instrument(command.instrument_id).state == OPEN:
            self.look_around(command.instrument_id)
        return [changed]

    def _tick(self) -> list[Event]:
        self.sessions = {
            writer: (number, seen_ms)
            for writer, (number, seen_ms) in self.sessions.items()
            if self.now_ms - seen_ms < HOUR_MS
        }
        return [ClockTicked()]
