"""Questions of an account about itself."""

from collections.abc import Sequence

from litestar import Controller, Response, get, patch

from outcry.api.backpack.fields import Fields
from outcry.api.backpack.private import AccountBody, FillBody, PastOrderBody
from outcry.api.backpack.queries import (
    ANY_SYMBOL,
    ASCENDING,
    FILL_HISTORY,
    FILL_TYPE,
    FROM,
    ORDER_HISTORY,
    ORDER_ID,
    TO,
    PageRequest,
    is_about_spot,
    page_of,
)
from outcry.api.backpack.shapes import basis_points, fill_body, past_order
from outcry.engine.units import OrderId
from outcry.ports.history import Selection
from outcry.ports.people import TRADE
from outcry.processes.gateway.call import Call
from outcry.processes.gateway.declaration import signed
from outcry.processes.gateway.pages import paged
from outcry.processes.gateway.parts import TheCall, TheHistory, TheViews
from outcry.processes.gateway.views import Views

SETTINGS = Fields(
    closed=False, name="SettingsRequest",
    says="Settings of lending and leverage: any plain values, all without effect.",
)


class AccountRoutes(Controller):
    """Private routes for reading. Orders themselves have routes of their own."""

    tags = ("Private",)

    @get("/api/v1/account")
    @signed("accountQuery")
    async def account(self, views: TheViews) -> AccountBody:
        """Fees in basis points, and limits."""
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
    @signed("accountUpdate", scope=TRADE, body=SETTINGS)
    async def change_account(self) -> Response[bytes]:
        """Accept the settings of lending and leverage, which have no effect."""
        return Response(b"", media_type="application/json")

    @get("/wapi/v1/history/orders")
    @signed("orderHistoryQueryAll", query=ORDER_HISTORY)
    async def order_history(
        self, call: TheCall, views: TheViews, complete: TheHistory
    ) -> Response[Sequence[PastOrderBody]]:
        """Every order of the account, open ones too, newest first."""
        page_request, selection, ascending = _rows_request(views, call)
        if not is_about_spot(call.members):
            return paged([], page_request, total=0)
        page = await complete.orders(
            selection, ascending=ascending, **page_request._asdict()
        )
        bodies = [past_order(views.market_of(order.instrument_id), order) for order in page.rows]
        return paged(bodies, page_request, total=page.total)

    @get("/wapi/v1/history/fills")
    @signed("fillHistoryQueryAll", query=FILL_HISTORY)
    async def fill_history(
        self, call: TheCall, views: TheViews, complete: TheHistory
    ) -> Response[Sequence[FillBody]]:
        """Every fill of the account, newest first."""
        page_request, selection, ascending = _rows_request(views, call)
        by_users = FILL_TYPE.sent(call.members) in (None, "User")
        if not by_users or not is_about_spot(call.members):
            return paged([], page_request, total=0)
        page = await complete.fills(
            selection, ascending=ascending, **page_request._asdict()
        )
        bodies = [
            fill_body(views.market_of(fill.instrument_id), views.venue.listing, fill)
            for fill in page.rows
        ]
        return paged(bodies, page_request, total=page.total)


def _rows_request(views: Views, call: Call) -> tuple[PageRequest, Selection, bool]:
    query = call.members
    page = page_of(query)
    order_id = ORDER_ID.of(query)
    from_ms, to_ms, ascending = FROM.of(query) or 0, TO.of(query), ASCENDING.of(query)
    market = ANY_SYMBOL.of(query, views.markets) if is_about_spot(query) else None
    instrument_id = market and market.instrument.instrument_id
    return page, Selection(
        call.account_id, None if order_id is None else OrderId(order_id), instrument_id, from_ms,
        to_ms,
    ), ascending
