"""Stored bytes outlive builds: the snapshot image changes its shape only together with its version.

`tests/data/image-N.json` has the shape of each released version of the image.
"""

import json
from pathlib import Path

import msgspec
import pytest

from outcry.engine.commands import Batch
from outcry.engine.events import Outcome
from outcry.engine.image import IMAGE_VERSION, OLDEST_IMAGE_VERSION, AccountImage, StateImage
from outcry.engine.message import Message
from rigs.shapes import Shape, faults, read_shape, shape_of

DATA = Path(__file__).parents[2] / "data"
RELEASED = {
    int(path.stem.removeprefix("image-")): read_shape(path.read_text())
    for path in DATA.glob("image-*.json")
}


@pytest.mark.parametrize("version", RELEASED)
def test_a_released_image_can_be_read(version: int) -> None:
    if version >= OLDEST_IMAGE_VERSION:
        assert [] == faults(RELEASED[version], shape_of(StateImage))


def test_another_shape_has_another_version() -> None:
    """Also one that can be read: an older build would lose what it does not know."""
    newest = max(RELEASED)
    if IMAGE_VERSION == newest:
        assert shape_of(StateImage) == RELEASED[newest], (
            f"the shape of the image has changed: raise IMAGE_VERSION above {newest}"
        )
    assert IMAGE_VERSION >= newest


class _Grown(Message, kw_only=True):
    """An account with one more field, as it once slipped through."""

    account_id: int
    surprise: int


class _Grew(Message, kw_only=True):
    account_id: int


class _GrewWell(Message, kw_only=True):
    account_id: int
    surprise: int = 0


def planted(struct: type[msgspec.Struct]) -> Shape:
    return {"Account": shape_of(struct)[struct.__name__]}


def test_a_field_that_older_bytes_lack_is_found() -> None:
    old = planted(_Grew)
    assert [] == faults(old, planted(_GrewWell))
    assert ["Account: surprise is new and has no default"] == faults(old, planted(_Grown))
    assert ["Account: field 1 was surprise: IntType"] == faults(planted(_Grown), old)
    assert ["Account is gone or has another name"] == faults(old, {})
    with pytest.raises(msgspec.ValidationError, match="got 1"):
        msgspec.msgpack.decode(msgspec.msgpack.encode(_Grew(account_id=1)), type=_Grown)


def test_the_shape_reaches_every_part() -> None:
    for root, part in ((StateImage, AccountImage), (Batch, None), (Outcome, None)):
        shape = shape_of(root)
        assert root.__name__ in shape
        assert part is None or part.__name__ in shape
        assert shape == read_shape(json.dumps(shape))
    assert len(shape_of(Batch)) > 20
