"""Random orders: prices that meet, triggers that fire, exits, replacements and cancels.

Whatever is random comes from one `Random`, so that a seed, or Hypothesis, repeats a run.
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

import msgspec

from outcry.engine.commands import (
    CancelOrder,
    Conditions,
    Exit,
    PlaceOrder,
    ReplaceOrder,
    Trigger,
)
from outcry.engine.units import (
    BUY,
    FOK,
    GTC,
    IOC,
    LAST_PRICE,
    LIMIT,
    MARK_PRICE,
    MARKET,
    RATE_ONE,
    SELL,
)

CLIENT_IDS = 40


class OpenOrder(NamedTuple):
    """What names an open order."""

    order_id: int
    account_id: int
    instrument_id: int


class RandomOrders:
    """Commands about orders. `open_orders` tells what is worth canceling and replacing."""

    def __init__(self, random: Random, open_orders: Callable[[], list[OpenOrder]]) -> None:
        self.random = random
        self._open_orders = open_orders
        self._conditional = random.choice((0.2, 0.5, 0.7))  # How many orders wait or have exits.

    def order(self, account_id: int, instrument_id: int) -> PlaceOrder:
        random = self.random
        side = random.choice((BUY, SELL))
        limit = random.random() < 0.85
        by_amount = not limit and random.random() < 0.5
        post_only = limit and random.random() < 0.1
        tif = GTC if post_only or random.random() < 0.8 else random.choice((GTC, IOC, FOK))
        conditions = self._conditions(side)
        by_share = (
            conditions is not None and conditions.trigger is not None
            and conditions.trigger.share_rate != 0 and random.random() < 0.95
        )
        quantity = random.choice((1, 2, 3, 7, 20, 50, random.randint(0, 60)))
        price = self.price(side) if limit else 0
        if limit and conditions is not None and random.random() < 0.2:
            price = 6 if side == BUY else 29  # So far away that the range may move past it.
        return PlaceOrder(
            account_id=account_id, instrument_id=instrument_id, side=side,
            order_type=LIMIT if limit else MARKET, price=price,
            quantity=0 if by_amount or by_share else quantity,
            quote_amount=self._amount() if by_amount and not by_share else 0,
            time_in_force=tif, post_only=post_only,
            client_id=random.choice((None, None, random.randint(1, CLIENT_IDS))),
            self_trade=random.randint(1, 3),
            conditions=conditions,
        )

    def _conditions(self, side: int) -> Conditions | None:
        """A trigger, exits, or both; or none of it."""
        random = self.random
        if random.random() > self._conditional:
            return None
        trigger = profit = loss = None
        if random.random() < 0.6:
            trigger = Trigger(
                price=self.price(random.choice((BUY, SELL))), follows=self._followed(),
                direction=random.choice((0, 0, 0, 0, 1, -1, 2)),
                share_rate=random.choice(
                    (0, 0, 0, RATE_ONE, 500_000, 10_001, random.randint(0, 10**6))
                ),
            )
        if random.random() < 0.6:
            away = random.randint(-1, 8)
            middle = random.randint(12, 22)
            profit = self._exit(middle + side * away)
            loss = self._exit(middle - side * random.randint(0, 6))
            profit, loss = random.choice(
                ((profit, loss), (profit, loss), (profit, None), (None, loss))
            )
        return Conditions(trigger=trigger, take_profit=profit, stop_loss=loss)

    def with_an_absurd_part(self, conditions: Conditions, absurd: int) -> Conditions:
        """The same with one number of the trigger or of an exit replaced."""
        parts = {
            name: getattr(conditions, name) for name in conditions.__struct_fields__
            if getattr(conditions, name) is not None
        }
        if not parts:
            return conditions
        name, part = self.random.choice(list(parts.items()))
        wrong = msgspec.structs.replace(
            part, **{self.random.choice(part.__struct_fields__): absurd}
        )
        return msgspec.structs.replace(conditions, **{name: wrong})

    def _exit(self, price: int) -> Exit:
        limit = self.price(self.random.choice((BUY, SELL))) if self.random.random() < 0.3 else 0
        return Exit(trigger_price=price, follows=self._followed(), limit_price=limit)

    def _followed(self) -> int:
        return self.random.choice((LAST_PRICE, LAST_PRICE, MARK_PRICE))

    def price(self, side: int) -> int:
        """Mostly beside the middle, so that books are deep; at times across it, or at an end."""
        chance = self.random.random()
        if chance < 0.02:
            return self.random.choice((4, 5, 30, 31))
        if chance < 0.4:
            return self.random.randint(10, 24)
        return self.random.randint(14 - 3 * side, 20 - 3 * side)

    def _amount(self) -> int:
        """A quote amount: often a whole number of lots, to hit the last unit exactly."""
        if self.random.random() < 0.5:
            return self.random.randint(1, self.random.choice((1_500, 40_000)))
        lots = self.random.randint(1, 30) * self.random.randint(10, 24) * 100
        return lots + self.random.choice((0, 0, -1, 1))

    def cancel(self, account_id: int, instrument_id: int) -> CancelOrder:
        random = self.random
        chance = random.random()
        if chance < 0.3:
            client_id = random.randint(1, CLIENT_IDS)
            return CancelOrder(
                account_id=account_id, instrument_id=instrument_id, client_id=client_id
            )
        known = self._open_orders()
        if known and chance < 0.9:
            order_id, account_id, instrument_id = random.choice(known)
        else:
            order_id = random.randint(0, 500)
        return CancelOrder(account_id=account_id, instrument_id=instrument_id, order_id=order_id)

    def replace(self, account_id: int, instrument_id: int) -> ReplaceOrder:
        """Mostly of an order there is: to a smaller quantity, a larger one, or another price."""
        random = self.random
        order_id, client_id = random.randint(0, 500), None
        known = self._open_orders()
        if known and random.random() < 0.9:
            order_id, account_id, instrument_id = random.choice(known)
        elif random.random() < 0.5:
            client_id = random.randint(1, CLIENT_IDS)
        price = self.price(random.choice((BUY, SELL))) if random.random() < 0.6 else 0
        quantity = random.choice((0, random.randint(1, 12), random.randint(1, 60), -1))
        return ReplaceOrder(
            account_id=account_id, instrument_id=instrument_id, order_id=order_id,
            client_id=client_id, price=price, quantity=quantity,
        )
