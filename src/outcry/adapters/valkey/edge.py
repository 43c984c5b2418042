"""Claims and the use of limits, shared by the gateways of a venue over the log server."""

from collections.abc import Mapping
from typing import Final

from outcry.adapters.valkey.connections import LogClient, answered

CLAIM: Final = "outcry:claim:"
USE: Final = "outcry:use:"
USE_LIFE_S: Final = 120


class SharedEdge(LogClient):
    """Fulfils `Claims` and `SharedUses`."""

    def __init__(self, url: str) -> None:
        super().__init__(url, connections=4)

    async def claim(self, name: bytes, *, life_ms: int) -> bool:
        """Claim a name; False when it is claimed already."""
        async with answered():
            taken = await self._client.set(CLAIM + name.hex(), b"1", nx=True, px=life_ms)
        return bool(taken)

    async def release(self, name: bytes) -> None:
        """Give a claim up."""
        async with answered():
            await self._client.delete(CLAIM + name.hex())

    async def add(self, uses: Mapping[str, int]) -> dict[str, int]:
        """Add uses to their counters; returns what all gateways have added to each."""
        pipeline = self._client.pipeline(transaction=False)
        for name, count in uses.items():
            pipeline.incrby(USE + name, count)
            pipeline.expire(USE + name, USE_LIFE_S)
        async with answered():
            answers = await pipeline.execute()
        return dict(zip(uses, map(int, answers[::2]), strict=True))
