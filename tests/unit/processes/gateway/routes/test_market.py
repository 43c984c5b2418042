"""Market data over HTTP, as anybody reads it."""

from typing import Any

from outcry.engine.commands import SetQuote
from outcry.engine.units import InstrumentId
from outcry.wire.journal import encode_commands
from rigs.gateway_venue import HEARTBEATS, START_MS, MemoryVenue, Trader


async def read(venue: MemoryVenue, path: str) -> Any:
    response = await venue.http.get(f"/api/v1/{path}")
    assert response.status_code == 200, response.text
    return response.json()


async def test_ping_and_time_are_plain_text(venue: MemoryVenue) -> None:
    """Some clients read nothing else there."""
    ping = await venue.http.get("/api/v1/ping")
    assert ("pong", True) == (
        ping.text, ping.headers["content-type"].startswith("text/plain")
    )
    assert str(START_MS) == (await venue.http.get("/api/v1/time")).text


async def test_json_says_how_its_text_is_encoded(venue: MemoryVenue, ann: Trader) -> None:
    """Whoever answers: the order routes, those behind them, and errors."""
    answers = [
        await venue.http.get("/api/v1/markets"), await venue.http.get("/api/v1/nothing"),
        await venue.http.get("/api/v1/depth"), await ann.get("/api/v1/orders"),
        await ann.get("/wapi/v1/history/orders"),
    ]
    assert ["application/json; charset=utf-8"] * 5 == [
        answer.headers["content-type"] for answer in answers
    ]


async def test_status_follows_the_engine(venue: MemoryVenue) -> None:
    """Ok while the engine beats; maintenance, with the reason, when it has fallen silent."""
    assert {"status": "Ok", "message": None} == await read(venue, "status")
    venue.now_ms += 3_500
    assert {
        "status": "Maintenance", "message": "The engine has not been heard of for 3 seconds",
    } == await read(venue, "status")
    await venue.pass_time(0)
    assert "Ok" == (await read(venue, "status"))["status"]


async def test_what_is_listed(venue: MemoryVenue) -> None:
    assert ["USDC", "SOL", "ETH", "BTC"] == [a["symbol"] for a in await read(venue, "assets")]
    markets = await read(venue, "markets")
    assert ["SOL_USDC", "ETH_USDC", "BTC_USDC"] == [market["symbol"] for market in markets]
    assert {"Open"} == {market["orderBookState"] for market in markets}
    assert markets[1] == await read(venue, "market?symbol=ETH_USDC")
    assert markets == await read(venue, "markets?marketType=PERP&marketType=SPOT")
    assert [] == await read(venue, "markets?marketType=PERP")


async def test_depth_ascends_on_both_sides(venue: MemoryVenue, ann: Trader) -> None:
    """The best bid is the last one, and a limit takes the best of each side."""
    for price in range(90, 100):
        await ann.place("Bid", "0.1", at=str(price))
        await ann.place("Ask", "0.2", at=str(price + 20))
    depth = await read(venue, "depth?symbol=SOL_USDC")
    assert [[str(price), "0.1"] for price in range(90, 100)] == depth["bids"]
    assert [[str(price), "0.2"] for price in range(110, 120)] == depth["asks"]
    assert ("20", START_MS * 1000) == (depth["lastUpdateId"], depth["timestamp"])
    five = await read(venue, "depth?symbol=SOL_USDC&limit=5")
    assert depth["bids"][-5:] == five["bids"]
    assert depth["asks"][:5] == five["asks"]
    assert {"asks": [], "bids": []} == {
        side: levels for side, levels in (await read(venue, "depth?symbol=BTC_USDC")).items()
        if side in ("asks", "bids")
    }


async def test_trades_and_ticker(venue: MemoryVenue, ann: Trader, bob: Trader) -> None:
    """Newest first; the ticker counts them."""
    await ann.place("Bid", "1", at="100")
    await bob.place("Ask", "0.25")
    await venue.pass_time(10)
    await bob.place("Ask", "0.5", at="110")
    await ann.place("Bid", "0.5")
    trades = await read(venue, "trades?symbol=SOL_USDC")
    assert [
        {"id": 2, "price": "110", "quantity": "0.5", "quoteQuantity": "55",
         "timestamp": START_MS + 10, "isBuyerMaker": False},
        {"id": 1, "price": "100", "quantity": "0.25", "quoteQuantity": "25",
         "timestamp": START_MS, "isBuyerMaker": True},
    ] == trades
    assert trades[:1] == await read(venue, "trades?symbol=SOL_USDC&limit=1")
    assert trades[1:] == await read(venue, "trades/history?symbol=SOL_USDC&offset=1")
    assert {
        "symbol": "SOL_USDC", "firstPrice": "100", "lastPrice": "110", "priceChange": "10",
        "priceChangePercent": "0.1", "high": "110", "low": "100", "volume": "0.75",
        "quoteVolume": "80", "trades": "2",
    } == await read(venue, "ticker?symbol=SOL_USDC")
    week = await read(venue, "ticker?symbol=SOL_USDC&interval=1w")
    assert [week] == (await read(venue, "tickers?interval=1w"))[:1]


async def test_a_market_without_trades_has_a_ticker_of_zeros(venue: MemoryVenue) -> None:
    ticker = await read(venue, "ticker?symbol=BTC_USDC")
    assert {"0"} == {value for name, value in ticker.items() if name != "symbol"}


async def test_candles_are_complete_and_carry_the_close(
    venue: MemoryVenue, ann: Trader, bob: Trader
) -> None:
    """Those of history, those above it, and between them flat ones at the close before."""
    start = START_MS - START_MS % 60_000
    await ann.place("Bid", "10", at="100")
    await bob.place("Ask", "1")
    venue.history.catch_up()
    await bob.place("Ask", "2", at="99")
    await venue.pass_time(180_000)
    await bob.place("Ask", "3", at="97")
    query = f"klines?symbol=SOL_USDC&interval=1m&startTime={start // 1000}"
    candles = await read(venue, query)
    assert [
        ("100", "100", "100", "3", "300", "2"), ("100", "100", "100", "0", "0", "0"),
        ("100", "100", "100", "0", "0", "0"), ("100", "100", "100", "3", "300", "1"),
    ] == [
        (c["open"], c["low"], c["close"], c["volume"], c["quoteVolume"], c["trades"])
        for c in candles
    ]
    assert "2026-09-21 14:13:00" == candles[0]["start"]
    assert candles[0]["end"] == candles[1]["start"]
    venue.history.catch_up()
    assert candles == await read(venue, query)
    assert candles[2:3] == await read(
        venue, f"{query.replace(str(start // 1000), str(start // 1000 + 61))}"
               f"&endTime={start // 1000 + 120}",
    )
    assert [] == await read(venue, query.replace("SOL", "BTC"))
    [month] = await read(venue, "klines?symbol=SOL_USDC&interval=1month&startTime=-999999999")
    assert "6" == month["volume"]


async def test_mark_prices_come_from_the_journal(venue: MemoryVenue) -> None:
    assert [] == await read(venue, "markPrices")
    quote = SetQuote(
        instrument_id=InstrumentId(1), bid=100_000_000, ask=100_020_000, source_ms=START_MS
    )
    await venue.log.append(writer=HEARTBEATS, number=1, commands=encode_commands([quote]))
    await venue.hear()
    expected = [{
        "symbol": "SOL_USDC", "markPrice": "100.01", "indexPrice": "100.01",
        "fundingRate": "0", "nextFundingTimestamp": 0,
    }]
    assert expected == await read(venue, "markPrices")
    assert expected == await read(venue, "markPrices?symbol=SOL_USDC")
    assert [] == await read(venue, "markPrices?symbol=BTC_USDC")
    assert [] == await read(venue, "markPrices?marketType=PERP")


async def test_what_does_not_exist_is_empty(venue: MemoryVenue) -> None:
    """Clients load these when they start; a 404 would stop them."""
    for path in (
        "securities", "collateral", "wallets", "openInterest", "fundingRates?symbol=SOL_USDC",
        "borrowLend/markets", "borrowLend/apy", "prediction", "vaults",
    ):
        assert [] == await read(venue, path)


async def test_the_venue_says_what_it_is(venue: MemoryVenue) -> None:
    unknown = await read(venue, "venue")
    assert {"source": "none", "simulated": False, "ageMs": None, "merged": 0} == unknown["prices"]
    assert unknown["cfdPrices"] is None
    assert ("demo", None, 8080) == (
        unknown["mode"], unknown["streamUrl"], unknown["streamPort"]
    )
    sim = {"source": "sim", "simulated": True, "merged": 0}
    own = {"source": "own", "simulated": False, "merged": 7}
    await venue.log.post("prices", sim | {"last_quote_ms": START_MS + 500, "feeds": "spot"})
    await venue.log.post("cfd-prices", own | {"last_quote_ms": START_MS + 900, "feeds": "cfd"})
    await venue.pass_time(1_000)
    told = await read(venue, "venue")
    assert (sim | {"ageMs": 500}, own | {"ageMs": 100}) == (told["prices"], told["cfdPrices"])

    await venue.log.post("prices", sim | {"last_quote_ms": START_MS + 1_500, "feeds": "all"})
    await venue.pass_time(1_000)
    told = await read(venue, "venue")
    assert (sim | {"ageMs": 500}, None) == (told["prices"], told["cfdPrices"]), (
        "what the other process said when it ran does not count any more"
    )


async def test_the_database_is_away(venue: MemoryVenue) -> None:
    """What needs it says so; books, tickers and the newest trades do not."""
    venue.history.away = True
    response = await venue.http.get(
        "/api/v1/klines?symbol=SOL_USDC&interval=1m&startTime=1789999999"
    )
    assert (503, "MAINTENANCE", "1") == (
        response.status_code, response.json()["code"], response.headers["Retry-After"],
    )
    assert [] == await read(venue, "trades?symbol=SOL_USDC")
    assert 3 == len(await read(venue, "tickers"))
