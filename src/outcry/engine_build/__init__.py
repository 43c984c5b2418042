"""The choice between the compiled and the interpreted engine, made when `outcry` is imported.

Imports no other room.

A build is a copy of the package `outcry.engine` in a folder of its own, with compiled modules where
there are any, and a digest of the sources it was made from: edited sources are never shadowed by a
stale build. `python -m outcry.engine_build` makes it.

`OUTCRY_ENGINE` = `auto` (compiled when there is a fitting build), `compiled` (an error without
one) or `interpreted`.
"""

import os
import sys
from hashlib import sha256
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
ENGINE = PACKAGE / "engine"
COMPILED = PACKAGE / "_compiled"
DIGEST = COMPILED / "digest"


class CompiledEngineMissing(ImportError):
    """`OUTCRY_ENGINE=compiled`, but there is no build of the engine as it stands."""


def source_digest() -> str:
    """Digest of the engine's sources and of the interpreter they are compiled for."""
    digest = sha256(sys.version.encode())
    for path in sorted(ENGINE.rglob("*.py")):
        digest.update(str(path.relative_to(ENGINE)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def choose_build(search_path: list[str]) -> None:
    """Put the compiled engine in front of the search path of `outcry`, if it is to be used."""
    wanted = os.environ.get("OUTCRY_ENGINE", "auto")
    if wanted == "interpreted":
        return
    built_from = DIGEST.read_text() if DIGEST.exists() else None
    if built_from == source_digest():
        search_path.insert(0, str(COMPILED / "outcry"))
        sys.path.append(str(COMPILED))  # The library that the compiled modules share.
    elif wanted == "compiled":
        raise CompiledEngineMissing("no build of the engine as it stands: run `make build`")
    elif built_from is not None:
        sys.stderr.write("outcry: the compiled engine is older than its sources: interpreting\n")
