"""Limits that gateways share, and those of cancels."""

from typing import Any

from outcry.adapters.memory.edge import MemoryUses
from outcry.processes.gateway.http import RequestOrigin
from outcry.processes.gateway.limits import RequestLimits
from outcry.processes.gateway.shared_limits import LimitSharing
from rigs.gateway_venue import open_venue


class Gateway:
    """A gateway's limits, and the requests of one account."""

    def __init__(self, uses: MemoryUses, *, per_minute: int) -> None:
        self.now_ms = 1_790_000_000_000
        self.limits = RequestLimits(per_minute, lambda: self.now_ms / 1_000)
        self.sharing = LimitSharing(self.limits, uses, clock_ms=lambda: self.now_ms)

    def let_through(self, times: int, *, method: str = "POST") -> int:
        """How many of so many requests of the account pass."""
        passed = 0
        for _ in range(times):
            scope: dict[str, Any] = {"method": method, "client": ("192.0.2.1", 1)}
            try:
                self.limits.admit(scope)
                self.limits.charge(7, RequestOrigin("192.0.2.1", method, {}, scope))
            except Exception:
                continue
            passed += 1
        return passed


async def test_all_gateways_have_one_limit() -> None:
    uses = MemoryUses()
    gateways = [Gateway(uses, per_minute=60) for _ in range(4)]
    passed = 0
    for _ in range(20):
        for gateway in gateways:
            passed += gateway.let_through(3)
            await gateway.sharing.share()
    # Each had one second more than all together may have.
    assert 60 <= passed <= 60 + 4 * 3


async def test_one_gateway_has_the_whole_limit() -> None:
    gateway = Gateway(MemoryUses(), per_minute=60)
    passed = 0
    for _ in range(30):
        passed += gateway.let_through(3)
        await gateway.sharing.share()
    assert 60 == passed
    gateway.now_ms += 60_000
    await gateway.sharing.share()
    assert 60 == gateway.let_through(100)


def test_cancels_are_counted_apart() -> None:
    gateway = Gateway(MemoryUses(), per_minute=10)
    assert 10 == gateway.let_through(50)
    assert 10 == gateway.let_through(50, method="DELETE")


async def test_who_has_placed_too_much_can_cancel() -> None:
    """Neither an account's own flood nor a stranger's at the same address starves a cancel."""
    async with open_venue(per_minute=5) as venue:
        ann = await venue.trader(USDC=10**10)
        placed = []
        for _ in range(8):
            answer = await ann.post("/api/v1/order", {
                "symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "50",
                "quantity": "0.1",
            })
            placed.append(answer.status_code)
        assert [200] * 5 + [429] * 3 == placed
        for _ in range(10):
            await venue.http.get("/api/v1/ping")
        answer = await ann.delete("/api/v1/orders", {"symbol": "SOL_USDC"})
        assert (200, 5) == (answer.status_code, len(answer.json()))


async def test_answers_say_what_is_left() -> None:
    async with open_venue(per_minute=60) as venue:
        ann = await venue.trader()
        for left in (59, 58, 57):
            answer = await ann.get("/api/v1/capital")
            assert (str(left), str(60 - left)) == (
                answer.headers["x-ratelimit-remaining"], answer.headers["x-ratelimit-reset"]
            )
        assert "x-ratelimit-remaining" not in (await ann.get("/api/v1/orders")).headers
        for _ in range(30):
            answer = await ann.get("/api/v1/orders")
        assert "26" == answer.headers["x-ratelimit-remaining"]  # Less than half of it.
        public = await venue.http.get("/api/v1/ping")
        assert "59" == public.headers["x-ratelimit-remaining"]
    async with open_venue() as venue:
        assert "x-ratelimit-remaining" not in (await venue.http.get("/api/v1/ping")).headers
