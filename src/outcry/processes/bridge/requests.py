"""The messages that the bridge has taken and not finished, and the one way to finish them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from outcry.api.broker.messages import Message
from outcry.api.broker.mirror import reply
from outcry.ports.bridge import BridgeEntry, BridgeServer, BridgeUpdate
from outcry.ports.log import LogUnavailable
from outcry.runtime.backoff import Backoff

RETRY_FIRST_S: Final = 0.05
RETRY_MAX_S: Final = 1.0

log = structlog.get_logger()


class Request:
    """A message that was taken. `answered` is set once its answer is on its way."""

    def __init__(self, taken: BridgeEntry, message: Message) -> None:
        self.taken = taken
        self.message = message
        self.answered = False
        self.is_first = True  # Of the unfinished requests with its id.


class Requests:
    """The unfinished requests by the id that the journal has for them."""

    def __init__(self, server: BridgeServer) -> None:
        self.answers = 0
        self.repeats = 0
        self._server = server
        self._by_id: dict[bytes, Request] = {}
        self._places: set[str] = set()
        self._turn = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._places)

    def has(self, taken: BridgeEntry) -> bool:
        """Whether a message was taken in and is not finished."""
        return taken.place in self._places

    def add(self, request: Request) -> bool:
        """Take a request in; False for the repeat of one that is not finished yet."""
        self._places.add(request.taken.place)
        return self._by_id.setdefault(request.message.request_id, request) is request

    def of(self, request_id: bytes) -> Request | None:
        """The unfinished request with an id."""
        return self._by_id.get(request_id)

    async def is_repeat(self, request: Request) -> bool:
        """Whether an earlier message with the same order id was answered."""
        backoff = _backoff()
        while True:
            try:
                return await self._server.is_answered(request.message.order_id)
            except LogUnavailable as error:
                log.warning("the bridge's server is out of reach", error=str(error))
                await asyncio.sleep(backoff.next_s())

    async def drop(self, request: Request) -> None:
        """Finish a repeat without an answer: it has one."""
        self.repeats += 1
        if self._by_id.get(request.message.request_id) is request:
            del self._by_id[request.message.request_id]
        await self.write(BridgeUpdate(finished=[request.taken]))
        self._places.discard(request.taken.place)

    async def answer(self, request: Request, answer: Mapping[str, str]) -> None:
        """Answer a request that changes nothing in the journal."""
        request.answered = True
        await self.write(with_answers(BridgeUpdate(), [(request, answer)]))
        self.finish([request])

    def finish(self, requests: Sequence[Request]) -> None:
        """Forget requests whose answers are written."""
        for request in requests:
            self._by_id.pop(request.message.request_id, None)
            self._places.discard(request.taken.place)
        self.answers += len(requests)

    async def write(self, written: BridgeUpdate) -> None:
        """Write in turn, each time until it is written; raises `TakenOver`."""
        async with self._turn:
            backoff = _backoff()
            while True:
                try:
                    return await self._server.write(written)
                except LogUnavailable as error:
                    log.warning("the bridge's server is out of reach", error=str(error))
                    await asyncio.sleep(backoff.next_s())


def with_answers(
    written: BridgeUpdate, answers: Sequence[tuple[Request, Mapping[str, str]]]
) -> BridgeUpdate:
    """The same with answers to requests, on the channels of their senders too."""
    told = [
        reply(request.message.reply_to, answer) for request, answer in answers
        if request.message.reply_to is not None
    ]
    return written._replace(
        responses=[*written.responses, *(answer for _, answer in answers)],
        published=[*written.published, *told],
        finished=[*written.finished, *(request.taken for request, _ in answers)],
        answered=[*written.answered, *(request.message.order_id for request, _ in answers)],
    )


def _backoff() -> Backoff:
    return Backoff(first_s=RETRY_FIRST_S, longest_s=RETRY_MAX_S, spread=0.0)
