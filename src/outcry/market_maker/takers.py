"""Sends the takers of one market, from an account of their own."""

import asyncio

import structlog

from outcry.client import ClientError, OrderRequest, Refused, RestClient
from outcry.market_maker.flow import TakerFlow, TakerOrder
from outcry.market_maker.holdings import Holdings
from outcry.market_maker.market_view import MarketView
from outcry.runtime.backoff import Backoff

INVENTORY_NOTIONAL = 100_000.0  # So far the crowd's holdings may stray before it turns around.
RETRY_S_MAX = 3.0

log = structlog.get_logger(__name__)


class Takers:
    """The crowd of one market."""

    def __init__(
        self, rest: RestClient, market: MarketView, holdings: Holdings, flow: TakerFlow
    ) -> None:
        self.counts = {"taken": 0, "refused": 0}
        self._rest = rest
        self._outlook = market
        self._holdings = holdings
        self._flow = flow
        self._backoff = Backoff(longest_s=RETRY_S_MAX)

    async def run(self) -> None:
        """Take until canceled; nobody comes while the mark is stale or a side is empty."""
        while True:
            await asyncio.sleep(self._flow.wait_s())
            top = self._outlook.top
            if top is None or not self._outlook.fresh:
                continue
            try:
                await self._rest.place_order(self._request(self._next(*top)))
                self.counts["taken"] += 1
                self._backoff.reset()
            except Refused as refusal:
                self.counts["refused"] += 1
                log.debug("taker refused", symbol=self._outlook.rules.symbol, why=str(refusal))
                if refusal.outcome_unknown:
                    await asyncio.sleep(self._backoff.next_s())
            except ClientError as error:
                log.warning("taker lost", symbol=self._outlook.rules.symbol, why=str(error))
                await asyncio.sleep(self._backoff.next_s())

    def _next(self, bid: int, ask: int) -> TakerOrder:
        rules, mark = self._outlook.rules, self._outlook.mark
        strayed = self._holdings.drift(rules.base) * mark * float(rules.tick_size)
        return self._flow.taker(
            bid=bid, ask=ask, mark=mark, inventory=strayed / INVENTORY_NOTIONAL,
            unit_value=rules.unit_value, quantity_min=rules.quantity_min,
        )

    def _request(self, taken: TakerOrder) -> OrderRequest:
        rules = self._outlook.rules
        quantity = taken.quantity * rules.lot_size
        if taken.price is None:
            return OrderRequest(
                symbol=rules.symbol, side=taken.side, order_type="Market", quantity=quantity
            )
        return OrderRequest(
            symbol=rules.symbol, side=taken.side, price=taken.price * rules.tick_size,
            quantity=quantity, time_in_force="IOC",
        )
