"""The streams, the list and the channels of other designs, on Valkey or Redis.

Everything that a bridge writes at one moment is one transaction, together with the position that
it has reached. A bridge that is killed has therefore written all of it or nothing.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import redis

from outcry.adapters.valkey.connections import LogClient, answered
from outcry.ports.bridge import BridgeEntry, BridgeState, BridgeUpdate, TakenOver
from outcry.wire.journal import EntryId

COMMANDS: Final = "backend-to-engine"
MESSAGES: Final = "messages"
RESPONSES: Final = "engine_response"
EVENTS: Final = "engine_events"
GROUP: Final = "outcry-bridge"
CONSUMER: Final = "bridge"
STATE: Final = "outcry:bridge"
ANSWERED: Final = "outcry:bridge:answered"
INBOX: Final = "outcry:bridge:messages"  # Items of the list, as entries of a stream.
MOVING: Final = "outcry:bridge:moving"

ENTRIES_MAX: Final = 100_000  # Of each stream that is written, about.
ANSWERED_MAX: Final = 100_000  # Order ids that are remembered.
TAKEN_MAX: Final = 64

MOVED_MAX: Final = 1_000  # Items at once.

# An item of the list gets an id by becoming an entry, at once and once.
_MOVE: Final = """
for _, list in ipairs({KEYS[1], KEYS[2]}) do
  for _ = 1, ARGV[1] do
    local item = redis.call('RPOP', list)
    if not item then break end
    redis.call('XADD', KEYS[3], '*', 'data', item)
  end
end
"""


# All commands or none, for the bridge that works here, and once: a step that was done is not again.
_WRITE: Final = """
local token, step = unpack(redis.call('HMGET', KEYS[1], 'token', 'step'))
if token ~= ARGV[1] then return 'TAKEN OVER' end
if tonumber(step or '0') > tonumber(ARGV[2]) then return 'DONE' end
redis.call('HSET', KEYS[1], 'step', ARGV[2] + 1)
for _, command in ipairs(cjson.decode(ARGV[3])) do
  redis.call(unpack(command))
end
return 'OK'
"""


class RedisBridge(LogClient):
    """The bridge's side of the server."""

    def __init__(self, url: str) -> None:
        super().__init__(url, connections=8)
        self._token = ""
        self._step = 0  # Of the transaction that was written last.
        self._move = self._client.register_script(_MOVE)
        self._write = self._client.register_script(_WRITE)

    async def take_over(self, *, token: str, session: int) -> BridgeState:
        """Become the one bridge that may write, and learn the state of the last one."""
        async with answered():
            for stream in (COMMANDS, INBOX):
                await self._make_group(stream)
            pipeline = self._client.pipeline(transaction=True)
            pipeline.hsetnx(STATE, "session", session)
            pipeline.hset(STATE, "token", token)
            pipeline.hincrby(STATE, "life", 1)
            pipeline.hgetall(STATE)
            state = _texts((await pipeline.execute())[-1])
        self._token = token
        self._step = int(state.get("step", "0"))
        position = state.get("position")
        return BridgeState(
            session=int(state["session"]), life=int(state["life"]),
            position=None if position is None else EntryId.parse(position),
            digest=bytes.fromhex(state.get("digest", "")),
        )

    async def pending(self) -> list[BridgeEntry]:
        """The messages that were taken and not finished, oldest first of each stream."""
        found: list[BridgeEntry] = []
        for stream in (COMMANDS, INBOX):
            after = "0"
            while entries := await self._read({stream: after}, block_ms=None):
                found += entries
                after = entries[-1].entry_id
        return [taken for taken in found if taken.fields]

    async def take(self, *, block_ms: int) -> list[BridgeEntry]:
        """New messages of both kinds."""
        return await self._read({COMMANDS: ">", INBOX: ">"}, block_ms=block_ms)

    async def move_messages(self, *, block_ms: int) -> None:
        """Move the items of the list into a stream of ours, the oldest first."""
        async with answered():
            # The list is pushed on its left side and taken from its right one.
            await self._client.blmove(MESSAGES, MOVING, block_ms / 1000, "RIGHT", "LEFT")
            await self._move(keys=[MOVING, MESSAGES, INBOX], args=[MOVED_MAX])

    async def is_answered(self, order_id: str) -> bool:
        """Whether a message with this id was answered, as far as that is remembered."""
        async with answered():
            return await self._client.zscore(ANSWERED, order_id) is not None

    async def write(self, written: BridgeUpdate) -> None:
        """Write in one transaction, unless that was done before its answer was lost."""
        commands = json.dumps(list(_commands(written, round(time.time()))))
        async with answered():
            said = await self._write(keys=[STATE], args=[self._token, self._step, commands])
        if said == b"TAKEN OVER":
            raise TakenOver("another bridge has taken over")
        self._step += 1

    async def trim(self) -> None:
        """Drop the finished messages of a stream, unless others read it in groups too."""
        async with answered():
            for stream in (COMMANDS, INBOX):
                groups = await self._client.xinfo_groups(stream)
                if len(groups) != 1:
                    continue
                oldest = (await self._client.xpending(stream, GROUP))["min"]
                least = oldest or groups[0]["last-delivered-id"]
                await self._client.xtrim(stream, minid=least, approximate=True)

    async def _make_group(self, stream: str) -> None:
        try:
            await self._client.xgroup_create(stream, GROUP, id="0", mkstream=True)
        except redis.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    async def _read(self, streams: dict[str, str], *, block_ms: int | None) -> list[BridgeEntry]:
        async with answered():
            reply = await self._client.xreadgroup(
                GROUP, CONSUMER, streams, count=TAKEN_MAX, block=block_ms
            )
        found = []
        for stream, entries in _streams(reply):
            for entry_id, fields in entries:
                found.append(BridgeEntry(stream, entry_id.decode(), _texts(fields or {})))
        return found


def _commands(written: BridgeUpdate, now_s: int) -> Iterator[Sequence[str]]:
    """The commands of an update, each as texts."""
    for stream, entries in ((RESPONSES, written.responses), (EVENTS, written.events)):
        for fields in entries:
            flat = [text for field in fields.items() for text in field]
            yield ["XADD", stream, "MAXLEN", "~", str(ENTRIES_MAX), "*", *flat]
    for channel, text in written.published:
        yield ["PUBLISH", channel, text]
    for taken in written.finished:
        yield ["XACK", taken.stream, GROUP, taken.entry_id]
    for order_id in written.answered:
        yield ["ZADD", ANSWERED, str(now_s), order_id]
    if written.answered:
        yield ["ZREMRANGEBYRANK", ANSWERED, "0", str(-ANSWERED_MAX - 1)]
    if written.reached is not None:
        position, digest = written.reached
        yield ["HSET", STATE, "position", str(position), "digest", digest.hex()]


def _streams(reply: Any) -> list[tuple[str, list[tuple[bytes, Mapping[bytes, bytes]]]]]:
    """The entries of a reply by stream, as newer and older servers put it."""
    if not reply:
        return []
    if isinstance(reply, dict):
        return [
            (stream.decode(), [entry for batch in batches for entry in batch])
            for stream, batches in reply.items()
        ]
    return [(stream.decode(), list(entries)) for stream, entries in reply]


def _texts(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    """Bytes that are no text are kept in a form that no command has."""
    return {
        name.decode(errors="replace"): value.decode(errors="replace")
        for name, value in fields.items()
    }
