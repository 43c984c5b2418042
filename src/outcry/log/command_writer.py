"""Writes commands into the journal and hands their answers to the submitters."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence

import msgspec
import structlog

from outcry.engine.commands import Command
from outcry.engine.events import Event, Outcome
from outcry.log.throughput import LatencyWindow
from outcry.ports.log import JournalWriter, LogUnavailable
from outcry.runtime.backoff import Backoff
from outcry.wire.journal import EventsEntry, encode_command, encode_commands

COMMANDS_PER_ENTRY_MAX = 256
RETRY_FIRST_S = 0.02
RETRY_MAX_S = 0.5

log = structlog.get_logger()

Answers = Sequence[Sequence[Event]]


class OutcomeUnknown(Exception):
    """No answer came in time. The command may still be applied; ask for it by its own key."""


class Overloaded(Exception):
    """Too many commands are waiting for their answers; nothing was sent."""


class _Request:
    """Commands that were submitted together, and the future of their answers."""

    __slots__ = ("answered", "asked_at", "commands")

    def __init__(
        self, commands: Sequence[msgspec.Raw], answered: asyncio.Future[Answers]
    ) -> None:
        self.commands = commands
        self.answered = answered
        self.asked_at = time.monotonic()


class CommandWriter:
    """One writer session: packs the commands at hand into entries and matches the answers.

    One entry is under way to the journal at a time, so that entries arrive in the order of their
    numbers; commands submitted meanwhile share the next one. An entry whose fate is unknown is
    sent again under the same number: the engine applies it once.
    """

    def __init__(
        self, journal: JournalWriter, *, session: int, patience_s: float = 5.0,
        waiting_max: int = 20_000, after: int = 0,
    ) -> None:
        """`after` is the number after which those of a session that is continued begin."""
        self._journal = journal
        self._session = session
        self._patience_s = patience_s
        self._waiting_max = waiting_max
        self._number = after
        self._answered = 0  # The highest number that was.
        self._waiting = 0
        self._queue: deque[_Request] = deque()
        self._pending: dict[int, list[_Request]] = {}
        self._wake = asyncio.Event()
        self._journal_ms = 0  # Journal time as last heard of,
        self._heard_at = 0.0  # and when that was, by this machine's monotonic clock.
        self.answer_times = LatencyWindow()

    async def submit(self, *commands: Command) -> Answers:
        """Append commands, in order and in one entry; return the events of each.

        Raises `OutcomeUnknown` and `Overloaded`.
        """
        # Packed here, so that a command that cannot be packed is its submitter's trouble alone.
        packed = [encode_command(command) for command in commands]
        if self._waiting + len(commands) > self._waiting_max:
            raise Overloaded
        answered: asyncio.Future[Answers] = asyncio.get_running_loop().create_future()
        self._queue.append(_Request(packed, answered))
        self._waiting += len(commands)
        self._wake.set()
        try:
            async with asyncio.timeout(self._patience_s):
                return await answered
        except TimeoutError as error:
            raise OutcomeUnknown from error
        finally:
            self._waiting -= len(commands)

    @property
    def lag_s(self) -> float:
        """How long the oldest command that has no answer yet has been on its way.

        Answers come in the order of the entries: a later answer ends the wait for the earlier ones.
        """
        for number, requests in self._pending.items():
            if requests and number > self._answered:
                return time.monotonic() - requests[0].asked_at
        return time.monotonic() - self._queue[0].asked_at if self._queue else 0.0

    def on_entry(self, entry: EventsEntry, outcome: Outcome) -> None:
        """Hand out the answers in an events entry, if it is one of this session's."""
        self._journal_ms = entry.id.ms
        self._heard_at = time.monotonic()
        if entry.writer != self._session:
            return
        self._answered = max(self._answered, entry.number)
        requests = self._pending.pop(entry.number, ())
        answers = outcome.answers
        asked = sum(len(request.commands) for request in requests)
        if len(answers) == 1:
            answers = answers * asked  # The entry was malformed, and nothing of it was applied.
        # The repeat of an entry that was answered before finds nobody waiting.
        assert not requests or len(answers) == asked
        position = 0
        for request in requests:
            count = len(request.commands)
            if not request.answered.done():
                request.answered.set_result(answers[position : position + count])
                self.answer_times.note(self._heard_at - request.asked_at, self._heard_at)
            position += count

    async def run(self, stop: asyncio.Event) -> None:
        """Append submitted commands, until told to stop."""
        stopped = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                if not self._queue:
                    self._wake.clear()
                    woken = asyncio.ensure_future(self._wake.wait())
                    try:
                        await asyncio.wait((woken, stopped), return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        woken.cancel()
                    continue
                await self._send(self._pack(), stop)
        finally:
            stopped.cancel()

    def _pack(self) -> int:
        """Make one entry of waiting commands; returns its number."""
        self._number += 1
        requests: list[_Request] = []
        count = 0
        while self._queue:
            request = self._queue[0]
            if requests and count + len(request.commands) > COMMANDS_PER_ENTRY_MAX:
                break
            self._queue.popleft()
            if request.answered.done():
                continue  # Its submitter has gone, and nothing was sent yet.
            requests.append(request)
            count += len(request.commands)
        self._pending[self._number] = requests
        return self._number

    async def _send(self, number: int, stop: asyncio.Event) -> None:
        """Append an entry; while its fate is unknown, append it again."""
        requests = self._pending[number]
        commands = encode_commands(
            [command for request in requests for command in request.commands],
            deadline_ms=self._deadline_ms(),
        )
        backoff = Backoff(first_s=RETRY_FIRST_S, longest_s=RETRY_MAX_S, spread=0.0)
        while requests and number in self._pending and not stop.is_set():
            if all(request.answered.done() for request in requests):
                break  # Nobody waits any more.
            try:
                await self._journal.append(
                    writer=self._session, number=number, commands=commands
                )
                return
            except LogUnavailable as error:
                log.warning("journal did not answer, sending again", entry=number, error=str(error))
                await asyncio.sleep(backoff.next_s())
        self._pending.pop(number, None)

    def _deadline_ms(self) -> int:
        """Journal time after which nobody waits for an entry packed now; 0 before it is known."""
        if self._journal_ms == 0:
            return 0
        elapsed_s = time.monotonic() - self._heard_at
        return self._journal_ms + int((elapsed_s + self._patience_s) * 1000)
