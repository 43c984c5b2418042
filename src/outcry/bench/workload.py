"""What the benchmarks ask of the engine: a seeded flow of orders and cancels around a price.

The mix follows what public order-book feeds show: most orders rest near the best price, most of
those are canceled again, and a few trade. Orders come and go in balance, so that the book keeps its
size however long the flow.
"""

import random
from dataclasses import dataclass

from outcry.engine.commands import (
    CancelOrder,
    Command,
    CreateAccount,
    Deposit,
    PlaceOrder,
)
from outcry.engine.units import BUY, FIRST_USER_ACCOUNT, GTC, IOC, LIMIT, SELL
from outcry.services.genesis import ASSETS, first_commands

ACCOUNTS = 20
INSTRUMENT_ID = 1
MID_TICKS = 20_000
DEPOSIT = 10**15


@dataclass(frozen=True, kw_only=True)
class Mix:
    """Shares of the flow, in percent; the remainder are IOC orders that cross the spread."""

    rest: int = 47
    cancel: int = 45


def opening() -> list[Command]:
    """The venue, its accounts and their money."""
    accounts: list[Command] = [CreateAccount(user_key=number + 1) for number in range(ACCOUNTS)]
    deposits: list[Command] = [
        Deposit(
            account_id=FIRST_USER_ACCOUNT + number,
            asset_id=asset_id,
            amount=DEPOSIT,
            key=number * len(ASSETS) + asset_id,
        )
        for number in range(ACCOUNTS)
        for asset_id in range(1, len(ASSETS) + 1)
    ]
    return [*first_commands("benchmark"), *accounts, *deposits]


def flow(count: int, *, seed: int, mix: Mix = Mix()) -> list[Command]:
    """So many commands; cancels name orders that were placed, some of which have traded by then."""
    dice = random.Random(seed)  # noqa: S311 - a workload, not a secret
    commands: list[Command] = []
    placed: list[tuple[int, int]] = []
    order_id = 0
    for _ in range(count):
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
        order_id += 1
        crossing = kind >= mix.cancel + mix.rest
        order = _order(dice, crossing=crossing)
        if not crossing:
            placed.append((order.account_id, order_id))
        commands.append(order)
    return commands


def _order(dice: random.Random, *, crossing: bool) -> PlaceOrder:
    side = BUY if dice.random() < 0.5 else SELL
    away = 1 + int(abs(dice.gauss(0, 30)))
    return PlaceOrder(
        account_id=FIRST_USER_ACCOUNT + dice.randrange(ACCOUNTS),
        instrument_id=INSTRUMENT_ID,
        side=side,
        order_type=LIMIT,
        price=MID_TICKS + side * (20 if crossing else -away),
        quantity=dice.randrange(1, 100),
        time_in_force=IOC if crossing else GTC,
    )
