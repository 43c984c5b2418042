"""Upkeep of the log as a whole: trimming, and a new start after a loss."""

from collections.abc import Sequence
from typing import Final

from outcry.adapters.valkey.connections import LogClient, answered
from outcry.adapters.valkey.streams import EVENTS, JOURNAL, LEASE, LEASE_LENGTH, QUARANTINE
from outcry.ports.log import LogBroken
from outcry.wire.journal import NOTHING_YET, EntryId, EventsEntry, JournalEntry

# Both streams to one boundary that both have, or neither.
_TRIM: Final = """
for _, stream in ipairs(KEYS) do
  if #redis.call('XRANGE', stream, ARGV[1], ARGV[1]) == 0 then
    return stream
  end
end
for _, stream in ipairs(KEYS) do
  redis.call('XTRIM', stream, 'MINID', '=', ARGV[1])
end
return false
"""


class RedisUpkeep(LogClient):
    """The log on Valkey or Redis, for trimming and restoring."""

    def __init__(self, url: str) -> None:
        super().__init__(url, connections=2)
        self._trim = self._client.register_script(_TRIM)

    async def oldest(self) -> EntryId:
        """Id of the oldest events entry that is there; `NOTHING_YET` when there is none."""
        async with answered():
            rows = await self._client.xrange(EVENTS, count=1)
        return EntryId.parse(rows[0][0]) if rows else NOTHING_YET

    async def trim(self, boundary: EntryId) -> None:
        """Drop the entries of both streams before an entry, which itself stays."""
        async with answered():
            missing = await self._trim(keys=[JOURNAL, EVENTS], args=[str(boundary)])
        if missing is not None:
            raise LogBroken(f"{missing.decode()} has no entry {boundary} to be trimmed to")

    async def is_led(self) -> bool:
        """Whether an engine holds the lease; one that outlives its own length is nobody's."""
        async with answered():
            left_ms = await self._client.pttl(LEASE)
            length = await self._client.get(LEASE_LENGTH)
        return left_ms > 0 and (length is None or left_ms <= int(length))

    async def begin_again(
        self, command: JournalEntry, events: EventsEntry, *, above: EntryId,
        quarantined: Sequence[tuple[EntryId, int]],
    ) -> None:
        """Make both streams anew with one entry, all at once; new ids will be above `above`."""
        last = max(above, events.id)
        pipeline = self._client.pipeline(transaction=True)
        pipeline.delete(JOURNAL, EVENTS, LEASE, QUARANTINE)
        pipeline.xadd(JOURNAL, {
            "w": command.writer, "n": command.number, "c": command.commands,
            "v": command.version,
        }, id=str(command.id))
        pipeline.xadd(EVENTS, {
            "w": events.writer, "n": events.number, "e": events.outcome,
            "prev": str(events.previous), "d": events.digest,
        }, id=str(events.id))
        pipeline.execute_command("XSETID", JOURNAL, str(last))
        if quarantined:
            pipeline.zadd(QUARANTINE, {f"{entry}:{index}": 0 for entry, index in quarantined})
        async with answered():
            await pipeline.execute()
