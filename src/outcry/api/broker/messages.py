"""Commands as programs for other designs send them: entries of a stream, and items of a list.

A message is the body of the broker's route with an envelope: `orderId` and the user. It is either
flat, or its commands and fields are in `data` or `message`, as an object or as its JSON text. In
the fields of a stream entry everything is text, numbers included.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, NamedTuple

from outcry.api.backpack.bodies import (
    BODY_BYTES_MAX,
    Members,
    NumberLiteral,
    Scalar,
    malformed,
    members_of,
    parse_json,
)
from outcry.api.backpack.errors import ApiError, invalid
from outcry.api.broker.commands import COMMAND, LEVERAGE, MARGIN, STOP_LOSS, TAKE_PROFIT
from outcry.wire.decimals import NotADecimal, parse_uint

_WRAPPERS: Final = frozenset({"data", "message", "payload"})
_DEPTH_MAX: Final = 4  # Of wrappers in wrappers.
_ENVELOPE: Final = frozenset({"orderId", "clientId", "userId", "email", "type", "timestamp"})
_NUMBERS: Final = frozenset(
    field.name for field in (MARGIN, LEVERAGE, STOP_LOSS, TAKE_PROFIT)
)
_ORDER_ID: Final = re.compile(r"[\x21-\x7e]{1,100}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Message(NamedTuple):
    """A command that was sent to the bridge. With a fault it can only be answered."""

    order_id: str  # As the sender wrote it; without one it is derived from the message's place.
    request_id: bytes  # The same id as the journal has it.
    reply_to: str | None  # The channel on which the sender waits as well.
    user_id: int | None
    email: str | None
    members: Members
    fault: ApiError | None = None


def read_message(fields: Mapping[str, str], place: str) -> Message:
    """Read the fields of a stream entry. `place` names the entry among all messages."""
    derived = uuid_text(request_id_of(place))
    try:
        members = members_of(_unwrapped(_with_numbers(fields), _DEPTH_MAX))
        order_id = _order_id(members.get("orderId"), derived)
    except ApiError as fault:
        given = fields.get("orderId", "")
        order_id = given if _ORDER_ID.fullmatch(given) else derived
        return Message(order_id, request_id_of(order_id), None, None, None, {}, fault)
    user_id, unreadable = None, None
    try:
        user_id = _user_id(members.get("userId"))
    except ApiError as error:
        unreadable = error
    command = members.get(COMMAND.name, members.get("type"))
    rest = {name: value for name, value in members.items() if name not in _ENVELOPE}
    return Message(
        order_id, request_id_of(order_id), _text(members.get("clientId")), user_id,
        _text(members.get("email")), rest | {COMMAND.name: command}, unreadable,
    )


def request_id_of(order_id: str) -> bytes:
    """The 16 bytes that stand for an order id in the journal: of a UUID they are the UUID."""
    if _UUID.fullmatch(order_id):
        return bytes.fromhex(order_id.replace("-", ""))
    return sha256(order_id.encode()).digest()[:16]


def uuid_text(request_id: bytes) -> str:
    """The id of a request as a UUID."""
    text = request_id.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _with_numbers(fields: Mapping[str, str]) -> dict[str, object]:
    return {
        name: NumberLiteral(value) if name in _NUMBERS else value
        for name, value in fields.items()
    }


def _unwrapped(value: Mapping[str, object], depth: int) -> dict[str, object]:
    """The members of a message and of the wrappers in it; the inner ones win."""
    if not depth:
        raise malformed("the message is nested too deeply")
    outer: dict[str, object] = {}
    inner: dict[str, object] = {}
    for name, item in value.items():
        if name not in _WRAPPERS:
            outer[name] = item
            continue
        if isinstance(item, str):
            if len(item) > BODY_BYTES_MAX:
                raise malformed(f"{name} is larger than {BODY_BYTES_MAX} bytes")
            item = parse_json(item.encode(errors="surrogateescape"))
        if not isinstance(item, dict):
            raise malformed(f"{name} must be an object")
        inner |= _unwrapped(item, depth - 1)
    return outer | inner


def _order_id(value: Scalar, derived: str) -> str:
    if value is None:
        return derived
    if not isinstance(value, str) or _ORDER_ID.fullmatch(value) is None:
        raise invalid("orderId must have 1 to 100 characters, without spaces")
    return value


def _user_id(value: Scalar) -> int | None:
    if value is None:
        return None
    try:
        return parse_uint(value) if isinstance(value, str) else None
    except NotADecimal:
        raise invalid("userId must be a whole number") from None


def _text(value: Scalar) -> str | None:
    return str(value) if isinstance(value, str) and value else None
