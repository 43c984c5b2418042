"""All commands of the engine. A command is a request: it may be refused.

On the log a command is a small array headed by its number, so numbers are never reused and new
fields are added at the end, with a default.
"""

from typing import Annotated, Final

import msgspec

from outcry.engine.message import StrictMessage
from outcry.engine.units import (
    ALL_ORDERS,
    GTC,
    LAST_PRICE,
    NO_ORDER,
    NO_PRICE,
    REJECT_TAKER,
    AccountId,
    Approach,
    AssetId,
    InstrumentId,
    InstrumentState,
    OrderId,
    OrderKind,
    OrderType,
    PositionId,
    PriceKind,
    SelfTrade,
    Side,
    Ticks,
    TimeInForce,
)

OPEN_ORDERS_DEFAULT = 10_000
POSITIONS_DEFAULT = 10_000
QUOTE_AGE_DEFAULT_MS = 5_000

# A number that is echoed in events fits 64 bits with a sign, or the entry is malformed.
_SIGNED_64: Final = msgspec.Meta(ge=-(2**63), le=2**63 - 1)
Amount = Annotated[int, _SIGNED_64]
Price = Annotated[Ticks, _SIGNED_64]
# The id that a gateway gave to a request, for the audit trail. The engine does not use it.
RequestId = Annotated[bytes, msgspec.Meta(max_length=16)]


class OpenVenue(StrictMessage, kw_only=True, tag=0):
    """The first command of every journal: it gives the venue its id."""

    venue_id: str


class Trigger(StrictMessage, kw_only=True):
    """The price at which a waiting order becomes an ordinary one."""

    price: Price
    follows: PriceKind = LAST_PRICE
    # Which way the price comes to it; 0 is the way it has to go from where it stands.
    direction: Approach = Approach(0)
    # Instead of a quantity: this share, in millionths, of the account's free balance then.
    share_rate: int = 0


class Exit(StrictMessage, kw_only=True):
    """A take profit or stop loss attached to an order, for the filled quantity of that order."""

    trigger_price: Price
    follows: PriceKind = LAST_PRICE
    limit_price: Price = NO_PRICE  # 0 is a market order.


class Conditions(StrictMessage, kw_only=True):
    """The trigger that makes an order active, and the exits that follow it."""

    trigger: Trigger | None = None
    take_profit: Exit | None = None
    stop_loss: Exit | None = None


class PlaceOrder(StrictMessage, kw_only=True, tag=1):
    """Buy or sell. A limit order has a price; a market order a quantity or a quote amount."""

    account_id: AccountId
    instrument_id: InstrumentId
    side: Side
    order_type: OrderType
    price: Ticks = NO_PRICE  # 0 for a market order.
    quantity: int = 0  # Lots; 0 for a market order by quote amount.
    quote_amount: int = 0  # Smallest units of the quote asset, for a market order.
    time_in_force: TimeInForce = GTC
    post_only: bool = False
    client_id: Amount | None = None
    self_trade: SelfTrade = REJECT_TAKER
    conditions: Conditions | None = None


class CancelOrder(StrictMessage, kw_only=True, tag=2):
    """Cancel one open order, named by its id or by the client's own."""

    account_id: AccountId
    instrument_id: InstrumentId
    order_id: OrderId = NO_ORDER
    client_id: Amount | None = None


class CancelOrders(StrictMessage, kw_only=True, tag=3):
    """Cancel open orders of an account in one instrument, oldest first."""

    account_id: AccountId
    instrument_id: InstrumentId
    kind: OrderKind = ALL_ORDERS


class ReplaceOrder(StrictMessage, kw_only=True, tag=4):
    """Give a resting order another price or quantity, under the same id.

    It keeps its place in the queue when only its quantity falls; otherwise it arrives anew.
    """

    account_id: AccountId
    instrument_id: InstrumentId
    order_id: OrderId = NO_ORDER
    client_id: Amount | None = None
    price: Price = NO_PRICE  # 0 leaves it.
    quantity: Amount = 0  # Lots in all, filled ones included; 0 leaves it.


class CreateAccount(StrictMessage, kw_only=True, tag=10):
    """Open an account. The same user key again is answered with the account it has."""

    user_key: Amount


class Deposit(StrictMessage, kw_only=True, tag=11):
    """Bring money in from outside. A key is accepted once."""

    account_id: AccountId
    asset_id: AssetId
    amount: Amount
    key: Amount


class Withdraw(StrictMessage, kw_only=True, tag=12):
    """Take money out. A key is accepted once, and shares its space with the keys of deposits."""

    account_id: AccountId
    asset_id: AssetId
    amount: Amount
    key: Amount


class ListAsset(StrictMessage, kw_only=True, tag=20):
    """Make an asset known. Its smallest unit is 10^-`decimals`."""

    symbol: str
    name: str
    decimals: int


class ListInstrument(StrictMessage, kw_only=True, tag=21):
    """Make a spot instrument tradable.

    `tick_size` and `lot_size` are integers of 10^-`price_decimals` quote and of
    10^-`quantity_decimals` base. A tick times a lot must be a whole number of the quote asset's
    smallest unit, and a lot of the base asset's, so that no trade ever rounds.
    """

    symbol: str
    base_asset_id: AssetId
    quote_asset_id: AssetId
    price_decimals: int
    tick_size: int
    quantity_decimals: int
    lot_size: int
    price_min: int  # Ticks.
    price_max: int  # Ticks.
    quantity_min: int  # Lots.
    quantity_max: int  # Lots.
    maker_fee_rate: int  # Millionths; below zero it is a rebate.
    taker_fee_rate: int  # Millionths.
    mark_decimals: int = 6  # Quotes and marks count 10^-this of the quote asset.
    price_band_rate: int = 0  # A limit price may be this far from the last trade; 0 is no bound.
    impact_rate: int = 0  # A market order may go this far from the best price; 0 is no bound.
    open_orders_max: int = OPEN_ORDERS_DEFAULT  # Of one account, waiting ones included.


class SetQuote(StrictMessage, kw_only=True, tag=22):
    """Bid and ask of an outside feed for one instrument; halfway between them is the mark."""

    instrument_id: InstrumentId
    bid: Amount  # 10^-`mark_decimals` of the quote asset.
    ask: Amount
    source_ms: Amount  # The feed's own time.


class ChangeInstrument(StrictMessage, kw_only=True, tag=23):
    """Change the rules of an instrument, or halt it; a rule that is None stays as it is.

    Tick and lot stay for ever: orders that rest count in them.
    """

    instrument_id: InstrumentId
    state: InstrumentState | None = None
    price_min: Amount | None = None
    price_max: Amount | None = None
    quantity_min: Amount | None = None
    quantity_max: Amount | None = None
    maker_fee_rate: Amount | None = None
    taker_fee_rate: Amount | None = None
    price_band_rate: Amount | None = None
    impact_rate: Amount | None = None
    open_orders_max: Amount | None = None


class ListContract(StrictMessage, kw_only=True, tag=24):
    """Make a CFD tradable: a contract on the outside price of something, settled in one asset."""

    symbol: str
    underlying: str  # The feeds' name of the thing that prices it.
    asset_id: AssetId  # Margin and PnL are in this asset.
    price_decimals: int  # Prices count 10^-this.
    price_max: int  # No quote may be above it.
    leverage_max: int  # Tenths.
    margin_min: int  # Of one position, in the asset's smallest unit.
    maintenance_rate: int = 0  # Of the notional: with less equity than that a position is gone.
    spread_rate: int = 0  # Taken off the bid and added to the ask, of each.
    exposure_max: int = 0  # Notional one account may hold; 0 is no bound.
    house_exposure_max: int = 0  # Net notional the house may stand against; 0 is no bound.
    positions_max: int = POSITIONS_DEFAULT  # Of one account.
    quote_age_max_ms: int = QUOTE_AGE_DEFAULT_MS  # With an older quote nothing opens or closes.


class ChangeContract(StrictMessage, kw_only=True, tag=25):
    """Change the rules of a contract, or its state; a rule that is None stays as it is.

    Positions that are open keep the maintenance rate they were opened at.
    """

    instrument_id: InstrumentId
    state: InstrumentState | None = None
    leverage_max: Amount | None = None
    margin_min: Amount | None = None
    maintenance_rate: Amount | None = None
    spread_rate: Amount | None = None
    exposure_max: Amount | None = None
    house_exposure_max: Amount | None = None
    positions_max: Amount | None = None
    quote_age_max_ms: Amount | None = None
    price_max: Amount | None = None


class Tier(StrictMessage, kw_only=True):
    """A step of the leverage that an account may have: up to this notional, at most this much."""

    notional_max: Amount  # Of the account's positions in the contract; 0 is no bound.
    leverage_max: Amount  # Tenths.


class SetContractTerms(StrictMessage, kw_only=True, tag=29):
    """Set the terms of a contract beside its rules; one that is None stays as it is."""

    instrument_id: InstrumentId
    profile: str | None = None  # Name of the set of rules that the contract follows.
    tiers: list[Tier] | None = None  # Smallest notional first; the last has no bound.
    payout_room_rate: Amount | None = None  # Millionths of the bid; see `ContractTermsSet`.


class SetQuoteRules(StrictMessage, kw_only=True, tag=26):
    """Set the bounds outside which a quote of a contract or an instrument is doubted.

    A rule that is None stays as it is; 0 is no bound.
    """

    instrument_id: InstrumentId
    band_rate: Amount | None = None  # Of bid and ask each: the distance from the last certain one.
    spread_max_rate: Amount | None = None  # Of ask and bid, relative to the bid.


class SetSession(StrictMessage, kw_only=True, tag=28):
    """Open or close the session of a contract: outside it no quote is taken and nobody deals."""

    instrument_id: InstrumentId
    is_open: bool


class SetCalendar(StrictMessage, kw_only=True, tag=36):
    """Give a contract a calendar of its sessions, as text; an empty one is always open."""

    instrument_id: InstrumentId
    calendar: str


class OpenPosition(StrictMessage, kw_only=True, tag=40):
    """Open a leveraged position at the contract's price: a long at the ask, a short at the bid."""

    account_id: AccountId
    instrument_id: InstrumentId
    direction: Side
    margin: Amount
    leverage: Amount  # Tenths.
    stop_loss: Amount = 0  # Price; 0 is none.
    take_profit: Amount = 0
    request_id: RequestId = b""


class ClosePosition(StrictMessage, kw_only=True, tag=41):
    """Close a position, or the part of it that stands on so much of its margin."""

    account_id: AccountId
    position_id: PositionId
    margin: Amount = 0  # 0 is all of it.
    request_id: RequestId = b""


class ChangePosition(StrictMessage, kw_only=True, tag=42):
    """Give a position other triggers; 0 takes one away, None leaves it."""

    account_id: AccountId
    position_id: PositionId
    stop_loss: Amount | None = None
    take_profit: Amount | None = None
    request_id: RequestId = b""


class AddMargin(StrictMessage, kw_only=True, tag=43):
    """Put more margin behind a position, which moves its liquidation price away."""

    account_id: AccountId
    position_id: PositionId
    amount: Amount
    request_id: RequestId = b""


class Heartbeat(StrictMessage, kw_only=True, tag=30):
    """The lease holder's beat: it moves the journal's clock when nobody else does."""


class SetHouseLimits(StrictMessage, kw_only=True, tag=32):
    """Limit what the house may lose in an asset; a limit of 0 is none."""

    asset_id: AssetId
    loss_per_day_max: Amount  # In one day (UTC) of journal time.
    loss_max: Amount  # In all, since the limits were set or the house was resumed.


class ResumeHouse(StrictMessage, kw_only=True, tag=33):
    """Let positions be opened again; what the house may lose is counted anew from here."""

    asset_id: AssetId


class UseRules(StrictMessage, kw_only=True, tag=31):
    """Behave by this version of the rules from here on; see `rules`."""

    version: Amount


COMMAND_TYPES = (
    OpenVenue, PlaceOrder, CancelOrder, CancelOrders, ReplaceOrder, CreateAccount, Deposit,
    Withdraw, ListAsset, ListInstrument, SetQuote, ChangeInstrument, ListContract, ChangeContract,
    OpenPosition, ClosePosition, ChangePosition, AddMargin, Heartbeat, UseRules, SetQuoteRules,
    SetSession, SetContractTerms, SetHouseLimits, ResumeHouse, SetCalendar,
)

Command = (
    OpenVenue | PlaceOrder | CancelOrder | CancelOrders | ReplaceOrder | CreateAccount | Deposit
    | Withdraw | ListAsset | ListInstrument | SetQuote | ChangeInstrument | ListContract
    | ChangeContract | OpenPosition | ClosePosition | ChangePosition | AddMargin | Heartbeat
    | UseRules | SetQuoteRules | SetSession | SetContractTerms | SetHouseLimits | ResumeHouse
    | SetCalendar
)


class Batch(StrictMessage, kw_only=True):
    """The commands of one journal entry. Past `deadline_ms` of journal time none is applied."""

    deadline_ms: int  # 0 is no deadline.
    commands: list[Command]
