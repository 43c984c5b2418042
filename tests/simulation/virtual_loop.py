"""An event loop without a clock, sockets or threads: time is what its timers say."""

import asyncio
import heapq
from collections.abc import Callable
from typing import Any

EPOCH_S = 1_790_000_000


class NothingLeftToDo(Exception):
    """Everybody waits for somebody else."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs one callback after the other; when none is ready, time jumps to the next timer.

    A callback that is not part of a task may `pump`: the rest of the world goes on while it stands
    still, as a process does that waits for an answer or was stopped by a signal.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.steps = 0
        self._ready: Any
        self._scheduled: Any

    def time(self) -> float:
        return self.now_s

    def pump(self, seconds: float) -> None:
        """Let everything happen that happens within a time."""
        until = self.now_s + seconds
        while self._next_at() <= until:
            self._run_once()
        self.now_s = max(self.now_s, until)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Call it here and now: there are no threads."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def _next_at(self) -> float:
        if self._ready:
            return self.now_s
        while self._scheduled and self._scheduled[0]._cancelled:
            heapq.heappop(self._scheduled)._scheduled = False
        return self._scheduled[0]._when if self._scheduled else float("inf")

    def _run_once(self) -> None:
        at = self._next_at()
        if at == float("inf"):
            raise NothingLeftToDo
        if self._ready:
            handle = self._ready.popleft()
        else:
            handle = heapq.heappop(self._scheduled)
            handle._scheduled = False
            self.now_s = max(self.now_s, at)
        if not handle._cancelled:
            self.steps += 1
            handle._run()

    def _process_events(self, event_list: Any) -> None:
        """There are no files to watch."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""


class VirtualTime:
    """What the services know as `time`."""

    def __init__(self, loop: VirtualLoop, sleep: Callable[[float], None]) -> None:
        self._loop = loop
        self.sleep = sleep

    def monotonic(self) -> float:
        return self._loop.now_s

    def time(self) -> float:
        return EPOCH_S + self._loop.now_s

    def time_ns(self) -> int:
        return int(self.time() * 1_000_000) * 1_000
