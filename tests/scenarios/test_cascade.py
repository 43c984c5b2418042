"""A hundred thousand positions, and a gap of 20 %: all that are due go in one command's events."""

from collections.abc import Sequence
from itertools import pairwise

from domain.cfd import CONTRACT, USDC, CfdFloor, units
from outcry.engine import invariants
from outcry.engine.commands import Command, OpenPosition, SetQuote
from outcry.engine.events import Outcome, PositionClosed, PositionOpened, QuoteSet
from outcry.engine.rejects import CloseReason
from outcry.engine.units import HOUSE, LONG, SHORT
from outcry.wire.journal import decode_outcome, encode_commands

POSITIONS = 100_000
PEOPLE = 20
AT_ONCE = 1_000  # Commands in an entry.
PRICE, AFTER = 200, 160


def test_a_gap_closes_everything_that_is_due_at_once() -> None:
    """Longs of 5x and more are gone, nearest first; the others and the shorts stay."""
    floor = CfdFloor()
    people = [f"trader{number}" for number in range(PEOPLE)]
    for person in people:
        floor.person(person, 100_000)
    floor.price(PRICE)
    wanted = [
        OpenPosition(
            account_id=floor.people[people[number % PEOPLE]], instrument_id=CONTRACT,
            # Every fourth is a short; longs have leverages from 1x to 25x.
            direction=SHORT if number % 4 == 3 else LONG, margin=units(1),
            leverage=10 + number // 4 % 241,
        )
        for number in range(POSITIONS)
    ]
    opened: dict[int, PositionOpened] = {}
    for first in range(0, POSITIONS, AT_ONCE):
        for answer in applied(floor, wanted[first : first + AT_ONCE]).answers:
            [event] = answer
            assert isinstance(event, PositionOpened)
            opened[event.position_id] = event
    assert POSITIONS == len(opened)

    outcome = applied(floor, [SetQuote(
        instrument_id=CONTRACT, bid=units(AFTER), ask=units(AFTER), source_ms=floor.now_ms
    )])
    [[quoted, *gone]] = outcome.answers
    assert isinstance(quoted, QuoteSet)
    due = {
        event.position_id for event in opened.values()
        if event.direction == LONG and event.liquidation_price >= units(AFTER)
    }
    assert POSITIONS // 2 < len(due) < POSITIONS
    closings = [event for event in gone if isinstance(event, PositionClosed)]
    assert len(gone) == len(closings) == len(due)
    assert due == {event.position_id for event in closings}
    assert {(CloseReason.LIQUIDATED, units(AFTER), -units(1))} == {
        (event.reason, event.close_price, event.pnl) for event in closings
    }
    order = [
        (-opened[event.position_id].liquidation_price, event.position_id) for event in closings
    ]
    assert all(before < after for before, after in pairwise(order))
    assert POSITIONS - len(due) == len(floor.engine.state.positions)
    house = floor.engine.state.accounts[HOUSE].balance(USDC)
    assert units(1) * len(due) == house.free
    invariants.check(floor.engine.state)


def applied(floor: CfdFloor, commands: Sequence[Command]) -> Outcome:
    """One entry."""
    floor.number += 1
    packed = encode_commands(list(commands))
    return decode_outcome(floor.engine.apply(
        entry_ms=floor.now_ms, writer=1, number=floor.number, commands=packed, quarantined=[]
    ))
