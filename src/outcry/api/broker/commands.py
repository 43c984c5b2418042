"""The broker's commands, from the bodies of requests."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from outcry.api.backpack.bodies import Members, NumberLiteral, Scalar
from outcry.api.backpack.errors import ApiError, Code, invalid
from outcry.api.backpack.fields import INTEGER, TEXT, Field, Fields, Json
from outcry.api.broker.numbers import (
    NotANumber,
    OutOfBounds,
    is_zero,
    parse_positive,
    parse_whole,
)
from outcry.engine.commands import AddMargin, ChangePosition, ClosePosition, OpenPosition
from outcry.engine.events import AssetListed, ContractListed
from outcry.engine.units import AMOUNT_MAX, LEVERAGE_ONE, LONG, SHORT, AccountId, PositionId, Side
from outcry.wire.decimals import NotADecimal, parse_uint

CREATE_ACCOUNT: Final = "CREATE_ACCOUNT"
GET_USD_BALANCE: Final = "GET_USD_BALANCE"
GET_BALANCE: Final = "GET_BALANCE"
CREATE_TRADE: Final = "CREATE_TRADE"
CLOSE_TRADE: Final = "CLOSE_TRADE"

DIRECTIONS: Final = {LONG: "LONG", SHORT: "SHORT"}
LEVERAGE_MAX: Final = 1_000
# Numbers, not texts: the broker's clients never sent others. They are read by their literal text.
NUMBER: Final[Json] = {"type": "number", "exclusiveMinimum": 0}


class TradableContract(NamedTuple):
    """A contract, and the asset its margin is in."""

    contract: ContractListed
    asset: AssetListed


class PositionNamed(NamedTuple):
    """A position that a request is about, and its contract."""

    account_id: AccountId
    position_id: PositionId
    traded: TradableContract


class Underlying(Field):
    """The name of a contract's underlying."""

    def of(self, members: Members, contracts: Mapping[str, TradableContract]) -> TradableContract:
        """The contract."""
        value = members.get(self.name)
        found = contracts.get(value) if isinstance(value, str) else None
        if found is None:
            raise ApiError(
                400, Code.INVALID_ASSET, f"{self.name} must be one of {', '.join(contracts)}"
            )
        return found


class Direction(Field):
    """Long or short."""

    def of(self, members: Members) -> Side:
        """The direction."""
        for direction, word in DIRECTIONS.items():
            if members.get(self.name) == word:
                return direction
        raise invalid(f"{self.name} must be {' or '.join(DIRECTIONS.values())}")


class Margin(Field):
    """An amount of a contract's asset."""

    def of(self, members: Members, traded: TradableContract) -> int:
        """The amount; the field must be present."""
        return _above_zero(self.name, members, traded.asset.decimals, nearest=False)


class Leverage(Field):
    """Leverage, in tenths."""

    def of(self, members: Members) -> int:
        """The leverage; 1 if there is none."""
        value = members.get(self.name)
        if value is None:
            return LEVERAGE_ONE
        try:
            leverage = parse_whole(value)
        except NotANumber:
            raise _not_a_number(self.name, value) from None
        except OutOfBounds:
            leverage = 0
        if not LEVERAGE_ONE <= leverage <= LEVERAGE_MAX:
            raise invalid(
                f"{self.name} must be a whole number from {LEVERAGE_ONE} to {LEVERAGE_MAX}, "
                "in tenths"
            )
        return leverage


class TriggerPrice(Field):
    """The price at which a position closes by itself."""

    def of(self, members: Members, traded: TradableContract) -> int:
        """The price; 0 if there is none."""
        if members.get(self.name) is None:
            return 0
        return _above_zero(self.name, members, traded.contract.price_decimals, nearest=True)

    def changed(self, members: Members, traded: TradableContract) -> int | None:
        """The price as it shall be: None leaves it, 0 takes it away."""
        if self.name not in members:
            return None
        return 0 if is_zero(members[self.name]) else self.of(members, traded)


class TradeId(Field):
    """The id of a position: a string, as in the answers."""

    def of(self, members: Members) -> PositionId:
        """The id; a string that is no id is refused like a trade that does not exist."""
        value = members.get(self.name)
        if value is None or value == "":
            raise invalid(f"{self.name} is missing")
        if not isinstance(value, str) or isinstance(value, NumberLiteral):
            raise invalid(f'{self.name} must be a string, such as "7"')
        return read_trade_id(value)


def _not_a_number(name: str, value: Scalar) -> ApiError:
    quoted = isinstance(value, str) and not isinstance(value, NumberLiteral)
    return invalid(f"{name} must be a number, {'not a string' if quoted else 'such as 12.5'}")


def _above_zero(name: str, members: Members, decimals: int, *, nearest: bool) -> int:
    value = members.get(name)
    if value is None:
        raise invalid(f"{name} is missing")
    try:
        return parse_positive(value, decimals, nearest=nearest, most=AMOUNT_MAX - 1)
    except NotANumber:
        raise _not_a_number(name, value) from None
    except OutOfBounds as bound:
        raise invalid(f"{name} must be {bound}") from None


ASSET: Final = Underlying(
    "asset", TEXT | {"description": "What a contract follows, such as BTC."}
)
DIRECTION: Final = Direction("direction", {"enum": sorted(DIRECTIONS.values())})
MARGIN: Final = Margin("margin", NUMBER)
LEVERAGE: Final = Leverage("leverage", INTEGER | {
    "description": "In tenths.", "minimum": LEVERAGE_ONE, "maximum": LEVERAGE_MAX,
})
STOP_LOSS: Final = TriggerPrice("stopLossPrice", NUMBER)
TAKE_PROFIT: Final = TriggerPrice("takeProfitPrice", NUMBER)
TRADE_ID: Final = TradeId("tradeId", TEXT)

OPEN_POSITION: Final = Fields(
    ASSET, DIRECTION, MARGIN, optional=(LEVERAGE, STOP_LOSS, TAKE_PROFIT),
    name="PositionOpenRequest", says="A position to open.",
)
CHANGE_POSITION: Final = Fields(
    optional=(STOP_LOSS, TAKE_PROFIT, MARGIN), name="PositionChangeRequest",
    says="Other triggers, of which null takes one away; or more margin.",
)
CLOSE_POSITION: Final = Fields(
    optional=(MARGIN,), name="PositionCloseRequest",
    says="A position to close, or with a margin the part that stands on so much.",
)
# Every command, and what it takes besides its name.
COMMANDS: Final = {
    CREATE_ACCOUNT: Fields(),
    GET_USD_BALANCE: Fields(),
    GET_BALANCE: Fields(),
    CREATE_TRADE: OPEN_POSITION,
    CLOSE_TRADE: Fields(TRADE_ID, optional=(MARGIN,)),
}
COMMAND: Final = Field("command", {"enum": sorted(COMMANDS)})
BROKER_COMMAND: Final = Fields(
    COMMAND, optional=(ASSET, DIRECTION, MARGIN, LEVERAGE, STOP_LOSS, TAKE_PROFIT, TRADE_ID),
    name="BrokerRequest", says="A command, and the fields that it takes.",
)


def read_command(members: Members) -> str:
    """The name of a command whose fields are all known; raises `ApiError`."""
    name = COMMAND.sent(members)
    if not isinstance(name, str) or name not in COMMANDS:
        raise invalid(f"command must be one of {', '.join(COMMANDS)}")
    COMMANDS[name].refuse_unknown(
        {member: value for member, value in members.items() if member != COMMAND.name}
    )
    return name


def read_open(
    members: Members, *, account_id: AccountId, contracts: Mapping[str, TradableContract],
    request_id: bytes = b"",
) -> OpenPosition:
    """A position to be opened; raises `ApiError`."""
    traded = ASSET.of(members, contracts)
    return OpenPosition(
        account_id=account_id, instrument_id=traded.contract.instrument_id,
        direction=DIRECTION.of(members), margin=MARGIN.of(members, traded),
        leverage=LEVERAGE.of(members), stop_loss=STOP_LOSS.of(members, traded),
        take_profit=TAKE_PROFIT.of(members, traded), request_id=request_id,
    )


def read_trade_id(text: str) -> PositionId:
    """The position that a text names; raises `ApiError`, as for one that is not there."""
    try:
        return PositionId(parse_uint(text))
    except NotADecimal:
        raise trade_not_found() from None


def trade_not_found() -> ApiError:
    """The error for a trade that is not open, not the caller's or unknown, without saying which."""
    return ApiError(404, Code.RESOURCE_NOT_FOUND, "Trade not found")


def read_close(members: Members, position: PositionNamed, request_id: bytes = b"") -> ClosePosition:
    """A position to be closed, or with `margin` the part on so much of it; raises `ApiError`."""
    return ClosePosition(
        account_id=position.account_id, position_id=position.position_id,
        margin=0 if MARGIN.sent(members) is None else MARGIN.of(members, position.traded),
        request_id=request_id,
    )


def read_change(members: Members, position: PositionNamed) -> ChangePosition:
    """Other triggers for a position; null or 0 takes one away; raises `ApiError`."""
    if members.keys().isdisjoint({STOP_LOSS.name, TAKE_PROFIT.name}):
        raise invalid(f"{STOP_LOSS.name} or {TAKE_PROFIT.name} is missing")
    return ChangePosition(
        account_id=position.account_id, position_id=position.position_id,
        stop_loss=STOP_LOSS.changed(members, position.traded),
        take_profit=TAKE_PROFIT.changed(members, position.traded),
    )


def read_more_margin(members: Members, position: PositionNamed) -> AddMargin:
    """More margin for a position; raises `ApiError`."""
    return AddMargin(
        account_id=position.account_id, position_id=position.position_id,
        amount=MARGIN.of(members, position.traded),
    )
