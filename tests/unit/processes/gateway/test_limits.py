"""How much one client may ask in a minute."""

from outcry.processes.gateway.limits import RateLimit
from rigs.gateway_venue import MemoryVenue, open_venue


class Clock:
    now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_is_for_each_and_fills_up_in_a_minute() -> None:
    clock = Clock()
    limit = RateLimit(4, clock)
    assert [0, 0, 0, 0, 15] == [limit.wait_s("ann") for _ in range(5)]
    assert 0 == limit.wait_s("bob")
    clock.now += 10
    assert 5 == limit.wait_s("ann")
    clock.now += 5
    assert [0, 15] == [limit.wait_s("ann") for _ in range(2)]
    clock.now += 600
    assert [0, 0, 0, 0, 15] == [limit.wait_s("ann") for _ in range(5)], "it holds no more than that"


def test_no_edge_lets_twice_as_many_pass() -> None:
    clock = Clock()
    limit = RateLimit(10, clock)
    clock.now += 59.9
    assert [0] * 10 == [limit.wait_s("ann") for _ in range(10)]
    clock.now += 0.2
    assert 6 == limit.wait_s("ann")


def test_a_token_can_be_given_back() -> None:
    limit = RateLimit(1, Clock())
    assert 0 == limit.wait_s("ann")
    limit.give_back("ann")
    limit.give_back("bob")
    assert [0, 60] == [limit.wait_s("ann") for _ in range(2)]


def test_the_buckets_of_the_quiet_are_forgotten() -> None:
    clock = Clock()
    limit = RateLimit(10, clock)
    for number in range(10_000):
        clock.now += 1
        limit.wait_s(str(number))
    assert len(limit._full_at) < 10
    clock.now += 60
    assert 0 == limit.wait_s("somebody")
    assert len(limit._full_at) < 10


def test_zero_is_no_limit() -> None:
    limit = RateLimit(0, Clock())
    assert {0} == {limit.wait_s("ann") for _ in range(1_000)}


async def test_too_many_requests() -> None:
    """Public ones are counted by address; the terminal's files are not counted."""
    async with open_venue(per_minute=3) as venue:
        for _ in range(3):
            assert 200 == (await venue.http.get("/api/v1/ping")).status_code
        refused = await venue.http.get("/api/v1/ping")
        assert (429, "TOO_MANY_REQUESTS", "20") == (
            refused.status_code, refused.json()["code"], refused.headers["Retry-After"],
        )
        assert 200 == (await venue.http.get("/")).status_code
        venue.now_ms += 20_000
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


async def test_an_account_has_one_limit_for_all_its_keys() -> None:
    async with open_venue(per_minute=3) as venue:
        ann = await venue.trader()
        other_key = ann.with_scopes("read")
        assert [200, 200, 200, 429] == [
            (await key.get("/api/v1/orders")).status_code
            for key in (ann, other_key, ann, other_key)
        ]


async def test_an_account_is_not_used_up_by_others() -> None:
    """A request whose signature does not hold is not the key owner's."""
    async with open_venue(per_minute=2) as venue:
        ann = await venue.trader()
        forged = ann.headers("instruction=somethingElse")
        said = [
            (await venue.http.get("/api/v1/orders", headers=forged)).json()["message"]
            for _ in range(3)
        ]
        assert ["Invalid signature"] * 2 + ["Too many requests"] == said
        venue.now_ms += 30_000  # The address has one again, which a signed request gives back.
        assert [200, 200, 429] == [
            (await ann.get("/api/v1/orders")).status_code for _ in range(3)
        ]


async def refused_command(venue: MemoryVenue) -> None:
    answer = await venue.http.post("/api/v1/engine", json={"command": "GET_BALANCE"})
    assert (429, "20") == (answer.status_code, answer.headers["Retry-After"])
    told = answer.json()
    assert {"success", "error", "retryable", "orderId", "engineResponse", "latency"} == set(told)
    assert (False, "Too many requests", True) == (
        told["success"], told["error"], told["retryable"]
    )


async def test_a_refusal_has_the_form_of_its_route_and_pages_may_read_it() -> None:
    async with open_venue(per_minute=3) as venue:
        for _ in range(3):
            await venue.http.post("/api/v1/engine", json={"command": "GET_BALANCE"})
        await refused_command(venue)
        page = {"Origin": "https://page.example"}
        answer = await venue.http.get("/api/v1/ping", headers=page)
        assert (429, "*") == (
            answer.status_code, answer.headers["Access-Control-Allow-Origin"]
        )
        asked_first = await venue.http.options("/api/v1/order", headers=page)
        assert 204 == asked_first.status_code, "a preflight is not counted"
