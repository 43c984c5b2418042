"""The bridge's server in memory, and bridges that die or lose an answer at any of their steps."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from outcry.adapters.memory.log import MemorySnapshots
from outcry.ports.bridge import BridgeEntry, BridgeState, BridgeUpdate, TakenOver
from outcry.ports.log import LogUnavailable
from outcry.processes.bridge.bridge import Bridge
from outcry.processes.bridge.start import BridgeParts, start_bridge
from outcry.testing.in_memory import InMemoryVenue
from outcry.wire.journal import EntryId, EventsEntry, JournalEntry
from rigs.kept_archive import KeptArchive
from rigs.venue_log import Entry

COMMANDS = "commands"
INBOX = "inbox"


class BridgeMemory:
    """Everything that outlives a bridge, on its server and on the way to the journal."""

    def __init__(self) -> None:
        self.streams: dict[str, list[dict[str, str]]] = {COMMANDS: [], INBOX: []}
        self.items: deque[str] = deque()
        self.delivered = dict.fromkeys(self.streams, 0)
        self.unfinished: dict[tuple[str, str], dict[str, str]] = {}
        self.responses: list[Any] = []
        self.events: list[Any] = []
        self.published: list[tuple[str, str]] = []
        self.answered: set[str] = set()
        self.session: int | None = None
        self.token = ""
        self.step = 0
        self.lives = 0
        self.reached: tuple[EntryId, bytes] | None = None
        self.late: list[dict[str, Any]] = []  # Appends of a dead bridge that have not arrived.

    @property
    def is_done(self) -> bool:
        """Whether every message is finished."""
        waiting = any(len(self.streams[each]) > self.delivered[each] for each in self.streams)
        return not waiting and not self.items and not self.unfinished


    async def arrive(self, venue: InMemoryVenue) -> None:
        """Let the late appends arrive."""
        late, self.late = self.late, []
        for entry in late:
            await venue.log.append(**entry)


class Life:
    """The server and the log as one bridge sees them. At one of its steps something happens.

    A step is just before an effect or just after it. A bridge that is killed there has no later
    effect; with `loses` it gets no answer and lives on. Or it is killed while its append with a
    number is on the way, which arrives at a step of the next bridge.
    """

    def __init__(
        self, memory: BridgeMemory, venue: InMemoryVenue, *, at: int = 0, loses: bool = False,
        late_append: int = 0, arrives_at: int = 0,
    ) -> None:
        self.steps = 0
        self.appends = 0
        self.dead = asyncio.Event()
        self._memory = memory
        self._venue = venue
        self._at = at
        self._loses = loses
        self._late_append = late_append
        self._arrives_at = arrives_at
        self._step = 0
        self._token = ""

    async def _point(self) -> None:
        self.steps += 1
        if self.steps == self._at:
            if self._loses:
                raise LogUnavailable("the test says so")
            self.dead.set()
        if self.dead.is_set():
            await asyncio.Event().wait()  # Until its tasks are canceled.
        if self.steps > self._arrives_at:
            await self._memory.arrive(self._venue)

    # The log.

    async def append(self, *, writer: int, number: int, commands: bytes) -> None:
        entry = {"writer": writer, "number": number, "commands": commands}
        self.appends += 1
        if self.appends == self._late_append:
            self._memory.late.append(entry)
            self.dead.set()
        await self._point()
        await self._venue.log.append(writer=writer, number=number, commands=commands)
        await self._point()

    async def top(self) -> EntryId:
        await self._point()
        return await self._venue.log.top()

    async def read_after(
        self, after: EntryId, *, block_ms: int, count: int = 512
    ) -> Sequence[EventsEntry]:
        return await self._venue.log.read_after(after, block_ms=block_ms, count=count)

    async def read_range(self, first: EntryId, last: EntryId) -> Sequence[EventsEntry]:
        await self._point()
        return (await self._venue.log.read_range(first, last))[:3]  # Small pages: more steps.

    async def read_journal(self, first: EntryId, last: EntryId) -> Sequence[JournalEntry]:
        return await self._venue.log.read_journal(first, last)

    async def fullness(self) -> float:
        return 0.0

    async def post(self, process: str, facts: dict[str, object]) -> None:
        """Nobody looks at it."""

    async def read(self) -> dict[str, dict[str, object]]:
        return {}

    # The server.

    async def take_over(self, *, token: str, session: int) -> BridgeState:
        await self._point()
        memory = self._memory
        memory.session = session if memory.session is None else memory.session
        memory.token = self._token = token
        self._step = memory.step
        memory.lives += 1
        position, digest = memory.reached or (None, b"")
        return BridgeState(memory.session, memory.lives, position, digest)

    async def pending(self) -> list[BridgeEntry]:
        await self._point()
        return [BridgeEntry(*place, fields) for place, fields in self._memory.unfinished.items()]

    async def take(self, *, block_ms: int) -> list[BridgeEntry]:
        memory = self._memory
        found = [
            BridgeEntry(stream, str(number), fields) for stream, entries in memory.streams.items()
            for number, fields in enumerate(entries) if number >= memory.delivered[stream]
        ][:2]
        if not found:
            await asyncio.sleep(block_ms / 100_000)
            return []
        await self._point()
        for taken in found:
            memory.delivered[taken.stream] = int(taken.entry_id) + 1
            memory.unfinished[taken.stream, taken.entry_id] = dict(taken.fields)
        await self._point()
        return found

    async def move_messages(self, *, block_ms: int) -> None:
        memory = self._memory
        if not memory.items:
            await asyncio.sleep(block_ms / 100_000)
            return
        await self._point()
        memory.streams[INBOX].append({"data": memory.items.popleft()})
        await self._point()

    async def is_answered(self, order_id: str) -> bool:
        await self._point()
        return order_id in self._memory.answered

    async def write(self, written: BridgeUpdate) -> None:
        await self._point()
        memory = self._memory
        if memory.token != self._token:
            raise TakenOver
        if memory.step > self._step:
            self._step += 1
            return
        memory.step += 1
        memory.responses += written.responses
        memory.events += written.events
        memory.published += written.published
        memory.answered.update(written.answered)
        for taken in written.finished:
            memory.unfinished.pop((taken.stream, taken.entry_id), None)
        memory.reached = written.reached or memory.reached
        await self._point()
        self._step += 1

    async def trim(self) -> None:
        """There is room for everything."""


async def started(
    life: Life, venue: InMemoryVenue, archived: Sequence[Entry] = ()
) -> Bridge:
    """A bridge at its beginning, started again when an answer is lost."""
    parts = BridgeParts(
        server=life, log=life, archive=KeptArchive(archived), snapshots=MemorySnapshots(),
        users=venue.users,
    )
    while True:
        try:
            return await start_bridge(
                parts, token=secrets.token_hex(8), session=secrets.randbits(63),
                welcome={"USDC": "5000"}, pid=1,
            )
        except LogUnavailable:
            continue


@asynccontextmanager
async def living(
    life: Life, venue: InMemoryVenue, archived: Sequence[Entry] = ()
) -> AsyncIterator["asyncio.Task[None]"]:
    """A bridge at work, gone at the end of the block without another effect."""

    async def work() -> None:
        bridge = await started(life, venue, archived)
        await bridge.run(asyncio.Event())

    running = asyncio.create_task(work())
    try:
        yield running
    finally:
        running.cancel()
        [ended] = await asyncio.gather(running, return_exceptions=True)
        if not isinstance(ended, asyncio.CancelledError):
            raise AssertionError("a bridge must not end") from ended
