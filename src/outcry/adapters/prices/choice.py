"""The price source that a setting names.

`auto`, `backpack`, `sim`, `stream:URL`, `redis:URL?stream=NAME` or `tape:FILE?speed=N&loop=true`;
or several of them, separated by commas.
"""

import re
import secrets
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl

from outcry.adapters.prices.auto import AutomaticPrices
from outcry.adapters.prices.backpack import BackpackPrices
from outcry.adapters.prices.median import STRAY_RATE, MedianPrices
from outcry.adapters.prices.redis_stream import STREAM, RedisPrices
from outcry.adapters.prices.sim import SimulatedPrices
from outcry.adapters.prices.tape import TapePrices
from outcry.ports.prices import PriceSource

_LOOP = {"true": True, "false": False}
# A comma can also be a part of an address or the name of a file.
_NEXT_SOURCE = re.compile(r",(?=\s*(?:auto|backpack|sim|stream:|redis:|tape:))")


class UnknownPriceSource(ValueError):
    """The setting names no price source; the message lists all kinds."""


class SimulationRefused(ValueError):
    """The setting names prices that somebody may know in advance, where they count."""


class SourceSettings(NamedTuple):
    """The settings of all price sources."""

    stream_url: str  # Of the live feed.
    seed: int | None = None  # Of simulated prices; None is a new one, which nobody can know.
    stray_rate: int = STRAY_RATE  # Of several feeds.
    production: bool = False  # No price is made up.


def price_source(setting: str, options: SourceSettings) -> PriceSource:
    """Make the source a setting asks for.

    Raises `UnknownPriceSource`, `SimulationRefused` and `TapeUnreadable`.
    """
    settings = [each.strip() for each in _NEXT_SOURCE.split(setting)]
    if len(settings) == 1:
        return _one(setting, options)
    if "auto" in settings:
        raise UnknownPriceSource("auto chooses by itself: it cannot be one of several sources")
    return MedianPrices(
        [_one(each, options) for each in settings], stray_rate=options.stray_rate
    )


def _one(setting: str, options: SourceSettings) -> PriceSource:
    kind, _, rest = setting.partition(":")
    if options.production and kind in {"sim", "tape"}:
        raise SimulationRefused(
            f"{setting!r} is for demo mode: its prices can be known in advance. In production "
            "choose a live feed: auto, backpack, stream:URL or redis:URL?stream=NAME"
        )
    seed = secrets.randbits(63) if options.seed is None else options.seed
    if kind == "tape" and rest:
        return _tape(rest)
    if kind == "stream" and rest.startswith(("ws://", "wss://")):
        return BackpackPrices(rest, name="stream")  # Ours, say: it speaks the same.
    if kind == "redis" and rest:
        return _redis(rest)
    if setting == "sim":
        return SimulatedPrices(seed)
    if setting == "backpack" or (setting == "auto" and options.production):
        return BackpackPrices(options.stream_url)
    if setting == "auto":
        return AutomaticPrices(BackpackPrices(options.stream_url), SimulatedPrices(seed))
    raise UnknownPriceSource(
        f"{setting!r} is no price source: auto, backpack, sim, stream:URL, redis:URL?stream=NAME, "
        "tape:FILE?speed=N&loop=true, several of them separated by commas, or for CFDs own"
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
