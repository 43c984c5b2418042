"""Takes commands from the bridge's server and carries them out.

Each user's commands are carried out in their order. A command that changes a trade is answered by
the mirror, in the transaction of its outcome; this file answers the others.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from outcry.api.backpack.errors import ApiError
from outcry.api.broker.answers import Data
from outcry.api.broker.commands import (
    CLOSE_TRADE,
    CREATE_ACCOUNT,
    CREATE_TRADE,
    GET_BALANCE,
    GET_USD_BALANCE,
    TRADE_ID,
    read_close,
    read_command,
    read_open,
)
from outcry.api.broker.messages import Message, read_message
from outcry.api.broker.mirror import failure, success
from outcry.api.broker.positions import own_position, traded_by_underlying
from outcry.api.broker.wallet import balance_data, usd_balance_data
from outcry.engine.commands import Command, Heartbeat
from outcry.engine.events import CommandRejected
from outcry.engine.rejects import RejectReason
from outcry.engine.units import AccountId
from outcry.log.command_writer import CommandWriter, OutcomeUnknown, Overloaded
from outcry.ports.bridge import BridgeEntry, BridgeServer, TakenOver
from outcry.ports.log import LogUnavailable
from outcry.processes.bridge.requests import Request, Requests
from outcry.processes.bridge.users import BridgeUsers
from outcry.projections.venue import VenueView
from outcry.runtime.backoff import Backoff

BLOCK_MS: Final = 500
RETRY_S: Final = 0.25
WAITING_MAX: Final = 1_000  # Requests at work at once.
UNKNOWN: Final = "UNKNOWN"  # The command of a message that was refused before it was read.
MESSAGES: Final = {
    CREATE_ACCOUNT: "account created successfully",
    GET_USD_BALANCE: "USD balance retrieved successfully",
    GET_BALANCE: "Balance retrieved successfully",
}

log = structlog.get_logger()


class Intake:
    """Carries commands out, each once."""

    def __init__(
        self, *, server: BridgeServer, requests: Requests, command_writer: CommandWriter,
        venue: VenueView, users: BridgeUsers, may_take: Callable[[], bool],
    ) -> None:
        self.taken = 0
        self._server = server
        self._requests = requests
        self._command_writer = command_writer
        self._venue = venue
        self._users = users
        self._may_take = may_take  # False while the log is full.
        self._left: list[Request] = []
        self._turns: dict[object, asyncio.Task[None]] = {}  # The last task of each user.

    def adopt(self, pending: list[BridgeEntry]) -> None:
        """Take in what an earlier bridge left, before the mirror reads on from its position."""
        self._left = [self._request(taken) for taken in pending]

    async def run(self, stop: asyncio.Event) -> None:
        """Carry commands out until told to stop. Raises `TakenOver`."""
        # What an earlier bridge sent is before this in the journal, or is refused.
        await self._fence()
        async with asyncio.TaskGroup() as tasks:
            for request in self._left:
                self._start(tasks, request)
            await self._take(tasks, stop)
            for task in self._turns.values():
                task.cancel()  # Unfinished messages are delivered again at the next start.

    async def _take(self, tasks: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        backoff = Backoff(first_s=0.05, longest_s=1.0, spread=0.0)
        lost = False
        while not stop.is_set():
            if not self._may_take() or len(self._requests) >= WAITING_MAX:
                await asyncio.sleep(0.05)
                continue
            try:
                # What a lost answer brought is delivered to us, and is not delivered again.
                found = await (
                    self._server.pending() if lost else self._server.take(block_ms=BLOCK_MS)
                )
            except LogUnavailable as error:
                lost = True
                log.warning("the bridge's server is out of reach", error=str(error))
                await asyncio.sleep(backoff.next_s())
                continue
            backoff.reset()
            lost = False
            for taken in found:
                if not self._requests.has(taken):
                    self._start(tasks, self._request(taken))

    def _request(self, taken: BridgeEntry) -> Request:
        self.taken += 1
        request = Request(taken, read_message(taken.fields, taken.place))
        request.is_first = self._requests.add(request)
        return request

    def _start(self, tasks: asyncio.TaskGroup, request: Request) -> None:
        """Carry a request out after the earlier ones of the same user."""
        message = request.message
        user = message.user_id if message.email is None else message.email.lower()
        before = self._turns.get(user)
        task = tasks.create_task(self._carry_out(request, before))
        self._turns[user] = task
        task.add_done_callback(lambda done: self._forget(user, done))

    def _forget(self, user: object, done: "asyncio.Task[None]") -> None:
        if self._turns.get(user) is done:
            del self._turns[user]

    async def _carry_out(
        self, request: Request, before: "asyncio.Task[None] | None"
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        if request.answered:
            return
        if not request.is_first or await self._requests.is_repeat(request):
            await self._requests.drop(request)
            return
        command = UNKNOWN
        try:
            if request.message.fault is not None:
                raise request.message.fault
            command = read_command(request.message.members)
            data = await self._data(command, request)
        except ApiError as error:
            answer = failure(request.message.order_id, command, error)
            await self._requests.answer(request, answer)
        else:
            if data is not None:
                order_id = request.message.order_id
                answer = success(order_id, command, data, MESSAGES[command])
                await self._requests.answer(request, answer)

    async def _data(self, command: str, request: Request) -> Data | None:
        """The data of the answer; None for a command whose answer the mirror writes."""
        message = request.message
        if command == CREATE_ACCOUNT:
            return await self._users.create_account(message.email)
        account_id, email = await self._users.person_of(message)
        if command == GET_USD_BALANCE:
            return usd_balance_data(self._venue, account_id, email)
        if command == GET_BALANCE:
            return balance_data(self._venue, account_id, email)
        assert command in (CREATE_TRADE, CLOSE_TRADE)
        await self._submit(request, self._command(command, message, account_id))
        return None

    def _command(self, command: str, message: Message, account_id: AccountId) -> Command:
        if command == CREATE_TRADE:
            return read_open(
                message.members, account_id=account_id, request_id=message.request_id,
                contracts=traded_by_underlying(self._venue),
            )
        position = own_position(self._venue, account_id, TRADE_ID.of(message.members))
        return read_close(message.members, position, message.request_id)

    async def _submit(self, request: Request, command: Command) -> None:
        """Send a command until its outcome is known; it is applied once."""
        while not request.answered:
            try:
                [[event, *_]] = await self._command_writer.submit(command)
            except Overloaded:
                await asyncio.sleep(RETRY_S)
            except OutcomeUnknown:
                await self._fence()
            else:
                _refuse_if_fenced(event)
                return

    async def _fence(self) -> None:
        """Wait for an entry of ours: the earlier ones are known then, or are never applied."""
        while True:
            try:
                [[event, *_]] = await self._command_writer.submit(Heartbeat())
            except (OutcomeUnknown, Overloaded):
                await asyncio.sleep(RETRY_S)
            else:
                _refuse_if_fenced(event)
                return


def _refuse_if_fenced(event: object) -> None:
    if isinstance(event, CommandRejected) and event.reason == RejectReason.DUPLICATE:
        raise TakenOver("another bridge writes to the journal")
