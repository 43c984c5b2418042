"""What clients poll and this venue has none of: an empty list is the honest answer."""

from litestar import Controller, get

NOTHING: list[None] = []


class EmptyRoutes(Controller):
    """Public routes about things that do not exist here."""

    path = "/api/v1"
    tags = ("Always empty",)

    @get([
        "/securities", "/collateral", "/wallets", "/openInterest", "/fundingRates",
        "/borrowLend/markets", "/borrowLend/markets/history", "/borrowLend/apy",
        "/market-sessions", "/market-holidays", "/prediction", "/prediction/tags",
        "/stockIndicativeQuote", "/vaults",
    ])
    async def nothing(self) -> list[None]:
        """Always empty."""
        return NOTHING
