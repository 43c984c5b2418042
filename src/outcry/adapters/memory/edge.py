"""Claims, counters and withdrawal requests in memory: for tests and throw-away venues."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping

from outcry.engine.units import AccountId
from outcry.ports.withdrawals import WithdrawalRequest


class MemoryClaims:
    """Claims of one process, or of several gateways that share them in a test."""

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._until_ms: dict[bytes, int] = {}

    async def claim(self, name: bytes, *, life_ms: int) -> bool:
        """Claim a name; False when it is claimed already."""
        now_ms = self._clock_ms()
        if self._until_ms.get(name, 0) > now_ms:
            return False
        self._until_ms[name] = now_ms + life_ms
        return True

    async def release(self, name: bytes) -> None:
        """Give a claim up."""
        self._until_ms.pop(name, None)


class MemoryWithdrawals:
    """The withdrawals that were asked for. While `away` is set, it is raised."""

    def __init__(self) -> None:
        self.requests: dict[tuple[AccountId, int], WithdrawalRequest] = {}
        self.made: set[tuple[AccountId, int]] = set()
        self.away: Exception | None = None

    async def note(self, request: WithdrawalRequest) -> WithdrawalRequest:
        """Store a request; returns the one that was stored first."""
        self._answer()
        return self.requests.setdefault((request.account_id, request.key), request)

    async def confirm(self, request: WithdrawalRequest) -> None:
        """The engine has taken the money off."""
        self._answer()
        self.requests[request.account_id, request.key] = request
        self.made.add((request.account_id, request.key))

    async def forget(self, account_id: AccountId, key: int) -> None:
        """The engine refused."""
        self._answer()
        if (account_id, key) not in self.made:
            self.requests.pop((account_id, key), None)

    async def of(
        self, account_id: AccountId, keys: Collection[int]
    ) -> dict[int, WithdrawalRequest]:
        """The requests of these keys."""
        self._answer()
        return {
            key: self.requests[account_id, key] for key in keys
            if (account_id, key) in self.requests
        }

    def _answer(self) -> None:
        if self.away is not None:
            raise self.away


class MemoryUses:
    """Counters that several gateways of a test share."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()

    async def add(self, uses: Mapping[str, int]) -> dict[str, int]:
        """Add uses to their counters."""
        self.totals.update(uses)
        return {name: self.totals[name] for name in uses}
