"""The market maker as a whole: every spot market quoted, and a crowd that takes.

It knows nothing but the public API, like anybody's bot: outside prices from `markPrice`, its own
orders from `account.orderUpdate`, and REST for the rest.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random
from typing import TypeVar

import structlog

from outcry.client import (
    ApiKey,
    ClientError,
    Market,
    MarkUpdate,
    OrderUpdate,
    RestClient,
    StreamClient,
)
from outcry.market_maker.flow import TakerActivity, TakerFlow
from outcry.market_maker.holdings import Holdings
from outcry.market_maker.market_view import MarketView
from outcry.market_maker.quoter import Quoter
from outcry.market_maker.quoting import QuotingParameters, rules_of
from outcry.market_maker.takers import Takers
from outcry.runtime.backoff import Backoff

MARKETS_EVERY_S = 30.0
BALANCES_EVERY_S = 5.0
REPORT_EVERY_S = 60.0
WITHDRAW_S_MAX = 3.0
RETRY_S_MAX = 3.0

T = TypeVar("T")

log = structlog.get_logger(__name__)


class MarketMaker:
    """Runs one quoter, and one crowd of takers if there is a second account, for each market."""

    def __init__(
        self, rest: RestClient, stream_url: str, key: ApiKey, *,
        taker_rest: RestClient | None = None, seed: int = 1,
    ) -> None:
        self.quoters: dict[str, Quoter] = {}
        self.takers: dict[str, Takers] = {}
        self._rest = rest
        self._taker_rest = taker_rest
        self._seed = seed
        self._holdings = Holdings()
        self._taker_holdings = Holdings()
        self._stream = StreamClient(
            stream_url, key=key, on_connected=self._on_connected,
            backoff=Backoff(longest_s=RETRY_S_MAX),
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Trade until told to stop, and leave no quote behind."""
        try:
            async with self._stream, asyncio.TaskGroup() as tasks:
                self._stream.order_updates(callback=self._on_order)
                trading = tasks.create_task(self._trade())
                watching = tasks.create_task(self._stream.closed())
                await stop.wait()
                trading.cancel()
                watching.cancel()
        finally:
            await self._withdraw()

    def counts(self) -> dict[str, int]:
        """Orders placed, canceled, refused, filled and taken so far."""
        totals: Counter[str] = Counter()
        for quoter in self.quoters.values():
            totals.update(quoter.counts)
        for takers in self.takers.values():
            totals.update(takers.counts)
        return dict(totals)

    async def _trade(self) -> None:
        await self._refresh_balances()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_balances())
            tasks.create_task(self._report())
            while True:
                self._enter(await _insist("markets", self._rest.markets), tasks)
                await asyncio.sleep(MARKETS_EVERY_S)

    def _enter(self, markets: list[Market], tasks: asyncio.TaskGroup) -> None:
        """Begin to trade in markets that are new."""
        tradable = [m for m in markets if m.market_type == "SPOT" and m.order_book_state == "Open"]
        for market in tradable:
            symbol = market.symbol
            if symbol in self.quoters:
                continue
            view = MarketView(rules_of(market))
            quoter = Quoter(
                self._rest, view, self._holdings, QuotingParameters(), share=0.0,
                random=Random(f"{self._seed}:{symbol}"),  # noqa: S311 (It hides nothing.)
            )
            self.quoters[symbol] = quoter
            tasks.create_task(quoter.run())
            self._stream.marks(symbol, partial(_on_mark, quoter))
            self._stream.tops(symbol, view.on_top)
            if self._taker_rest is not None:
                flow = TakerFlow(f"{self._seed}:takers:{symbol}", TakerActivity())
                takers = Takers(self._taker_rest, view, self._taker_holdings, flow)
                self.takers[symbol] = takers
                tasks.create_task(takers.run())
            log.info("market entered", symbol=symbol, takers=self._taker_rest is not None)
        for quoter in self.quoters.values():
            quoter.share = 1 / len(self.quoters)

    def _on_connected(self) -> None:
        for quoter in self.quoters.values():
            quoter.doubt()

    def _on_order(self, update: OrderUpdate) -> None:
        quoter = self.quoters.get(update.symbol)
        if quoter is not None:
            quoter.on_order(update)

    async def _keep_balances(self) -> None:
        while True:
            await asyncio.sleep(BALANCES_EVERY_S)
            await self._refresh_balances()

    async def _refresh_balances(self) -> None:
        await _insist("balances", partial(self._holdings.refresh, self._rest))
        if self._taker_rest is not None:
            await _insist("balances", partial(self._taker_holdings.refresh, self._taker_rest))

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_EVERY_S)
            log.info("market maker", markets=len(self.quoters), **self.counts())

    async def _withdraw(self) -> None:
        """Cancel all quotes; a venue that does not answer has none of ours to show either."""
        try:
            async with asyncio.timeout(WITHDRAW_S_MAX):
                for quoter in self.quoters.values():
                    await quoter.withdraw()
        except (ClientError, TimeoutError) as error:
            log.warning("quotes may be left in the book", why=str(error) or type(error).__name__)


def _on_mark(quoter: Quoter, mark: MarkUpdate) -> None:
    quoter.market.on_mark(mark)
    quoter.wake()


async def _insist(what: str, ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer."""
    backoff = Backoff(longest_s=RETRY_S_MAX)
    while True:
        try:
            return await ask()
        except ClientError as error:
            wait_s = backoff.next_s()
            log.warning(f"no {what}", why=str(error), again_in_s=round(wait_s, 2))
            await asyncio.sleep(wait_s)
