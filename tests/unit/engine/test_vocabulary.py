"""Commands and events on the log: numbers that keep their meaning, and nothing left unhandled."""

import typing

import msgspec
import pytest

from outcry.engine.commands import (
    COMMAND_TYPES,
    Command,
    Conditions,
    Exit,
    PlaceOrder,
    Trigger,
)
from outcry.engine.engine import Engine
from outcry.engine.events import EVENT_TYPES, Event
from outcry.engine.state import State

# A number that is here is never given to another command or event, and fields keep their places.
COMMANDS = {
    0: "OpenVenue", 1: "PlaceOrder", 2: "CancelOrder", 3: "CancelOrders", 4: "ReplaceOrder",
    10: "CreateAccount", 11: "Deposit", 12: "Withdraw", 20: "ListAsset", 21: "ListInstrument",
    22: "SetQuote", 23: "ChangeInstrument", 24: "ListContract", 25: "ChangeContract",
    30: "Heartbeat", 31: "UseRules", 40: "OpenPosition", 41: "ClosePosition", 42: "ChangePosition",
    43: "AddMargin",
}
EVENTS = {
    0: "VenueOpened", 1: "CommandRejected", 2: "OrderAccepted", 3: "Traded", 4: "OrderCanceled",
    5: "OrdersCanceled", 6: "OrderWaiting", 7: "TriggerFailed", 8: "OrderReplaced",
    10: "AccountCreated", 11: "Deposited", 12: "Withdrawn", 20: "AssetListed",
    21: "InstrumentListed", 22: "QuoteSet", 23: "InstrumentChanged", 24: "ContractListed",
    25: "ContractChanged", 30: "ClockTicked", 31: "RulesUsed", 40: "PositionOpened",
    41: "PositionClosed", 42: "PositionChanged",
}


def tags(types: tuple[type, ...]) -> dict[int, str]:
    found = {typing.cast("typing.Any", kind).__struct_config__.tag: kind.__name__ for kind in types}
    assert len(found) == len(types), "a number is used twice"
    return found


def test_numbers_on_the_log_keep_their_meaning() -> None:
    assert COMMANDS.items() <= tags(COMMAND_TYPES).items()
    assert EVENTS.items() <= tags(EVENT_TYPES).items()


def test_the_lists_are_the_unions() -> None:
    assert set(COMMAND_TYPES) == set(typing.get_args(Command))
    assert set(EVENT_TYPES) == set(typing.get_args(Event))


def test_the_engine_handles_every_command() -> None:
    assert set(COMMAND_TYPES) == set(Engine(State()).handled)


@pytest.mark.parametrize("kind", [*COMMAND_TYPES, *EVENT_TYPES], ids=lambda kind: kind.__name__)
def test_messages_are_frozen_small_arrays_that_refuse_what_they_do_not_know(kind: type) -> None:
    config = typing.cast("typing.Any", kind).__struct_config__
    assert config.frozen
    assert config.array_like
    assert not config.gc
    assert config.forbid_unknown_fields or kind in EVENT_TYPES


def test_an_order_is_an_array_headed_by_its_number() -> None:
    """The order of fields is the format: a new one comes last, with a default."""
    packed = msgspec.msgpack.encode([1, 100, 2, -1, 1, 7, 8, 9, 3, True, 5, 2])
    order = msgspec.msgpack.decode(packed, type=COMMAND_TYPES[1])
    assert {
        "account_id": 100, "instrument_id": 2, "side": -1, "order_type": 1, "price": 7,
        "quantity": 8, "quote_amount": 9, "time_in_force": 3, "post_only": True, "client_id": 5,
        "self_trade": 2, "conditions": None,
    } == msgspec.structs.asdict(order)


def test_conditions_are_arrays_without_numbers() -> None:
    packed = msgspec.msgpack.encode(
        [1, 100, 2, -1, 1, 7, 8, 0, 1, False, None, 1, [[50, 2, -1, 9], [60, 1, 61], [40]]]
    )
    order = msgspec.msgpack.decode(packed, type=PlaceOrder)
    assert order.conditions == Conditions(
        trigger=Trigger(price=50, follows=2, direction=-1, share_rate=9),
        take_profit=Exit(trigger_price=60, follows=1, limit_price=61),
        stop_loss=Exit(trigger_price=40),
    )
    assert packed[:-2] + b"\x93\x28\x01\x00" == msgspec.msgpack.encode(order)
