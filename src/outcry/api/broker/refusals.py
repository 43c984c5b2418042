"""The engine's refusals of the broker's commands, with the bound that was broken."""

from outcry.api.backpack.errors import ApiError, rejection
from outcry.api.broker.commands import LEVERAGE, MARGIN, TradableContract
from outcry.engine.commands import ClosePosition, OpenPosition
from outcry.engine.rejects import RejectReason
from outcry.wire.decimals import amount_text


def refused_open(
    reason: int, command: OpenPosition, traded: TradableContract, leverage_allowed: int
) -> ApiError:
    """The error for a position that the engine did not open.

    `leverage_allowed` is the highest, in tenths, for the account's size with this position.
    """
    contract, asset = traded
    if reason == RejectReason.MARGIN_INVALID and command.margin < contract.margin_min:
        least = amount_text(asset, contract.margin_min)
        return _naming(reason, f"{MARGIN.name} must be at least {least}")
    if reason == RejectReason.LEVERAGE_INVALID and command.leverage > contract.leverage_max:
        return _naming(
            reason, f"{LEVERAGE.name} must be at most {contract.leverage_max}, in tenths"
        )
    if reason == RejectReason.LEVERAGE_TIER:
        return _naming(
            reason,
            f"At this size {LEVERAGE.name} must be at most {leverage_allowed}, in tenths",
        )
    return rejection(reason)


def refused_close(reason: int, command: ClosePosition, traded: TradableContract) -> ApiError:
    """The error for a position that the engine did not close."""
    if reason == RejectReason.MARGIN_INVALID and command.margin:
        least = amount_text(traded.asset, traded.contract.margin_min)
        return _naming(
            reason,
            f"{MARGIN.name} must be at most the margin of the trade, or leave at least {least}",
        )
    return rejection(reason)


def _naming(reason: int, message: str) -> ApiError:
    error = rejection(reason)
    return ApiError(error.status, error.code, message, retryable=error.retryable)
