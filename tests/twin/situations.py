"""What random traffic has to meet to be worth its name, seen in one command and its answer."""

import itertools
from collections.abc import Iterator, Sequence

from outcry.engine.commands import CancelOrder, ChangeInstrument, Command, ReplaceOrder, SetQuote
from outcry.engine.events import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderReplaced,
    OrderWaiting,
    Traded,
    TriggerFailed,
)
from outcry.engine.rejects import CancelReason, RejectReason
from outcry.engine.units import BUY, LIMIT, MARK_PRICE, MARKET

SITUATIONS = {
    "fired by last price", "fired by mark", "fired limit", "fired market", "fired at once",
    "fired by a quote", "fired at an opening", "fired by share to buy", "fired by share to sell",
    "fired by share of a market order", "fired after a firing traded", "five fired",
    "an exit fired", "an exit fired at once", "an exit failed", "an exit fired beside another",
    "exits placed", "exits of a canceled order", "exits of what a firing filled",
    "exits of a seller", "replaced", "replaced and traded", "replaced and canceled",
    "replaced and set off", "replaced a part-filled order", "a quote set off a cascade",
    "exits of less than a lot", "a firing stopped by its impact",
    *(
        f"TriggerFailed {int(reason)}"
        for reason in (
            RejectReason.QUANTITY_INVALID, RejectReason.PRICE_INVALID, RejectReason.PRICE_TOO_FAR,
            RejectReason.POST_ONLY_WOULD_TAKE, RejectReason.INSUFFICIENT_FUNDS,
        )
    ),
}


def kinds_of(events: Sequence[Event]) -> Iterator[str]:
    """Each event's name, with the reason it carries."""
    for event in events:
        yield f"{type(event).__name__} {getattr(event, 'reason', '')}".strip()


def situations_in(command: Command, events: Sequence[Event]) -> Iterator[str]:
    """Names of `SITUATIONS`, one for each time it is met."""
    if isinstance(command, ReplaceOrder) and isinstance(events[0], OrderReplaced):
        yield from _of_a_replacement(events[0], events)
    placed = [event for event in events if isinstance(event, OrderWaiting)]
    fired = [
        event for event in events
        if isinstance(event, OrderAccepted)
        and event.order.conditions is not None
        and event.order.conditions.trigger is not None
    ]
    stopped = {
        event.order_id for event in events
        if isinstance(event, OrderCanceled) and event.reason == CancelReason.PRICE_IMPACT
    }
    for accepted in fired:
        yield from _of_a_firing(accepted)
        if accepted.order_id in stopped:
            yield "a firing stopped by its impact"
    if len(fired) >= 5:
        yield "five fired"
    if fired and isinstance(command, SetQuote):
        yield "fired by a quote"
        if len(fired) > 1 and any(isinstance(event, Traded) for event in events):
            yield "a quote set off a cascade"
    if fired and isinstance(command, ChangeInstrument):
        yield "fired at an opening"
    yield from _of_rounds(events)
    yield from _of_exits(command, events, placed)


def _of_a_replacement(replaced: OrderReplaced, events: Sequence[Event]) -> Iterator[str]:
    yield "replaced"
    takers = [event.taker_order_id for event in events if isinstance(event, Traded)]
    if replaced.order_id in takers:
        yield "replaced and traded"
    if any(
        isinstance(event, OrderCanceled) and event.order_id == replaced.order_id
        for event in events
    ):
        yield "replaced and canceled"
    if any(isinstance(event, OrderAccepted) for event in events):
        yield "replaced and set off"
    if replaced.remaining < replaced.quantity:
        yield "replaced a part-filled order"


def _of_a_firing(accepted: OrderAccepted) -> Iterator[str]:
    order = accepted.order
    assert order.conditions is not None
    trigger = order.conditions.trigger
    assert trigger is not None
    yield "fired by mark" if trigger.follows == MARK_PRICE else "fired by last price"
    yield "fired limit" if order.order_type == LIMIT else "fired market"
    if trigger.share_rate:
        yield f"fired by share to {'buy' if order.side == BUY else 'sell'}"
        if order.order_type == MARKET:
            yield "fired by share of a market order"


def _of_rounds(events: Sequence[Event]) -> Iterator[str]:
    """Firings that came only because another had traded."""
    waiting = [event.order_id for event in events if isinstance(event, OrderWaiting)]
    fired = [
        place for place, event in enumerate(events)
        if isinstance(event, OrderAccepted) and event.order.conditions is not None
    ]
    for place in fired:
        if getattr(events[place], "order_id", 0) in waiting:
            yield "fired at once"
    for earlier, later in itertools.pairwise(fired):
        if any(isinstance(event, Traded) for event in events[earlier:later]):
            yield "fired after a firing traded"


def _of_exits(
    command: Command, events: Sequence[Event], placed: Sequence[OrderWaiting]
) -> Iterator[str]:
    exits = {event.order_id: event for event in placed if event.related_order_id}
    parents = {event.related_order_id for event in exits.values()}
    if any(event.order.quantity == 0 for event in exits.values()):
        yield "exits of less than a lot"
    if exits:
        yield "exits placed"
        if isinstance(command, CancelOrder):
            yield "exits of a canceled order"
    if any(event.order.side == BUY for event in exits.values()):
        yield "exits of a seller"
    gone = [
        event for event in events
        if isinstance(event, OrderCanceled) and event.reason == CancelReason.EXIT_FIRED
    ]
    for event, after in itertools.pairwise(events):
        if event in gone and isinstance(after, OrderAccepted | OrderWaiting | TriggerFailed):
            yield "an exit fired beside another"
            yield "an exit failed" if isinstance(after, TriggerFailed) else "an exit fired"
    for event in events:
        if isinstance(event, OrderAccepted):
            if event.order_id in exits:
                yield "an exit fired at once"
            if event.order_id in parents and event is not events[0]:
                yield "exits of what a firing filled"
