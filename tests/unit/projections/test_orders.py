"""Orders: what each event does to an order, and which orders can be asked for how long."""

from hypothesis import given, settings
from hypothesis import strategies as st

from naive_tables import naive_order, naive_tables
from outcry.engine.commands import Command, Conditions, Exit, PlaceOrder, Trigger
from outcry.engine.rejects import CancelReason, RejectReason
from outcry.engine.units import BUY, FOK, IOC, MARK_PRICE, REJECT_MAKER, SELL, OrderId
from outcry.projections import history
from outcry.projections.history import OrderRow
from outcry.projections.orders import Orders, OrderUpdate, UpdateKind
from outcry.projections.venue import Changes, Venue
from outcry.protocol.journal import NOTHING_YET, decode_outcome
from scripted_log import (
    ALICE,
    BOB,
    SOL,
    SOL_USDC,
    START_MS,
    USDC,
    ScriptedLog,
    cancel,
    exits,
    limit,
    market,
    quote,
    replacement,
    shown,
    waits_for,
)
from venue_log import VenueLog, random_log

ACCEPTED, FILL, CANCELED = UpdateKind.ACCEPTED, UpdateKind.FILL, UpdateKind.CANCELED
WAITING, FAILED, REPLACED = UpdateKind.WAITING, UpdateKind.FAILED, UpdateKind.REPLACED
OPEN, FILLED = history.OPEN, history.FILLED


class Followed:
    """A market whose log is folded as it is written."""

    def __init__(self) -> None:
        self.log = ScriptedLog()
        self.venue = Venue()
        self.log.open_market()
        for entry, outcome in zip(self.log.entries, self.log.outcomes, strict=True):
            self.venue.fold(entry.id, outcome)

    @property
    def orders(self) -> Orders:
        return self.venue.orders

    def fold(self, *commands: Command, after_ms: int = 0) -> Changes:
        outcome = self.log.write(*commands, after_ms=after_ms)
        return self.venue.fold(self.log.top, outcome)

    def write(self, *commands: Command, after_ms: int = 0) -> list[OrderUpdate]:
        return self.fold(*commands, after_ms=after_ms).orders


def told(updates: list[OrderUpdate]) -> list[tuple[int, int, int, int | None]]:
    """(order id, status, filled, quantity of the fill) of each update."""
    return [
        (update.order.order_id, update.order.status, update.order.filled,
         update.fill.quantity if update.fill else None)
        for update in updates
    ]


def test_a_resting_order_is_open() -> None:
    market_ = Followed()
    updates = market_.write(limit(ALICE, BUY, 5, at=99, client_id=77), after_ms=3)

    assert [(1, OPEN, 0, None)] == told(updates)
    order = updates[0].order
    assert market_.log.now_ms == order.created_ms
    assert [order] == market_.orders.open_of(ALICE)
    assert [order] == market_.orders.open_of(ALICE, SOL_USDC)
    assert [] == market_.orders.open_of(BOB)
    assert order == market_.orders.by_client_id(ALICE, 77)
    assert order == market_.orders.order(OrderId(1))
    assert market_.orders.by_client_id(BOB, 77) is None


def test_a_trade_fills_taker_and_maker() -> None:
    """Accepted first, then for each trade the taker's fill and the maker's."""
    followed = Followed()
    followed.write(limit(ALICE, SELL, 2, at=100), limit(ALICE, SELL, 10, at=101, client_id=9))
    updates = followed.write(limit(BOB, BUY, 5, at=101, client_id=8))

    assert [
        (3, OPEN, 0, None), (3, OPEN, 2, 2), (1, FILLED, 2, 2), (3, FILLED, 5, 3), (2, OPEN, 3, 3)
    ] == told(updates)
    taker, maker = updates[3].fill, updates[4].fill
    assert taker is not None
    assert maker is not None
    assert (BOB, BUY, False, SOL, 8) == (
        taker.account_id, taker.side, taker.is_maker, taker.fee_asset_id, taker.client_id
    )
    assert (ALICE, SELL, True, USDC, 9) == (
        maker.account_id, maker.side, maker.is_maker, maker.fee_asset_id, maker.client_id
    )
    assert (101, 101) == (taker.price, maker.price)
    assert 100 * 2 * 100 + 101 * 3 * 100 == updates[3].order.quote_filled
    assert [2] == [order.order_id for order in followed.orders.open_of(ALICE)]
    assert [] == followed.orders.open_of(BOB)


def test_an_order_that_ends_says_why() -> None:
    followed = Followed()
    followed.write(limit(ALICE, SELL, 2, at=100))
    ioc = followed.write(limit(BOB, BUY, 5, at=100, tif=IOC))
    fok = followed.write(limit(BOB, BUY, 5, at=100, tif=FOK))
    followed.write(limit(ALICE, SELL, 2, at=100))
    owner = followed.write(cancel(ALICE, 4))

    assert [(2, history.CANCELED, 2, None)] == told(ioc[-1:])
    assert CancelReason.IMMEDIATE_OR_CANCEL == ioc[-1].order.cancel_reason
    assert [(3, OPEN, 0, None), (3, history.CANCELED, 0, None)] == told(fok)
    assert CancelReason.FILL_OR_KILL == fok[-1].order.cancel_reason
    assert [(4, history.CANCELED, 0, None)] == told(owner)
    assert CancelReason.BY_OWNER == owner[0].order.cancel_reason


def test_money_left_over_is_not_a_filled_order() -> None:
    """The book ran out before a quote amount was spent: never filled, then canceled."""
    followed = Followed()
    followed.write(limit(ALICE, SELL, 2, at=100))
    updates = followed.write(market(BOB, BUY, spend=1_000_000))

    assert [
        (2, OPEN, 0, None), (2, OPEN, 2, 2), (1, FILLED, 2, 2), (2, history.CANCELED, 2, None)
    ] == told(updates)


def test_a_maker_makes_way_for_its_own_account() -> None:
    followed = Followed()
    followed.write(limit(ALICE, SELL, 2, at=100))
    updates = followed.write(limit(ALICE, BUY, 2, at=100, self_trade=REJECT_MAKER))

    assert [(2, OPEN, 0, None), (1, history.CANCELED, 0, None)] == told(updates)
    assert [2] == [order.order_id for order in followed.orders.open_of(ALICE)]


def test_an_ended_order_is_kept_until_it_is_forgotten() -> None:
    """What is open is kept whatever is forgotten."""
    followed = Followed()
    followed.write(limit(ALICE, SELL, 2, at=100, client_id=5), limit(ALICE, SELL, 2, at=101))
    accepted = followed.log.top
    followed.write(market(BOB, BUY, 2), after_ms=1)
    filled = followed.log.top

    assert [1, 2] == [
        order.order_id for order in followed.orders.changed_above(ALICE, NOTHING_YET)
    ]
    assert [1] == [order.order_id for order in followed.orders.changed_above(ALICE, accepted)]
    assert [2] == [fill.quantity for fill in followed.orders.fills_above(ALICE, accepted)]
    assert [] == followed.orders.fills_above(ALICE, filled)

    followed.venue.forget(accepted)
    kept = followed.orders.order(OrderId(1))
    assert kept is not None
    assert FILLED == kept.status
    assert kept == followed.orders.by_client_id(ALICE, 5)

    followed.venue.forget(filled)
    assert followed.orders.order(OrderId(1)) is None
    assert followed.orders.by_client_id(ALICE, 5) is None
    assert [2] == [order.order_id for order in followed.orders.open_of(ALICE)]
    assert [] == followed.orders.changed_above(ALICE, NOTHING_YET)
    assert [] == followed.orders.fills_above(BOB, NOTHING_YET)


def kinds(updates: list[OrderUpdate]) -> list[tuple[UpdateKind, int]]:
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


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_any_log_leaves_each_order_as_its_events_say_one_by_one(seed: int, entries: int) -> None:
    """Also the ended ones; and what is told of an order is a whole life that ends once."""
    log = VenueLog(seed)
    log.trade(entries)
    venue = Venue()
    told_last: dict[int, OrderUpdate] = {}
    for _, entry in log.entries:
        for update in venue.fold(entry.id, decode_outcome(entry.outcome)).orders:
            before = told_last.get(update.order.order_id)
            assert update.is_new == (before is None)
            assert before is None or not before.order.ended
            assert (update.kind is FILL) == (update.fill is not None)
            told_last[update.order.order_id] = update
    rows = naive_tables(log.entries)["spot_orders"]
    assert rows.keys() == told_last.keys()
    for order_id, row in rows.items():
        expected = naive_order(row)
        assert expected == told_last[order_id].order
        assert expected == venue.orders.order(order_id)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 120))
def test_any_log_leaves_the_orders_the_engine_has(seed: int, entries: int) -> None:
    """Folded from events or taken from a snapshot, the open orders are the same."""
    log = random_log(seed, entries)
    venue = Venue()
    for entry, outcome in zip(log.entries, log.outcomes, strict=True):
        venue.fold(entry.id, outcome)
    image = log.image()
    expected = {
        order.order_id: (
            status, order.order, order.filled, order.quote_filled, order.created_ms,
            order.related_order_id,
        )
        for book in image.books
        for status, orders in (
            (OPEN, book.bids), (OPEN, book.asks), (history.WAITING, book.waiting),
        )
        for order in orders
    }
    fresh = Venue.from_image(image, log.top)
    for account_id in (ALICE, BOB):
        folded = venue.orders.open_of(account_id)
        assert [shown(order) for order in folded] == [
            shown(order) for order in fresh.orders.open_of(account_id)
        ]
        for order in folded:
            assert expected.pop(order.order_id) == (
                order.status, terms(order), order.filled, order.quote_filled, order.created_ms,
                order.related_order_id,
            )
    assert {} == expected

    venue.forget(log.top)
    for order_id in range(1, image.last_order_id + 1):
        kept = venue.orders.order(OrderId(order_id))
        assert kept is None or not kept.ended
    assert not venue.orders._changed_of


def terms(order: OrderRow) -> PlaceOrder:
    """The command that would place an order as it now stands."""
    return PlaceOrder(**{name: getattr(order, name) for name in PlaceOrder.__struct_fields__})
