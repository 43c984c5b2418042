"""The reference price message, in which pollers and engines exchange prices.

It is an entry of a Redis stream with the fields `source`, `format` (`base64_v1`), `timestamp` (in
milliseconds) and `data`: in base64 a JSON list of `{"asset", "price", "decimal"}`, the price a
whole number as text, times 10^`decimal`. There is one price, so it is bid and ask.
"""

import base64
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from outcry.wire.decimals import NotADecimal, parse_uint

FORMAT: Final = "base64_v1"
DATA_BYTES_MAX: Final = 1_000_000

_PRICE: Final = re.compile(r"[0-9]{1,30}")
_DECIMALS_MAX: Final = 30


class BadPriceMessage(ValueError):
    """The fields are no price message; the text says which of them is wrong."""


class AssetPrice(NamedTuple):
    """The price of one asset."""

    asset: str
    price: int  # 10^-`decimals` of the quote asset.
    decimals: int


class PriceMessage(NamedTuple):
    """Prices of one moment."""

    source: str  # The name of the feed.
    time_ms: int
    prices: tuple[AssetPrice, ...]  # Of an asset that is named twice the last one counts.


class _Item(msgspec.Struct, gc=False):
    asset: str
    price: str
    decimal: int


_decoder = msgspec.json.Decoder(list[_Item])
_encoder = msgspec.json.Encoder()


def decode_price_message(fields: Mapping[bytes, bytes]) -> PriceMessage:
    """Read a message, or none of it; raises `BadPriceMessage`."""
    written_as = _text(fields, "format")
    if written_as != FORMAT:
        raise BadPriceMessage(f"format is {written_as[:40]!r}, not {FORMAT}")
    try:
        time_ms = parse_uint(_text(fields, "timestamp"))
    except NotADecimal:
        raise BadPriceMessage("timestamp is no whole number of milliseconds") from None
    data = _text(fields, "data")
    if len(data) > DATA_BYTES_MAX:
        raise BadPriceMessage(f"data has {len(data)} characters")
    try:
        items = _decoder.decode(base64.b64decode(data, validate=True))
    except ValueError as error:  # msgspec's errors are such too.
        raise BadPriceMessage(f"data: {error}") from None
    return PriceMessage(_text(fields, "source"), time_ms, tuple(map(_asset_price, items)))


def encode_price_message(message: PriceMessage) -> dict[str, str]:
    """Write a message."""
    items = [_Item(each.asset, str(each.price), each.decimals) for each in message.prices]
    return {
        "source": message.source, "format": FORMAT, "timestamp": str(message.time_ms),
        "data": base64.b64encode(_encoder.encode(items)).decode(),
    }


def scaled_price(price: AssetPrice, decimals: int) -> int:
    """A price as a count of 10^-`decimals`; raises `BadPriceMessage` if that is not exact."""
    asked: int = 10**decimals
    stated: int = 10**price.decimals
    scaled, rest = divmod(price.price * asked, stated)
    if rest or not 0 < scaled < 2**63:
        raise BadPriceMessage(f"{price.asset[:40]} cannot cost {price.price}e-{price.decimals}")
    return scaled


def _text(fields: Mapping[bytes, bytes], name: str) -> str:
    try:
        return fields[name.encode()].decode()
    except KeyError:
        raise BadPriceMessage(f"{name} is missing") from None
    except UnicodeDecodeError:
        raise BadPriceMessage(f"{name} is no text") from None


def _asset_price(item: _Item) -> AssetPrice:
    if _PRICE.fullmatch(item.price) is None:
        raise BadPriceMessage(f"price {item.price[:40]!r} is no whole number")
    if not 0 <= item.decimal <= _DECIMALS_MAX:
        raise BadPriceMessage(f"decimal {item.decimal} is not from 0 to {_DECIMALS_MAX}")
    return AssetPrice(item.asset, int(item.price), item.decimal)

