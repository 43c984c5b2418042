"""Clients who trade, note every answer, and are told when a connection broke."""

import asyncio
from typing import TYPE_CHECKING

from outcry.api.backpack.errors import ApiError, Code
from outcry.engine.commands import CancelOrder, Command, Deposit, PlaceOrder, Withdraw
from outcry.engine.events import OrderAccepted
from outcry.engine.units import BUY, GTC, IOC, LIMIT, SELL
from outcry.log.command_writer import Answers
from outcry.processes.gateway.submission import submit
from outcry.processes.gateway.views import Views
from simulation.observer import check, is_refusal
from simulation.processes import GatewayProcess

if TYPE_CHECKING:
    from simulation.world import World

POISON = 13  # A quantity no engine can stand, while there are poisonous orders.
FIRST_QUANTITY = 1_000


class Clients:
    """What was asked, and what became of it as far as those who asked know."""

    def __init__(self, world: "World", accounts: list[int]) -> None:
        self._world = world
        self._accounts = accounts
        self._orders: list[tuple[int, int]] = []
        self._made = 0
        self.answered = 0
        self.unknown = 0
        self.refused = 0
        self._refused: list[Command] = []
        self._asked: list[Command] = []

    async def trade(self, until_s: float) -> None:
        """Ask for one thing after the other."""
        chances = self._world.chances
        while self._world.loop.now_s < until_s:
            await asyncio.sleep(chances.between(0.001, 0.12))
            gateways = [each for each in self._world.gateways if each.views is not None]
            if gateways:
                await self._ask(chances.random.choice(gateways))

    async def _ask(self, gateway: GatewayProcess) -> None:
        assert gateway.views is not None
        commands = [self._command() for _ in range(self._world.chances.random.choice((1, 1, 2)))]
        self._asked += commands
        asked = gateway.spawn(self._submit(gateway.views, commands))
        await asyncio.wait([asked])
        if asked.cancelled():
            self.unknown += 1
            return
        error = asked.exception()
        if error is None:
            self.answered += 1
        elif isinstance(error, ApiError) and error.code == Code.TIMEOUT:
            self.unknown += 1
        elif isinstance(error, ApiError):
            self.refused += 1
            self._refused += commands
        else:
            raise error

    async def _submit(self, views: Views, commands: list[Command]) -> None:
        answers = await submit(views, *commands)
        self._check(views, commands, answers)

    def _check(self, views: Views, commands: list[Command], answers: Answers) -> None:
        """What is answered is applied, is said in the log, and can be seen where it was asked."""
        check(len(answers) == len(commands), "an answer is missing")
        for command, answer in zip(commands, answers, strict=True):
            if not isinstance(command, CancelOrder):
                expected = [] if is_refusal(answer) else [answer]
                check(
                    self._world.observer.applied(command) == expected,
                    f"{command} was answered otherwise than the log says",
                )
            first = answer[0]
            if isinstance(first, OrderAccepted):
                check(
                    views.venue.orders.order(first.order_id) is not None,
                    f"order {first.order_id} was acknowledged before it was folded",
                )
                self._orders.append((first.order.account_id, first.order_id))

    def check_all(self) -> None:
        """Nothing was applied twice, and nothing that was refused was applied."""
        for command in self._asked:
            if not isinstance(command, CancelOrder):
                self._world.observer.applied(command)
        for command in self._refused:
            if not isinstance(command, CancelOrder):
                check(not self._world.observer.applied(command), f"{command} was refused")

    def _command(self) -> Command:
        chance = self._world.chances.random
        account = chance.choice(self._accounts)
        self._made += 1
        kind = chance.random()
        if self._world.chances.strikes("poison"):
            return PlaceOrder(
                account_id=account, instrument_id=1, side=BUY, order_type=LIMIT, price=90,
                quantity=POISON, time_in_force=IOC, client_id=self._made,
            )
        if kind < 0.1:
            return Deposit(account_id=account, asset_id=1, amount=5, key=10**6 + self._made)
        if kind < 0.15:
            return Withdraw(account_id=account, asset_id=1, amount=3, key=10**6 + self._made)
        if kind < 0.3 and self._orders:
            owner, order_id = chance.choice(self._orders)
            return CancelOrder(account_id=owner, instrument_id=1, order_id=order_id)
        return PlaceOrder(
            account_id=account, instrument_id=1, side=chance.choice((BUY, SELL)),
            order_type=LIMIT, price=chance.randrange(95, 106),
            quantity=FIRST_QUANTITY + self._made, time_in_force=GTC, self_trade=2,
        )
