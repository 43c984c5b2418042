"""The largest order, withdrawal and loan of an account, by its free balances."""

from litestar import Controller, get

from outcry.api.backpack.markets import Market
from outcry.api.backpack.orders import LARGEST_ORDER, PRICE, SIDE, SYMBOL
from outcry.api.backpack.private import MaxBorrowBody, MaxOrderBody, MaxWithdrawalBody
from outcry.api.backpack.queries import ASSET, OF_AN_ASSET
from outcry.api.backpack.words import SIDES
from outcry.engine.events import InstrumentListed
from outcry.engine.units import BUY, AccountId
from outcry.processes.gateway.declaration import signed
from outcry.processes.gateway.parts import TheCall, TheViews
from outcry.processes.gateway.views import Views
from outcry.wire.decimals import amount_text, price_text, quantity_text


class LimitRoutes(Controller):
    """The private routes of these limits."""

    path = "/api/v1/account/limits"
    tags = ("Private",)

    @get("/order")
    @signed("maxOrderQuantity", query=LARGEST_ORDER)
    async def order(self, call: TheCall, views: TheViews) -> MaxOrderBody:
        """The largest order that the account can pay for, at a price or at the market."""
        market = SYMBOL.of(call.members, views.markets)
        instrument = market.instrument
        side = SIDE.of(call.members)
        at_market = PRICE.sent(call.members) is None
        price = None if at_market else PRICE.of(call.members, instrument)
        lots = min(_affordable(views, call.account_id, market, side, price),
                   instrument.quantity_max)
        return MaxOrderBody(
            symbol=instrument.symbol, side=SIDES[side],
            price=None if price is None else price_text(instrument, price),
            max_order_quantity=quantity_text(
                instrument, lots if lots >= instrument.quantity_min else 0
            ),
        )

    @get("/withdrawal")
    @signed("maxWithdrawalQuantity", query=OF_AN_ASSET)
    async def withdrawal(self, call: TheCall, views: TheViews) -> MaxWithdrawalBody:
        """The free balance."""
        asset = ASSET.of(call.members, views.venue.listing)
        free = views.venue.accounts.balance(call.account_id, asset.asset_id).free
        return MaxWithdrawalBody(
            symbol=asset.symbol, max_withdrawal_quantity=amount_text(asset, free)
        )

    @get("/borrow")
    @signed("maxBorrowQuantity", query=OF_AN_ASSET)
    async def borrow(self, call: TheCall, views: TheViews) -> MaxBorrowBody:
        """Zero: there is no lending."""
        return MaxBorrowBody(symbol=ASSET.of(call.members, views.venue.listing).symbol)


def _affordable(
    views: Views, account_id: AccountId, market: Market, side: int, price: int | None
) -> int:
    """Lots that the free balance pays for. A fee is taken from the proceeds, so it adds nothing."""
    accounts, listing = views.venue.accounts, views.venue.listing
    instrument_id = market.instrument.instrument_id
    if side != BUY:
        free = accounts.balance(account_id, market.base.asset_id).free
        return free // listing.base_amount(instrument_id, 1)
    free = accounts.balance(account_id, market.quote.asset_id).free
    if price is not None:
        return free // listing.quote_amount(instrument_id, price=price, quantity=1)
    return _at_market(views, market.instrument, free)


def _at_market(views: Views, instrument: InstrumentListed, free: int) -> int:
    """Lots that an amount of the quote asset buys from the book now."""
    listing = views.venue.listing
    lots = 0
    for price, quantity in views.venue.depth[instrument.instrument_id].levels().asks:
        lot_cost = listing.quote_amount(instrument.instrument_id, price=price, quantity=1)
        bought = min(quantity, free // lot_cost)
        lots += bought
        free -= bought * lot_cost
        if bought < quantity:
            break
    return lots
