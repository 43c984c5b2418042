"""Routes that clients poll for things this venue does not have. The answer is an empty list."""

from typing import Final

from litestar import Controller, get
from litestar.handlers import HTTPRouteHandler

from outcry.processes.gateway.declaration import signed

NOTHING: Final[list[None]] = []


class EmptyRoutes(Controller):
    """Public routes about things that do not exist here."""

    path = "/api/v1"
    tags = ("Always empty",)

    @get([
        "/securities", "/collateral", "/wallets", "/openInterest", "/fundingRates",
        "/borrowLend/markets", "/borrowLend/markets/history", "/borrowLend/apy",
        "/market-sessions", "/market-holidays", "/prediction", "/prediction/tags",
        "/stockIndicativeQuote", "/stockSessions", "/stockHolidays", "/vaults",
    ])
    async def nothing(self) -> list[None]:
        """Always empty."""
        return NOTHING


def _private(path: str, instruction: str) -> HTTPRouteHandler:
    """A private route about positions, lending, strategies or requests for quotes."""
    @get(path, tags=("Private",))
    @signed(instruction)
    async def nothing() -> list[None]:
        """Always empty."""
        return NOTHING

    return nothing


PRIVATE_EMPTY: Final = (
    _private("/api/v1/position", "positionQuery"),
    _private("/api/v1/borrowLend/positions", "borrowLendPositionQuery"),
    _private("/api/v1/strategies", "strategyQueryAll"),
    _private("/api/v1/rfqs", "rfqQuery"),
    _private("/wapi/v1/history/funding", "fundingHistoryQueryAll"),
    _private("/wapi/v1/history/settlement", "settlementHistoryQueryAll"),
    _private("/wapi/v1/history/position", "positionHistoryQueryAll"),
    _private("/wapi/v1/history/borrowLend", "borrowHistoryQueryAll"),
    _private("/wapi/v1/history/borrowLend/positions", "borrowPositionHistoryQueryAll"),
    _private("/wapi/v1/history/interest", "interestHistoryQueryAll"),
    _private("/wapi/v1/history/dust", "dustHistoryQueryAll"),
    _private("/wapi/v1/history/strategies", "strategyHistoryQueryAll"),
    _private("/wapi/v1/history/rfq", "rfqHistoryQueryAll"),
    _private("/wapi/v1/history/rfq/fill", "rfqFillHistoryQueryAll"),
    _private("/wapi/v1/history/quote", "quoteHistoryQueryAll"),
    _private("/wapi/v1/history/quote/fill", "quoteFillHistoryQueryAll"),
)
