"""The price source that a setting names.

`auto`, `backpack`, `sim`, `stream:URL`, `redis:URL?stream=NAME` or `tape:FILE?speed=N&loop=true`.
"""

from pathlib import Path
from urllib.parse import parse_qsl

from outcry.adapters.prices.auto import AutomaticPrices
from outcry.adapters.prices.backpack import BackpackPrices
from outcry.adapters.prices.redis_stream import STREAM, RedisPrices
from outcry.adapters.prices.sim import SimulatedPrices
from outcry.adapters.prices.tape import TapePrices
from outcry.ports.prices import PriceSource

_LOOP = {"true": True, "false": False}


class UnknownPriceSource(ValueError):
    """The setting names no price source; the message lists all kinds."""


def price_source(setting: str, *, seed: int, stream_url: str) -> PriceSource:
    """Make the source a setting asks for; raises `UnknownPriceSource` and `TapeUnreadable`."""
    kind, _, rest = setting.partition(":")
    if kind == "tape" and rest:
        return _tape(rest)
    if kind == "stream" and rest.startswith(("ws://", "wss://")):
        return BackpackPrices(rest, name="stream")  # Ours, say: it speaks the same.
    if kind == "redis" and rest:
        return _redis(rest)
    if setting == "sim":
        return SimulatedPrices(seed)
    if setting == "backpack":
        return BackpackPrices(stream_url)
    if setting == "auto":
        return AutomaticPrices(BackpackPrices(stream_url), SimulatedPrices(seed))
    raise UnknownPriceSource(
        f"{setting!r} is no price source: auto, backpack, sim, stream:URL, redis:URL?stream=NAME, "
        "tape:FILE?speed=N&loop=true, or for CFDs own"
    )


def _redis(rest: str) -> RedisPrices:
    url, _, query = rest.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    stream = options.pop("stream", STREAM)
    if options or not stream:
        raise UnknownPriceSource(f"{query!r}: a Redis source takes stream=NAME")
    try:
        return RedisPrices(url, stream)
    except ValueError as error:
        raise UnknownPriceSource(f"{url}: {error}") from None


def _tape(rest: str) -> TapePrices:
    file, _, query = rest.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    speed, loop = options.pop("speed", "1"), _LOOP.get(options.pop("loop", "false"))
    if options or loop is None or not (speed.isascii() and speed.isdigit()):
        raise UnknownPriceSource(
            f"{query!r}: a tape takes speed=N (a whole number) and loop=true or false"
        )
    return TapePrices(Path(file), speed=int(speed), loop=loop)
