"""One limit for all gateways: each tells the others each second what it has let through.

The local bucket decides, so no request waits for another server. A client that uses several
gateways at once can exceed its limit by what it sends within a second.
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import Final

import structlog

from outcry.ports.claims import SharedUses
from outcry.ports.log import LogUnavailable
from outcry.processes.gateway.limits import RateLimit, RequestLimits
from outcry.runtime.stopping import pause

SHARE_S: Final = 1.0
SHARED_MAX: Final = 2_000  # Buckets in one exchange; those used most come first.
MINUTE_MS: Final = 60_000

log = structlog.get_logger()


class LimitSharing:
    """Exchanges the use of limits with the other gateways."""

    def __init__(
        self, limits: RequestLimits, uses: SharedUses, *, clock_ms: Callable[[], int]
    ) -> None:
        self._limits = limits.by_name
        self._uses = uses
        self._clock_ms = clock_ms
        self._minute = 0
        self._known: dict[str, int] = {}  # What all gateways had used in this minute, by counter.

    async def run(self, stop: asyncio.Event) -> None:
        """Share until told to stop."""
        while not stop.is_set():
            await pause(stop, SHARE_S)
            try:
                await self.share()
            except LogUnavailable as error:
                log.warning("limits are not shared with other gateways", reason=str(error))

    async def share(self) -> None:
        """Add what was used here, and take what was used elsewhere."""
        minute = self._clock_ms() // MINUTE_MS
        if minute != self._minute:
            self._minute = minute
            self._known.clear()
        used: dict[str, tuple[RateLimit, Hashable, int]] = {}
        for kind, limit in self._limits.items():
            found, limit.uses = limit.uses, {}
            for who, count in found.items():
                if count > 0:
                    used[f"{minute}:{kind}:{who}"] = limit, who, count
        if len(used) > SHARED_MAX:
            most = sorted(used, key=lambda name: -used[name][2])[:SHARED_MAX]
            used = {name: used[name] for name in most}
        if not used:
            return
        totals = await self._uses.add({name: count for name, (_, _, count) in used.items()})
        for name, total in totals.items():
            limit, who, count = used[name]
            elsewhere = total - count - self._known.get(name, 0)
            self._known[name] = total
            if elsewhere > 0:
                limit.take_for_others(who, elsewhere)
