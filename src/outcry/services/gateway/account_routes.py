"""What an account may ask about itself, each with a signed request."""

from collections.abc import Sequence
from typing import Final

from litestar import Controller, Response, get, patch

from outcry.projections.accounts import Holding
from outcry.protocol.backpack.bodies import parse_members
from outcry.protocol.backpack.errors import invalid
from outcry.protocol.backpack.fields import read_order_id
from outcry.protocol.backpack.private import (
    AccountBody,
    BalanceBody,
    DepositAddress,
    DepositBody,
    FillBody,
    PastOrderBody,
    WithdrawalBody,
)
from outcry.protocol.backpack.rest import naive_time
from outcry.protocol.decimals import amount_text
from outcry.services.gateway.parts import TheHistory, TheSignIn, TheViews
from outcry.services.gateway.queries import (
    AnyRequest,
    ask,
    instrument_of,
    is_about_spot,
    is_ascending,
    moment_of,
    page_of,
    paged,
)
from outcry.services.gateway.shapes import basis_points, fill_body, past_order
from outcry.services.gateway.sign_in import caller_of

ORDERS_MAX: Final = 100_000  # Open at a time.


class AccountRoutes(Controller):
    """Private routes for reading. Orders themselves have routes of their own."""

    tags = ("Private",)

    @get("/api/v1/account")
    async def account(
        self, request: AnyRequest, views: TheViews, sign_in: TheSignIn
    ) -> AccountBody:
        """Fees in basis points, and limits."""
        await ask(request, sign_in, "accountQuery")
        rates = [
            (market.instrument.maker_fee_rate, market.instrument.taker_fee_rate)
            for market in views.markets.values()
        ]
        maker, taker = max(rates, default=(0, 0))
        return AccountBody(
            spot_maker_fee=basis_points(maker), spot_taker_fee=basis_points(taker),
            futures_maker_fee="0", futures_taker_fee="0", limit_orders=ORDERS_MAX,
        )

    @patch("/api/v1/account", status_code=200)
    async def change_account(self, request: AnyRequest, sign_in: TheSignIn) -> Response[bytes]:
        """There is nothing to set; the settings of lending and leverage are taken as read."""
        members = parse_members(await request.body())
        await sign_in.check(caller_of(request.scope), "accountUpdate", (members,), trades=True)
        return Response(b"", media_type="application/json")

    @get("/api/v1/capital")
    async def capital(
        self, request: AnyRequest, views: TheViews, sign_in: TheSignIn
    ) -> dict[str, BalanceBody]:
        """What the account has of every asset."""
        asked = await ask(request, sign_in, "balanceQuery")
        holdings = views.venue.accounts.balances(asked.account_id)
        nothing = Holding(0, 0)
        bodies: dict[str, BalanceBody] = {}
        for asset in views.venue.listing.assets.values():
            holding = holdings.get(asset.asset_id, nothing)
            bodies[asset.symbol] = BalanceBody(
                available=amount_text(asset, holding.free),
                locked=amount_text(asset, holding.locked),
            )
        return bodies

    @get("/wapi/v1/history/orders")
    async def order_history(
        self, request: AnyRequest, views: TheViews, complete: TheHistory, sign_in: TheSignIn
    ) -> Response[Sequence[PastOrderBody]]:
        """Every order of the account, open ones too, newest first."""
        asked = await ask(request, sign_in, "orderHistoryQueryAll")
        query = asked.query
        limit, offset = page_of(query)
        if not is_about_spot(query):
            return paged([], limit, offset)
        orders = await complete.orders(
            asked.account_id,
            order_id=read_order_id(query["orderId"]) if "orderId" in query else None,
            instrument_id=instrument_of(views, query), limit=limit, offset=offset,
            ascending=is_ascending(query),
        )
        bodies = [past_order(views.market_of(order.instrument_id), order) for order in orders]
        return paged(bodies, limit, offset)

    @get("/wapi/v1/history/fills")
    async def fill_history(
        self, request: AnyRequest, views: TheViews, complete: TheHistory, sign_in: TheSignIn
    ) -> Response[Sequence[FillBody]]:
        """Every fill of the account, newest first."""
        asked = await ask(request, sign_in, "fillHistoryQueryAll")
        query = asked.query
        limit, offset = page_of(query)
        if not is_about_spot(query) or query.get("fillType", "User") != "User":
            return paged([], limit, offset)
        fills = await complete.fills(
            asked.account_id,
            order_id=read_order_id(query["orderId"]) if "orderId" in query else None,
            instrument_id=instrument_of(views, query), from_ms=moment_of(query, "from") or 0,
            to_ms=moment_of(query, "to"), limit=limit, offset=offset, ascending=is_ascending(query),
        )
        bodies = [
            fill_body(views.market_of(fill.instrument_id), views.venue.listing, fill)
            for fill in fills
        ]
        return paged(bodies, limit, offset)

    @get("/wapi/v1/capital/deposits")
    async def deposits(
        self, request: AnyRequest, views: TheViews, complete: TheHistory, sign_in: TheSignIn
    ) -> Response[Sequence[DepositBody]]:
        """Money that came in, newest first."""
        asked = await ask(request, sign_in, "depositQueryAll")
        limit, offset = page_of(asked.query)
        rows = await complete.transfers(
            asked.account_id, deposits=True, from_ms=moment_of(asked.query, "from") or 0,
            to_ms=moment_of(asked.query, "to", "endTime"), limit=limit, offset=offset,
        )
        assets = views.venue.listing.assets
        return paged([
            DepositBody(
                id=row.transfer_id, symbol=assets[row.asset_id].symbol,
                quantity=amount_text(assets[row.asset_id], row.amount),
                created_at=naive_time(row.made_ms),
            )
            for row in rows
        ], limit, offset)

    @get("/wapi/v1/capital/withdrawals")
    async def withdrawals(
        self, request: AnyRequest, views: TheViews, complete: TheHistory, sign_in: TheSignIn
    ) -> Response[Sequence[WithdrawalBody]]:
        """Money that went out, newest first."""
        asked = await ask(request, sign_in, "withdrawalQueryAll")
        limit, offset = page_of(asked.query)
        rows = await complete.transfers(
            asked.account_id, deposits=False, from_ms=moment_of(asked.query, "from") or 0,
            to_ms=moment_of(asked.query, "to", "endTime"), limit=limit, offset=offset,
        )
        assets = views.venue.listing.assets
        return paged([
            WithdrawalBody(
                id=row.transfer_id, symbol=assets[row.asset_id].symbol,
                quantity=amount_text(assets[row.asset_id], -row.amount),
                created_at=naive_time(row.made_ms),
            )
            for row in rows
        ], limit, offset)

    @get("/wapi/v1/capital/deposit/address")
    async def deposit_address(self, request: AnyRequest, sign_in: TheSignIn) -> DepositAddress:
        """No chain leads here, and the address says so."""
        asked = await ask(request, sign_in, "depositAddressQuery")
        if not asked.query.get("blockchain"):
            raise invalid("Missing `blockchain`")
        return DepositAddress("no-deposits-from-chains:ask-the-operator-of-this-venue")

    @get("/api/v1/position")
    async def positions(self, request: AnyRequest, sign_in: TheSignIn) -> list[None]:
        """There are no positions on spot markets."""
        await ask(request, sign_in, "positionQuery")
        return []

    @get("/api/v1/borrowLend/positions")
    async def loans(self, request: AnyRequest, sign_in: TheSignIn) -> list[None]:
        """Nothing is borrowed or lent here."""
        await ask(request, sign_in, "borrowLendPositionQuery")
        return []

    @get("/wapi/v1/history/funding")
    async def funding(self, request: AnyRequest, sign_in: TheSignIn) -> list[None]:
        """Spot markets have no funding."""
        await ask(request, sign_in, "fundingHistoryQueryAll")
        return []

    @get("/wapi/v1/history/settlement")
    async def settlements(self, request: AnyRequest, sign_in: TheSignIn) -> list[None]:
        """Spot markets have no settlements."""
        await ask(request, sign_in, "settlementHistoryQueryAll")
        return []
