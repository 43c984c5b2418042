"""The public routes: the venue, its markets, and market data."""

from typing import Annotated, Literal

from litestar import Controller, get
from litestar.params import FromQuery, QueryParameter

from outcry.api.backpack.errors import ApiError, Code, invalid
from outcry.api.backpack.markets import Market, market_named
from outcry.api.backpack.rest import (
    Asset,
    DepthBody,
    Kline,
    MarketBody,
    MarkPriceBody,
    Status,
    TickerBody,
    TradeBody,
    asset_body,
    market_body,
)
from outcry.api.backpack.shapes import depth_body, kline, ticker_body, trade_body
from outcry.processes.gateway.history import CompleteHistory
from outcry.processes.gateway.parts import TheClock, TheHistory, TheViews
from outcry.processes.gateway.views import Views
from outcry.projections.candles import INTERVALS, end_of, start_of
from outcry.wire.decimals import mark_text

KLINES_MAX = 5_000
OFFSET_MAX = 1_000_000
SECONDS_MAX = 100_000_000_000

MarketType = Literal["SPOT", "PERP", "IPERP", "DATED", "PREDICTION", "RFQ"]

Symbol = Annotated[str, QueryParameter(description="A market, such as SOL_USDC.")]
Span = FromQuery[Literal["1d", "1w"]]
Limit = Annotated[int, QueryParameter(ge=1, le=1_000)]
DepthLimit = FromQuery[Literal["5", "10", "20", "50", "100", "500", "1000"]]
Offset = Annotated[int, QueryParameter(ge=0, le=OFFSET_MAX)]
Interval = FromQuery[Literal[INTERVALS]]  # type: ignore[valid-type]
# Clients that reckon back from now may come before 1970.
StartTime = Annotated[
    int, QueryParameter(name="startTime", ge=-SECONDS_MAX, le=SECONDS_MAX)
]
EndTime = Annotated[int | None, QueryParameter(name="endTime", ge=0, le=SECONDS_MAX)]
PriceType = Annotated[Literal["Last", "Index", "Mark"], QueryParameter(name="priceType")]
OneMarketType = Annotated[MarketType | None, QueryParameter(name="marketType")]
MarketTypes = Annotated[list[MarketType] | None, QueryParameter(name="marketType")]
MaybeSymbol = FromQuery[str | None]


class MarketRoutes(Controller):
    """Public routes, all of them GET."""

    path = "/api/v1"
    tags = ("Public",)

    @get("/ping", media_type="text/plain")
    async def ping(self) -> str:
        """A sign of life."""
        return "pong"

    @get("/time", media_type="text/plain")
    async def time(self, clock_ms: TheClock) -> str:
        """The venue's time in milliseconds."""
        return str(clock_ms())

    @get("/status")
    async def status(self, views: TheViews) -> Status:
        """The state of the venue, with the reason of a maintenance, or a notice."""
        trouble = views.trouble()
        if trouble is not None:
            return Status("Maintenance", trouble)
        return Status("Ok", views.notice())

    @get("/assets")
    async def assets(self, views: TheViews) -> list[Asset]:
        """All assets."""
        return [
            asset_body(asset.symbol, asset.name, asset.decimals)
            for asset in views.venue.listing.assets.values()
        ]

    @get("/markets")
    async def markets(
        self, views: TheViews,
        market_type: MarketTypes = None,
    ) -> list[MarketBody]:
        """Every market and its rules."""
        if market_type and "SPOT" not in market_type:
            return []
        return [market_body(market) for market in views.markets.values()]

    @get("/market")
    async def market(self, views: TheViews, symbol: Symbol) -> MarketBody:
        """One market and its rules."""
        return market_body(market_named(views.markets, symbol))

    @get("/ticker")
    async def ticker(self, views: TheViews, symbol: Symbol, interval: Span = "1d") -> TickerBody:
        """The last day, or week, of a market."""
        return _ticker(views, market_named(views.markets, symbol), interval)

    @get("/tickers")
    async def tickers(self, views: TheViews, interval: Span = "1d") -> list[TickerBody]:
        """The last day, or week, of every market."""
        return [_ticker(views, market, interval) for market in views.markets.values()]

    @get("/depth")
    async def depth(self, views: TheViews, symbol: Symbol, limit: DepthLimit = "1000") -> DepthBody:
        """A book. Both sides ascend by price: the best bid is the last one."""
        market = market_named(views.markets, symbol)
        levels = views.venue.depth[market.instrument.instrument_id].levels(int(limit))
        return depth_body(market, levels, views.venue.now_ms)

    @get("/trades")
    async def trades(
        self, views: TheViews, complete: TheHistory, symbol: Symbol, limit: Limit = 100
    ) -> list[TradeBody]:
        """The latest trades, newest first."""
        return await _trades(views, complete, symbol, limit, 0)

    @get("/trades/history")
    async def trade_history(
        self, views: TheViews, complete: TheHistory, symbol: Symbol, limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[TradeBody]:
        """Trades, newest first, passing over the newest `offset`."""
        return await _trades(views, complete, symbol, limit, offset)

    @get("/klines")
    async def klines(
        self, views: TheViews, complete: TheHistory, clock_ms: TheClock, symbol: Symbol,
        interval: Interval,
        start_time: StartTime,
        end_time: EndTime = None,
        price_type: PriceType = "Last",
    ) -> list[Kline]:
        """Candles that start from `startTime` to `endTime`, both seconds and included."""
        market = market_named(views.markets, symbol)
        if price_type != "Last":
            raise ApiError(400, Code.NOT_IMPLEMENTED, "Candles are kept of the last price only")
        now_ms = clock_ms()
        end_ms = min(now_ms, now_ms if end_time is None else end_time * 1000) + 1
        start_ms = max(start_time, 0) * 1000
        _check_range(interval, start_ms, end_ms)
        candles = await complete.candles(
            market.instrument.instrument_id, interval, start_ms=start_ms, end_ms=end_ms
        )
        return [kline(market, candle) for candle in candles]

    @get("/markPrices")
    async def mark_prices(
        self, views: TheViews, symbol: MaybeSymbol = None,
        market_type: OneMarketType = None,
    ) -> list[MarkPriceBody]:
        """The outside price of every market that has one."""
        if market_type not in (None, "SPOT"):
            return []
        if symbol is not None and symbol not in views.markets:
            raise invalid("Symbol not found")
        wanted = views.markets.values() if symbol is None else [views.markets[symbol]]
        return [body for market in wanted if (body := _mark_price(views, market)) is not None]


def _ticker(views: Views, market: Market, span: str) -> TickerBody:
    return ticker_body(market, views.venue.tickers.view(market.instrument.instrument_id, span))


async def _trades(
    views: Views, complete: CompleteHistory, symbol: str, limit: int, offset: int
) -> list[TradeBody]:
    market = market_named(views.markets, symbol)
    trades = await complete.trades(market.instrument.instrument_id, limit=limit, offset=offset)
    return [trade_body(market, views.venue.listing, trade) for trade in trades]


def _mark_price(views: Views, market: Market) -> MarkPriceBody | None:
    mark = views.venue.quotes.mark(market.instrument.instrument_id)
    if mark is None:
        return None
    text = mark_text(market.instrument, mark)
    return MarkPriceBody(symbol=market.instrument.symbol, mark_price=text, index_price=text)


def _check_range(interval: str, start_ms: int, end_ms: int) -> None:
    first_ms = start_of(interval, start_ms)
    length_ms = end_of(interval, first_ms) - first_ms
    if (end_ms - start_ms) // length_ms > KLINES_MAX:
        raise invalid(f"Too long a time: at most {KLINES_MAX} candles at once")
