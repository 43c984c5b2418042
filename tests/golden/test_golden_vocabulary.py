"""The golden journals have the whole vocabulary of the engine.

A new command, event, reason or field fails here until a new file beside the old ones covers it;
`make_journal.py` makes one. A field counts once an applied command gave it a value other than its
default. The engine itself is asked which values it takes for plain integers, such as times in
force, and each of them must be in a journal.
"""

from collections.abc import Iterator
from enum import IntEnum
from itertools import product
from typing import Any

import msgspec
import pytest

from golden.replay import golden_files, read
from outcry.engine.commands import (
    COMMAND_TYPES,
    CancelOrders,
    ChangeContract,
    ChangeInstrument,
    Command,
    Conditions,
    CreateAccount,
    Deposit,
    Exit,
    ListAsset,
    ListContract,
    ListInstrument,
    OpenPosition,
    PlaceOrder,
    SetQuote,
    Trigger,
    UseRules,
)
from outcry.engine.engine import Engine
from outcry.engine.events import (
    EVENT_TYPES,
    CommandRejected,
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderWaiting,
    PositionClosed,
    QuoteDoubted,
    TriggerFailed,
)
from outcry.engine.rejects import (
    CANCEL_NAMES,
    CLOSE_NAMES,
    DOUBT_NAMES,
    REJECT_NAMES,
    CancelReason,
    RejectReason,
)
from outcry.engine.rules import RULES_KNOWN
from outcry.engine.snapshot import dump, load
from outcry.engine.state import State
from outcry.engine.units import BUY, LIMIT, RISES, SELL
from outcry.wire.journal import decode_commands, decode_outcome, encode_commands

# Reasons that no journal can hold, each with the cause. There is none so far.
UNREACHABLE: dict[int, str] = {}
# The reasons a trigger can fail for. Any other fault of an order is refused when the order is
# placed, and nothing fires in a book that is not open.
FAILURES = {
    RejectReason.QUANTITY_INVALID, RejectReason.PRICE_INVALID, RejectReason.PRICE_TOO_FAR,
    RejectReason.POST_ONLY_WOULD_TAKE, RejectReason.INSUFFICIENT_FUNDS,
}
TRIED = range(-3, 40)
USD, SOL, ALICE, SOL_USD, SOL_CFD = 1, 2, 100, 1, 2

ORDER = PlaceOrder(
    account_id=ALICE, instrument_id=SOL_USD, side=BUY, order_type=LIMIT, price=10, quantity=1
)
EXIT = Exit(trigger_price=12)
TRIGGER = Trigger(price=12, direction=RISES)
WAITING = msgspec.structs.replace(ORDER, conditions=Conditions(trigger=TRIGGER))

Answered = list[tuple[Command, list[Event]]]


@pytest.fixture(scope="module")
def answered() -> Answered:
    """Every command of every file with its answer."""
    return [
        pair for file in golden_files() for journal in read(file) for entry in journal.entries
        for pair in commands_of(entry.commands, entry.outcome)
    ]


@pytest.fixture(scope="module")
def applied(answered: Answered) -> list[Command]:
    """The commands that were not refused."""
    return [
        command for command, events in answered if not isinstance(events[0], CommandRejected)
    ]


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """Every event of every file."""
    return [
        event for file in golden_files() for journal in read(file) for entry in journal.entries
        for answer in decode_outcome(entry.outcome).answers for event in answer
    ]


@pytest.fixture(scope="module")
def market() -> bytes:
    """A snapshot of a small market under the newest rules, in which values are tried."""
    engine = Engine(State())
    commands: list[Command] = [
        UseRules(version=RULES_KNOWN[-1]),
        ListAsset(symbol="USD", name="Dollar", decimals=0),
        ListAsset(symbol="SOL", name="Solana", decimals=0),
        ListInstrument(
            symbol="SOL_USD", base_asset_id=SOL, quote_asset_id=USD, price_decimals=0, tick_size=1,
            quantity_decimals=0, lot_size=1, price_min=1, price_max=99, quantity_min=1,
            quantity_max=99, maker_fee_rate=0, taker_fee_rate=0, mark_decimals=0,
        ),
        ListContract(
            symbol="SOL_CFD", underlying="SOL", asset_id=USD, price_decimals=0, price_max=99,
            leverage_max=10, margin_min=1,
        ),
        CreateAccount(user_key=1),
        Deposit(account_id=ALICE, asset_id=USD, amount=10_000, key=1),
        Deposit(account_id=ALICE, asset_id=SOL, amount=10_000, key=2),
        *(SetQuote(instrument_id=at, bid=10, ask=10, source_ms=1) for at in (SOL_USD, SOL_CFD)),
        msgspec.structs.replace(ORDER, side=SELL),
        msgspec.structs.replace(ORDER, account_id=ALICE, self_trade=2),
        msgspec.structs.replace(ORDER, side=SELL, price=20),
    ]
    packed = encode_commands(commands)
    answers = decode_outcome(
        engine.apply(entry_ms=1, writer=1, number=1, commands=packed, quarantined=[])
    ).answers
    assert not [each for each in answers if isinstance(each[0], CommandRejected)]
    return dump(engine.state)


def commands_of(packed: bytes, outcome: bytes) -> Iterator[tuple[Command, list[Event]]]:
    try:
        commands = decode_commands(packed).commands
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return
    yield from zip(commands, decode_outcome(outcome).answers, strict=True)


def values_taken(market: bytes, command: Command, path: str) -> set[int]:
    """Which values of a field the engine does not refuse; `path` leads to it, dot by dot."""
    taken = set()
    for value in TRIED:
        engine = Engine(load(market))
        packed = encode_commands([with_value(command, path.split("."), value)])
        [[event, *_]] = decode_outcome(
            engine.apply(entry_ms=2, writer=1, number=2, commands=packed, quarantined=[])
        ).answers
        if not isinstance(event, CommandRejected):
            taken.add(value)
    return taken


def with_value(command: Any, path: list[str], value: int) -> Any:
    name, *rest = path
    inner = with_value(getattr(command, name), rest, value) if rest else value
    return msgspec.structs.replace(command, **{name: inner})


def value_of(command: Any, path: str) -> Any:
    for name in path.split("."):
        command = getattr(command, name, None)
    return command


def test_every_command_was_applied(applied: list[Command]) -> None:
    assert set(COMMAND_TYPES) == {type(command) for command in applied}


def test_every_event_was_given(events: list[Event]) -> None:
    assert set(EVENT_TYPES) == {type(event) for event in events}


def test_every_version_of_the_rules_was_used(applied: list[Command]) -> None:
    used = {value_of(command, "version") for command in applied} - {None}
    assert set(RULES_KNOWN) == used


@pytest.mark.parametrize(("given", "event", "expected"), [
    ("commands refused", CommandRejected, set(REJECT_NAMES) - set(UNREACHABLE)),
    ("triggers failed", TriggerFailed, FAILURES),
    ("orders canceled", OrderCanceled, set(CANCEL_NAMES)),
    ("positions closed", PositionClosed, set(CLOSE_NAMES)),
], ids=lambda value: value if isinstance(value, str) else "")
def test_every_reason_was_given(
    events: list[Event], given: str, event: type, expected: set[IntEnum]
) -> None:
    reasons = {each.reason for each in events if isinstance(each, event)}
    assert set() == {reason.name for reason in expected if int(reason) not in reasons}, given


def test_every_reason_to_doubt_was_given(events: list[Event]) -> None:
    assert set(DOUBT_NAMES) == {each.why for each in events if isinstance(each, QuoteDoubted)}


def test_a_failed_trigger_has_no_other_reason(events: list[Event]) -> None:
    reasons = {each.reason for each in events if isinstance(each, TriggerFailed)}
    assert reasons <= FAILURES


@pytest.mark.parametrize(
    "kind", [*COMMAND_TYPES, Conditions, Trigger, Exit], ids=lambda kind: kind.__name__
)
def test_every_field_of_a_command_was_used(kind: type, applied: list[Command]) -> None:
    """With something else than its default, so that a new field is missed here."""
    found = [each for command in applied for each in structs_in(command) if type(each) is kind]
    assert found
    assert set() == fields_at_their_default(kind, found)


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_every_field_of_an_event_was_used(kind: type, events: list[Event]) -> None:
    assert set() == fields_at_their_default(kind, [e for e in events if type(e) is kind])


def structs_in(value: Any) -> Iterator[msgspec.Struct]:
    """A command and the structs nested in it."""
    if isinstance(value, msgspec.Struct):
        yield value
        for name in value.__struct_fields__:
            yield from structs_in(getattr(value, name))


def fields_at_their_default(kind: Any, found: list[Any]) -> set[str]:
    optional = {
        field.name: field.default for field in msgspec.structs.fields(kind)
        if field.default is not msgspec.NODEFAULT
    }
    return {
        name for name, default in optional.items()
        if all(getattr(each, name) == default for each in found)
    }


@pytest.mark.parametrize(("command", "path"), [
    (ORDER, "side"), (ORDER, "time_in_force"), (ORDER, "self_trade"),
    (WAITING, "conditions.trigger.follows"), (WAITING, "conditions.trigger.direction"),
    (
        msgspec.structs.replace(ORDER, conditions=Conditions(take_profit=EXIT)),
        "conditions.take_profit.follows",
    ),
    (
        msgspec.structs.replace(ORDER, conditions=Conditions(stop_loss=EXIT)),
        "conditions.stop_loss.follows",
    ),
    (CancelOrders(account_id=ALICE, instrument_id=SOL_USD), "kind"),
    (ChangeInstrument(instrument_id=SOL_USD), "state"),
    (ChangeContract(instrument_id=SOL_CFD), "state"),
    (
        OpenPosition(account_id=ALICE, instrument_id=SOL_CFD, direction=1, margin=9, leverage=10),
        "direction",
    ),
], ids=lambda value: value if isinstance(value, str) else type(value).__name__)
def test_every_value_that_the_engine_takes_was_used(
    command: Command, path: str, market: bytes, applied: list[Command]
) -> None:
    """The engine is asked which these are, so that a new one is missed here."""
    taken = values_taken(market, command, path)
    used = {value_of(each, path) for each in applied if type(each) is type(command)}
    assert taken
    assert set() == taken - used


def test_every_order_type_met_every_time_in_force(market: bytes, events: list[Event]) -> None:
    """As far as the engine takes them together; on both sides, ordinary and waiting."""
    times = values_taken(market, ORDER, "time_in_force")
    for command, kind in ((ORDER, OrderAccepted), (WAITING, OrderWaiting)):
        expected = {
            (order_type, time_in_force, side)
            for price, time_in_force, side in product((0, ORDER.price), times, (BUY, SELL))
            for order_type in values_taken(market, msgspec.structs.replace(
                command, price=price, time_in_force=time_in_force, side=side
            ), "order_type")
        }
        placed = [event.order for event in events if isinstance(event, kind)]
        seen = {(order.order_type, order.time_in_force, order.side) for order in placed}
        assert expected
        assert set() == expected - seen, kind.__name__


def test_every_self_trade_mode_had_its_effect(answered: Answered, market: bytes) -> None:
    """Each mode met an order of the same account, for each time in force."""
    met = {
        (command.self_trade, command.time_in_force)
        for command, events in answered if isinstance(command, PlaceOrder)
        for event in events
        if isinstance(event, OrderCanceled) and event.reason == CancelReason.SELF_TRADE
    }
    modes = values_taken(market, ORDER, "self_trade")
    times = values_taken(market, ORDER, "time_in_force")
    assert set() == set(product(modes, times)) - met


def test_every_kind_of_trigger_waited(events: list[Event], market: bytes) -> None:
    """Each price, coming each way, to an order by quantity, by amount and by share."""
    seen = set()
    for event in events:
        if isinstance(event, OrderWaiting):
            trigger = event.order.conditions.trigger
            size = "share" if trigger.share_rate else (
                "amount" if event.order.quote_amount else "quantity"
            )
            seen.add((trigger.follows, trigger.direction, size))
    follows = values_taken(market, WAITING, "conditions.trigger.follows")
    directions = values_taken(market, WAITING, "conditions.trigger.direction") - {0}
    assert set() == set(product(follows, directions, ("quantity", "amount", "share"))) - seen


def test_the_ways_of_an_entry_are_there() -> None:
    """Several writers, entries in quarantine, entries without commands and of many."""
    entries = [
        entry for file in golden_files() for journal in read(file) for entry in journal.entries
    ]
    sizes = {len(decode_outcome(entry.outcome).answers) for entry in entries}
    assert any(entry.quarantined for entry in entries)
    assert len({entry.writer for entry in entries}) > 2
    assert {0, 1, 2} <= sizes
    assert max(sizes) >= 7
