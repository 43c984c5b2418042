"""Why a command was refused, an order ended, a position was closed or a quote was doubted.

The reasons are plain integers, because compiled code takes a literal for a constant and the members
of an enumeration are slow to reach.
"""

from typing import Final


class RejectReason:
    """Why a command was refused: 1xx the entry, 2xx listings, 3xx accounts and money, 4xx orders.

    Reasons are tried in the order of their numbers, and the first that holds is the answer. There
    are two exceptions. `ReplaceOrder`, `ClosePosition`, `ChangePosition` and `AddMargin` first look
    for the order or position they name: `ORDER_NOT_FOUND`, `ORDER_WAITING` and `POSITION_NOT_FOUND`
    precede all but `ACCOUNT_NOT_FOUND`. `Deposit` asks last whether all deposits together can be
    held: that `AMOUNT_INVALID` follows `KEY_USED`.
    """

    MALFORMED: Final = 100
    """The entry could not be decoded; nothing in it was applied."""
    DUPLICATE: Final = 101
    """The same writer session sent this entry before; it was applied then."""
    TOO_LATE: Final = 102
    """The entry's deadline had passed when its turn came."""
    ENGINE_ERROR: Final = 103
    """The command made the engine fail and was put in quarantine; it changed nothing."""

    RULES_INVALID: Final = 198
    """The version of the rules is zero or below."""
    VENUE_OPEN: Final = 199
    """The venue has its id already."""
    ASSET_NOT_FOUND: Final = 200
    """No such asset is listed."""
    ASSET_EXISTS: Final = 201
    """An asset of this symbol is listed already."""
    ASSET_INVALID: Final = 202
    """The asset's definition breaks a rule: a symbol, and 0 to 9 decimals."""
    INSTRUMENT_NOT_FOUND: Final = 210
    """No such instrument is listed."""
    INSTRUMENT_EXISTS: Final = 211
    """An instrument of this symbol is listed already."""
    INSTRUMENT_INVALID: Final = 212
    """The instrument's rules contradict each other or do not fit 64 bits."""
    SESSION_CLOSED: Final = 215
    """The contract's session is closed: it takes no quote, and nobody deals."""
    QUOTE_DOUBTED: Final = 216
    """The newest quote is doubted, or none has passed since the session opened."""
    QUOTE_INVALID: Final = 220
    """A quote's bid is not above zero, its ask is below its bid, or its time is yet to come."""
    QUOTE_STALE: Final = 221
    """A quote is older than the bound or than the one before it; or there is no fresh one."""
    QUOTE_UNPAYABLE: Final = 229
    """At the quote's price the gains or losses of open positions would outgrow the ledger."""

    ACCOUNT_NOT_FOUND: Final = 300
    """No such account exists."""
    ACCOUNT_INVALID: Final = 301
    """The user's key of a new account is not above zero."""
    AMOUNT_INVALID: Final = 310
    """An amount is not above zero, or too large to be held."""
    KEY_USED: Final = 311
    """A deposit or withdrawal with this key was made before."""

    CLIENT_ID_USED: Final = 400
    """An order with this client order id exists; its order id is named."""
    ORDER_INVALID: Final = 401
    """The order's fields contradict each other."""
    MARKET_CLOSED: Final = 402
    """The instrument's state does not allow this order now."""
    MARGIN_INVALID: Final = 403
    """The margin is below the minimum, above the position's, or of a part too large to pay."""
    LEVERAGE_INVALID: Final = 404
    """The leverage is below 1x, above the contract's maximum, or leaves no margin to lose."""
    QUANTITY_INVALID: Final = 410
    """The quantity is below the minimum, above the maximum, or both or neither kind was given."""
    PRICE_INVALID: Final = 411
    """The price is outside the instrument's range, or missing, or given to a market order."""
    PRICE_TOO_FAR: Final = 412
    """The price is outside the band around the last trade."""
    ORDER_LIMIT: Final = 414
    """The account has as many open orders as it may have."""
    TRIGGER_INVALID: Final = 415
    """A trigger's price, direction or share is out of range, or exits are the wrong way round."""
    NO_PRICE: Final = 416
    """The price a trigger follows does not exist yet."""
    WOULD_LIQUIDATE: Final = 417
    """At this leverage the spread alone would liquidate the position."""
    EXPOSURE_LIMIT: Final = 418
    """The account would hold more of the contract than one account may, or than fits 64 bits."""
    HOUSE_LIMIT: Final = 419
    """The house would stand against more than it may."""
    POSITION_LIMIT: Final = 420
    """The account has as many open positions as it may have."""
    LEVERAGE_TIER: Final = 421
    """The leverage is above that of the tier that the account's notional would be in."""
    HOUSE_STOPPED: Final = 422
    """The house has lost as much as it may; its operator has to let it go on."""
    POST_ONLY_WOULD_TAKE: Final = 430
    """A post-only order would have traded at once."""
    ORDER_NOT_FOUND: Final = 440
    """No open order of this account has this id."""
    ORDER_WAITING: Final = 441
    """The order waits for its trigger: it can be canceled, not replaced."""
    POSITION_NOT_FOUND: Final = 442
    """No open position of this account has this id."""
    INSUFFICIENT_FUNDS: Final = 450
    """The account has less free than this takes."""


RETRYABLE: Final = frozenset({
    RejectReason.TOO_LATE,
    RejectReason.SESSION_CLOSED,
    RejectReason.QUOTE_DOUBTED,
    RejectReason.QUOTE_STALE,
    RejectReason.EXPOSURE_LIMIT,
    RejectReason.HOUSE_LIMIT,
    RejectReason.POSITION_LIMIT,
    RejectReason.LEVERAGE_TIER,
    RejectReason.HOUSE_STOPPED,
    RejectReason.INSUFFICIENT_FUNDS,
    RejectReason.MARKET_CLOSED,
    RejectReason.PRICE_TOO_FAR,
    RejectReason.ORDER_LIMIT,
    RejectReason.NO_PRICE,
    RejectReason.POST_ONLY_WOULD_TAKE,
})
"""The same request could succeed later without a change."""


class CancelReason:
    """Why an order ended before it was filled."""

    BY_OWNER: Final = 1
    """Its owner canceled it."""
    IMMEDIATE_OR_CANCEL: Final = 2
    """The part of an IOC order that found nothing to trade with."""
    FILL_OR_KILL: Final = 3
    """A FOK order could not be filled whole."""
    INSUFFICIENT_LIQUIDITY: Final = 4
    """The book ran out before a market order was filled."""
    SELF_TRADE: Final = 5
    """It would have traded with an order of the same account."""
    INSUFFICIENT_FUNDS: Final = 6
    """A market order could not be paid for any further."""
    PRICE_IMPACT: Final = 7
    """A market order would have moved the price further than the instrument allows."""
    EXIT_FIRED: Final = 8
    """The other exit of the same order fired."""


class CloseReason:
    """Why a position was closed."""

    BY_OWNER: Final = 1
    """Its owner closed it."""
    LIQUIDATED: Final = 2
    """Its loss had used up its margin."""
    STOP_LOSS: Final = 3
    """The price reached its stop loss."""
    TAKE_PROFIT: Final = 4
    """The price reached its take profit."""


class DoubtReason:
    """Why a quote was not taken for the price."""

    TOO_FAR: Final = 1
    """Its bid or its ask is outside the band around the last certain one."""
    TOO_WIDE: Final = 2
    """Its bid and its ask are farther apart than the rules allow."""


def _names_of(reasons: type) -> dict[int, str]:
    return {number: name for name, number in vars(reasons).items() if name.isupper()}


REJECT_NAMES: Final = _names_of(RejectReason)
CANCEL_NAMES: Final = _names_of(CancelReason)
CLOSE_NAMES: Final = _names_of(CloseReason)
DOUBT_NAMES: Final = _names_of(DoubtReason)
