"""The broker's commands, from the bodies of requests."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from outcry.api.backpack.bodies import Members, NumberLiteral, Scalar
from outcry.api.backpack.errors import ApiError, Code, invalid
from outcry.api.backpack.fields import refuse_unknown
from outcry.api.broker.numbers import NotANumber, parse_margin, parse_price, parse_whole
from outcry.engine.commands import AddMargin, ChangePosition, ClosePosition, OpenPosition
from outcry.engine.events import AssetListed, ContractListed
from outcry.engine.units import AMOUNT_MAX, LEVERAGE_ONE, LONG, SHORT, AccountId, PositionId
from outcry.wire.decimals import NotADecimal, parse_uint

CREATE_ACCOUNT: Final = "CREATE_ACCOUNT"
GET_USD_BALANCE: Final = "GET_USD_BALANCE"
GET_BALANCE: Final = "GET_BALANCE"
CREATE_TRADE: Final = "CREATE_TRADE"
CLOSE_TRADE: Final = "CLOSE_TRADE"

# Every command, and the fields it may have.
FIELDS: Final[Mapping[str, frozenset[str]]] = {
    CREATE_ACCOUNT: frozenset(),
    GET_USD_BALANCE: frozenset(),
    GET_BALANCE: frozenset(),
    CREATE_TRADE: frozenset(
        {"asset", "direction", "margin", "leverage", "stopLossPrice", "takeProfitPrice"}
    ),
    CLOSE_TRADE: frozenset({"tradeId", "margin"}),
}
LEVERAGE_MAX: Final = 1_000
_DIRECTIONS: Final = {"LONG": LONG, "SHORT": SHORT}


class Traded(NamedTuple):
    """A contract, and the asset its margin is in."""

    contract: ContractListed
    asset: AssetListed


def read_command(members: Members) -> str:
    """The name of a command whose fields are all known; raises `ApiError`."""
    name = members.get("command")
    if not isinstance(name, str) or name not in FIELDS:
        raise invalid(f"command must be one of {', '.join(FIELDS)}")
    refuse_unknown(members, FIELDS[name] | {"command"})
    return name


def traded_named(value: Scalar, contracts: Mapping[str, Traded]) -> Traded:
    """The contract a request names by what it follows; raises `ApiError`."""
    found = contracts.get(value) if isinstance(value, str) else None
    if found is None:
        raise ApiError(
            400, Code.INVALID_ASSET, f"asset must be one of {', '.join(contracts)}"
        )
    return found


def read_open(
    members: Members, *, account_id: AccountId, contracts: Mapping[str, Traded], request_id: bytes
) -> OpenPosition:
    """A position to be opened; raises `ApiError`."""
    traded = traded_named(members.get("asset"), contracts)
    direction = _DIRECTIONS.get(str(members.get("direction")))
    if direction is None:
        raise invalid("direction must be LONG or SHORT")
    margin = _margin(members, "margin", traded)
    leverage = LEVERAGE_ONE
    if members.get("leverage") is not None:
        leverage = _leverage(members["leverage"])
    return OpenPosition(
        account_id=account_id, instrument_id=traded.contract.instrument_id, direction=direction,
        margin=margin, leverage=leverage,
        stop_loss=_price(members, "stopLossPrice", traded) or 0,
        take_profit=_price(members, "takeProfitPrice", traded) or 0, request_id=request_id,
    )


def read_trade_id(value: Scalar) -> PositionId:
    """The position a request names; raises `ApiError`, as for one that is not there."""
    if not isinstance(value, str) or not value:
        raise invalid("tradeId is missing")
    try:
        return PositionId(parse_uint(value))
    except NotADecimal:
        raise trade_not_found() from None


def trade_not_found() -> ApiError:
    """A trade that is not open, not the caller's, or none at all: nobody learns which."""
    return ApiError(404, Code.RESOURCE_NOT_FOUND, "Trade not found")


def read_close(
    members: Members, *, account_id: AccountId, position_id: PositionId, traded: Traded,
    request_id: bytes,
) -> ClosePosition:
    """A position to be closed, or with `margin` the part on so much of it; raises `ApiError`."""
    margin = 0 if members.get("margin") is None else _margin(members, "margin", traded)
    return ClosePosition(
        account_id=account_id, position_id=position_id, margin=margin, request_id=request_id
    )


def read_change(
    members: Members, *, account_id: AccountId, position_id: PositionId, traded: Traded,
    request_id: bytes,
) -> ChangePosition:
    """Other triggers for a position; null or 0 takes one away; raises `ApiError`."""
    stated = members.keys() & {"stopLossPrice", "takeProfitPrice"}
    if not stated:
        raise invalid("stopLossPrice or takeProfitPrice is missing")
    return ChangePosition(
        account_id=account_id, position_id=position_id,
        stop_loss=_new_trigger(members, "stopLossPrice", traded),
        take_profit=_new_trigger(members, "takeProfitPrice", traded), request_id=request_id,
    )


def read_more_margin(
    members: Members, *, account_id: AccountId, position_id: PositionId, traded: Traded,
    request_id: bytes,
) -> AddMargin:
    """More margin for a position; raises `ApiError`."""
    return AddMargin(
        account_id=account_id, position_id=position_id,
        amount=_margin(members, "margin", traded), request_id=request_id,
    )


def _margin(members: Members, name: str, traded: Traded) -> int:
    try:
        margin = parse_margin(members.get(name), traded.asset.decimals)
    except NotANumber:
        margin = 0
    if not 0 < margin < AMOUNT_MAX:
        raise invalid(f"{name} must be a number above 0")
    return margin


def _leverage(value: Scalar) -> int:
    try:
        leverage = parse_whole(value)
    except NotANumber:
        leverage = 0
    if not LEVERAGE_ONE <= leverage <= LEVERAGE_MAX:
        raise invalid(
            f"leverage must be a whole number from {LEVERAGE_ONE} to {LEVERAGE_MAX}, in tenths"
        )
    return leverage


def _price(members: Members, name: str, traded: Traded) -> int | None:
    value = members.get(name)
    if value is None:
        return None
    try:
        price = parse_price(value, traded.contract.price_decimals)
    except NotANumber:
        price = 0
    if not 0 < price < AMOUNT_MAX:
        raise invalid(f"{name} must be a number above 0")
    return price


def _new_trigger(members: Members, name: str, traded: Traded) -> int | None:
    """A trigger as it is to be: None leaves it, 0 takes it away."""
    if name not in members:
        return None
    value = members[name]
    if isinstance(value, NumberLiteral) and not value.strip("0."):
        return 0
    return _price(members, name, traded) or 0
