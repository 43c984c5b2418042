"""Everything the engine knows and may change, in one place."""

from collections import deque
from typing import Final

from outcry.engine.balances import Balance, Ledger
from outcry.engine.cfd.contracts import Contract
from outcry.engine.cfd.positions import Position
from outcry.engine.cfd.purse import Purse
from outcry.engine.events import AssetListed, CalendarSet
from outcry.engine.spot.book import Book
from outcry.engine.spot.instruments import Instrument
from outcry.engine.spot.orders import MarketAccount, Order
from outcry.engine.units import (
    EXTERNAL,
    FEES,
    FIRST_USER_ACCOUNT,
    HOUSE,
    NO_ORDER,
    AccountId,
    AssetId,
    InstrumentId,
    OrderId,
    PositionId,
)

CLIENT_ID_KEPT_MS: Final = 600_000  # A finished order's client id is remembered this long,
CLIENT_IDS_KEPT_MAX: Final = 1_000  # but at most this many of one account.
WRITER_KEPT_MS: Final = 3_600_000
FIRST_RULES: Final = 1  # In force until the journal says otherwise.


class Account:
    """Balances, seats, positions, and client order ids that may not be used again yet."""

    def __init__(self, account_id: AccountId, user_key: int) -> None:
        self.account_id = account_id
        self.user_key = user_key
        self.balances: dict[AssetId, Balance] = {}
        self.seats: dict[InstrumentId, MarketAccount] = {}  # By instrument.
        self.positions: dict[PositionId, Position] = {}  # Open ones by id, oldest first.
        self.exposures: dict[InstrumentId, int] = {}  # Notional of its positions, in tenths.
        self.client_ids: dict[int, OrderId] = {}  # Client order id → order id.
        self.finished: deque[tuple[int, int]] = deque()  # (when to forget, client order id).

    def balance(self, asset_id: AssetId) -> Balance:
        """The account's balance of an asset, at zero when it never had any."""
        balance = self.balances.get(asset_id)
        if balance is None:
            balance = Balance(self.account_id, asset_id)
            self.balances[asset_id] = balance
        return balance

    def seat(self, instrument: Instrument) -> MarketAccount:
        """The account's seat at an instrument's book."""
        seat = self.seats.get(instrument.instrument_id)
        if seat is None:
            seat = MarketAccount(
                self.balance(instrument.base_asset_id), self.balance(instrument.quote_asset_id)
            )
            self.seats[instrument.instrument_id] = seat
        return seat

    def close(self, order: Order, now_ms: int) -> None:
        """An order has ended: its client id, if it has one, will be forgotten after a while."""
        del order.seat.orders[order.order_id]
        client_id = order.client_id
        if client_id is not None:
            self.finished.append((now_ms + CLIENT_ID_KEPT_MS, client_id))
            if len(self.finished) > CLIENT_IDS_KEPT_MAX:
                del self.client_ids[self.finished.popleft()[1]]

    def forget_client_ids(self, now_ms: int) -> None:
        """Forget the client ids whose time has come."""
        finished = self.finished
        while finished and finished[0][0] <= now_ms:
            del self.client_ids[finished.popleft()[1]]


class WriterSession:
    """How far a writer session has come."""

    def __init__(self, number: int, seen_ms: int) -> None:
        self.number = number
        self.seen_ms = seen_ms


class State:
    """The venue: its assets, instruments with their books, accounts, and the journal's clock."""

    def __init__(self) -> None:
        self.venue_id = ""
        self.rules = FIRST_RULES  # Version of the rules in force.
        self.now_ms = 0  # Journal time: the id of the present entry.
        self.last_order_id = NO_ORDER
        self.last_account_id = AccountId(FIRST_USER_ACCOUNT - 1)
        self.last_position_id = PositionId(0)
        self.ledger = Ledger()
        self.assets: dict[AssetId, AssetListed] = {}
        self.books: dict[InstrumentId, Book] = {}
        self.contracts: dict[InstrumentId, Contract] = {}
        self.calendars: dict[InstrumentId, CalendarSet] = {}  # Of contracts that have one.
        self.positions: dict[PositionId, Position] = {}  # Open ones by id, oldest first.
        # By asset: the most that all open positions can gain, for version 1 of the rules.
        self.gains_max: dict[AssetId, int] = {}
        self.purses: dict[AssetId, Purse] = {}  # Of assets for which the house has limits.
        self.accounts: dict[AccountId, Account] = {}
        self.account_of_user: dict[int, AccountId] = {}
        self.money_keys: dict[int, bool] = {}  # Keys of deposits and withdrawals, oldest first.
        self.writers: dict[int, WriterSession] = {}  # Least recently seen first.
        self.touched_books: list[Book] = []
        for account_id in (EXTERNAL, FEES, HOUSE):
            self.accounts[account_id] = Account(account_id, 0)

    def touch_book(self, book: Book) -> None:
        """Note that the present entry changed this book."""
        if not book.touched:
            book.touched = True
            self.touched_books.append(book)

    def next_instrument_id(self) -> InstrumentId:
        """A new id, for an instrument or a contract: prices name either."""
        return InstrumentId(len(self.books) + len(self.contracts) + 1)

    def open_order(self, order: Order) -> None:
        """Give an order, which has its seat, its id; it is open until its account closes it."""
        # `OrderId(...)` would be one per cent of an order's way in the interpreted engine.
        self.last_order_id += 1  # type: ignore[assignment]
        order.order_id = self.last_order_id
        order.seat.orders[order.order_id] = order
