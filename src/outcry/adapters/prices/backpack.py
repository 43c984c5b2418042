"""The live feed: best bid and ask from a server that speaks Backpack's public stream.

`bookTicker` has the price; `ticker` comes every second and shows that the feed still lives. No
frame of the feed stops this source: an unreadable one is logged and left out, and a connection that
breaks or falls silent is opened again.
"""

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

import msgspec

from outcry.adapters.prices.unreadable_frames import UnreadableFrames
from outcry.client.socket import ReconnectingSocket
from outcry.ports.prices import QUOTE_DECIMALS, Quote
from outcry.runtime.backoff import Backoff
from outcry.runtime.clock import clock_ms
from outcry.wire.decimals import NotADecimal, TooManyDecimals, parse_decimal

TICKER_AGE_MAX_S = 5.0  # A symbol whose ticker is older than this is stale.
SILENCE_MAX_S = 10.0  # Three tickers a second: a socket this quiet is dead.


class _Frame(msgspec.Struct, gc=False):
    """The members of both kinds of frame that are needed; others are left out."""

    e: str = ""
    s: str = ""
    E: int = 0  # The server's time, in microseconds.
    a: str | None = None
    b: str | None = None
    u: int | str = 0
    c: str | None = None


class _FeedEnvelope(msgspec.Struct, gc=False):
    data: _Frame | None = None


class _SymbolState:
    """The feed's state for one symbol."""

    def __init__(self) -> None:
        self.quote: Quote | None = None
        self.update_id = 0
        self.ticker_at_s: float | None = None


class BackpackPrices:
    """Quotes of a live Backpack stream, or of anything that speaks like one."""

    def __init__(
        self, url: str, *, name: str = "backpack", silence_s: float = SILENCE_MAX_S,
        clock_ms: Callable[[], int] = clock_ms,
        monotonic_s: Callable[[], float] = time.monotonic, backoff: Backoff | None = None,
    ) -> None:
        self._name = name
        self._clock_ms = clock_ms
        self._monotonic_s = monotonic_s
        self._watched: dict[str, _SymbolState] = {}
        self._socket = ReconnectingSocket(
            url, on_open=self._on_open, silence_s=silence_s, backoff=backoff
        )
        self._decoder = msgspec.json.Decoder(_FeedEnvelope)
        self._unreadable = UnreadableFrames(monotonic_s)

    def watch(self, symbol: str, mark: int | None) -> None:
        """Subscribe to a symbol too. The live price needs no mark to go on from."""
        if symbol not in self._watched:
            self._watched[symbol] = _SymbolState()
            self._socket.send(_subscribe([symbol]))

    async def quotes(self) -> AsyncGenerator[Quote, None]:
        """Quotes without end, from as many connections as it takes."""
        async with aclosing(self._socket.messages()) as messages:
            async for message in messages:
                quote = self._read(message)
                if quote is not None:
                    yield quote

    def facts(self) -> Mapping[str, object]:
        """Connection, and the symbols whose feed has fallen silent."""
        now_s = self._monotonic_s()
        return {
            "source": self._name,
            "simulated": False,
            "url": self._socket.url,
            "connected": self._socket.connected,
            "connections": self._socket.connections,
            "trouble": self._socket.trouble,
            "unreadable_frames": self._unreadable.frames,
            "silent": [
                symbol for symbol, watched in self._watched.items()
                if watched.ticker_at_s is None or now_s - watched.ticker_at_s > TICKER_AGE_MAX_S
            ],
        }

    def _on_open(self) -> list[str]:
        for watched in self._watched.values():
            watched.update_id = 0  # Another server, or the same one restarted, counts anew.
        return [_subscribe(list(self._watched))] if self._watched else []

    def _read(self, message: str) -> Quote | None:
        try:
            envelope = self._decoder.decode(message)
            if envelope.data is None:
                raise ValueError("no data in the frame")
            return self._quote_in(envelope.data)
        except (msgspec.DecodeError, NotADecimal, TooManyDecimals, ValueError) as error:
            self._unreadable.note(error, message)
            return None

    def _quote_in(self, frame: _Frame) -> Quote | None:
        watched = self._watched.get(frame.s)
        if watched is None:
            return None
        if frame.e == "bookTicker":
            return self._from_book(watched, frame)
        if frame.e == "ticker":
            return self._from_ticker(watched, frame)
        return None

    def _from_book(self, watched: _SymbolState, frame: _Frame) -> Quote | None:
        update_id = int(frame.u)
        if update_id <= watched.update_id:
            return None
        watched.update_id = update_id
        if frame.a is None or frame.b is None:
            watched.quote = None  # One side is empty: the last trade is the better witness.
            return None
        return self._keep(watched, frame, bid=_price(frame.b), ask=_price(frame.a))

    def _from_ticker(self, watched: _SymbolState, frame: _Frame) -> Quote | None:
        watched.ticker_at_s = self._monotonic_s()
        if watched.quote is not None:
            return self._keep(watched, frame, bid=watched.quote.bid, ask=watched.quote.ask)
        if frame.c is None:
            return None
        last = _price(frame.c)
        if last <= 0:
            return None
        return Quote(frame.s, last, last, self._source_ms(frame))

    def _keep(self, watched: _SymbolState, frame: _Frame, *, bid: int, ask: int) -> Quote:
        if not 0 < bid <= ask:
            raise ValueError(f"bid {bid} and ask {ask} are no quote")
        source_ms = self._source_ms(frame)
        if watched.quote is not None:
            source_ms = max(source_ms, watched.quote.source_ms)
        watched.quote = Quote(frame.s, bid, ask, source_ms)
        return watched.quote

    def _source_ms(self, frame: _Frame) -> int:
        if frame.E <= 0:
            raise ValueError("no time in the frame")
        # A time ahead of ours would make every later quote look old.
        return min(frame.E // 1000, self._clock_ms())


def _price(text: str) -> int:
    return parse_decimal(text, QUOTE_DECIMALS)


def _subscribe(symbols: list[str]) -> str:
    streams = [f"{kind}.{symbol}" for symbol in symbols for kind in ("bookTicker", "ticker")]
    return msgspec.json.encode({"method": "SUBSCRIBE", "params": streams}).decode()
