"""A client of the public API: typed REST, and a stream that keeps an exact book.

May import `runtime`, and of the pure rooms `api` and `wire`.

    key = ApiKey(api_key, api_secret)
    async with RestClient("http://127.0.0.1:3005", key=key) as rest:
        order = await rest.place_order(OrderRequest(
            symbol="SOL_USDC", side="Bid", price=Decimal("100"), quantity=Decimal("1"),
        ))
        async with StreamClient("ws://127.0.0.1:8080/", key=key, rest=rest) as stream:
            book = await stream.book("SOL_USDC").ready()
            async for trade in stream.trades("SOL_USDC"):
                ...
"""

from outcry.client.book import OrderBook
from outcry.client.cfd import CfdClient, Contract, Equity, Position
from outcry.client.errors import ClientError, FellBehind, Refused, Unreachable, Unreadable
from outcry.client.frames import (
    BalanceUpdate,
    DepthUpdate,
    KlineUpdate,
    MarkUpdate,
    OrderUpdate,
    TickerUpdate,
    TopUpdate,
    TradeUpdate,
)
from outcry.client.keys import ApiKey
from outcry.client.live_book import LiveBook
from outcry.client.models import (
    Balance,
    Deposit,
    Depth,
    Fill,
    Kline,
    Market,
    Order,
    PlacedOrder,
    PublicTrade,
    RefusedOrder,
    Ticker,
    Withdrawal,
)
from outcry.client.requests import Exit, OrderRequest, WithdrawalRequest
from outcry.client.rest import BATCH_MAX, PAGE_MAX, RestClient
from outcry.client.stream import StreamClient, Subscription

__all__ = [
    "BATCH_MAX",
    "PAGE_MAX",
    "ApiKey",
    "Balance",
    "BalanceUpdate",
    "CfdClient",
    "ClientError",
    "Contract",
    "Deposit",
    "Depth",
    "DepthUpdate",
    "Equity",
    "Exit",
    "FellBehind",
    "Fill",
    "Kline",
    "KlineUpdate",
    "LiveBook",
    "MarkUpdate",
    "Market",
    "Order",
    "OrderBook",
    "OrderRequest",
    "OrderUpdate",
    "PlacedOrder",
    "Position",
    "PublicTrade",
    "Refused",
    "RefusedOrder",
    "RestClient",
    "StreamClient",
    "Subscription",
    "Ticker",
    "TickerUpdate",
    "TopUpdate",
    "TradeUpdate",
    "Unreachable",
    "Unreadable",
    "Withdrawal",
    "WithdrawalRequest",
]
