"""permessage-deflate (RFC 7692): accepting offers, compressing and decompressing messages.

Every message is compressed independently of the ones before it. That compresses less, but the
bytes are then the same for all subscribers: they are made once, and a connection keeps no state
between two messages.
"""

import re
import zlib
from collections.abc import Iterable
from typing import Final

# Of the window a message is compressed with. Frames are small, and clients that save memory ask
# for no more than this.
WINDOW_BITS: Final = 12
_MEMORY_LEVEL: Final = 5
_WINDOW_BITS_MAX: Final = 15
_TAIL: Final = b"\x00\x00\xff\xff"  # Ends every compressed message, and is not sent.

_AGREED: Final = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
_BITS: Final = re.compile(r"[89]|1[0-5]")


class NotDeflated(Exception):
    """A message is not compressed data."""


class TooLong(Exception):
    """A decompressed message is longer than the limit."""


def agreed(headers: Iterable[str]) -> str | None:
    """The answer to a client's `Sec-WebSocket-Extensions`; None when it has no acceptable offer.

    A client that accepts several sets of parameters offers each, the best first.
    """
    for offer in ",".join(headers).split(","):
        name, *parameters = (part.strip() for part in offer.split(";"))
        if name.lower() == "permessage-deflate":
            answer = _answer(parameters)
            if answer is not None:
                return answer
    return None


def _answer(parameters: Iterable[str]) -> str | None:
    answer = _AGREED
    seen: set[str] = set()
    for parameter in parameters:
        name, given, text = (part.strip() for part in parameter.partition("="))
        bits = text.strip('"')
        if name in seen:
            return None
        seen.add(name)
        if name in ("server_no_context_takeover", "client_no_context_takeover"):
            if given:
                return None
        elif name == "client_max_window_bits":
            # Any window of a client can be decompressed.
            if given and not _BITS.fullmatch(bits):
                return None
        elif name == "server_max_window_bits":
            if not _BITS.fullmatch(bits) or int(bits) < WINDOW_BITS:
                return None
            answer += f"; server_max_window_bits={WINDOW_BITS}"
        else:
            return None
    return answer


def deflated(message: bytes) -> bytes:
    """A message, compressed."""
    compress = zlib.compressobj(1, zlib.DEFLATED, -WINDOW_BITS, _MEMORY_LEVEL)
    return (compress.compress(message) + compress.flush(zlib.Z_SYNC_FLUSH))[: -len(_TAIL)]


def inflated(data: bytes, longest: int) -> bytes:
    """A compressed message, decompressed; raises `NotDeflated` and `TooLong`."""
    whole = zlib.decompressobj(-_WINDOW_BITS_MAX)
    try:
        message = whole.decompress(data + _TAIL, longest + 1)
    except zlib.error as error:
        raise NotDeflated(str(error)) from None
    if len(message) > longest:
        raise TooLong
    return message
