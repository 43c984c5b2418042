"""What the broker's clients may send, and are answered, written down for the API's description.

Requests are read by hand, as Backpack's are, and answers differ by command: these types decode and
encode nothing.
"""

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from outcry.api.backpack.requests import Limit, Offset

# Numbers, not texts: the broker's clients never sent others. They are read by their literal text.
Number: TypeAlias = Annotated[float, Meta(gt=0)]
Leverage: TypeAlias = Annotated[int, Meta(ge=10, le=1_000, description="In tenths.")]
Direction: TypeAlias = Literal["LONG", "SHORT"]
Asset: TypeAlias = Annotated[str, Meta(description="What a contract follows, such as BTC.")]


class BrokerRequest(Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A command, and the fields that it takes."""

    command: Literal[
        "CREATE_ACCOUNT", "GET_USD_BALANCE", "GET_BALANCE", "CREATE_TRADE", "CLOSE_TRADE"
    ]
    asset: Asset | None = None
    direction: Direction | None = None
    margin: Number | None = None
    leverage: Leverage | None = None
    stop_loss_price: Number | None = None
    take_profit_price: Number | None = None
    trade_id: str | None = None


class BrokerResponse(Struct, kw_only=True):
    """What became of a command. The members of `data` depend on the command."""

    status: Literal["success", "error"]
    data: dict[str, Any] | None
    message: str


class BrokerAnswer(Struct, kw_only=True, rename="camel"):
    """The answer to a command, carried out or not. `latency` is in milliseconds."""

    success: bool
    error: str | UnsetType = UNSET
    order_id: str
    engine_response: BrokerResponse
    latency: int


class EndedPositionsQuery(Struct, kw_only=True):
    """Which page of the positions that have ended."""

    limit: Limit | None = None
    offset: Offset | None = None


class PositionOpenRequest(Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A position to open."""

    asset: Asset
    direction: Direction
    margin: Number
    leverage: Leverage | None = None
    stop_loss_price: Number | None = None
    take_profit_price: Number | None = None


class PositionChangeRequest(Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Other triggers, of which null takes one away; or more margin."""

    stop_loss_price: Number | None = None
    take_profit_price: Number | None = None
    margin: Number | None = None


class PositionCloseRequest(Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A position to close, or with a margin the part that stands on so much."""

    margin: Number | None = None
