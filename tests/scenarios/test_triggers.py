"""Orders that wait for a price: which prices set them off, in which order, and what follows."""

import pytest

from domain.floor import Floor, marked
from outcry.engine.commands import Trigger
from outcry.engine.events import OrderAccepted, OrderWaiting, Traded, TriggerFailed
from outcry.engine.units import (
    BUY,
    CANCEL_ONLY,
    CLOSED,
    FALLS,
    LIMIT_ONLY,
    OPEN,
    POST_ONLY,
    RISES,
    SELL,
)


def floor(last: int = 100, **rules: int) -> Floor:
    """A floor where the last trade was at this price and nobody has an order."""
    made = Floor(**rules)
    made.rich("alice", "bob", "carol")
    made.trade(last)
    return made


def test_a_waiting_order_reserves_nothing_and_may_ask_for_more_than_there_is() -> None:
    f = floor()
    f.deposit("dave", usdc=100)
    answer = f.buy("dave", 5, at=110, when=105)
    [event] = answer.events
    assert isinstance(event, OrderWaiting)
    assert 0 == event.related_order_id
    assert [answer.order_id] == f.waiting("dave")
    assert (100, 0) == (f.balance("dave", "USDC"), f.locked("dave", "USDC"))
    assert "|" == f.book()
    assert None is f.withdraw("dave", usdc=100).rejected


@pytest.mark.parametrize(
    ("price", "direction"), [(101, RISES), (105, RISES), (100, FALLS), (99, FALLS)]
)
def test_the_price_has_to_come_from_where_it_stands(price: int, direction: int) -> None:
    f = floor()
    waiting = f.buy("alice", 1, at=90, when=price).events[0]
    assert isinstance(waiting, OrderWaiting)
    conditions = waiting.order.conditions
    assert conditions is not None
    assert Trigger(price=price, direction=direction) == conditions.trigger


@pytest.mark.parametrize(
    "trigger",
    [100, Trigger(price=100, direction=RISES), Trigger(price=100, direction=FALLS),
     Trigger(price=95, direction=RISES), Trigger(price=105, direction=FALLS)],
)
def test_a_trigger_at_or_past_the_price_fires_at_once(trigger: Trigger | int) -> None:
    f = floor()
    answer = f.buy("alice", 1, at=90, when=trigger)
    assert [OrderWaiting, OrderAccepted] == [type(event) for event in answer.events]
    assert "| 1 @ 90" == f.book()
    assert [] == f.waiting("alice")


def test_without_a_price_a_trigger_must_say_where_the_price_comes_from() -> None:
    f = Floor()
    f.rich("alice", "bob")
    assert "no_price" == f.buy("alice", 1, at=90, when=105).rejected
    assert "no_price" == f.buy("alice", 1, at=90, when=marked(105)).rejected
    rises = f.buy("alice", 1, at=90, when=Trigger(price=105, direction=RISES)).order_id
    falls = f.buy("alice", 1, at=80, when=marked(105, direction=FALLS)).order_id
    assert [falls] == f.quote(105).accepted
    f.sell("alice", 1, at=106)
    assert [rises] == f.buy("bob", 1, at=106).accepted[1:]
    assert "| 1 @ 90, 1 @ 80" == f.book()


def test_it_fires_when_the_price_comes_to_it_and_not_before() -> None:
    f = floor()
    order_id = f.sell("alice", 3, at=200, when=95).order_id
    f.trade(96, 99, 96)
    assert [order_id] == f.waiting("alice")
    f.trade(95)
    assert [] == f.waiting("alice")
    assert "3 @ 200 |" == f.book()
    f.trade(90)
    assert "3 @ 200 |" == f.book()


def test_every_price_a_command_traded_at_counts() -> None:
    """A sweep from 96 to 112 sets off what waits for either end, though the last price is one."""
    f = floor()
    for price in (96, 104, 112):
        f.sell("bob", 1, at=price)
    falls = f.buy("alice", 1, at=50, when=96).order_id
    rises = f.buy("alice", 1, at=50, when=112).order_id
    between = f.buy("alice", 1, at=50, when=108).order_id
    beyond = [f.buy("alice", 1, at=50, when=price).order_id for price in (95, 113)]
    answer = f.buy_market("carol", 3)
    assert {falls, rises, between} == set(answer.accepted[1:])
    assert beyond == f.waiting("alice")


def test_on_the_way_down_too() -> None:
    f = floor()
    for price in (104, 96, 88):
        f.buy("bob", 1, at=price)
    rises = f.buy("alice", 1, at=50, when=104).order_id
    falls = f.buy("alice", 1, at=50, when=88).order_id
    beyond = [f.buy("alice", 1, at=50, when=price).order_id for price in (87, 105)]
    assert [rises, falls] == f.sell_market("carol", 3).accepted[1:]
    assert beyond == f.waiting("alice")


def test_the_nearest_to_the_price_before_fires_first_and_then_the_oldest() -> None:
    f = floor(105)
    for price in (104, 112):
        f.sell("bob", 1, at=price)
    names = {
        f.buy("alice", 1, at=50, when=price).order_id: name
        for name, price in (("far", 112), ("near", 108), ("below", 104), ("near too", 108))
    }
    fired = f.buy_market("carol", 2).accepted[1:]
    assert ["below", "near", "near too", "far"] == [names[order_id] for order_id in fired]


def test_a_trade_of_what_fired_sets_off_the_next_until_none_is_left() -> None:
    """Every stop sells a level lower, and the last finds nobody to sell to."""
    f = floor()
    for price in range(99, 89, -1):
        f.buy("bob", 1, at=price)
    stops = [f.sell_market("alice", 1, when=price).order_id for price in range(99, 89, -1)]
    untouched = f.sell_market("alice", 1, when=89).order_id
    answer = f.sell_market("carol", 1)
    assert stops == answer.accepted[1:]
    assert [*range(99, 89, -1)] == [trade.price for trade in answer.trades]
    assert [(stops[-1], "insufficient_liquidity")] == answer.canceled
    assert [untouched] == f.waiting("alice")


def test_a_cascade_of_two_thousand_is_one_answer() -> None:
    f = floor(5_000)
    f.entry([f.limit("bob", BUY, 1, at=price) for price in range(3_000, 5_000)])
    f.entry([f.market("alice", SELL, 1, when=price) for price in range(3_001, 5_000)])
    assert 2_000 == len(f.sell_market("carol", 1).trades)
    assert [] == f.waiting("alice")
    assert "|" == f.book()


def test_the_next_round_is_nearest_to_the_price_before_that_round() -> None:
    """Round one comes from 98: 97 is nearer to it than 102, though not to where it all began."""
    f = floor()
    for price in (98, 97):
        f.buy("bob", 1, at=price)
    f.sell("bob", 1, at=102)
    round_one = [
        f.sell_market("alice", 1, when=98).order_id, f.buy_market("alice", 1, when=98).order_id
    ]
    up, down = (f.buy("alice", 1, at=50, when=price).order_id for price in (102, 97))
    answer = f.sell_market("carol", 1)
    assert "1 @ 98, 1 @ 97, 1 @ 102" == answer.fills
    assert [*round_one, down, up] == answer.accepted[1:]


def test_a_limit_order_that_fires_stands_behind_whoever_was_there() -> None:
    """It has its id from before, and its place from when it fired."""
    f = floor()
    waiting = f.buy("alice", 1, at=90, when=95).order_id
    resting = f.buy("bob", 1, at=90).order_id
    f.trade(95)
    assert waiting < resting
    assert [resting, waiting] == f.sell_market("carol", 2).makers


def test_an_order_that_fires_is_accepted_with_the_terms_it_had() -> None:
    f = floor()
    placed = f.buy("alice", 4, at=90, when=95, client_id=7)
    [waiting] = placed.events
    assert isinstance(waiting, OrderWaiting)
    f.buy("bob", 1, at=95)
    accepted = f.sell_market("carol", 1).events[-1]
    assert OrderAccepted(placed.order_id, 4, waiting.order) == accepted
    assert [(placed.order_id, "by_owner")] == f.cancel("alice", client_id=7).canceled


@pytest.mark.parametrize(
    ("reason", "quantity", "price", "more"),
    [
        ("insufficient_funds", 200, 90, {}),
        ("post_only_would_take", 1, 120, {"post_only": True}),
        ("price_too_far", 1, 140, {}),
        ("quantity_invalid", 500, 90, {}),
        ("price_invalid", 1, 60, {}),
    ],
)
def test_an_order_that_cannot_be_had_when_it_fires_fails_with_a_reason(
    reason: str, quantity: int, price: int, more: dict[str, bool]
) -> None:
    f = floor(price_band_rate=300_000)
    f.deposit("dave", usdc=10_000)
    order_id = f.buy("dave", quantity, at=price, when=95, client_id=3, **more).order_id
    after = f.sell("alice", 1, at=119, when=95).order_id
    f.sell("bob", 1, at=96)
    f.change(quantity_max=400, price_min=70)
    f.buy("bob", 1, at=95)
    answer = f.sell_market("carol", 1)
    assert [(order_id, reason)] == answer.failed
    assert [after] == answer.accepted[1:], "the next fires all the same"
    assert [] == f.waiting("dave")
    assert (10_000, 0) == (f.balance("dave", "USDC"), f.locked("dave", "USDC"))
    again = f.buy("dave", 1, at=90, client_id=3)
    assert ("client_id_used", order_id) == (again.rejected, again.order_id)


@pytest.mark.parametrize("state", [OPEN, POST_ONLY, LIMIT_ONLY, CANCEL_ONLY, CLOSED])
def test_where_they_may_be_placed_and_canceled(state: int) -> None:
    f = floor()
    before = f.sell_market("alice", 1, when=90).order_id
    f.change(state=state)
    expected = "market_closed" if state in (CANCEL_ONLY, CLOSED) else None
    assert expected == f.sell_market("alice", 1, when=90).rejected
    assert [(before, "by_owner")] == f.cancel("alice", before).canceled


def test_what_was_canceled_does_not_fire() -> None:
    f = floor()
    one, two = (f.buy("alice", 1, at=50, when=95).order_id for _ in range(2))
    assert "order_not_found" == f.cancel("bob", one).rejected
    f.cancel("alice", one)
    assert "order_not_found" == f.cancel("alice", one).rejected
    f.buy("bob", 1, at=95)
    assert [two] == f.sell_market("carol", 1).accepted[1:]


def test_what_waits_survives_a_restart_and_goes_on_as_before() -> None:
    """Also in which order everything is canceled, whether it rests or waits."""
    answers = []
    for restarts in (False, True):
        f = floor()
        orders = [
            f.buy("alice", 1, at=50).order_id, f.sell_market("alice", 1, when=95).order_id,
            f.buy("alice", 1, at=51).order_id, f.sell_market("alice", 1, when=97).order_id,
            f.buy("alice", 0, at=52, when=Trigger(price=96, share_rate=7)).order_id,
        ]
        f.buy("bob", 2, at=96)
        if restarts:
            f.restart()
        fired = f.sell_market("carol", 1)
        if restarts:
            f.restart()
        gone = f.cancel_all("alice")
        assert [orders[3], orders[4]] == fired.accepted[1:]
        left = [orders[0], orders[1], orders[2], orders[4]]
        assert left == [order_id for order_id, _ in gone.canceled]
        answers.append((fired.events, gone.events))
    assert answers[0] == answers[1]


def test_events_of_a_firing_stand_in_the_order_things_happened() -> None:
    f = floor()
    f.buy("bob", 1, at=95)
    f.buy("bob", 1, at=94)
    f.deposit("dave", usdc=1)
    failing = f.buy("dave", 1, at=50, when=94).order_id
    f.sell_market("alice", 1, when=95)
    events = f.sell_market("carol", 1).events
    assert [OrderAccepted, Traded, OrderAccepted, Traded, TriggerFailed] == [
        type(event) for event in events
    ]
    assert failing == getattr(events[-1], "order_id", None)


def test_a_market_order_that_fires_into_an_empty_book_ends_there() -> None:
    f = floor()
    f.buy("bob", 1, at=95)
    order_id = f.sell_market("alice", 1, when=95).order_id
    answer = f.sell_market("carol", 1)
    assert [(order_id, "insufficient_liquidity")] == answer.canceled


def test_while_the_market_is_not_open_they_wait_and_opening_looks_at_the_price() -> None:
    f = floor()
    gone_by = f.buy("alice", 1, at=50, when=95).order_id
    reached = f.buy("alice", 1, at=50, when=97).order_id
    at_mark = f.buy("alice", 1, at=50, when=marked(80, direction=FALLS)).order_id
    f.change(state=LIMIT_ONLY)
    f.trade(95, 96)
    f.quote(80)
    at_once = f.buy("alice", 1, at=50, when=96).order_id
    assert [gone_by, reached, at_mark, at_once] == f.waiting("alice")
    for state in (POST_ONLY, CANCEL_ONLY, CLOSED):
        assert [] == f.change(state=state).accepted
    # 96 fires first: it is nearest to where the price stands.
    assert [at_once, reached, at_mark] == f.change(state=OPEN).accepted
    assert [gone_by] == f.waiting("alice")
    assert [] == f.change(state=OPEN).accepted
