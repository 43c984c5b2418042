"""The value of an account, in the quote asset of the first market."""

from typing import NamedTuple

from outcry.api.backpack.markets import Market
from outcry.api.backpack.private import CollateralBody, CollateralItem
from outcry.engine.events import AssetListed
from outcry.engine.units import AccountId, div_floor
from outcry.processes.gateway.views import Views
from outcry.wire.decimals import amount_text, format_decimal


class _Price(NamedTuple):
    """A price of one whole unit of an asset, times 10^decimals."""

    number: int
    decimals: int


_WORTHLESS = _Price(0, 0)


def collateral(views: Views, account_id: AccountId) -> CollateralBody:
    """The balances of an account and their value now.

    An asset is worth its outside price, or else its latest trade; without either, nothing. Values
    are rounded down.
    """
    markets = list(views.markets.values())
    if not markets:
        return CollateralBody(
            assets_value="0", net_equity="0", net_equity_available="0", net_equity_locked="0",
            collateral=[],
        )
    unit = markets[0].quote
    prices = {market.base.asset_id: _price(views, market) for market in reversed(markets)
              if market.quote.asset_id == unit.asset_id}
    prices[unit.asset_id] = _Price(1, 0)
    worth = locked = 0
    items: list[CollateralItem] = []
    holdings = views.venue.accounts.balances(account_id)
    for asset in views.venue.listing.assets.values():
        holding = holdings.get(asset.asset_id)
        if holding is None or not (holding.free or holding.locked):
            continue
        price = prices.get(asset.asset_id, _WORTHLESS)
        total = holding.free + holding.locked
        value = _value(asset, total, price, unit)
        worth += value
        locked += _value(asset, holding.locked, price, unit)
        items.append(CollateralItem(
            symbol=asset.symbol, asset_mark_price=format_decimal(price.number, price.decimals),
            total_quantity=amount_text(asset, total), balance_notional=amount_text(unit, value),
            collateral_value=amount_text(unit, value),
            open_order_quantity=amount_text(asset, holding.locked),
            available_quantity=amount_text(asset, holding.free),
        ))
    return CollateralBody(
        assets_value=amount_text(unit, worth), net_equity=amount_text(unit, worth),
        net_equity_available=amount_text(unit, worth - locked),
        net_equity_locked=amount_text(unit, locked), collateral=items,
    )


def _price(views: Views, market: Market) -> _Price:
    instrument = market.instrument
    mark = views.venue.quotes.mark(instrument.instrument_id)
    if mark is not None:
        return _Price(mark, instrument.mark_decimals)
    last = views.venue.tape.last(instrument.instrument_id)
    if last is None:
        return _WORTHLESS
    return _Price(last.price * instrument.tick_size, instrument.price_decimals)


def _value(asset: AssetListed, amount: int, price: _Price, unit: AssetListed) -> int:
    """The value of an amount in the smallest unit of another asset, rounded down."""
    return div_floor(
        amount * price.number * 10**unit.decimals, 10 ** (asset.decimals + price.decimals)
    )
