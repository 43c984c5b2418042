"""Bodies are JSON and nothing more; numbers stay text."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.api.backpack.bodies import NumberLiteral, parse_batch, parse_json, parse_members
from outcry.api.backpack.errors import ApiError


def test_members_keep_their_literals() -> None:
    members = parse_members(b'{"a":"1","b":1.10,"c":4294967296,"d":true,"e":null,"f":1e5}')
    assert {"a": "1", "b": "1.10", "c": "4294967296", "d": True, "e": None, "f": "1e5"} == members
    assert not isinstance(members["a"], NumberLiteral)
    assert isinstance(members["b"], NumberLiteral)
    assert isinstance(members["c"], NumberLiteral)


def test_escapes_write_characters() -> None:
    members = parse_members(rb'{"a":"\ud83d\ude00\u00e9","b":"\\u0000","c":"\\ud800","d":1.10}')
    assert {"a": "\U0001f600\u00e9", "b": r"\u0000", "c": r"\ud800", "d": "1.10"} == members


def test_no_body_is_no_members() -> None:
    assert {} == parse_members(b"")


@pytest.mark.parametrize(("body", "why"), [
    (b"{", "at character 1"),
    (b"", "at character 0"),
    (b'{"a":1,"a":1}', "a key occurs twice"),
    (b'[{"a":1,"b":2,"a":1}]', "a key occurs twice"),
    (b'{"a":NaN}', "NaN is not a number"),
    (b'{"a":-Infinity}', "-Infinity is not a number"),
    (b'{"a":01}', "at character"),
    (b'{"a":1}x', "at character 7"),
    (b"{'a':1}", "at character 1"),
    (b'{"a":"\n"}', "at character"),
    (b'"\xff"', "not UTF-8"),
    (b'\xff\xfe{\x00}\x00', "not UTF-8"),
    (b"[" * 50_000, "nested too deeply"),
    (b'{"\\ud800":1}', "no character"),
    (b'{"a":"\\uDFFF\\uD800"}', "no character"),
    (b'[{"a":"b\\u0000"}]', "no character"),
    (b'{"a\\u0000":{}}', "no character"),
])
def test_what_is_not_json(body: bytes, why: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_json(body)
    assert (400, "INVALID_CLIENT_REQUEST") == (caught.value.status, caught.value.code)
    assert caught.value.message.startswith("parse request payload error: ")
    assert why in caught.value.message


@pytest.mark.parametrize("body", [b"[]", b"1", b'"a"', b"null", b"true", b'{"a":[]}', b'{"a":{}}'])
def test_members_must_be_an_object_of_plain_values(body: bytes) -> None:
    with pytest.raises(ApiError):
        parse_members(body)


@pytest.mark.parametrize("body", [b"{}", b"[1]", b"[[]]", b'[{"a":[]}]', b"null"])
def test_a_batch_must_be_an_array_of_objects(body: bytes) -> None:
    with pytest.raises(ApiError):
        parse_batch(body)


def test_a_number_of_any_length_costs_nothing() -> None:
    """Python refuses to convert very long numbers; we never convert any."""
    assert {"a": "9" * 50_000} == parse_members(b'{"a":' + b"9" * 50_000 + b"}")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """There is no third way out."""
    with suppress(ApiError):
        parse_json(body)


_texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(st.recursive(
    st.none() | st.booleans() | _texts,
    lambda inner: st.lists(inner) | st.dictionaries(_texts, inner), max_leaves=10,
))
def test_what_python_writes_is_read(value: object) -> None:
    assert value == parse_json(json.dumps(value).encode())
