"""Signed requests: the text that is signed, and the proof that its key signed it just now.

The text is `instruction=<name>`, the parameters sorted by key as `&<key>=<value>`, and then
`&timestamp=<ms>&window=<ms>`. A batch repeats the first two for each element. Most clients sign
values as they are; ccxt signs them percent-encoded; both are accepted. So is what Python's clients
make of words: `true` is signed and `True` then sent in a query, `None` signed and `null` sent.

That text, version 1, names neither the method nor the path, and a plain `&` or `=` in a value could
be read as another field. Values with one are therefore accepted percent-encoded only. Version 2,
which a header announces, covers the request as it is sent: its method, path, query and body.
"""

import binascii
import hashlib
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
VERSION_1 = "1"
VERSION_2 = "2"
# The text of version 1 has these of its own.
_RESERVED = frozenset({"instruction", "timestamp", "window"})
SUBSCRIBE = "subscribe"  # The instruction signed to follow private streams.


class Signature(NamedTuple):
    """The headers of a signed request."""

    api_key: str  # Base64 of the public key, as it was sent.
    signed: bytes
    timestamp: str  # Both as they were sent, since that is what was signed.
    window: str
    version: str = VERSION_1

    @property
    def expires_ms(self) -> int:
        """The time after which the same request is refused; `check_fresh` was passed."""
        return int(self.timestamp) + int(self.window)


class SentRequest(NamedTuple):
    """A request as it was sent: the part that a signature of version 2 covers."""

    method: str
    target: bytes  # Path and query, escaped as they were sent.
    body: bytes


def read_signature(
    api_key: str | None, signed: str | None, timestamp: str | None, window: str | None,
    version: str | None = None,
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
    if version not in (None, VERSION_1, VERSION_2):
        raise invalid("Invalid X-Signature-Version header: expected 1 or 2")
    return Signature(
        api_key, signature, timestamp, window or str(WINDOW_MS_DEFAULT), version or VERSION_1
    )


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
    if plain is not None and _signed_by(key, signature, plain):
        return
    try:
        others = _other_texts(instruction, requests)
    except UnicodeEncodeError:
        raise invalid("The request holds characters that cannot be signed") from None
    for text in others - {plain, None}:
        if text is not None and _signed_by(key, signature, text):
            return
    if plain is None:
        raise invalid(
            "Invalid signature: a name or a value has `&`, `=`, a control character or a reserved "
            "name; sign values percent-encoded, or use X-Signature-Version: 2"
        )
    raise invalid("Invalid signature")


def _other_texts(
    instruction: str, requests: Sequence[Mapping[str, Scalar]]
) -> set[str | None]:
    """The texts that clients sign besides the plain one."""
    by_python = [
        {name: _SIGNED_BY_PYTHON.get(value, value) for name, value in members.items()}
        for members in requests
    ]
    return {
        _joined(instruction, requests, encoded=True),
        _joined(instruction, by_python, encoded=False),
    }


def check_signature_2(key: VerifyKey, signature: Signature, request: SentRequest) -> None:
    """Check that a key signed this request, byte for byte; raises `ApiError`."""
    text = signed_text_2(request, signature.timestamp, signature.window)
    try:
        key.verify(text, signature.signed)
    except BadSignatureError:
        raise invalid("Invalid signature") from None


def signed_text_2(request: SentRequest, timestamp: str, window: str) -> bytes:
    """The text of version 2. None of its parts can hold the line ends between them."""
    return b"\n".join((
        b"outcry-2", request.method.encode(), request.target, timestamp.encode(), window.encode(),
        hashlib.sha256(request.body).hexdigest().encode(),
    ))


def _joined(
    instruction: str, requests: Sequence[Mapping[str, Scalar]], *, encoded: bool
) -> str | None:
    """The signed text before the time; None if it could be read in another way."""
    fields = 0
    for members in requests:
        if not _RESERVED.isdisjoint(members):
            return None
        fields += 1 + len(members)
    text = "&".join(canonical_text(instruction, members, encoded=encoded) for members in requests)
    if text.count("=") != fields or text.count("&") != max(0, fields - 1):
        return None
    return text if text.isprintable() else None


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
