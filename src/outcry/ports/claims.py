"""Things that the gateways of a venue share: claims, and counters of uses."""

from collections.abc import Mapping
from typing import Protocol


class Claims(Protocol):
    """Names that are claimed for a time. Both methods raise `LogUnavailable`."""

    async def claim(self, name: bytes, *, life_ms: int) -> bool:
        """Claim a name; False when it is claimed already."""

    async def release(self, name: bytes) -> None:
        """Give a claim up, since nothing was done."""


class SharedUses(Protocol):
    """Counters of all gateways, by name. Raises `LogUnavailable`."""

    async def add(self, uses: Mapping[str, int]) -> dict[str, int]:
        """Add uses to their counters; returns what all gateways have added to each."""
