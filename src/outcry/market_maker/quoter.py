"""Keeps one market quoted: compares the open orders with the desired ones, at most twice a second.

It changes its orders one request after the other. When the outcome of one is in doubt, it requests
the list of its orders before it goes on.
"""

import asyncio
import time
from random import Random

import structlog

from outcry.client import (
    BATCH_MAX,
    ClientError,
    Order,
    OrderRequest,
    OrderUpdate,
    PlacedOrder,
    Refused,
    RestClient,
)
from outcry.market_maker.diff import OpenOrder, plan
from outcry.market_maker.holdings import Holdings
from outcry.market_maker.market_view import MarketView
from outcry.market_maker.orders import OpenOrders
from outcry.market_maker.quoting import QuoteLevel, QuotingParameters, desired_levels
from outcry.runtime.backoff import Backoff
from outcry.runtime.stopping import pause

PAUSE_S = 0.5  # Between two looks at the quotes.
LOOK_EVERY_S = 1.0  # Without news too: a mark becomes stale by itself.
LIST_EVERY_S = 30.0
FUNDS_SHARE = 0.9  # Of the account, for quotes.
CANCEL_ALL_FROM = 5  # So many cancels, if they are all there is, go in one request.
RETRY_S_MAX = 3.0

log = structlog.get_logger(__name__)


class Quoter:
    """Quotes of one market."""

    def __init__(
        self, rest: RestClient, market: MarketView, holdings: Holdings, style: QuotingParameters, *,
        random: Random, share: float, pause_s: float = PAUSE_S, backoff: Backoff | None = None,
    ) -> None:
        """`share` is the part of the account's quote asset that this market may use."""
        self.market = market
        self.orders = OpenOrders()
        self.counts = {"placed": 0, "canceled": 0, "refused": 0, "filled": 0}
        self.share = share
        self._rest = rest
        self._rules = market.rules
        self._holdings = holdings
        self._style = style
        self._random = random
        self._pause_s = pause_s
        self._news = asyncio.Event()
        self._in_doubt = True
        self._listed_at_s = 0.0
        self._backoff = backoff or Backoff(longest_s=RETRY_S_MAX)

    def wake(self) -> None:
        """Wake the quoter for news."""
        self._news.set()

    def doubt(self) -> None:
        """Note that orders may have changed unnoticed."""
        self._in_doubt = True
        self._news.set()

    def on_order(self, update: OrderUpdate) -> None:
        """Take in an event of one of the account's orders."""
        if update.event == "orderFill":
            self.counts["filled"] += 1
            self._news.set()
        if update.is_open and update.price is not None:
            remaining = update.quantity - update.executed_quantity
            self.orders.on_open(OpenOrder(
                update.order_id, update.side, int(update.price / self._rules.tick_size),
                int(remaining / self._rules.lot_size),
            ))
        else:
            self.orders.on_ended(update.order_id)

    async def run(self) -> None:
        """Quote until canceled."""
        while True:
            try:
                await self._requote()
                self._backoff.reset()
                await asyncio.sleep(self._pause_s)
                await pause(self._news, LOOK_EVERY_S)
            except ClientError as error:
                wait_s = self._backoff.next_s()
                log.warning(
                    "quotes in doubt", symbol=self._rules.symbol, why=str(error),
                    again_in_s=round(wait_s, 2),
                )
                self._in_doubt = True
                await asyncio.sleep(wait_s)

    async def withdraw(self) -> None:
        """Cancel all quotes of the market."""
        for order in await self._rest.cancel_orders(self._rules.symbol):
            self.orders.on_ended(order.id)
        self._in_doubt = True

    async def _requote(self) -> None:
        """Compare the quotes with the market, once."""
        self._news.clear()
        if self._in_doubt or time.monotonic() - self._listed_at_s > LIST_EVERY_S:
            await self._list()
        if self.market.fresh:
            changes = plan(self._desired(), self.orders)
            await self._cancel(changes.cancel)
            await self._place(changes.place)
        elif len(self.orders):
            log.warning("mark is stale; no quotes", symbol=self._rules.symbol)
            await self.withdraw()

    def _desired(self) -> list[QuoteLevel]:
        rules, mark = self._rules, self.market.mark
        price = mark * float(rules.tick_size)
        return desired_levels(
            rules, self._style, mark=mark, volatility=self.market.volatility.per_second,
            inventory=self._holdings.drift(rules.base) * price / self._style.inventory_notional,
            base_lots=int(FUNDS_SHARE * self._holdings.total(rules.base) / float(rules.lot_size)),
            quote_funds=FUNDS_SHARE * self.share * self._holdings.total(rules.quote),
            random=self._random,
        )

    async def _list(self) -> None:
        self._in_doubt = False  # Doubt that arises from here on is new.
        self.orders.on_list(
            self._open_order(order) for order in await self._rest.open_orders(self._rules.symbol)
            if order.price is not None
        )
        self._listed_at_s = time.monotonic()

    async def _cancel(self, orders: list[OpenOrder]) -> None:
        if len(orders) >= CANCEL_ALL_FROM and len(orders) == len(self.orders):
            await self.withdraw()
            self.counts["canceled"] += len(orders)
            return
        outcomes = await asyncio.gather(
            *(self._cancel_one(order) for order in orders), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _cancel_one(self, order: OpenOrder) -> None:
        try:
            await self._rest.cancel_order(self._rules.symbol, order_id=order.order_id)
        except Refused as refusal:
            if refusal.status != 404:  # It was filled meanwhile.
                raise
        self.counts["canceled"] += 1
        self.orders.on_ended(order.order_id)

    async def _place(self, levels: list[QuoteLevel]) -> None:
        requests = [self._request(level) for level in levels]
        for start in range(0, len(requests), BATCH_MAX):
            for answer in await self._rest.place_orders(requests[start:start + BATCH_MAX]):
                if isinstance(answer, PlacedOrder):
                    self.counts["placed"] += 1
                    self._note(answer)
                else:
                    self.counts["refused"] += 1
                    log.debug(
                        "quote refused", symbol=self._rules.symbol, code=answer.code,
                        why=answer.message,
                    )

    def _note(self, order: Order) -> None:
        if order.is_open:
            self.orders.on_open(self._open_order(order))
        else:
            self.orders.on_ended(order.id)

    def _open_order(self, order: Order) -> OpenOrder:
        assert order.price is not None
        return OpenOrder(
            order.id, order.side, int(order.price / self._rules.tick_size),
            int(order.remaining / self._rules.lot_size),
        )

    def _request(self, level: QuoteLevel) -> OrderRequest:
        return OrderRequest(
            symbol=self._rules.symbol, side=level.side, post_only=True,
            price=level.price * self._rules.tick_size,
            quantity=level.quantity * self._rules.lot_size,
        )
