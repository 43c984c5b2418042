"""The workload of the benchmarks: a seeded flow of orders and cancels around a price.

The mix follows public order-book feeds: most orders rest near the best price, most of
those are canceled again, and a few trade. Orders come and go in balance, so that the book keeps its
size however long the flow.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from outcry.engine.commands import (
    CancelOrder,
    Command,
    CreateAccount,
    Deposit,
    PlaceOrder,
    ReplaceOrder,
)
from outcry.engine.units import (
    BUY,
    FIRST_USER_ACCOUNT,
    GTC,
    IOC,
    LIMIT,
    SELL,
    AccountId,
    AssetId,
    InstrumentId,
    OrderId,
    Side,
    Ticks,
    TimeInForce,
)
from outcry.operations.genesis import ASSETS, first_commands
from outcry.wire.journal import encode_commands

ACCOUNTS = 20
INSTRUMENT_ID = InstrumentId(1)
MID_TICKS = 20_000
DEPOSIT = 10**15
DEEP_ORDERS = 40_000
DEEP_LEVELS = 4_000  # On each side.


@dataclass(frozen=True, kw_only=True)
class OrderMix:
    """Shares of the flow, in percent; the remainder are IOC orders that cross the spread."""

    rest: int = 47
    cancel: int = 45
    replace: int = 0


@dataclass(frozen=True, kw_only=True)
class MarketShape:
    """A kind of market: the path of the price, and the resting orders at the start."""

    mid: Callable[[float], int]  # Ticks, at this part of the flow, from 0 to 1.
    resting: int = 0


def _swinging(part: float) -> int:
    """Down and up again ten times, by a tenth of the price."""
    swing = abs((part * 20) % 2 - 1)
    return MID_TICKS - int(swing * MID_TICKS / 10)


def _crashing(part: float) -> int:
    """Four fifths of the price lost."""
    return MID_TICKS - int(part * MID_TICKS * 4 / 5)


CALM = MarketShape(mid=lambda part: MID_TICKS)
SHAPES = {
    "calm": CALM,
    "deep": MarketShape(mid=lambda part: MID_TICKS, resting=DEEP_ORDERS),
    "swinging": MarketShape(mid=_swinging),
    "crashing": MarketShape(mid=_crashing),
}
REPLACING = OrderMix(rest=42, cancel=40, replace=10)


def opening() -> list[Command]:
    """The venue, its accounts and their money."""
    accounts: list[Command] = [CreateAccount(user_key=number + 1) for number in range(ACCOUNTS)]
    deposits: list[Command] = [
        Deposit(
            account_id=AccountId(FIRST_USER_ACCOUNT + number),
            asset_id=AssetId(asset_id),
            amount=DEPOSIT,
            key=number * len(ASSETS) + asset_id,
        )
        for number in range(ACCOUNTS)
        for asset_id in range(1, len(ASSETS) + 1)
    ]
    return [*first_commands("benchmark"), *accounts, *deposits]


def resting(shape: MarketShape) -> list[Command]:
    """The orders a shape begins with, evenly over many levels."""
    return [
        limit_order(
            account=number % ACCOUNTS, side=side,
            price=MID_TICKS - side * (1 + number // 2 % DEEP_LEVELS), quantity=1 + number % 100,
        )
        for number in range(shape.resting)
        for side in ((BUY, SELL)[number % 2],)
    ]


def flow(
    count: int, *, seed: int, mix: OrderMix = OrderMix(), shape: MarketShape = CALM
) -> list[Command]:
    """So many commands; cancels name orders that were placed, some of which have traded by then.

    They follow the opening and the resting orders.
    """
    dice = random.Random(seed)  # noqa: S311 - a workload, not a secret
    commands: list[Command] = []
    placed: list[tuple[AccountId, OrderId]] = []
    order_id = shape.resting
    for number in range(count):
        mid = shape.mid(number / count)
        kind = dice.randrange(100)
        if kind < mix.cancel and placed:
            position = dice.randrange(len(placed))
            account_id, canceled = placed[position]
            placed[position] = placed[-1]
            placed.pop()
            commands.append(
                CancelOrder(
                    account_id=account_id, instrument_id=INSTRUMENT_ID, order_id=canceled
                )
            )
            continue
        if kind < mix.cancel + mix.replace and placed:
            commands.append(_replacement(dice, dice.choice(placed), mid))
            continue
        order_id += 1
        crossing = kind >= mix.cancel + mix.replace + mix.rest
        order = _order(dice, crossing=crossing, mid=mid)
        if not crossing:
            placed.append((order.account_id, OrderId(order_id)))
        commands.append(order)
    return commands


def packed(commands: list[Command], size: int) -> list[bytes]:
    """The commands as the payloads of entries of this size."""
    return [
        encode_commands(commands[start : start + size]) for start in range(0, len(commands), size)
    ]


def _order(dice: random.Random, *, crossing: bool, mid: int) -> PlaceOrder:
    side = BUY if dice.random() < 0.5 else SELL
    away = 1 + int(abs(dice.gauss(0, 30)))
    return limit_order(
        account=dice.randrange(ACCOUNTS), side=side,
        price=mid + side * (20 if crossing else -away), quantity=dice.randrange(1, 100),
        time_in_force=IOC if crossing else GTC,
    )


def limit_order(
    *, account: int, side: Side, price: int, quantity: int, time_in_force: TimeInForce = GTC
) -> PlaceOrder:
    """A limit order of one of the accounts, which are numbered from 0."""
    return PlaceOrder(
        account_id=AccountId(FIRST_USER_ACCOUNT + account),
        instrument_id=INSTRUMENT_ID,
        side=side,
        order_type=LIMIT,
        price=Ticks(price),
        quantity=quantity,
        time_in_force=time_in_force,
    )


def _replacement(dice: random.Random, placed: tuple[AccountId, OrderId], mid: int) -> ReplaceOrder:
    """Another price or another quantity; it is refused when the order has ended by then."""
    account_id, order_id = placed
    moved = dice.random() < 0.5
    away = 1 + int(abs(dice.gauss(0, 30)))
    return ReplaceOrder(
        account_id=account_id,
        instrument_id=INSTRUMENT_ID,
        order_id=order_id,
        price=Ticks(mid + (away if dice.random() < 0.5 else -away) if moved else 0),
        quantity=0 if moved else dice.randrange(1, 100),
    )
