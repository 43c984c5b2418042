"""JSON bodies, read strictly: no key twice, numbers by their literal text, texts of characters.

The literal matters twice. A signature covers a number exactly as it was written, and money must
not become a float on the way in.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Never, TypeAlias

from outcry.api.backpack.errors import ApiError, invalid

BODY_BYTES_MAX = 64 * 1024


class NumberLiteral(str):
    """A JSON number, as it was written."""

    __slots__ = ()


Scalar: TypeAlias = str | NumberLiteral | bool | None
Members: TypeAlias = Mapping[str, Scalar]


class _Refused(ValueError):
    """Text that Python reads as JSON and the API does not."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Refused("a key occurs twice")
    return members


def _constant(name: str) -> Never:
    raise _Refused(f"{name} is not a number")


def _object_of_texts(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose texts are made of characters: escapes can write other code points."""
    for pair in pairs:
        for text in pair:
            if isinstance(text, str) and ("\0" in text or _HALF.search(text)):
                raise _Refused("a text has what is no character")
    return _object(pairs)


def _decoder(object_of: Callable[[list[tuple[str, object]]], object]) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=object_of, parse_float=NumberLiteral, parse_int=NumberLiteral,
        parse_constant=_constant, strict=True,
    )


_HALF = re.compile(r"[\ud800-\udfff]")  # Of a pair that stands for one character.
_plain = _decoder(_object)
_with_escapes = _decoder(_object_of_texts)


def parse_json(body: bytes) -> object:
    """Read a request's body; raises `ApiError` when it is not exactly one JSON value."""
    try:
        decoder = _with_escapes if b"\\u" in body else _plain
        return decoder.decode(body.decode())
    except UnicodeDecodeError:
        raise malformed("the text is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise malformed(f"{error.msg} at character {error.pos}") from None
    except _Refused as error:
        raise malformed(str(error)) from None
    except RecursionError:
        raise malformed("the value is nested too deeply") from None


def parse_members(body: bytes) -> Members:
    """Read a body that must be one object of plain values; no body at all is an empty one."""
    return members_of(parse_json(body)) if body else {}


def parse_batch(body: bytes) -> list[Members]:
    """Read a body that must be an array of objects of plain values."""
    value = parse_json(body)
    if not isinstance(value, list):
        raise malformed("expected an array")
    return [members_of(item) for item in value]


def members_of(value: object) -> Members:
    """Check that a value is an object whose members are all plain values."""
    if not isinstance(value, dict):
        raise malformed("expected an object")
    for key, member in value.items():
        if isinstance(member, dict | list):
            raise invalid(f"Invalid {key[:40]}: expected a plain value")
    return value


def malformed(why: str) -> ApiError:
    """The error for a body that cannot be read."""
    return invalid(f"parse request payload error: {why}")
