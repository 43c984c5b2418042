"""The engine's whole state as plain data: the content of a snapshot, and the start of every view.

Lists stand in the order in which the engine walks them, so that an engine restored from an image
goes on exactly like the one that gave the image.
"""

import msgspec

from outcry.engine.commands import PlaceOrder
from outcry.engine.events import (
    AssetListed,
    CalendarSet,
    ContractListed,
    ContractTermsSet,
    InstrumentListed,
    QuoteSet,
)
from outcry.engine.message import Message
from outcry.engine.units import (
    AccountId,
    AssetId,
    InstrumentId,
    OrderId,
    PositionId,
    Side,
    Ticks,
    TradeId,
)

IMAGE_VERSION = 4
OLDEST_IMAGE_VERSION = 2  # That can still be read: it lacks the fields that have a default.


class OrderImage(Message, kw_only=True):
    """An open order."""

    order_id: OrderId
    related_order_id: OrderId  # The order whose exit it is; 0 for none.
    order: PlaceOrder  # Its terms as they now stand.
    created_ms: int
    triggered_ms: int  # When its trigger fired; 0 before, and without one.
    filled: int  # Lots filled so far.
    quote_filled: int  # Quote asset traded so far, in its smallest unit.
    # Of its fills so far, in the asset received; as millionths alone it could outgrow 64 bits.
    fee_whole: int
    fee_millionths: int
    fee_charged: int  # In the asset received.


class BalanceImage(Message, kw_only=True):
    """An account's balance of one asset."""

    asset_id: AssetId
    free: int
    locked: int


class AccountImage(Message, kw_only=True):
    """An account: its balances, and the client order ids it may not use again yet."""

    account_id: AccountId
    user_key: int
    balances: list[BalanceImage]
    client_ids: list[tuple[int, OrderId]]
    finished_client_ids: list[tuple[int, int]]  # (journal time of forgetting, client id).


class BookImage(Message, kw_only=True):
    """A book: its counters, and its orders by price, best first, and then by time."""

    instrument_id: InstrumentId
    seq: int
    moved_ms: int  # Journal time of the last `BookAfter`.
    last_price: Ticks  # Of the latest trade; 0 before the first.
    last_trade_id: TradeId
    bids: list[OrderImage]
    asks: list[OrderImage]
    waiting: list[OrderImage]  # For their triggers, by order id.


class ContractImage(Message, kw_only=True):
    """A contract and its latest price."""

    listed: ContractListed
    quote: QuoteSet | None
    terms: ContractTermsSet | None = None


class PositionImage(Message, kw_only=True):
    """An open position; the fields are those of `PositionOpened` as they now stand."""

    position_id: PositionId
    account_id: AccountId
    instrument_id: InstrumentId
    direction: Side
    margin: int
    margin_paid: int
    realized: int
    leverage: int
    notional: int
    entry_price: int
    liquidation_price: int
    stop_loss: int
    take_profit: int
    maintenance_rate: int
    opened_ms: int
    owed: int = 0  # Of the shortfalls of other positions.


class WriterImage(Message, kw_only=True):
    """A writer session and the number of its last entry."""

    writer: int
    number: int
    seen_ms: int


class GateImage(Message, kw_only=True):
    """The quote gate of a contract or an instrument."""

    instrument_id: InstrumentId
    band_rate: int
    spread_max_rate: int
    is_open: bool
    in_doubt: bool
    doubted_ms: int
    first_bid: int
    first_ask: int
    agreeing: int


class PurseImage(Message, kw_only=True):
    """What the house may lose in an asset, and what it has won or lost."""

    asset_id: AssetId
    loss_per_day_max: int
    loss_max: int
    day: int  # UTC days since 1970, of `result_of_day`.
    result_of_day: int
    result: int
    stopped: bool


class StateImage(Message, kw_only=True):
    """Everything the engine knows."""

    version: int
    venue_id: str
    clock_ms: int
    last_order_id: OrderId
    last_account_id: AccountId
    assets: list[AssetListed]
    instruments: list[InstrumentListed]
    quotes: list[QuoteSet]  # The latest of each instrument that has one, by instrument id.
    accounts: list[AccountImage]  # By id, the venue's own first.
    books: list[BookImage]  # By instrument id.
    contracts: list[ContractImage]  # By instrument id.
    last_position_id: PositionId
    positions: list[PositionImage]  # By id.
    money_keys: list[int]  # Keys of deposits and withdrawals, oldest first.
    writers: list[WriterImage]  # Least recently seen first.
    rules: int = 1  # Version of the rules in force.
    gates: list[GateImage] = msgspec.field(default_factory=list)  # By instrument id.
    purses: list[PurseImage] = msgspec.field(default_factory=list)  # By asset id.
    calendars: list[CalendarSet] = msgspec.field(default_factory=list)  # By instrument id.


class _Version(Message):
    """The beginning of every image."""

    version: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(StateImage)
_version_decoder = msgspec.msgpack.Decoder(_Version)


def encode_image(image: StateImage) -> bytes:
    """Pack an image; equal states give equal bytes."""
    return _encoder.encode(image)


def image_version(packed: bytes) -> int:
    """The version of a packed image; raises `msgspec.DecodeError` when it is none."""
    return _version_decoder.decode(packed).version


def decode_image(packed: bytes) -> StateImage:
    """Unpack an image; raises `msgspec.DecodeError` when it is none."""
    return _decoder.decode(packed)
