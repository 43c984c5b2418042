"""Orders that wait, carry exits or are replaced: what the views say of them."""

from outcry.engine.commands import Conditions, Exit, Trigger
from outcry.engine.rejects import CancelReason, RejectReason
from outcry.engine.units import BUY, MARK_PRICE, SELL
from outcry.projections import history
from outcry.projections.orders import OrderTransition, UpdateKind
from rigs.followed import Followed
from rigs.scripted_log import (
    ALICE,
    BOB,
    START_MS,
    exits,
    limit,
    market,
    quote,
    replacement,
    waits_for,
)

ACCEPTED, FILL, CANCELED = UpdateKind.ACCEPTED, UpdateKind.FILL, UpdateKind.CANCELED
WAITING, FAILED, REPLACED = UpdateKind.WAITING, UpdateKind.FAILED, UpdateKind.REPLACED


def kinds(updates: list[OrderTransition]) -> list[tuple[UpdateKind, int]]:
    """(what happened, order id) of each update."""
    return [(update.kind, update.order.order_id) for update in updates]


def traded_at(price: int) -> Followed:
    """A market whose last trade was at a price; its two orders are filled."""
    followed = Followed()
    followed.write(limit(ALICE, SELL, 1, at=price), limit(BOB, BUY, 1, at=price))
    return followed


def test_an_order_waits_and_is_accepted_under_its_id() -> None:
    """It is open all the while, and was created when it was placed."""
    followed = traded_at(100)
    placed = followed.write(
        limit(BOB, BUY, 3, at=98, client_id=4, conditions=waits_for(99)), after_ms=5
    )
    placed_ms = followed.log.now_ms

    assert [(WAITING, 3)] == kinds(placed)
    assert placed[0].is_new
    waiting = placed[0].order
    assert (history.WAITING, 3, placed_ms, 0) == (
        waiting.status, waiting.quantity, waiting.created_ms, waiting.triggered_ms
    )
    assert [waiting] == followed.orders.open_of(BOB)
    assert waiting == followed.orders.by_client_id(BOB, 4)

    fired = followed.write(
        limit(BOB, BUY, 1, at=99), limit(ALICE, SELL, 1, at=99), after_ms=7
    )

    assert [
        (ACCEPTED, 4), (ACCEPTED, 5), (FILL, 5), (FILL, 4), (ACCEPTED, 3)
    ] == kinds(fired)
    assert [True, True, False, False, False] == [update.is_new for update in fired]
    order = fired[-1].order
    now_ms = followed.log.now_ms
    assert (history.OPEN, placed_ms, now_ms, now_ms) == (
        order.status, order.created_ms, order.triggered_ms, order.updated_ms
    )
    assert waiting.conditions == order.conditions
    assert [order] == followed.orders.open_of(BOB)


def test_what_a_quote_sets_off_is_told() -> None:
    """Orders are active, traded and ended in the answer to a quote."""
    followed = Followed()
    followed.write(limit(ALICE, SELL, 2, at=101), quote(1_000_000, 1_000_000, START_MS))
    followed.write(market(BOB, BUY, 2, conditions=waits_for(99, follows=MARK_PRICE)))
    changes = followed.fold(quote(990_000, 990_000, START_MS))

    assert [(ACCEPTED, 2), (FILL, 2), (FILL, 1)] == kinds(changes.orders)
    assert [990_000] == [set_quote.bid for set_quote in changes.quotes]
    assert [101] == [trade.price for trade in changes.trades]
    assert [] == followed.orders.open_of(BOB)


def test_an_order_that_fails_says_why_and_has_ended() -> None:
    followed = traded_at(100)
    followed.write(limit(ALICE, SELL, 2, at=101))
    followed.write(
        limit(BOB, BUY, 2, at=105, post_only=True, client_id=4, conditions=waits_for(99))
    )
    fired = followed.write(limit(BOB, BUY, 1, at=99), limit(ALICE, SELL, 1, at=99), after_ms=3)

    assert (FAILED, 4) == kinds(fired)[-1]
    order = fired[-1].order
    assert (history.FAILED, RejectReason.POST_ONLY_WOULD_TAKE, followed.log.now_ms) == (
        order.status, order.reject_reason, order.triggered_ms
    )
    assert [] == followed.orders.open_of(BOB)
    followed.venue.forget(followed.log.top)
    assert followed.orders.by_client_id(BOB, 4) is None


def test_exits_wait_for_what_was_bought_until_one_of_them_fires() -> None:
    followed = Followed()
    followed.write(limit(ALICE, SELL, 10, at=100))
    bought = followed.write(limit(BOB, BUY, 10, at=100, conditions=exits(110, 90)))

    assert [
        (ACCEPTED, 2), (FILL, 2), (FILL, 1), (WAITING, 3), (WAITING, 4)
    ] == kinds(bought)
    for update in bought[-2:]:
        assert (2, SELL, 9) == (
            update.order.related_order_id, update.order.side, update.order.quantity
        )

    followed.write(limit(ALICE, SELL, 1, at=110))
    fired = followed.write(limit(BOB, BUY, 1, at=110))

    assert [
        (ACCEPTED, 6), (FILL, 6), (FILL, 5), (CANCELED, 4), (ACCEPTED, 3), (CANCELED, 3)
    ] == kinds(fired)
    assert CancelReason.EXIT_FIRED == fired[3].order.cancel_reason
    assert 2 == fired[4].order.related_order_id
    assert [] == followed.orders.open_of(BOB)


def test_money_left_over_in_a_cascade_is_not_a_filled_order() -> None:
    """Traded all it came to and canceled then, though other events follow."""
    followed = traded_at(100)
    followed.write(limit(ALICE, SELL, 20, at=101))
    followed.write(market(BOB, BUY, spend=10**6, conditions=Conditions(
        trigger=Trigger(price=99), take_profit=Exit(trigger_price=120),
    )))
    fired = followed.write(limit(BOB, BUY, 1, at=99), limit(ALICE, SELL, 1, at=99))

    assert [
        (ACCEPTED, 4), (FILL, 4), (FILL, 3), (CANCELED, 4), (WAITING, 7)
    ] == kinds(fired)[-5:]
    assert [history.OPEN, history.OPEN, history.FILLED, history.CANCELED] == [
        update.order.status for update in fired[-5:-1]
    ]
    assert (0, 20, 20) == (
        followed.log.outcomes[-2].answers[0][0].order.quantity,  # type: ignore[union-attr]
        fired[-5].order.quantity, fired[-2].order.filled,
    )


def test_a_replaced_order_keeps_its_id_and_may_trade() -> None:
    followed = Followed()
    followed.write(limit(ALICE, SELL, 5, at=100), limit(BOB, BUY, 2, at=98))
    less = followed.write(replacement(ALICE, 1, quantity=3), after_ms=4)

    assert [(REPLACED, 1)] == kinds(less)
    assert (100, 3, followed.log.now_ms) == (
        less[0].order.price, less[0].order.quantity, less[0].order.updated_ms
    )

    cheaper = followed.write(replacement(ALICE, 1, price=98))

    assert [(REPLACED, 1), (FILL, 1), (FILL, 2)] == kinds(cheaper)
    assert (98, 3, 2, history.OPEN) == (
        cheaper[1].order.price, cheaper[1].order.quantity, cheaper[1].order.filled,
        cheaper[1].order.status,
    )
    assert [1] == [order.order_id for order in followed.orders.open_of(ALICE)]
