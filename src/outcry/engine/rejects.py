"""Why a command was refused. The first reason that holds, in this order, is the answer."""

from enum import IntEnum


class RejectReason(IntEnum):
    """Reasons by stage: 1xx the entry, 2xx the command, 3xx accounts and money, 4xx orders."""

    MALFORMED = 100
    """The entry could not be decoded; nothing in it was applied."""
    DUPLICATE = 101
    """The same writer session sent this entry before; it was applied then."""
    TOO_LATE = 102
    """The entry's deadline had passed when its turn came."""
    ENGINE_ERROR = 103
    """The command made the engine fail and was put in quarantine; it changed nothing."""

    RULES_INVALID = 198
    """A version of the rules is not above zero."""
    VENUE_OPEN = 199
    """The venue has its id already."""
    ASSET_NOT_FOUND = 200
    """No such asset is listed."""
    ASSET_EXISTS = 201
    """An asset of this symbol is listed already."""
    ASSET_INVALID = 202
    """The asset's definition breaks a rule: a symbol, and 0 to 9 decimals."""
    INSTRUMENT_NOT_FOUND = 210
    """No such instrument is listed."""
    INSTRUMENT_EXISTS = 211
    """An instrument of this symbol is listed already."""
    INSTRUMENT_INVALID = 212
    """The instrument's rules contradict each other or do not fit 64 bits."""
    QUOTE_INVALID = 220
    """A quote's bid is not above zero, its ask is below its bid, or its time is yet to come."""
    QUOTE_STALE = 221
    """A quote is older than the bound or than the one before it; or there is no fresh one."""

    ACCOUNT_NOT_FOUND = 300
    """No such account exists."""
    ACCOUNT_INVALID = 301
    """The user's key of a new account is not above zero."""
    AMOUNT_INVALID = 310
    """An amount is not above zero, or too large to be held."""
    KEY_USED = 311
    """A deposit or withdrawal with this key was made before."""

    CLIENT_ID_USED = 400
    """An order with this client order id exists; its order id is named."""
    ORDER_INVALID = 401
    """The order's fields contradict each other."""
    MARKET_CLOSED = 402
    """The instrument's state does not allow this order now."""
    MARGIN_INVALID = 403
    """The margin is below the contract's minimum, or above what the position has."""
    LEVERAGE_INVALID = 404
    """The leverage is below 1x, above the contract's maximum, or leaves no margin to lose."""
    QUANTITY_INVALID = 410
    """The quantity is below the minimum, above the maximum, or both or neither kind was given."""
    PRICE_INVALID = 411
    """The price is outside the instrument's range, or missing, or given to a market order."""
    PRICE_TOO_FAR = 412
    """The price is outside the band around the last trade."""
    ORDER_LIMIT = 414
    """The account has as many open orders as it may have."""
    TRIGGER_INVALID = 415
    """A trigger's price, direction or share is out of range, or exits are the wrong way round."""
    NO_PRICE = 416
    """The price a trigger follows does not exist yet."""
    WOULD_LIQUIDATE = 417
    """At this leverage the spread alone would liquidate the position."""
    EXPOSURE_LIMIT = 418
    """The account would hold more of the contract than one account may."""
    HOUSE_LIMIT = 419
    """The house would stand against more than it may."""
    POSITION_LIMIT = 420
    """The account has as many open positions as it may have."""
    POST_ONLY_WOULD_TAKE = 430
    """A post-only order would have traded at once."""
    ORDER_NOT_FOUND = 440
    """No open order of this account has this id."""
    ORDER_WAITING = 441
    """The order waits for its trigger: it can be canceled, not replaced."""
    POSITION_NOT_FOUND = 442
    """No open position of this account has this id."""
    INSUFFICIENT_FUNDS = 450
    """The account has less free than this takes."""

    @property
    def transient(self) -> bool:
        """Whether the same request could succeed later without being changed."""
        return self in _TRANSIENT


_TRANSIENT = frozenset({
    RejectReason.TOO_LATE,
    RejectReason.QUOTE_STALE,
    RejectReason.EXPOSURE_LIMIT,
    RejectReason.HOUSE_LIMIT,
    RejectReason.POSITION_LIMIT,
    RejectReason.INSUFFICIENT_FUNDS,
    RejectReason.MARKET_CLOSED,
    RejectReason.PRICE_TOO_FAR,
    RejectReason.ORDER_LIMIT,
    RejectReason.NO_PRICE,
    RejectReason.POST_ONLY_WOULD_TAKE,
})


class CancelReason(IntEnum):
    """Why an order ended before it was filled."""

    BY_OWNER = 1
    """Its owner canceled it."""
    IMMEDIATE_OR_CANCEL = 2
    """The part of an IOC order that found nothing to trade with."""
    FILL_OR_KILL = 3
    """A FOK order could not be filled whole."""
    INSUFFICIENT_LIQUIDITY = 4
    """The book ran out before a market order was filled."""
    SELF_TRADE = 5
    """It would have traded with an order of the same account."""
    INSUFFICIENT_FUNDS = 6
    """A market order could not be paid for any further."""
    PRICE_IMPACT = 7
    """A market order would have moved the price further than the instrument allows."""
    EXIT_FIRED = 8
    """The other exit of the same order fired."""


class CloseReason(IntEnum):
    """Why a position was closed."""

    BY_OWNER = 1
    """Its owner closed it."""
    LIQUIDATED = 2
    """Its loss had used up its margin."""
    STOP_LOSS = 3
    """The price reached its stop loss."""
    TAKE_PROFIT = 4
    """The price reached its take profit."""
