"""Signed requests: the text that is signed, and the proof that its key signed it just now.

The text is `instruction=<name>`, the parameters sorted by key as `&<key>=<value>`, and then
`&timestamp=<ms>&window=<ms>`. A batch repeats the first two for each element. Most clients sign
values as they are; ccxt signs them percent-encoded; both are accepted. So is what Python's clients
make of words: `true` is signed and `True` then sent in a query, `None` signed and `null` sent.
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from outcry.api.backpack.bodies import Scalar
from outcry.api.backpack.errors import ApiError, Code, invalid
from outcry.wire.decimals import NotADecimal, parse_uint

WINDOW_MS_DEFAULT = 5_000
WINDOW_MS_MAX = 60_000
_SIGNED_BY_PYTHON: dict[Scalar, Scalar] = {"True": "true", "False": "false", None: "None"}
SUBSCRIBE = "subscribe"  # The instruction signed to follow private streams.


class Signature(NamedTuple):
    """The four headers of a signed request."""

    api_key: str  # Base64 of the public key, as it was sent.
    signed: bytes
    timestamp: str  # Both as they were sent, since that is what was signed.
    window: str


def read_signature(
    api_key: str | None, signed: str | None, timestamp: str | None, window: str | None
) -> Signature:
    """Check the form of a signed request's headers; raises `ApiError`."""
    if not api_key:
        raise ApiError(401, Code.UNAUTHORIZED, "Missing X-API-Key header")
    if not signed:
        raise invalid("Missing X-Signature header")
    if not timestamp:
        raise invalid("Missing X-Timestamp header")
    try:
        signature = b64decode(signed, validate=True)
    except (binascii.Error, ValueError):
        raise invalid("Invalid X-Signature header") from None
    if len(signature) != 64:
        raise invalid("Invalid X-Signature header")
    return Signature(api_key, signature, timestamp, window or str(WINDOW_MS_DEFAULT))


def check_fresh(signature: Signature, now_ms: int) -> None:
    """Check that a request was signed within its window of now; raises `ApiError`."""
    try:
        timestamp = parse_uint(signature.timestamp)
    except NotADecimal:
        raise invalid("Invalid timestamp: X-Timestamp is not a time in milliseconds") from None
    try:
        window = parse_uint(signature.window)
    except NotADecimal:
        window = 0
    if not 0 < window <= WINDOW_MS_MAX:
        raise invalid(f"Invalid X-Window header: expected 1 to {WINDOW_MS_MAX}")
    if timestamp + window < now_ms:
        raise invalid("Request has expired")
    if timestamp - window > now_ms:
        raise invalid("Invalid timestamp: it is in the future")


def canonical_text(
    instruction: str, members: Mapping[str, Scalar | int], *, encoded: bool = False
) -> str:
    """The part of the signed text before the time."""
    parts = [f"instruction={instruction}"]
    for key in sorted(members):
        text = value_text(members[key])
        parts.append(f"{key}={quote(text, safe='') if encoded else text}")
    return "&".join(parts)


def value_text(value: Scalar | int) -> str:
    """How a parameter's value is written in the signed text."""
    if isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    return "null" if value is None else str(value)


def stamped(text: str, timestamp: str, window: str) -> bytes:
    """The whole of the signed text; raises `ApiError` when it cannot be written as UTF-8."""
    try:
        return f"{text}&timestamp={timestamp}&window={window}".encode()
    except UnicodeEncodeError:
        raise invalid("The request holds characters that cannot be signed") from None


def check_signature(
    key: VerifyKey, signature: Signature, instruction: str,
    requests: Sequence[Mapping[str, Scalar]],
) -> None:
    """Check that a key signed these requests (more than one in a batch); raises `ApiError`."""
    plain = _joined(instruction, requests, encoded=False)
    if _signed_by(key, signature, plain):
        return
    by_python = [
        {name: _SIGNED_BY_PYTHON.get(value, value) for name, value in members.items()}
        for members in requests
    ]
    others = {
        _joined(instruction, requests, encoded=True),
        _joined(instruction, by_python, encoded=False),
    }
    if not any(_signed_by(key, signature, text) for text in others - {plain}):
        raise invalid("Invalid signature")


def _joined(
    instruction: str, requests: Sequence[Mapping[str, Scalar]], *, encoded: bool
) -> str:
    return "&".join(canonical_text(instruction, members, encoded=encoded) for members in requests)


def _signed_by(key: VerifyKey, signature: Signature, text: str) -> bool:
    try:
        key.verify(stamped(text, signature.timestamp, signature.window), signature.signed)
    except BadSignatureError:
        return False
    return True


def read_public_key(api_key: str) -> bytes:
    """The 32 bytes of an API key; raises `ValueError` when it is none."""
    raw = b64decode(api_key, validate=True)
    if len(raw) != 32:
        raise ValueError("an API key has 32 bytes")
    return raw
