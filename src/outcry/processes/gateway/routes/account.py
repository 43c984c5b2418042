"""What an account may ask about itself, each with a signed request."""

from collections.abc import Sequence

from litestar import Controller, Response, get, patch

from outcry.api.backpack.bodies import parse_members
from outcry.api.backpack.fields import read_order_id
from outcry.api.backpack.private import AccountBody, FillBody, PastOrderBody
from outcry.processes.gateway.parts import TheHistory, TheSignIn, TheViews
from outcry.processes.gateway.queries import (
    AnyRequest,
    ask,
    instrument_of,
    is_about_spot,
    is_ascending,
    moment_of,
    page_of,
    paged,
)
from outcry.processes.gateway.shapes import basis_points, fill_body, past_order
from outcry.processes.gateway.sign_in import caller_of


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
        orders_max = max(
            (market.instrument.open_orders_max for market in views.markets.values()), default=0
        )
        return AccountBody(
            spot_maker_fee=basis_points(maker), spot_taker_fee=basis_points(taker),
            futures_maker_fee="0", futures_taker_fee="0", limit_orders=orders_max,
            trigger_orders=orders_max,
        )

    @patch("/api/v1/account", status_code=200)
    async def change_account(self, request: AnyRequest, sign_in: TheSignIn) -> Response[bytes]:
        """There is nothing to set; the settings of lending and leverage are taken as read."""
        members = parse_members(await request.body())
        await sign_in.check(caller_of(request.scope), "accountUpdate", (members,), trades=True)
        return Response(b"", media_type="application/json")

    @get("/wapi/v1/history/orders")
    async def order_history(
        self, request: AnyRequest, views: TheViews, complete: TheHistory, sign_in: TheSignIn
    ) -> Response[Sequence[PastOrderBody]]:
        """Every order of the account, open ones too, newest first."""
        asked = await ask(request, sign_in, "orderHistoryQueryAll")
        query = asked.query
        limit, offset = page_of(query)
        order_id = read_order_id(query["orderId"]) if "orderId" in query else None
        from_ms, to_ms = moment_of(query, "from") or 0, moment_of(query, "to")
        ascending = is_ascending(query)
        if not is_about_spot(query):
            return paged([], total=0, limit=limit, offset=offset)
        page = await complete.orders(
            asked.account_id, order_id=order_id, instrument_id=instrument_of(views, query),
            from_ms=from_ms, to_ms=to_ms, limit=limit, offset=offset, ascending=ascending,
        )
        bodies = [past_order(views.market_of(order.instrument_id), order) for order in page.rows]
        return paged(bodies, total=page.total, limit=limit, offset=offset)

    @get("/wapi/v1/history/fills")
    async def fill_history(
        self, request: AnyRequest, views: TheViews, complete: TheHistory, sign_in: TheSignIn
    ) -> Response[Sequence[FillBody]]:
        """Every fill of the account, newest first."""
        asked = await ask(request, sign_in, "fillHistoryQueryAll")
        query = asked.query
        limit, offset = page_of(query)
        order_id = read_order_id(query["orderId"]) if "orderId" in query else None
        from_ms, to_ms = moment_of(query, "from") or 0, moment_of(query, "to")
        ascending = is_ascending(query)
        if not is_about_spot(query) or query.get("fillType", "User") != "User":
            return paged([], total=0, limit=limit, offset=offset)
        page = await complete.fills(
            asked.account_id, order_id=order_id, instrument_id=instrument_of(views, query),
            from_ms=from_ms, to_ms=to_ms, limit=limit, offset=offset, ascending=ascending,
        )
        bodies = [
            fill_body(views.market_of(fill.instrument_id), views.venue.listing, fill)
            for fill in page.rows
        ]
        return paged(bodies, total=page.total, limit=limit, offset=offset)
