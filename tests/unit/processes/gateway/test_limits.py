"""How much one client may ask in a minute."""


from outcry.processes.gateway.limits import RateLimit
from rigs.gateway_venue import open_venue


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_limit_is_for_each_and_for_a_minute() -> None:
    clock = Clock()
    limit = RateLimit(2, clock)
    assert [0, 0, 60] == [limit.wait_s("ann") for _ in range(3)]
    assert 0 == limit.wait_s("bob")
    clock.now += 45
    assert 15 == limit.wait_s("ann")
    clock.now += 15
    assert 0 == limit.wait_s("ann")


def test_zero_is_no_limit() -> None:
    limit = RateLimit(0, Clock())
    assert {0} == {limit.wait_s("ann") for _ in range(1_000)}


async def test_too_many_requests() -> None:
    """Public ones are counted by address; the terminal's files are not counted."""
    async with open_venue(per_minute=3) as venue:
        for _ in range(3):
            assert 200 == (await venue.http.get("/api/v1/ping")).status_code
        refused = await venue.http.get("/api/v1/ping")
        assert (429, "TOO_MANY_REQUESTS", "60") == (
            refused.status_code, refused.json()["code"], refused.headers["Retry-After"],
        )
        assert 200 == (await venue.http.get("/")).status_code
        venue.now_ms += 60_000
        assert 200 == (await venue.http.get("/api/v1/ping")).status_code


async def test_who_signs_is_not_held_to_the_address() -> None:
    """Many may trade from one address. What nobody signed is counted all the same."""
    async with open_venue(per_minute=3) as venue:
        for trader in (await venue.trader(), await venue.trader()):
            assert [200] * 3 + [429] == [
                (await trader.get("/api/v1/orders")).status_code for _ in range(4)
            ]
        # The two refused ones were signed as well: all of the address's own are left.
        assert [401] * 3 + [429] == [
            (await venue.http.get("/api/v1/orders")).status_code for _ in range(4)
        ]


async def test_a_key_is_not_used_up_by_others() -> None:
    """A request whose signature does not hold is not the key owner's."""
    async with open_venue() as venue:
        ann = await venue.trader()
        limit = RateLimit(2, Clock())
        venue.sign_in._by_key = limit
        forged = ann.headers("instruction=somethingElse")
        for _ in range(5):
            response = await venue.http.get("/api/v1/orders", headers=forged)
            assert "Invalid signature" == response.json()["message"]
        assert [200, 200, 429] == [
            (await ann.get("/api/v1/orders")).status_code for _ in range(3)
        ]
