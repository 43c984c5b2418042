"""Orders: what each event does to an order, and which orders can be asked for how long."""

from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.engine.commands import PlaceOrder
from outcry.engine.rejects import CancelReason
from outcry.engine.units import BUY, FOK, IOC, REJECT_MAKER, SELL, OrderId
from outcry.projections.history import CANCELED, FILLED, OPEN, WAITING, OrderRow
from outcry.projections.orders import OrderTransition, UpdateKind
from outcry.projections.venue import VenueView
from outcry.wire.journal import NOTHING_YET, decode_outcome
from rigs.followed import Followed
from rigs.scripted_log import ALICE, BOB, SOL, SOL_USDC, USDC, cancel, limit, market, shown
from rigs.venue_log import VenueLog, random_log
from twin.tables import naive_order, naive_tables


def told(updates: list[OrderTransition]) -> list[tuple[int, int, int, int | None]]:
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

    assert [(2, CANCELED, 2, None)] == told(ioc[-1:])
    assert CancelReason.IMMEDIATE_OR_CANCEL == ioc[-1].order.cancel_reason
    assert [(3, OPEN, 0, None), (3, CANCELED, 0, None)] == told(fok)
    assert CancelReason.FILL_OR_KILL == fok[-1].order.cancel_reason
    assert [(4, CANCELED, 0, None)] == told(owner)
    assert CancelReason.BY_OWNER == owner[0].order.cancel_reason


def test_money_left_over_is_not_a_filled_order() -> None:
    """The book ran out before a quote amount was spent: never filled, then canceled."""
    followed = Followed()
    followed.write(limit(ALICE, SELL, 2, at=100))
    updates = followed.write(market(BOB, BUY, spend=1_000_000))

    assert [
        (2, OPEN, 0, None), (2, OPEN, 2, 2), (1, FILLED, 2, 2), (2, CANCELED, 2, None)
    ] == told(updates)


def test_a_maker_makes_way_for_its_own_account() -> None:
    followed = Followed()
    followed.write(limit(ALICE, SELL, 2, at=100))
    updates = followed.write(limit(ALICE, BUY, 2, at=100, self_trade=REJECT_MAKER))

    assert [(2, OPEN, 0, None), (1, CANCELED, 0, None)] == told(updates)
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


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_any_log_leaves_each_order_as_its_events_say_one_by_one(seed: int, entries: int) -> None:
    """Also the ended ones; and what is told of an order is a whole life that ends once."""
    log = VenueLog(seed)
    log.trade(entries)
    venue = VenueView()
    told_last: dict[int, OrderTransition] = {}
    for _, entry in log.entries:
        for update in venue.fold(entry.id, decode_outcome(entry.outcome)).orders:
            before = told_last.get(update.order.order_id)
            assert update.is_new == (before is None)
            assert before is None or not before.order.ended
            assert (update.kind is UpdateKind.FILL) == (update.fill is not None)
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
    venue = VenueView()
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
            (OPEN, book.bids), (OPEN, book.asks), (WAITING, book.waiting),
        )
        for order in orders
    }
    fresh = VenueView.from_image(image, log.top)
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
