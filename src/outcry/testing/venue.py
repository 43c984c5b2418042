"""The exchange as a test sees it: users, prices, time. It runs in a thread of its own."""

import asyncio
import itertools
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Final, NamedTuple, TypeVar

import structlog

from outcry.api.backpack.errors import ApiError, rejection
from outcry.api.backpack.markets import market_named
from outcry.api.backpack.orders import read_order
from outcry.engine.commands import CancelOrders, Command, SetQuote
from outcry.engine.events import CommandRejected
from outcry.engine.units import AccountId
from outcry.people.onboarding import SignUpRefused
from outcry.testing.listening import HOST, Clock, Endpoints, listening
from outcry.wire.decimals import NotADecimal, TooManyDecimals, parse_decimal

PATIENCE_S: Final = 10.0
LOG_LEVEL: Final = "warning"
MAKER: Final = "maker@venue.invalid"
PLENTY: Final = "1000000000"  # Of every asset, for the maker.

Result = TypeVar("Result")
Level = tuple[str, str]  # Price and quantity, as decimals.


class Refused(Exception):
    """The venue refused a test's request; the message has the reason."""


class User(NamedTuple):
    """Somebody with an account and an API key. Both halves of the key are base64."""

    account_id: int
    api_key: str
    api_secret: str
    url: str
    stream_url: str

    def ccxt(self) -> dict[str, Any]:
        """Settings for `ccxt.backpack` and `ccxt.pro.backpack`."""
        rest, stream = self.url, self.stream_url
        return {
            "apiKey": self.api_key, "secret": self.api_secret,
            "urls": {"api": {
                "public": rest, "private": rest, "ws": {"public": stream, "private": stream},
            }},
        }


class Venue:
    """A running exchange. `url` is that of REST, `stream_url` that of WebSocket.

    Amounts, prices and quantities are decimals as text. A value that the venue refuses raises
    `Refused`.
    """

    def __init__(self, *, rate_limit_per_minute: int = 0) -> None:
        if not structlog.is_configured():  # Else the test has configured its own logging.
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(LOG_LEVEL))
        self._clock = Clock()
        self._numbers = itertools.count(1)
        self._maker: AccountId | None = None
        # The venue, and the loop that it runs in until the event is set.
        self._opened: Future[tuple[Endpoints, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        thread = ThreadPoolExecutor(1, thread_name_prefix="outcry")
        self._ended = thread.submit(lambda: asyncio.run(self._serve(rate_limit_per_minute)))
        thread.shutdown(wait=False)
        first: tuple[Future[Any], ...] = (self._opened, self._ended)
        wait(first, PATIENCE_S, FIRST_COMPLETED)
        if self._ended.done():
            self._ended.result()  # Raises why there is no venue.
        self._endpoints, self._loop, self._stop = self._opened.result(0)
        self.url = f"http://{HOST}:{self._endpoints.http_port}"
        self.stream_url = f"ws://{HOST}:{self._endpoints.stream_port}/"

    def close(self) -> None:
        """End it, and wait for its end. Raises the error that ended it before."""
        if not self._ended.done():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._ended.result(PATIENCE_S)

    @property
    def symbols(self) -> list[str]:
        """The markets there are."""
        return list(self._endpoints.venue.views.markets)

    @property
    def now_ms(self) -> int:
        """The venue's time in milliseconds since 1970."""
        return self._clock()

    def user(self, **deposits: str) -> User:
        """Somebody new with an API key, and with money: `user(USDC="10000", SOL="5")`."""
        return self._call(self._new_user(deposits))

    def deposit(self, user: User, **deposits: str) -> None:
        """Give a user more money."""
        self._call(self._deposit(AccountId(user.account_id), deposits))

    def set_quote(self, symbol: str, bid: str, ask: str) -> None:
        """Set the outside price of a market, and of the contracts that follow it.

        Halfway between bid and ask is the market's mark price.
        """
        self._call(self._set_quote(symbol, bid, ask))

    def set_book(
        self, symbol: str, *, bids: Sequence[Level] = (), asks: Sequence[Level] = ()
    ) -> None:
        """Have the venue's own market maker offer this, and nothing else, in a market.

        Its orders trade with those that are in their way. It has plenty of everything.
        """
        self._call(self._set_book(symbol, bids, asks))

    def advance(self, seconds: int) -> None:
        """Move the venue's time on. Requests are still signed with the real time."""
        if seconds < 0:
            raise Refused("time does not go back")
        self._clock.ahead_ms += seconds * 1_000
        self._call(self._endpoints.venue.beat())

    async def _serve(self, rate_limit_per_minute: int) -> None:
        stop = asyncio.Event()
        async with listening(self._clock, rate_limit_per_minute=rate_limit_per_minute) as endpoints:
            self._opened.set_result((endpoints, asyncio.get_running_loop(), stop))
            await stop.wait()

    def _call(self, work: Coroutine[Any, Any, Result]) -> Result:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)
        except (SignUpRefused, ApiError) as why:
            raise Refused(str(why)) from None

    async def _new_user(self, deposits: Mapping[str, str]) -> User:
        onboarding = self._endpoints.venue.onboarding
        onboarding.money(deposits)  # Refused before there is a user without money.
        user_id, account_id = await onboarding.account(f"user-{next(self._numbers)}@venue.invalid")
        await self._deposit(account_id, deposits)
        made = await onboarding.new_key(user_id, account_id, name="test")
        return User(
            account_id=account_id, api_key=made.public_key, api_secret=made.secret, url=self.url,
            stream_url=self.stream_url,
        )

    async def _deposit(self, account_id: AccountId, deposits: Mapping[str, str]) -> None:
        onboarding = self._endpoints.venue.onboarding
        money = onboarding.money(deposits)
        await onboarding.deposit(account_id, money, [next(self._numbers) for _ in money])

    async def _set_quote(self, symbol: str, bid: str, ask: str) -> None:
        views = self._endpoints.venue.views
        instrument = market_named(views.markets, symbol).instrument
        quoted = [(instrument.instrument_id, instrument.mark_decimals)] + [
            (contract.instrument_id, contract.price_decimals)
            for contract in views.venue.cfd.contracts.values() if contract.underlying == symbol
        ]
        try:
            commands = [
                SetQuote(
                    instrument_id=instrument_id, bid=parse_decimal(bid, decimals),
                    ask=parse_decimal(ask, decimals), source_ms=self._clock(),
                )
                for instrument_id, decimals in quoted
            ]
        except (NotADecimal, TooManyDecimals):
            raise Refused(f"not a price of {symbol}: {bid!r} or {ask!r}") from None
        await self._submit(commands)

    async def _set_book(
        self, symbol: str, bids: Sequence[Level], asks: Sequence[Level]
    ) -> None:
        views = self._endpoints.venue.views
        market = market_named(views.markets, symbol)
        if self._maker is None:
            _, self._maker = await self._endpoints.venue.onboarding.account(MAKER)
            await self._deposit(
                self._maker, {asset.symbol: PLENTY for asset in views.venue.listing.assets.values()}
            )
        orders = [
            read_order({
                "symbol": symbol, "side": side, "orderType": "Limit", "price": price,
                "quantity": quantity,
            }, account_id=self._maker, markets=views.markets)
            for side, levels in (("Bid", bids), ("Ask", asks)) for price, quantity in levels
        ]
        await self._submit([
            CancelOrders(account_id=self._maker, instrument_id=market.instrument.instrument_id),
            *orders,
        ])

    async def _submit(self, commands: Sequence[Command]) -> None:
        for answers in await self._endpoints.venue.command_writer.submit(*commands):
            first = answers[0]
            if isinstance(first, CommandRejected):
                raise rejection(first.reason)
