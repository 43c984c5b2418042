"""The WebSocket stream, client to server: the names of streams, and requests to follow them.

A client sends `{"method": "SUBSCRIBE" | "UNSUBSCRIBE", "params": [stream, ...]}`, and a `signature`
when any of the streams is private. There is no acknowledgement; only what is wrong is answered.
"""

from enum import Enum
from typing import Final, NamedTuple

import msgspec

from outcry.api.backpack.errors import ApiError
from outcry.api.backpack.signing import Signature, read_signature
from outcry.projections.candles import INTERVALS

PARSE_ERROR: Final = 4002
INVALID_STREAM: Final = 4006
INVALID_DEPTH_WINDOW: Final = 4008
# Backpack's own codes for these are not known.
NOT_AUTHORIZED: Final = 4001
TOO_MANY: Final = 4029

DEPTH_WINDOWS_MS: Final = {"200ms": 200, "600ms": 600, "1000ms": 1000}


class StreamError(Exception):
    """A request that is answered with an error; the connection stays open."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Kind(Enum):
    """The kind of data in a stream."""

    BOOK_TICKER = "bookTicker"
    DEPTH = "depth"
    KLINE = "kline"
    TICKER = "ticker"
    TRADE = "trade"
    MARK_PRICE = "markPrice"
    ORDER_UPDATE = "account.orderUpdate"
    BALANCE_UPDATE = "account.balanceUpdate"
    # Ours: the CFD desk.
    CFD_QUOTE = "cfdQuote"
    CFD_POSITION_UPDATE = "account.cfdPositionUpdate"
    # Known to Backpack's clients; nothing is ever sent on these here.
    OPEN_INTEREST = "openInterest"
    LIQUIDATION = "liquidation"
    POSITION_UPDATE = "account.positionUpdate"
    RFQ_UPDATE = "account.rfqUpdate"


SILENT: Final = frozenset({
    Kind.OPEN_INTEREST, Kind.LIQUIDATION, Kind.POSITION_UPDATE, Kind.RFQ_UPDATE,
})
PRIVATE: Final = frozenset({
    Kind.ORDER_UPDATE, Kind.BALANCE_UPDATE, Kind.CFD_POSITION_UPDATE, Kind.POSITION_UPDATE,
    Kind.RFQ_UPDATE,
})
CFD: Final = frozenset({Kind.CFD_QUOTE, Kind.CFD_POSITION_UPDATE})  # Of an underlying.
_WHOLE_VENUE: Final = frozenset({Kind.LIQUIDATION, *PRIVATE})  # The symbol may be left out.
_KINDS: Final = {kind.value: kind for kind in Kind}


class StreamName(NamedTuple):
    """A stream as a client names it, taken apart."""

    text: str
    kind: Kind
    symbol: str  # Empty for all instruments.
    variant: str = ""  # The window of aggregated depth, the interval of a kline.


class Request(NamedTuple):
    """A request of a client. `faults` are about streams that do not exist; the others are valid."""

    subscribe: bool
    streams: list[StreamName]
    faults: list[StreamError]
    signature: Signature | None


class _Body(msgspec.Struct):
    method: str
    params: list[str]
    signature: list[str] | None = None


class _StreamFault(msgspec.Struct):
    code: int
    message: str


class _Refusal(msgspec.Struct):
    error: _StreamFault
    id: None = None


_decoder = msgspec.json.Decoder(_Body)
_encoder = msgspec.json.Encoder()


def parse_stream(text: str) -> StreamName:
    """Take a stream's name apart; raises `StreamError` for one that cannot exist."""
    head, _, rest = text.partition(".")
    if head == "account":
        head, _, rest = rest.partition(".")
        head = f"account.{head}"
    kind = _KINDS.get(head)
    if kind is None:
        raise StreamError(INVALID_STREAM, "Invalid stream")
    variant = ""
    if kind is Kind.KLINE:
        variant, _, rest = rest.partition(".")
        if variant not in INTERVALS:
            raise StreamError(INVALID_STREAM, "Invalid stream")
    elif kind is Kind.DEPTH and "." in rest:
        variant, _, rest = rest.partition(".")
        if variant not in DEPTH_WINDOWS_MS:
            raise StreamError(INVALID_DEPTH_WINDOW, "Invalid depth window")
    if not rest and kind not in _WHOLE_VENUE:
        raise StreamError(INVALID_STREAM, "Invalid stream")
    return StreamName(text, kind, rest, variant)


def parse_request(payload: bytes) -> Request:
    """Read a client's frame; raises `StreamError` when it is none."""
    try:
        body = _decoder.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise StreamError(PARSE_ERROR, "Parse error") from None
    if body.method not in ("SUBSCRIBE", "UNSUBSCRIBE"):
        raise StreamError(PARSE_ERROR, "Parse error")
    streams: list[StreamName] = []
    faults: list[StreamError] = []
    for text in body.params:
        try:
            streams.append(parse_stream(text))
        except StreamError as fault:
            faults.append(fault)
    subscribe = body.method == "SUBSCRIBE"
    signature = None
    if subscribe and body.signature is not None:
        signature = _signature(body.signature)
    return Request(subscribe, streams, faults, signature)


def _signature(parts: list[str]) -> Signature:
    if len(parts) != 4:
        raise StreamError(NOT_AUTHORIZED, "Invalid signature")
    try:
        return read_signature(*parts)
    except ApiError as error:
        raise StreamError(NOT_AUTHORIZED, error.message) from None


def refusal(fault: StreamError) -> bytes:
    """The frame that reports an error to a client."""
    return _encoder.encode(_Refusal(_StreamFault(fault.code, fault.message)))
