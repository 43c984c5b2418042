"""permessage-deflate: what is agreed to, and bytes that any client can read."""

import zlib
from random import Random

import pytest

from outcry.processes.stream.deflate import NotDeflated, TooLong, agreed, deflated, inflated

AGREED = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"


@pytest.mark.parametrize(("offers", "answer"), [
    ([], None),
    ([""], None),
    (["x-webkit-deflate-frame"], None),
    (["permessage-deflate"], AGREED),
    (["Permessage-Deflate;client_max_window_bits"], AGREED),
    (["permessage-deflate; client_max_window_bits=9; client_no_context_takeover"], AGREED),
    (["foo; bar, permessage-deflate; server_no_context_takeover"], AGREED),
    (["foo", "permessage-deflate"], AGREED),
    (["permessage-deflate; server_max_window_bits=12"], f"{AGREED}; server_max_window_bits=12"),
    (['permessage-deflate; server_max_window_bits="15"'], f"{AGREED}; server_max_window_bits=12"),
    # What we cannot honor is declined; the next offer of the same client may do.
    (["permessage-deflate; server_max_window_bits=11"], None),
    (["permessage-deflate; server_max_window_bits=10, permessage-deflate"], AGREED),
    (["permessage-deflate; server_max_window_bits"], None),
    (["permessage-deflate; server_max_window_bits=16"], None),
    (["permessage-deflate; server_max_window_bits=012"], None),
    (["permessage-deflate; client_max_window_bits=7"], None),
    (["permessage-deflate; client_max_window_bits="], None),
    (["permessage-deflate; server_no_context_takeover=1"], None),
    (["permessage-deflate; client_no_context_takeover; client_no_context_takeover"], None),
    (["permessage-deflate; better=yes"], None),
])
def test_what_is_agreed_to(offers: list[str], answer: str | None) -> None:
    assert answer == agreed(offers)


def test_every_message_can_be_read_by_itself() -> None:
    chance = Random(3)
    messages = [b"", b"x", b'{"stream":"trade.SOL_USDC"}' * 50, chance.randbytes(70_000)]
    for message in messages:
        # A client's window may be as small as was agreed.
        whole = zlib.decompressobj(-12)
        assert message == whole.decompress(deflated(message) + b"\x00\x00\xff\xff")
        assert message == inflated(deflated(message), len(message))


def test_what_clients_send_is_bounded_when_it_is_whole_again() -> None:
    bomb = deflated(bytes(10_000_000))
    assert len(bomb) < 64 * 1024
    with pytest.raises(TooLong):
        inflated(bomb, 64 * 1024)
    with pytest.raises(TooLong):
        inflated(deflated(b"abcd"), 3)


def test_what_is_not_compressed_is_told() -> None:
    with pytest.raises(NotDeflated):
        inflated(b"naked", 100)
