"""How much an account could order, withdraw or borrow now, by what it has free."""

from litestar import Controller, get

from outcry.api.backpack.fields import read_choice, read_price
from outcry.api.backpack.markets import Market, market_named
from outcry.api.backpack.private import MaxBorrowBody, MaxOrderBody, MaxWithdrawalBody
from outcry.api.backpack.withdrawals import asset_named
from outcry.api.backpack.words import SIDES
from outcry.engine.events import InstrumentListed
from outcry.engine.units import BUY, AccountId
from outcry.processes.gateway.parts import TheSignIn, TheViews
from outcry.processes.gateway.queries import AnyRequest, ask
from outcry.processes.gateway.views import Views
from outcry.wire.decimals import amount_text, price_text, quantity_text

_SIDES = {word: side for side, word in SIDES.items()}


class LimitRoutes(Controller):
    """Private routes about what would be possible."""

    path = "/api/v1/account/limits"
    tags = ("Private",)

    @get("/order")
    async def order(
        self, request: AnyRequest, views: TheViews, sign_in: TheSignIn
    ) -> MaxOrderBody:
        """The largest order at a price, or without one at the market, that could be paid for."""
        asked = await ask(request, sign_in, "maxOrderQuantity")
        market = market_named(views.markets, asked.query.get("symbol"))
        instrument = market.instrument
        side = read_choice(asked.query, "side", _SIDES)
        text = asked.query.get("price")
        price = None if text is None else read_price(instrument, text)
        lots = min(_affordable(views, asked.account_id, market, side, price),
                   instrument.quantity_max)
        return MaxOrderBody(
            symbol=instrument.symbol, side=SIDES[side],
            price=None if price is None else price_text(instrument, price),
            max_order_quantity=quantity_text(
                instrument, lots if lots >= instrument.quantity_min else 0
            ),
        )

    @get("/withdrawal")
    async def withdrawal(
        self, request: AnyRequest, views: TheViews, sign_in: TheSignIn
    ) -> MaxWithdrawalBody:
        """All that is free."""
        asked = await ask(request, sign_in, "maxWithdrawalQuantity")
        asset = asset_named(views.venue.listing, asked.query.get("symbol"))
        free = views.venue.accounts.balance(asked.account_id, asset.asset_id).free
        return MaxWithdrawalBody(
            symbol=asset.symbol, max_withdrawal_quantity=amount_text(asset, free)
        )

    @get("/borrow")
    async def borrow(
        self, request: AnyRequest, views: TheViews, sign_in: TheSignIn
    ) -> MaxBorrowBody:
        """Nothing: there is no lending."""
        asked = await ask(request, sign_in, "maxBorrowQuantity")
        return MaxBorrowBody(
            symbol=asset_named(views.venue.listing, asked.query.get("symbol")).symbol
        )


def _affordable(
    views: Views, account_id: AccountId, market: Market, side: int, price: int | None
) -> int:
    """Lots that what is free pays for. A fee is taken from what is received, so it adds nothing."""
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
    """Lots that an amount of the quote asset buys from what is offered now."""
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
