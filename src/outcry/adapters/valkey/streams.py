"""The log on Valkey or Redis: two streams, a lease, and a few facts beside them.

No connection here retries by itself: after a lost reply a retried append would add a command twice.
The caller decides how to handle `LogUnavailable`.
"""

import json
from collections.abc import Sequence
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from outcry.adapters.valkey.connections import (
    ANSWER_S,
    CONNECT_S,
    AsyncConnection,
    LogClient,
    PipelinedConnection,
    answered,
    reachable,
)
from outcry.ports.log import LeaseLost, LogBroken
from outcry.wire.journal import NOTHING_YET, EntryId, EventsEntry, JournalEntry

JOURNAL = "outcry:journal"
EVENTS = "outcry:events"
LEASE = "outcry:lease"
LEASE_LENGTH = "outcry:lease_ms"
QUARANTINE = "outcry:quarantine"
STATUS = "outcry:status"
RANGE_MAX = 512

# All entries or none, by the lease holder only, onto exactly the end it expects.
_PUBLISH = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 'LEASE'
end
local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
local top = '0-0'
if newest[1] then top = newest[1][1] end
if top ~= ARGV[3] then
  return 'TOP ' .. top
end
for i = 4, #ARGV, 6 do
  redis.call('XADD', KEYS[2], ARGV[i], 'w', ARGV[i + 1], 'n', ARGV[i + 2], 'e', ARGV[i + 3],
             'prev', ARGV[i + 4], 'd', ARGV[i + 5])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 'OK'
"""

# By the lease holder only, and never for an entry whose answers are out: every replay has to come
# to what was published.
_PUT_IN_QUARANTINE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
local newest = redis.call('XREVRANGE', KEYS[2], '+', ARGV[2], 'COUNT', 1)
if newest[1] then
  return 0
end
return redis.call('ZADD', KEYS[3], 0, ARGV[2] .. ':' .. ARGV[3])
"""

# Gives back a lease of our own, and no other's.
_GIVE_LEASE_BACK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
"""

# Renews a lease of our own that did not run out.
_RENEW_LEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

# Renews a lease of our own, or takes one nobody has. The server keeps the end of a lease as a time
# of day. When its clock was set back, the lease of a dead engine seems to last for hours; but no
# holder is given more than the length it asked for, so such a claim proves that nobody renews it.
_TAKE_LEASE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  local length = tonumber(redis.call('GET', KEYS[2]) or ARGV[2])
  if redis.call('PTTL', KEYS[1]) <= length then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[2])
return 1
"""


def _journal_entry(raw_id: bytes, fields: dict[bytes, bytes]) -> JournalEntry:
    """Read an entry as it stands; missing fields are read as empty, and the engine refuses it."""
    return JournalEntry(
        id=EntryId.parse(raw_id),
        writer=_integer(fields.get(b"w")),
        number=_integer(fields.get(b"n")),
        commands=fields.get(b"c", b""),
        version=_integer(fields.get(b"v")),
    )


def _integer(text: bytes | None) -> int:
    """The integer in a field; 0 when it is missing or does not fit 63 bits: then it is refused."""
    number = int(text) if text is not None and text.isdigit() and len(text) <= 19 else 0
    return number if number < 2**63 else 0


def _events_entry(raw_id: bytes, fields: dict[bytes, bytes]) -> EventsEntry:
    return EventsEntry(
        id=EntryId.parse(raw_id),
        writer=int(fields[b"w"]),
        number=int(fields[b"n"]),
        outcome=fields[b"e"],
        previous=EntryId.parse(fields[b"prev"]),
        digest=fields[b"d"],
    )


def _fields(pairs: list[bytes]) -> dict[bytes, bytes]:
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


class RedisLog(LogClient):
    """The log as every process but the engine sees it."""

    def __init__(self, url: str) -> None:
        super().__init__(url, connections=16)
        # Entries are appended on a connection of their own, so that they arrive in order.
        self._appends = AsyncConnection(self._client)
        self._reads = AsyncConnection(self._client)

    async def append(self, *, writer: int, number: int, commands: bytes) -> None:
        """Append one journal entry, in the order of the calls."""
        entry_id = await self._appends.ask(
            "XADD", JOURNAL, "NOMKSTREAM", "*", "w", writer, "n", number, "c", commands, "v", 1
        )
        if entry_id is None:
            raise LogBroken("the journal is gone: the log server has lost its data")

    async def create(self, *, writer: int, number: int, commands: bytes) -> None:
        """Create the journal with its first entry; nothing happens when there is one already."""
        async with answered():
            if not await self._client.exists(JOURNAL):
                entry = {"w": writer, "n": number, "c": commands, "v": 1}
                await self._client.xadd(JOURNAL, entry)

    async def exists(self) -> bool:
        """Whether there is a journal."""
        async with answered():
            return bool(await self._client.exists(JOURNAL))

    async def top(self) -> EntryId:
        """Id of the newest events entry."""
        return await self._top(EVENTS)

    async def journal_top(self) -> EntryId:
        """Id of the newest journal entry."""
        return await self._top(JOURNAL)

    async def read_after(
        self, after: EntryId, *, block_ms: int, count: int = RANGE_MAX
    ) -> Sequence[EventsEntry]:
        """Events entries after an id, waiting up to `block_ms` for the first."""
        reply = await self._reads.ask(
            "XREAD", "COUNT", count, "BLOCK", block_ms, "STREAMS", EVENTS, str(after)
        )
        if not reply:
            return []
        return [_events_entry(raw_id, fields) for raw_id, fields in _entries_of(reply)]

    async def read_range(self, first: EntryId, last: EntryId) -> Sequence[EventsEntry]:
        """Events entries from `first` to `last`, both included."""
        rows = await self._range(EVENTS, first, last)
        return [_events_entry(raw_id, fields) for raw_id, fields in rows]

    async def fullness(self) -> float:
        """Share of the memory it may use that the server uses; 0 when it may use any."""
        async with answered():
            memory = await self._client.info("memory")
        allowed = int(memory["maxmemory"])
        return int(memory["used_memory"]) / allowed if allowed else 0.0

    async def read_journal(self, first: EntryId, last: EntryId) -> Sequence[JournalEntry]:
        """Journal entries from `first` to `last`, both included."""
        rows = await self._range(JOURNAL, first, last)
        return [_journal_entry(raw_id, fields) for raw_id, fields in rows]

    async def post(self, process: str, facts: dict[str, object]) -> None:
        """Replace the facts of a process."""
        async with answered():
            await self._client.hset(STATUS, process, json.dumps(facts))

    async def read(self) -> dict[str, dict[str, object]]:
        """The facts of every process."""
        async with answered():
            rows = await self._client.hgetall(STATUS)
        return {process.decode(): json.loads(facts) for process, facts in rows.items()}

    async def lease(self) -> tuple[str, int] | None:
        """Token of the engine that may publish, and for how many milliseconds."""
        async with answered():
            holder, left_ms = await self._client.get(LEASE), await self._client.pttl(LEASE)
        return None if holder is None else (holder.decode(), max(0, left_ms))

    async def close(self) -> None:
        """Close every connection."""
        await self._appends.drop()
        await self._reads.drop()
        await super().close()

    async def _top(self, stream: str) -> EntryId:
        async with answered():
            rows = await self._client.xrevrange(stream, count=1)
        return EntryId.parse(rows[0][0]) if rows else NOTHING_YET

    async def _range(self, stream: str, first: EntryId, last: EntryId) -> Any:
        async with answered():
            return await self._client.xrange(stream, str(first), str(last), count=RANGE_MAX)


def _entries_of(reply: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Entries in an XREAD reply on one stream."""
    [entries] = reply.values()
    return [(raw_id, _fields(pairs)) for raw_id, pairs in entries]


class RedisEngineLog:
    """The log as the engine sees it: one thread, one question outstanding while it works."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url, retry=Retry(NoBackoff(), 0), socket_timeout=ANSWER_S,
            socket_connect_timeout=CONNECT_S,
        )
        self._take_lease = self._client.register_script(_TAKE_LEASE)
        self._renew_lease = self._client.register_script(_RENEW_LEASE)
        self._reader = PipelinedConnection(self._client)
        self._publisher = PipelinedConnection(self._client)

    def settings(self) -> dict[str, str]:
        """The server's settings that `durability_faults` judges."""
        wanted = ("appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory-policy")
        found: dict[str, str] = {}
        with reachable():
            for name in wanted:
                found[name] = str(self._client.config_get(name)[name])
            found["role"] = self._client.info("replication")["role"]
        return found

    def take_lease(self, *, token: str, ttl_ms: int) -> bool:
        """Take or renew the right to publish."""
        with reachable():
            return bool(self._take_lease(keys=[LEASE, LEASE_LENGTH], args=[token, ttl_ms]))

    def renew_lease(self, *, token: str, ttl_ms: int) -> bool:
        """Renew the right to publish, if it was not lost meanwhile."""
        with reachable():
            return bool(self._renew_lease(keys=[LEASE], args=[token, ttl_ms]))

    def give_lease_back(self, token: str) -> None:
        """Let the next engine lead at once, at a clean stop."""
        with reachable():
            self._client.eval(_GIVE_LEASE_BACK, 1, LEASE, token)

    def beat(self, *, writer: int, number: int, commands: bytes) -> None:
        """Append a heartbeat to the journal."""
        entry: Any = {"w": writer, "n": number, "c": commands, "v": 1}
        with reachable():
            self._client.xadd(JOURNAL, entry, nomkstream=True)

    def ask(self, after: EntryId, *, block_ms: int, count: int) -> None:
        """Send the question for the entries after an id."""
        self._reader.send(
            "XREAD", "COUNT", count, "BLOCK", block_ms, "STREAMS", JOURNAL, str(after)
        )

    def receive(self) -> Sequence[JournalEntry]:
        """Wait for the answer to the last `ask`."""
        reply = self._reader.receive()
        if not reply:
            return []
        return [_journal_entry(raw_id, fields) for raw_id, fields in _entries_of(reply)]

    def publish(
        self, entries: Sequence[EventsEntry], *, after: EntryId, token: str, ttl_ms: int
    ) -> None:
        """Send events entries to be appended, all or none, onto exactly `after`."""
        arguments: list[Any] = [token, ttl_ms, str(after)]
        for entry in entries:
            arguments += (
                str(entry.id), entry.writer, entry.number, entry.outcome, str(entry.previous),
                entry.digest,
            )
        self._publisher.send("EVAL", _PUBLISH, 2, LEASE, EVENTS, *arguments)

    def confirm(self) -> None:
        """Wait for the answer to the last `publish`."""
        if self._publisher.unanswered:
            answer = self._publisher.receive()
            if answer != b"OK":
                raise LeaseLost(f"publishing was refused: {answer!r}")

    def events_top(self) -> EntryId:
        """Id of the newest events entry."""
        with reachable():
            rows: Any = self._client.xrevrange(EVENTS, count=1)
        return EntryId.parse(rows[0][0]) if rows else NOTHING_YET

    def events_range(self, first: EntryId, last: EntryId, count: int) -> Sequence[EventsEntry]:
        """Events entries from `first` to `last`, both included, at most `count`."""
        with reachable():
            rows: Any = self._client.xrange(EVENTS, str(first), str(last), count=count)
        return [_events_entry(raw_id, fields) for raw_id, fields in rows]

    def quarantined(self) -> Sequence[tuple[EntryId, int]]:
        """Commands that made an engine fail: (entry id, index within it)."""
        with reachable():
            rows: Any = self._client.zrange(QUARANTINE, 0, -1)
        places = [row.decode().rpartition(":") for row in rows]
        return [(EntryId.parse(entry_id), int(index)) for entry_id, _, index in places]

    def quarantine(self, entry_id: EntryId, index: int, *, token: str) -> None:
        """Note durably that a command makes the engine fail, if that is the caller's to say."""
        place = (token, str(entry_id), index)
        with reachable():
            self._client.eval(_PUT_IN_QUARANTINE, 3, LEASE, EVENTS, QUARANTINE, *place)

    def report(self, process: str, facts: dict[str, object]) -> None:
        """Replace the facts of a process."""
        with reachable():
            self._client.hset(STATUS, process, json.dumps(facts))

    def said(self, process: str) -> dict[str, object]:
        """The facts of a process; empty when it never reported any."""
        with reachable():
            facts: Any = self._client.hget(STATUS, process)
        found: dict[str, object] = json.loads(facts) if facts is not None else {}
        return found

    def close(self) -> None:
        """Close every connection."""
        self._reader.drop()
        self._publisher.drop()
        self._client.close()
