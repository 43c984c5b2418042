"""The broker's answers. Each names its request and states its latency."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from outcry.api.backpack.errors import ApiError
from outcry.api.broker.commands import TradableContract
from outcry.api.broker.numbers import money_number, number
from outcry.engine.events import PositionClosed, PositionOpened
from outcry.engine.units import LEVERAGE_DECIMALS

WALLET: Final = "USDC"  # The asset the broker's clients know as `USD`.
WALLET_SHOWN: Final = "USD"


class AccountData(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An account that was opened."""

    email: str
    initial_usd_balance: msgspec.Raw
    assets: list[str]


class UsdBalanceData(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The free balance of the wallet."""

    email: str
    usd_balance: msgspec.Raw


class BalanceData(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The free balances, by asset."""

    email: str
    balances: dict[str, msgspec.Raw]


class OpenedData(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A position that was opened."""

    email: str
    trade_id: str
    entry_price: msgspec.Raw
    margin: msgspec.Raw
    leverage: msgspec.Raw
    liquidation_price: msgspec.Raw | UnsetType = UNSET
    stop_loss_price: msgspec.Raw | UnsetType = UNSET
    take_profit_price: msgspec.Raw | UnsetType = UNSET


class ClosedData(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A position, or a part of it, that was closed."""

    email: str
    trade_id: str
    asset: str
    margin_returned: msgspec.Raw
    pnl: msgspec.Raw
    total_return: msgspec.Raw
    close_price: msgspec.Raw


Data = AccountData | UsdBalanceData | BalanceData | OpenedData | ClosedData


class BrokerResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a command. The members of `data` depend on the command."""

    status: Literal["success", "error"]
    # Untyped, since what describes types cannot describe a union of structs.
    data: Annotated[Any, msgspec.Meta(
        extra_json_schema={"anyOf": [{"type": "object"}, {"type": "null"}]}
    )]
    message: str


class BrokerAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to a command, carried out or not. `latency` is in milliseconds."""

    success: bool
    error: str | UnsetType = UNSET
    retryable: bool | UnsetType = UNSET  # With an error: whether the same may succeed later.
    order_id: str
    engine_response: BrokerResponse
    latency: int


def succeeded(data: Data, message: str, *, order_id: str, latency_ms: int) -> BrokerAnswer:
    """A command that was carried out."""
    return BrokerAnswer(
        success=True, order_id=order_id, latency=latency_ms,
        engine_response=BrokerResponse(status="success", data=data, message=message),
    )


def failed(error: ApiError, *, order_id: str, latency_ms: int) -> BrokerAnswer:
    """A command that was not."""
    return BrokerAnswer(
        success=False, error=error.message, retryable=error.retryable, order_id=order_id,
        latency=latency_ms,
        engine_response=BrokerResponse(status="error", data=None, message=error.message),
    )


def opened_data(event: PositionOpened, traded: TradableContract, email: str) -> OpenedData:
    """The data about a new position."""
    decimals = traded.contract.price_decimals

    def given(price: int) -> msgspec.Raw | UnsetType:
        return number(price, decimals) if price else UNSET

    return OpenedData(
        email=email, trade_id=str(event.position_id),
        entry_price=number(event.entry_price, decimals),
        margin=money_number(event.margin, traded.asset.decimals),
        leverage=number(event.leverage, LEVERAGE_DECIMALS),
        liquidation_price=given(event.liquidation_price), stop_loss_price=given(event.stop_loss),
        take_profit_price=given(event.take_profit),
    )


def closed_data(event: PositionClosed, traded: TradableContract, email: str) -> ClosedData:
    """The data about a closed position."""
    decimals = traded.asset.decimals
    return ClosedData(
        email=email, trade_id=str(event.position_id), asset=traded.contract.underlying,
        margin_returned=money_number(event.margin, decimals),
        pnl=money_number(event.pnl, decimals),
        total_return=money_number(event.margin + event.pnl, decimals),
        close_price=number(event.close_price, traded.contract.price_decimals),
    )
