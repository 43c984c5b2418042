"""The invariants that hold after every command, checked the slow way, over the whole state.

Tests check it at every step, the engine whenever it takes a snapshot. An assertion that fails here
stops the venue for a person: the state can no longer be trusted.
"""

from outcry.engine.cfd.contracts import Contract
from outcry.engine.quote_gate import CONFIRMATIONS, QuoteGate
from outcry.engine.spot.book import Book, BookSide
from outcry.engine.spot.conditional import trigger_of
from outcry.engine.spot.execution import reserve_of
from outcry.engine.spot.orders import Order
from outcry.engine.state import State
from outcry.engine.units import EXTERNAL, HOUSE, LAST_PRICE, LONG, OPEN, RISES, SHORT


def check(state: State) -> None:
    """Assert everything that must hold."""
    assert state.rules > 0
    check_money(state)
    check_reserves(state)
    for book in state.books.values():
        check_book(book)
        check_gate(book.gate)
    for contract in state.contracts.values():
        check_contract(state, contract)
        check_gate(contract.gate)


def check_money(state: State) -> None:
    """Per asset all balances sum to 0, and only `external` and `house` may be below it."""
    totals = dict.fromkeys(state.assets, 0)
    for account in state.accounts.values():
        for asset_id, balance in account.balances.items():
            assert balance.locked >= 0
            assert balance.free >= 0 or account.account_id in (EXTERNAL, HOUSE)
            totals[asset_id] += balance.free + balance.locked
    for asset_id, total in totals.items():
        assert total == 0, f"asset {asset_id} sums to {total}"


def check_reserves(state: State) -> None:
    """The locked balance of an account is the sum of its orders' and positions' reserves."""
    for account in state.accounts.values():
        needed = dict.fromkeys(account.balances, 0)
        for instrument_id, seat in account.seats.items():
            assert list(seat.orders) == sorted(seat.orders)
            for order in seat.orders.values():
                assert order.waiting == (order.order_id in state.books[instrument_id].waiting)
                if not order.waiting:
                    balance, amount = reserve_of(state.books[instrument_id], order)
                    needed[balance.asset_id] += amount
        for position in account.positions.values():
            needed[position.balance.asset_id] += position.margin
        for asset_id, balance in account.balances.items():
            assert balance.locked == needed[asset_id], f"account {account.account_id}"


def check_book(book: Book) -> None:
    """The book is not crossed, its levels are sorted, and each is the sum of its orders.

    No work on triggers is left over, and only waiting orders are indexed.
    """
    assert not book.parents
    assert book.traded_low == 0
    assert book.last_triggers.count + book.mark_triggers.count == len(book.waiting)
    for order in book.waiting.values():
        check_waiting(book, order)
    if book.bids.keys and book.asks.keys:
        assert book.bids.best_key() < -book.asks.best_key()
    check_side(book.bids)
    check_side(book.asks)


def check_waiting(book: Book, order: Order) -> None:
    """The price has not come to the trigger of an order that waits, as long as the book is open."""
    beside = order.beside
    assert beside is None or (beside.waiting and beside.beside is order)
    trigger = trigger_of(order)
    if trigger.follows != LAST_PRICE and book.gate.in_doubt:
        return  # It waits for the doubt to end, whatever the mark.
    down, up = (
        (book.last_price, book.last_price) if trigger.follows == LAST_PRICE else book.mark_ticks()
    )
    if up != 0 and book.instrument.state == OPEN:
        assert down < trigger.price if trigger.direction == RISES else up > trigger.price


def check_contract(state: State, contract: Contract) -> None:
    """The sums for limits are those of open positions, and none is past a price that closes it."""
    net = 0
    shorts = 0
    quantities = {LONG: 0, SHORT: 0}
    watched = 0
    waits = contract.gate.fault() != 0  # Then positions wait for the next quote.
    for position in state.positions.values():
        if position.instrument_id != contract.instrument_id:
            continue
        direction = position.direction
        net += direction * position.notional
        shorts += position.notional if direction == SHORT else 0
        quantities[direction] += position.quantity
        assert position.owed >= 0
        price = contract.close_price(direction)
        for losing in (position.liquidation_price, position.stop_loss):
            assert losing == 0 or waits or direction * (price - losing) > 0
            watched += losing != 0
        gaining = position.take_profit
        assert gaining == 0 or waits or direction * (gaining - price) > 0
        watched += gaining != 0
    assert contract.net_notional == net
    assert contract.short_notional == shorts
    assert quantities == {LONG: contract.long_quantity, SHORT: contract.short_quantity}
    assert contract.long_triggers.count + contract.short_triggers.count == watched


def check_gate(gate: QuoteGate) -> None:
    """Bounds are not negative, and a row of agreeing quotes is short and means doubt."""
    assert gate.band_rate >= 0
    assert gate.spread_max_rate >= 0
    assert 0 <= gate.agreeing < CONFIRMATIONS
    assert gate.agreeing == 0 or gate.in_doubt


def check_side(side: BookSide) -> None:
    """Keys and levels agree, and every queue is linked both ways."""
    assert side.keys == sorted(side.levels)
    for key in side.keys:
        level = side.levels[key]
        total = 0
        ahead = None
        order = level.head
        assert order is not None
        while order is not None:
            assert order.price == level.price
            assert order.remaining > 0
            assert order.ahead is ahead
            total += order.remaining
            ahead = order
            order = order.behind
        assert level.tail is ahead
        assert level.quantity == total
