"""All events of the engine. An event is a fact in the past tense, and carries results.

One journal entry has one `Outcome`: the events of each command, in order, and then every balance
and every book that was touched, as it is at the end of the entry. Stating these once an entry
instead of once a command makes large entries cheap. It loses nothing, because nobody can act
between two commands of one entry.

On the log an event is a small array headed by its number, so numbers are never reused and new
fields are added at the end, with a default.
"""

from outcry.engine.commands import PlaceOrder, Tier
from outcry.engine.message import Message
from outcry.engine.session_events import CalendarSet as CalendarSet
from outcry.engine.session_events import SessionChanged as SessionChanged
from outcry.engine.units import (
    NO_ACCOUNT,
    NO_ORDER,
    AccountId,
    AssetId,
    InstrumentId,
    InstrumentState,
    OrderId,
    PositionId,
    Side,
    Ticks,
    TradeId,
)


class CommandRejected(Message, kw_only=True, tag=1):
    """A command was refused and changed nothing."""

    reason: int  # A `RejectReason`.
    account_id: AccountId = NO_ACCOUNT
    order_id: OrderId = NO_ORDER  # The order a repeated client order id belongs to.


class VenueOpened(Message, kw_only=True, tag=0):
    """The venue has its id."""

    venue_id: str


class OrderAccepted(Message, tag=2):
    """An order became active. Its trades follow; the remainder rests unless it is canceled.

    An order that was waiting for its trigger is accepted when that fires, under the id it has.
    """

    order_id: OrderId
    quantity: int  # Lots; of an order by amount or by share, the lots that comes to.
    order: PlaceOrder  # As it was asked for.


class OrderWaiting(Message, kw_only=True, tag=6):
    """An order waits for its trigger. Until then nothing is reserved for it."""

    order_id: OrderId
    related_order_id: OrderId  # The order whose take profit or stop loss it is; 0 for none.
    order: PlaceOrder  # Its trigger says which way the price has to come.


class TriggerFailed(Message, kw_only=True, tag=7):
    """An order's trigger fired, and the order was refused."""

    order_id: OrderId
    account_id: AccountId
    instrument_id: InstrumentId
    reason: int  # A `RejectReason`.


class OrderReplaced(Message, kw_only=True, tag=8):
    """A resting order has another price or quantity. Trades may follow, as for a new one."""

    order_id: OrderId
    account_id: AccountId
    instrument_id: InstrumentId
    price: Ticks
    quantity: int  # Lots in all.
    remaining: int  # Lots not filled yet.


class Traded(Message, tag=3):
    """Two orders met: one public trade, and one fill for each of the two orders."""

    trade_id: TradeId  # Counts from 1 in each instrument.
    instrument_id: InstrumentId
    price: Ticks  # Ticks; always the maker's price.
    quantity: int  # Lots.
    taker_side: Side
    taker_order_id: OrderId
    taker_account_id: AccountId
    taker_filled: int  # Lots of the order filled so far, this trade included.
    taker_quote_filled: int  # Quote asset traded by the order so far, this trade included.
    taker_fee: int  # In the asset received: the base for the buyer, the quote for the seller.
    maker_order_id: OrderId
    maker_account_id: AccountId
    maker_filled: int
    maker_quote_filled: int
    maker_fee: int


class OrderCanceled(Message, tag=4):
    """An order ended before it was filled."""

    order_id: OrderId
    account_id: AccountId
    instrument_id: InstrumentId
    reason: int  # A `CancelReason`.
    remaining: int  # Lots that will not be filled.


class OrdersCanceled(Message, kw_only=True, tag=5):
    """Answer to `CancelOrders`: the number of `OrderCanceled` before it."""

    account_id: AccountId
    instrument_id: InstrumentId
    count: int


class AccountCreated(Message, kw_only=True, tag=10):
    """The account of a user; `existed` when an earlier command had created it."""

    account_id: AccountId
    user_key: int
    existed: bool = False


class Deposited(Message, kw_only=True, tag=11):
    """Money came in."""

    account_id: AccountId
    asset_id: AssetId
    amount: int
    key: int


class Withdrawn(Message, kw_only=True, tag=12):
    """Money went out."""

    account_id: AccountId
    asset_id: AssetId
    amount: int
    key: int


class AssetListed(Message, kw_only=True, tag=20):
    """An asset became known."""

    asset_id: AssetId
    symbol: str
    name: str
    decimals: int


class InstrumentListed(Message, kw_only=True, tag=21):
    """An instrument became tradable; the fields are those of `ListInstrument`."""

    instrument_id: InstrumentId
    symbol: str
    base_asset_id: AssetId
    quote_asset_id: AssetId
    price_decimals: int
    tick_size: int
    quantity_decimals: int
    lot_size: int
    price_min: int
    price_max: int
    quantity_min: int
    quantity_max: int
    maker_fee_rate: int
    taker_fee_rate: int
    mark_decimals: int
    price_band_rate: int
    impact_rate: int
    open_orders_max: int
    state: InstrumentState
    listed_ms: int


class InstrumentChanged(Message, kw_only=True, tag=23):
    """An instrument's rules, or its state, are now these."""

    instrument: InstrumentListed


class ContractListed(Message, kw_only=True, tag=24):
    """A contract became tradable; the fields are those of `ListContract`."""

    instrument_id: InstrumentId
    symbol: str
    underlying: str
    asset_id: AssetId
    price_decimals: int
    price_max: int
    leverage_max: int
    margin_min: int
    maintenance_rate: int
    spread_rate: int
    exposure_max: int
    house_exposure_max: int
    positions_max: int
    quote_age_max_ms: int
    state: InstrumentState
    listed_ms: int


class ContractChanged(Message, kw_only=True, tag=25):
    """A contract's rules, or its state, are now these."""

    contract: ContractListed


class ContractTermsSet(Message, kw_only=True, tag=29):
    """A contract's terms beside its rules are now these."""

    instrument_id: InstrumentId
    profile: str  # "" is none.
    # The first one that an account's notional in the contract fits decides its highest leverage;
    # without tiers the contract's own `leverage_max` does.
    tiers: list[Tier]
    # The bid can rise by this factor, in millionths, before the gains of the open longs could
    # outgrow the ledger: while they could, nothing opens that adds to the house's exposure.
    payout_room_rate: int


class HouseLimitsSet(Message, kw_only=True, tag=32):
    """The house may lose this much in an asset; 0 is no limit."""

    asset_id: AssetId
    loss_per_day_max: int
    loss_max: int


class HouseResumed(Message, kw_only=True, tag=33):
    """Positions can be opened again; the house's losses are counted anew."""

    asset_id: AssetId


class HouseStopped(Message, kw_only=True, tag=34):
    """The house has lost as much as it may: nothing is opened until `HouseResumed`."""

    asset_id: AssetId
    result_of_day: int  # The house's realized result; below zero it is a loss.
    result: int  # Likewise, of all that is counted.


class ShortfallCharged(Message, tag=35):
    """What a position owes of the shortfalls of other positions is now this.

    Its gain at its close is lower by what it owes.
    """

    position_id: PositionId
    account_id: AccountId
    instrument_id: InstrumentId
    cause_position_id: PositionId  # Its shortfall; 0 when a part close has settled a part.
    amount: int  # Added to what it owes; below zero, settled by a part close.
    owed: int  # In all.
    liquidation_price: int


class PositionOpened(Message, tag=40):
    """A position is open. Its margin is locked."""

    position_id: PositionId
    account_id: AccountId
    instrument_id: InstrumentId
    direction: Side
    margin: int
    leverage: int  # Tenths.
    notional: int  # Tenths of the asset's smallest unit: margin x leverage.
    entry_price: int
    liquidation_price: int  # 0 is none: there is no price at which it would be gone.
    stop_loss: int  # 0 is none.
    take_profit: int  # 0 is none.


class PositionClosed(Message, tag=41):
    """A position, or a part of it, is closed; margin + pnl were returned to the free balance."""

    position_id: PositionId
    account_id: AccountId
    instrument_id: InstrumentId
    reason: int  # A `CloseReason`.
    margin: int  # Of the closed part.
    remaining_margin: int  # 0 when nothing is left; else `PositionChanged` follows.
    close_price: int
    pnl: int  # The account's gain; never below -margin.
    shortfall: int  # The loss beyond that, borne by the house; `ShortfallCharged` has the rest.
    realized: int  # PnL of all parts of the position closed so far, this one included.


class PositionChanged(Message, tag=42):
    """An open position as it now stands."""

    position_id: PositionId
    account_id: AccountId
    instrument_id: InstrumentId
    margin: int
    margin_paid: int  # In all, margin of closed parts included.
    notional: int  # Tenths.
    liquidation_price: int
    stop_loss: int
    take_profit: int


class QuoteSet(Message, kw_only=True, tag=22):
    """The outside price of an instrument as it now stands."""

    instrument_id: InstrumentId
    bid: int  # 10^-`mark_decimals` of the quote asset.
    ask: int
    source_ms: int


class QuoteRulesSet(Message, kw_only=True, tag=26):
    """Quotes of a contract or an instrument outside these bounds are doubted; 0 is no bound."""

    instrument_id: InstrumentId
    band_rate: int
    spread_max_rate: int


class QuoteDoubted(Message, kw_only=True, tag=27):
    """A quote was not taken for the price. The last certain one stays, and nobody deals at it.

    The doubt ends with the next `QuoteSet`.
    """

    instrument_id: InstrumentId
    bid: int
    ask: int
    source_ms: int
    why: int  # A `DoubtReason`.


class ClockTicked(Message, kw_only=True, tag=30):
    """Answer to a heartbeat: journal time reached this entry's id."""


class RulesUsed(Message, kw_only=True, tag=31):
    """The engine behaves by this version of the rules from here on."""

    version: int


EVENT_TYPES = (
    VenueOpened, CommandRejected, OrderAccepted, Traded, OrderCanceled, OrdersCanceled,
    OrderWaiting, TriggerFailed, OrderReplaced, AccountCreated, Deposited, Withdrawn, AssetListed,
    InstrumentListed, InstrumentChanged, ContractListed, ContractChanged, PositionOpened,
    PositionClosed, PositionChanged, QuoteSet, ClockTicked, RulesUsed, QuoteRulesSet, QuoteDoubted,
    SessionChanged, ContractTermsSet, HouseLimitsSet, HouseResumed, HouseStopped, ShortfallCharged,
    CalendarSet,
)

Event = (
    VenueOpened | CommandRejected | OrderAccepted | Traded | OrderCanceled | OrdersCanceled
    | OrderWaiting | TriggerFailed | OrderReplaced | AccountCreated | Deposited | Withdrawn
    | AssetListed | InstrumentListed | InstrumentChanged | ContractListed | ContractChanged
    | PositionOpened | PositionClosed | PositionChanged | QuoteSet | ClockTicked
    | RulesUsed | QuoteRulesSet | QuoteDoubted | SessionChanged | ContractTermsSet | HouseLimitsSet
    | HouseResumed | HouseStopped | ShortfallCharged | CalendarSet
)


class BalanceAfter(Message):
    """A balance at the end of an entry; total = free + locked."""

    account_id: AccountId
    asset_id: AssetId
    free: int
    locked: int


class BookAfter(Message, kw_only=True):
    """The levels of one book that changed, at the end of an entry. A quantity of 0 is no level.

    `seq` is the book's own counter: one more than in the book's previous `BookAfter`. A quiet
    book's counter is moved by the heartbeat, with no levels.
    """

    instrument_id: InstrumentId
    seq: int
    bids: list[tuple[int, int]]  # (price, quantity), in ticks and lots.
    asks: list[tuple[int, int]]


class Outcome(Message, kw_only=True):
    """The outcome of one journal entry."""

    answers: list[list[Event]]  # One list for each command, never empty.
    balances: list[BalanceAfter]
    books: list[BookAfter]
