"""Traders who keep a venue busy, and know afterwards what it owes them."""

import itertools
import random
import time
from collections import Counter
from contextlib import suppress
from decimal import Decimal

from outcry.client import (
    ApiKey,
    CfdClient,
    ClientError,
    OrderRequest,
    PlacedOrder,
    Position,
    Refused,
    RestClient,
)
from rigs.venues import Venue

BATCH = 20
TAKES_BACK = 0.05  # How likely it is, after a batch, that a trader cancels all that rests.
SYMBOL = "SOL_USDC"


class Trader:
    """Places batches of orders on both sides of one price, and notes what was acknowledged."""

    def __init__(self, venue: Venue, number: int, *, seed: int) -> None:
        user = venue.create_user(f"trader{number}@example.com", USDC="100000000", SOL="1000000")
        self._url = venue.url
        self._key = ApiKey(user["api_key"], user["api_secret"])
        self._dice = random.Random(seed + number)
        self._client_ids = itertools.count(1)
        self.sent: set[int] = set()
        self.acknowledged: dict[int, str] = {}  # Client id → order id.
        self.acknowledged_at: dict[int, float] = {}  # Client id → `time.monotonic`.

    def client(self) -> RestClient:
        """A connection of this trader's."""
        return RestClient(self._url, key=self._key)

    async def trade(self, rest: RestClient) -> None:
        """Place a batch; now and then take back what rests, before there is room for no more."""
        await self._place_batch(rest)
        if self._dice.random() < TAKES_BACK:
            with suppress(ClientError):
                await rest.cancel_orders(SYMBOL)

    async def _place_batch(self, rest: RestClient) -> None:
        """Place a batch once; whatever came of it, it is not sent again."""
        orders = [self._order() for _ in range(BATCH)]
        self.sent |= {order.client_id for order in orders if order.client_id is not None}
        try:
            answers = await rest.place_orders(orders)
        except ClientError:
            return  # The outcome is unknown, or the venue took nothing.
        for order, answer in zip(orders, answers, strict=True):
            if isinstance(answer, PlacedOrder) and order.client_id is not None:
                self.acknowledged[order.client_id] = answer.id
                self.acknowledged_at[order.client_id] = time.monotonic()

    async def history(self) -> list[tuple[str, int | None]]:
        """(order id, client id) of every order of the account."""
        found: list[tuple[str, int | None]] = []
        async with self.client() as rest:
            while page := await rest.order_history(SYMBOL, limit=1000, offset=len(found)):
                found += [(order.id, order.client_id) for order in page]
        return found

    async def lost(self) -> set[int]:
        """Client ids of acknowledged orders that the history does not have under their order id.

        Fails when one is there twice, or was never sent.
        """
        orders = await self.history()
        for names in zip(*orders, strict=True):
            assert [] == [name for name, count in Counter(names).items() if count > 1]
        found = {client_id: order_id for order_id, client_id in orders}
        assert found.keys() <= self.sent
        return {name for name, order_id in self.acknowledged.items() if found.get(name) != order_id}

    def _order(self) -> OrderRequest:
        side = self._dice.choice(("Bid", "Ask"))
        away = self._dice.randrange(-3, 30)
        cents = 10_000 - away if side == "Bid" else 10_000 + away
        return OrderRequest(
            symbol=SYMBOL, side=side, price=Decimal(cents) / 100,
            quantity=Decimal(self._dice.randrange(1, 50)) / 100,
            time_in_force=self._dice.choice((None, None, None, "IOC")),
            client_id=next(self._client_ids),
        )


class PositionTrader:
    """Opens and closes leveraged positions, and notes what was acknowledged."""

    def __init__(self, venue: Venue, number: int, *, seed: int) -> None:
        user = venue.create_user(f"desk{number}@example.com", USDC="1000000")
        self._url = venue.url
        self._key = ApiKey(user["api_key"], user["api_secret"])
        self._dice = random.Random(seed + 1_000 + number)
        self.acknowledged: dict[str, Position] = {}  # By trade id, as last heard.
        self.acknowledged_at: list[float] = []  # By `time.monotonic`.
        self._unsure = 0  # Answers that never came: any of these may have been done.

    def client(self) -> CfdClient:
        """A connection of this trader's."""
        return CfdClient(self._url, key=self._key)

    async def deal(self, desk: CfdClient) -> None:
        """Open a position, or close one of those that are known; once, whatever comes of it."""
        open_ones = [each.trade_id for each in self.acknowledged.values() if each.status == "OPEN"]
        try:
            if len(open_ones) < 5 or self._dice.random() < 0.5:
                position = await desk.open(
                    SYMBOL, self._dice.choice(("LONG", "SHORT")),
                    margin=Decimal(self._dice.randrange(1, 50)),
                    leverage=Decimal(self._dice.choice((1, 5, 20, 100))),
                )
            else:
                position = await desk.close(self._dice.choice(open_ones))
        except Refused as refusal:
            self._unsure += refusal.code == "TIMEOUT"
            return  # No fresh price, or the position was liquidated meanwhile.
        except ClientError:
            self._unsure += 1
            return
        self.acknowledged[position.trade_id] = position
        self.acknowledged_at.append(time.monotonic())

    async def lost(self) -> list[str]:
        """Acknowledged positions that are not there as they were acknowledged.

        One that was open may have ended since: by its owner, when the answer never came, or by the
        price. Fails when more are open than were asked for.
        """
        async with self.client() as desk:
            open_now = {position.trade_id: position for position in await desk.positions()}
        assert len(open_now.keys() - self.acknowledged.keys()) <= self._unsure
        return [
            trade_id for trade_id, heard in self.acknowledged.items()
            if (trade_id in open_now and heard.status != "OPEN")
            or (trade_id in open_now and open_now[trade_id].entry_price != heard.entry_price)
        ]
