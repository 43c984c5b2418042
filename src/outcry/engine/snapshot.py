"""The state as an image and back, and the hash by which two states are compared."""

from hashlib import sha256

from outcry.engine.balances import Balance
from outcry.engine.cfd.contracts import Contract
from outcry.engine.cfd.positions import Position
from outcry.engine.cfd.purse import Purse
from outcry.engine.cfd.sums import add_position, set_payout_max
from outcry.engine.image import (
    IMAGE_VERSION,
    OLDEST_IMAGE_VERSION,
    AccountImage,
    BalanceImage,
    BookImage,
    ContractImage,
    GateImage,
    OrderImage,
    PositionImage,
    PurseImage,
    StateImage,
    WriterImage,
    decode_image,
    encode_image,
    image_version,
)
from outcry.engine.listing import open_book
from outcry.engine.quote_gate import QuoteGate
from outcry.engine.quotes import gate_of
from outcry.engine.rules import VersionUnknown
from outcry.engine.spot.book import Book, BookSide
from outcry.engine.spot.conditional import enlist
from outcry.engine.spot.orders import Order
from outcry.engine.state import Account, State, WriterSession
from outcry.engine.units import RATE_ONE, InstrumentId, div_floor


class SnapshotVersionUnknown(VersionUnknown):
    """A snapshot was written by another version of the engine, in a form this one cannot read."""


def dump(state: State) -> bytes:
    """The whole state as bytes; equal states give equal bytes."""
    return encode_image(image_of(state))


def load(packed: bytes) -> State:
    """The state those bytes were taken from.

    Raises `msgspec.DecodeError` when they are not a snapshot and `SnapshotVersionUnknown` when they
    are one of another version.
    """
    image = decode_image(packed)
    if not OLDEST_IMAGE_VERSION <= image.version <= IMAGE_VERSION:
        raise SnapshotVersionUnknown(
            f"version {image.version}; this engine reads {OLDEST_IMAGE_VERSION} to {IMAGE_VERSION}"
        )
    return state_of(image)


def state_hash(state: State) -> str:
    """SHA-256 of the state, in hexadecimal."""
    return sha256(dump(state)).hexdigest()


def hash_of(packed: bytes) -> str:
    """The hash of the state in a snapshot, as this version counts it, whichever wrote it.

    Raises as `load` does.
    """
    if image_version(packed) != IMAGE_VERSION:
        packed = dump(load(packed))
    return sha256(packed).hexdigest()


def image_of(state: State) -> StateImage:
    """Describe the state as plain data."""
    return StateImage(
        version=IMAGE_VERSION,
        venue_id=state.venue_id,
        clock_ms=state.now_ms,
        last_order_id=state.last_order_id,
        last_account_id=state.last_account_id,
        assets=list(state.assets.values()),
        instruments=[book.instrument.listed for book in state.books.values()],
        quotes=[book.quote for book in state.books.values() if book.quote is not None],
        accounts=[_account_image(state.accounts[key]) for key in sorted(state.accounts)],
        books=[_book_image(book) for book in state.books.values()],
        contracts=[
            ContractImage(listed=contract.listed, quote=contract.quote, terms=contract.terms)
            for contract in state.contracts.values()
        ],
        last_position_id=state.last_position_id,
        positions=[_position_image(position) for position in state.positions.values()],
        money_keys=list(state.money_keys),
        writers=[
            WriterImage(writer=writer, number=session.number, seen_ms=session.seen_ms)
            for writer, session in state.writers.items()
        ],
        rules=state.rules,
        gates=_gate_images(state),
        purses=[
            PurseImage(
                asset_id=asset_id, loss_per_day_max=purse.loss_per_day_max,
                loss_max=purse.loss_max, day=purse.day, result_of_day=purse.result_of_day,
                result=purse.result, stopped=purse.stopped,
            )
            for asset_id, purse in sorted(state.purses.items())
        ],
        calendars=[state.calendars[key] for key in sorted(state.calendars)],
    )


def state_of(image: StateImage) -> State:
    """Build the state an image describes."""
    state = State()
    state.venue_id = image.venue_id
    state.rules = image.rules
    state.now_ms = image.clock_ms
    state.last_order_id = image.last_order_id
    state.last_account_id = image.last_account_id
    for asset in image.assets:
        state.assets[asset.asset_id] = asset
    for account_image in image.accounts:
        _restore_account(state, account_image)
    for listed in image.instruments:
        open_book(state, listed)
    for quote in image.quotes:
        state.books[quote.instrument_id].quote = quote
    opened: list[Order] = []
    for book_image in image.books:
        opened += _restore_book(state, book_image)
    opened.sort(key=_order_id)
    for order in opened:
        order.seat.orders[order.order_id] = order
    for contract_image in image.contracts:
        _restore_contract(state, contract_image)
    for gate_image in image.gates:
        _restore_gate(state, gate_image)
    for calendar in image.calendars:
        state.calendars[calendar.instrument_id] = calendar
    state.last_position_id = image.last_position_id
    for position_image in image.positions:
        _restore_position(state, position_image)
    for purse_image in image.purses:
        _restore_purse(state, purse_image)
    for key in image.money_keys:
        state.money_keys[key] = True
    for writer in image.writers:
        state.writers[writer.writer] = WriterSession(writer.number, writer.seen_ms)
    return state


def _order_id(order: Order) -> int:
    return order.order_id


def _account_image(account: Account) -> AccountImage:
    return AccountImage(
        account_id=account.account_id,
        user_key=account.user_key,
        balances=[_balance_image(account.balances[key]) for key in sorted(account.balances)],
        client_ids=[(key, account.client_ids[key]) for key in sorted(account.client_ids)],
        finished_client_ids=list(account.finished),
    )


def _balance_image(balance: Balance) -> BalanceImage:
    return BalanceImage(
        asset_id=balance.asset_id, free=balance.free, locked=balance.locked
    )


def _book_image(book: Book) -> BookImage:
    return BookImage(
        instrument_id=book.instrument.instrument_id,
        seq=book.seq,
        moved_ms=book.moved_ms,
        last_price=book.last_price,
        last_trade_id=book.last_trade_id,
        bids=_orders_of(book.bids),
        asks=_orders_of(book.asks),
        waiting=[_order_image(book.waiting[key]) for key in sorted(book.waiting)],
    )


def _orders_of(side: BookSide) -> list[OrderImage]:
    orders: list[OrderImage] = []
    for key in reversed(side.keys):
        order = side.levels[key].head
        while order is not None:
            orders.append(_order_image(order))
            order = order.behind
    return orders


def _order_image(order: Order) -> OrderImage:
    return OrderImage(
        order_id=order.order_id,
        related_order_id=order.related_order_id,
        order=order.command(),
        created_ms=order.created_ms,
        triggered_ms=order.triggered_ms,
        filled=order.quantity - order.remaining,
        quote_filled=order.quote_filled,
        fee_whole=div_floor(order.fee_exact, RATE_ONE),
        fee_millionths=order.fee_exact % RATE_ONE,
        fee_charged=order.fee_charged,
    )


def _position_image(position: Position) -> PositionImage:
    return PositionImage(
        position_id=position.position_id,
        account_id=position.account_id,
        instrument_id=position.instrument_id,
        direction=position.direction,
        margin=position.margin,
        margin_paid=position.margin_paid,
        realized=position.realized,
        leverage=position.leverage,
        notional=position.notional,
        entry_price=position.entry_price,
        liquidation_price=position.liquidation_price,
        stop_loss=position.stop_loss,
        take_profit=position.take_profit,
        maintenance_rate=position.maintenance_rate,
        opened_ms=position.opened_ms,
        owed=position.owed,
    )


def _gate_images(state: State) -> list[GateImage]:
    gates: dict[InstrumentId, QuoteGate] = {}
    for instrument_id, book in state.books.items():
        gates[instrument_id] = book.gate
    for instrument_id, contract in state.contracts.items():
        gates[instrument_id] = contract.gate
    return [
        GateImage(
            instrument_id=instrument_id, band_rate=gate.band_rate,
            spread_max_rate=gate.spread_max_rate, is_open=gate.is_open, in_doubt=gate.in_doubt,
            doubted_ms=gate.doubted_ms, first_bid=gate.first_bid, first_ask=gate.first_ask,
            agreeing=gate.agreeing,
        )
        for instrument_id, gate in sorted(gates.items())
    ]


def _restore_gate(state: State, image: GateImage) -> None:
    gate = gate_of(state, image.instrument_id)
    assert gate is not None
    gate.band_rate = image.band_rate
    gate.spread_max_rate = image.spread_max_rate
    gate.is_open = image.is_open
    gate.in_doubt = image.in_doubt
    gate.doubted_ms = image.doubted_ms
    gate.first_bid = image.first_bid
    gate.first_ask = image.first_ask
    gate.agreeing = image.agreeing


def _restore_contract(state: State, image: ContractImage) -> None:
    contract = Contract(image.listed)
    if image.quote is not None:
        contract.set_quote(image.quote)
    if image.terms is not None:
        contract.terms = image.terms
    state.contracts[contract.instrument_id] = contract


def _restore_position(state: State, image: PositionImage) -> None:
    account = state.accounts[image.account_id]
    contract = state.contracts[image.instrument_id]
    position = Position(
        position_id=image.position_id,
        account_id=image.account_id,
        instrument_id=image.instrument_id,
        balance=account.balance(contract.asset_id),
        direction=image.direction,
        margin=image.margin,
        leverage=image.leverage,
        entry_price=image.entry_price,
        maintenance_rate=image.maintenance_rate,
        opened_ms=image.opened_ms,
    )
    position.set_notional(image.notional)
    position.margin_paid = image.margin_paid
    position.realized = image.realized
    position.liquidation_price = image.liquidation_price
    position.stop_loss = image.stop_loss
    position.take_profit = image.take_profit
    position.owed = image.owed
    set_payout_max(contract, position)
    add_position(state, contract, account, position)


def _restore_purse(state: State, image: PurseImage) -> None:
    purse = Purse()
    purse.loss_per_day_max = image.loss_per_day_max
    purse.loss_max = image.loss_max
    purse.day = image.day
    purse.result_of_day = image.result_of_day
    purse.result = image.result
    purse.stopped = image.stopped
    state.purses[image.asset_id] = purse


def _restore_account(state: State, image: AccountImage) -> None:
    account = Account(image.account_id, image.user_key)
    for held in image.balances:
        balance = account.balance(held.asset_id)
        balance.free = held.free
        balance.locked = held.locked
    for client_id, order_id in image.client_ids:
        account.client_ids[client_id] = order_id
    for forget_ms, client_id in image.finished_client_ids:
        account.finished.append((forget_ms, client_id))
    state.accounts[image.account_id] = account
    if image.user_key != 0:
        state.account_of_user[image.user_key] = image.account_id


def _restore_book(state: State, image: BookImage) -> list[Order]:
    book = state.books[image.instrument_id]
    book.seq = image.seq
    book.moved_ms = image.moved_ms
    book.last_price = image.last_price
    book.last_trade_id = image.last_trade_id
    orders: list[Order] = []
    for side, images in ((book.bids, image.bids), (book.asks, image.asks)):
        for resting in images:
            order = _restore_order(state, book, resting)
            side.add(order)
            orders.append(order)
        side.take_touched()
    exits: dict[int, Order] = {}
    for waiting in image.waiting:
        order = _restore_order(state, book, waiting)
        enlist(book, order)
        _restore_pair(exits, order)
        orders.append(order)
    return orders


def _restore_pair(exits: dict[int, Order], order: Order) -> None:
    """Let the two exits of one order know of each other again."""
    if order.related_order_id == 0:
        return
    beside = exits.get(order.related_order_id)
    if beside is None:
        exits[order.related_order_id] = order
    else:
        beside.beside = order
        order.beside = beside


def _restore_order(state: State, book: Book, image: OrderImage) -> Order:
    order = Order(image.order, image.created_ms)
    order.order_id = image.order_id
    order.related_order_id = image.related_order_id
    order.triggered_ms = image.triggered_ms
    order.seat = state.accounts[order.account_id].seat(book.instrument)
    order.remaining = order.quantity - image.filled
    order.quote_filled = image.quote_filled
    order.fee_exact = image.fee_whole * RATE_ONE + image.fee_millionths
    order.fee_charged = image.fee_charged
    return order
