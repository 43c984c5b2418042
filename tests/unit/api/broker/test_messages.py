"""Messages of other designs: where their members may be, and what is made of a bad one."""

import json
import random
import uuid
from typing import Any

import pytest

from outcry.api.broker.messages import read_message, request_id_of, uuid_text

MEMBERS = {
    "command": "CREATE_TRADE", "asset": "SOL_USDC", "direction": "LONG", "margin": "10.5",
    "leverage": "1e2",
}
ENVELOPE = {"orderId": "order-1", "email": "ann@example.org", "clientId": "server-7"}


def as_json(members: dict[str, str]) -> str:
    """The same with numbers that are numbers."""
    parts = [
        f'"{name}":{value if name in ("margin", "leverage") else json.dumps(value)}'
        for name, value in members.items()
    ]
    return "{" + ",".join(parts) + "}"


INNER = as_json(MEMBERS)


@pytest.mark.parametrize("fields", [
    ENVELOPE | MEMBERS,
    ENVELOPE | {"data": INNER},
    {"data": as_json(ENVELOPE | MEMBERS)},
    {"data": f'{{"orderId":"order-1","clientId":"server-7","email":"ann@example.org",'
             f'"message":{INNER}}}'},
    {"data": f'{{"clientId":"server-7","message":{{"orderId":"order-1","type":"CREATE_TRADE",'
             f'"data":{as_json({"email": "ann@example.org"} | MEMBERS)}}}}}'},
    {"message": json.dumps({"data": as_json(ENVELOPE | MEMBERS)})},
    ENVELOPE | MEMBERS | {"timestamp": "1790000000000"},
])
def test_members_may_be_flat_or_wrapped(fields: dict[str, str]) -> None:
    message = read_message(fields, "stream 1-0")
    assert message.fault is None
    assert ("order-1", "server-7", "ann@example.org", None) == (
        message.order_id, message.reply_to, message.email, message.user_id
    )
    assert MEMBERS == message.members


@pytest.mark.parametrize(("fields", "said"), [
    ({"data": "{"}, "parse request payload error"),
    ({"data": "[]"}, "data must be an object"),
    ({"data": '{"data":' * 6 + "{}" + "}" * 6}, "nested too deeply"),
    ({"data": "[" * 60_000}, "parse request payload error"),
    ({"data": '{"margin":[1]}'}, "expected a plain value"),
    ({"data": '{"a":1,"a":2}'}, "a key occurs twice"),
    ({"data": "x" * 70_000}, "larger than"),
    ({"orderId": "a b"}, "orderId must have"),
    ({"orderId": "x" * 101}, "orderId must have"),
    ({"userId": "ann"}, "userId must be a whole number"),
    ({"userId": "-1"}, "userId must be a whole number"),
])
def test_a_bad_message_can_still_be_answered(fields: dict[str, str], said: str) -> None:
    message = read_message(fields, "stream 1-0")
    assert message.fault is not None
    assert said in message.fault.message
    assert uuid.UUID(message.order_id).bytes == message.request_id
    known = read_message({"orderId": "order-1", "data": "{"}, "stream 1-0")
    assert "order-1" == known.order_id


def test_whatever_is_written_is_read_without_an_error() -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    chance = random.Random(seed)
    pieces = ["{", "}", "[", "]", '"', ":", ",", "data", "orderId", "\\u0000", "\\ud800", "1e9",
              "null", "�", "\x00", "é", "message", "NaN"]
    for _ in range(3_000):
        fields: dict[str, Any] = {
            chance.choice(("data", "message", "orderId", "userId", "email", "command")):
            "".join(chance.choices(pieces, k=chance.randrange(12)))
            for _ in range(3)
        }
        message = read_message(fields, f"stream {chance.random()}")
        assert 16 == len(message.request_id)
        assert message.order_id


def test_ids_are_the_same_in_the_journal() -> None:
    """A UUID is kept; any other text, and a message's place, have one of their own."""
    order_id = str(uuid.uuid4())
    assert order_id == uuid_text(request_id_of(order_id))
    assert request_id_of("order-1") != request_id_of("order-2")
    one, other = (read_message({}, f"stream {number}-0") for number in (1, 2))
    assert one == read_message({}, "stream 1-0")
    assert one.order_id != other.order_id
