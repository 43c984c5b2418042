"""What clients poll and this venue has none of: an empty list is the honest answer."""

from typing import Final

from litestar import Controller, get

from outcry.processes.gateway.parts import TheSignIn
from outcry.processes.gateway.queries import AnyRequest, ask

NOTHING: Final[list[None]] = []

# Each with the instruction that clients sign.
PRIVATE: Final = {
    "/api/v1/position": "positionQuery",
    "/api/v1/borrowLend/positions": "borrowLendPositionQuery",
    "/api/v1/strategies": "strategyQueryAll",
    "/api/v1/rfqs": "rfqQuery",
    "/wapi/v1/history/funding": "fundingHistoryQueryAll",
    "/wapi/v1/history/settlement": "settlementHistoryQueryAll",
    "/wapi/v1/history/position": "positionHistoryQueryAll",
    "/wapi/v1/history/borrowLend": "borrowHistoryQueryAll",
    "/wapi/v1/history/borrowLend/positions": "borrowPositionHistoryQueryAll",
    "/wapi/v1/history/interest": "interestHistoryQueryAll",
    "/wapi/v1/history/dust": "dustHistoryQueryAll",
    "/wapi/v1/history/strategies": "strategyHistoryQueryAll",
    "/wapi/v1/history/rfq": "rfqHistoryQueryAll",
    "/wapi/v1/history/rfq/fill": "rfqFillHistoryQueryAll",
    "/wapi/v1/history/quote": "quoteHistoryQueryAll",
    "/wapi/v1/history/quote/fill": "quoteFillHistoryQueryAll",
}


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


class PrivateEmptyRoutes(Controller):
    """Private routes about positions, lending, strategies and requests for quotes."""

    tags = ("Private",)

    @get(list(PRIVATE))
    async def nothing(self, request: AnyRequest, sign_in: TheSignIn) -> list[None]:
        """Always empty."""
        await ask(request, sign_in, PRIVATE[request.scope["path"]])
        return NOTHING
