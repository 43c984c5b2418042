"""The reference price message: read exactly as it is written, and never taken for another."""

import base64
import json
from random import Random

import pytest

from outcry.api.broker.price_message import (
    AssetPrice,
    BadPriceMessage,
    PriceMessage,
    decode_price_message,
    encode_price_message,
    scaled_price,
)

REFERENCE = b'[{"asset":"SOL_USDC","price":"20347000000","decimal":6}]'
SOL = {"asset": "SOL_USDC", "price": "236140000", "decimal": 6}


def fields(items: object = None, **others: str | bytes) -> dict[bytes, bytes]:
    """A good message, but for what is stated: its items, or fields as they are written."""
    packed = json.dumps([SOL] if items is None else items).encode()
    good: dict[str, str | bytes] = {
        "source": "backpack", "format": "base64_v1", "timestamp": "1700000000000",
        "data": base64.b64encode(packed), **others,
    }
    return {
        name.encode(): text if isinstance(text, bytes) else text.encode()
        for name, text in good.items()
    }


def test_the_reference_message_is_read() -> None:
    """Prices are integers all the way; further members and fields are passed over."""
    read = decode_price_message(fields(trace="7", data=base64.b64encode(REFERENCE)))
    assert PriceMessage(
        "backpack", 1_700_000_000_000, (AssetPrice("SOL_USDC", 20_347_000_000, 6),)
    ) == read
    assert decode_price_message(fields([SOL | {"volume": 3}])) == decode_price_message(fields())
    assert () == decode_price_message(fields([])).prices


def test_what_is_written_is_read_again() -> None:
    message = PriceMessage("outcry", 17, (
        AssetPrice("SOL_USDC", 1, 0), AssetPrice("BTC_USDC", 10**18, 4),
    ))
    written = encode_price_message(message)
    assert {"source", "format", "timestamp", "data"} == written.keys()
    assert message == decode_price_message(
        {name.encode(): text.encode() for name, text in written.items()}
    )


@pytest.mark.parametrize("wrong", [
    {"format": "base64_v2"}, {"format": "BASE64_V1"}, {"format": ""}, {"format": b"\xff"},
    {"timestamp": ""}, {"timestamp": "-1"}, {"timestamp": "1.7e12"}, {"timestamp": "0x10"},
    {"timestamp": " 1"}, {"timestamp": "1_0"}, {"timestamp": "9" * 40}, {"timestamp": "\u0661"},
    {"source": b"\xfe"}, {"data": "["}, {"data": b"\x00\xff"}, {"data": REFERENCE},
    {"data": base64.b64encode(REFERENCE)[:-3]}, {"data": base64.b64encode(REFERENCE) + b"\n"},
    {"data": base64.b64encode(b"\xff\xfe")}, {"data": base64.b64encode(b"[" * 100_000)},
    {"data": "A" * 1_000_004},
])
def test_a_field_that_is_wrong_is_named(wrong: dict[str, str | bytes]) -> None:
    with pytest.raises(BadPriceMessage, match=next(iter(wrong))):
        decode_price_message(fields(**wrong))


@pytest.mark.parametrize("name", ["source", "format", "timestamp", "data"])
def test_a_field_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(BadPriceMessage, match=f"{name} is missing"):
        decode_price_message({
            key: text for key, text in fields().items() if key != name.encode()
        })


@pytest.mark.parametrize("item", [
    None, 1, [], {}, {"asset": "SOL_USDC"}, SOL | {"price": 236140000}, SOL | {"price": 236.14},
    SOL | {"price": "236.14"}, SOL | {"price": "-1"}, SOL | {"price": "+1"}, SOL | {"price": ""},
    SOL | {"price": "1e9"}, SOL | {"price": "NaN"}, SOL | {"price": "1\n"},
    SOL | {"price": "9" * 31}, SOL | {"price": None}, SOL | {"price": "\u0661"},
    SOL | {"decimal": "6"}, SOL | {"decimal": 6.5}, SOL | {"decimal": -1}, SOL | {"decimal": 31},
    SOL | {"decimal": True}, SOL | {"decimal": None}, SOL | {"decimal": 2**70}, SOL | {"asset": 7},
])
def test_one_wrong_item_spoils_the_message(item: object) -> None:
    """Whoever writes one nonsense may write another that looks like a price."""
    with pytest.raises(BadPriceMessage):
        decode_price_message(fields([SOL, item]))


def test_noise_is_never_a_price() -> None:
    """Random bytes as data, and good data with one byte changed: read, or refused in its words."""
    chance = Random(11)
    for _ in range(2_000):
        packed = bytearray(base64.b64encode(REFERENCE))
        packed[chance.randrange(len(packed))] = chance.randrange(256)
        for data in (bytes(packed), chance.randbytes(chance.randrange(80))):
            try:
                read = decode_price_message(fields(data=data))
            except BadPriceMessage:
                continue
            # A digit that became another is a price all the same.
            assert all(0 <= each.decimals <= 30 for each in read.prices)


def test_a_price_is_scaled_exactly_or_not_at_all() -> None:
    """More digits than we count, nothing at all, and what does not fit 64 bits."""
    assert 236_140_000_000 == scaled_price(AssetPrice("SOL_USDC", 236_140_000, 6), 9)
    assert 1 == scaled_price(AssetPrice("SOL_USDC", 1_000, 12), 9)
    for wrong in (
        AssetPrice("X", 1, 12), AssetPrice("X", 0, 6), AssetPrice("X", 10**20, 0),
        AssetPrice("X", 10**20, 30),
    ):
        with pytest.raises(BadPriceMessage, match="X cannot cost"):
            scaled_price(wrong, 9)
