"""The shape of stored bytes: names, types and order of the fields of every struct in them.

    python -m rigs.shapes > tests/data/image-N.json

keeps the shape of the image's version N, once it is released.
"""

import json
from typing import Any

import msgspec
from msgspec import inspect

Shape = dict[str, list[tuple[str, str, bool]]]  # Struct → (field, type, whether it is required).


def shape_of(root: type[msgspec.Struct]) -> Shape:
    """The shape of a struct and of all structs within it."""
    found: Shape = {}
    _visit(inspect.type_info(root), found)
    return found


def faults(old: Shape, new: Shape) -> list[str]:
    """Why bytes of the old shape cannot be read as the new one, a line each.

    Fields are stored by their place. So the old fields stay, and new ones follow with a default.
    """
    found = []
    for struct, before in old.items():
        now = new.get(struct)
        if now is None:
            found.append(f"{struct} is gone or has another name")
            continue
        for place, (name, kind, _) in enumerate(before):
            if place >= len(now) or [name, kind] != list(now[place][:2]):
                found.append(f"{struct}: field {place} was {name}: {kind}")
        found += [
            f"{struct}: {name} is new and has no default"
            for name, _, required in now[len(before) :] if required
        ]
    return found


def read_shape(text: str) -> Shape:
    return {
        struct: [(name, kind, required) for name, kind, required in fields]
        for struct, fields in json.loads(text).items()
    }


def _visit(kind: Any, found: Shape) -> str:
    """The text of a type; structs are named, and added to what was found."""
    match kind:
        case inspect.StructType():
            name = kind.cls.__name__
            if name not in found:
                found[name] = []
                found[name] += [
                    (field.name, _visit(field.type, found), field.required)
                    for field in kind.fields
                ]
            return name
        case inspect.ListType():
            return f"list[{_visit(kind.item_type, found)}]"
        case inspect.TupleType():
            return f"tuple[{', '.join(_visit(each, found) for each in kind.item_types)}]"
        case inspect.UnionType():
            return " | ".join(sorted(_visit(each, found) for each in kind.types))
        case _:
            return type(kind).__name__


if __name__ == "__main__":
    from outcry.engine.image import StateImage

    print(json.dumps(shape_of(StateImage), indent=1))
