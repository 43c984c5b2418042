"""Compiles the engine ahead of time, and decides at import whether the compiled one is used.

The compiled modules lie in a folder of their own, with a digest of the sources they were made
from: edited sources are never shadowed by a stale build.

`OUTCRY_ENGINE` = `auto` (compiled when there is a fitting build), `compiled` (an error without
one) or `interpreted`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

ENGINE = Path(__file__).parent / "engine"
COMPILED = ENGINE / "_compiled"
DIGEST = COMPILED / "digest"
# Message types are msgspec's and already run in C; the rest of the engine is compiled.
NOT_COMPILED = {"__init__.py", "commands.py", "events.py", "image.py", "rejects.py"}


class CompiledEngineMissing(ImportError):
    """`OUTCRY_ENGINE=compiled`, but there is no build of the engine as it stands."""


def source_digest() -> str:
    """Digest of the engine's sources and of the interpreter they are compiled for."""
    digest = sha256(sys.version.encode())
    for path in sorted(ENGINE.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def choose_build(search_path: list[str]) -> str:
    """Put the compiled engine in front of a package's search path if it is to be used.

    Returns `compiled` or `interpreted`.
    """
    wanted = os.environ.get("OUTCRY_ENGINE", "auto")
    if wanted == "interpreted":
        return "interpreted"
    built_from = DIGEST.read_text() if DIGEST.exists() else None
    if built_from == source_digest():
        search_path.insert(0, str(COMPILED / "outcry" / "engine"))
        sys.path.append(str(COMPILED))
        return "compiled"
    if wanted == "compiled":
        raise CompiledEngineMissing("no build of the engine as it stands: run `make build`")
    if built_from is not None:
        sys.stderr.write("outcry: the compiled engine is older than its sources: interpreting\n")
    return "interpreted"


def main() -> None:
    """Compile the engine in a scratch folder, then put the result in place."""
    digest = source_digest()
    if DIGEST.exists() and DIGEST.read_text() == digest:
        return
    names = sorted(path.name for path in ENGINE.glob("*.py") if path.name not in NOT_COMPILED)
    with tempfile.TemporaryDirectory() as scratch:
        # Compiled under their own names and from the same root, modules import each other.
        package = Path(scratch) / "outcry"
        shutil.copytree(ENGINE, package / "engine", ignore=shutil.ignore_patterns("_compiled"))
        for name in ("__init__.py", "py.typed", "compile_engine.py"):
            shutil.copy(ENGINE.parent / name, package / name)
        sources = [f"outcry/engine/{name}" for name in names]
        script = (
            "from setuptools import setup\n"
            "from mypyc.build import mypycify\n"
            f"modules = mypycify({sources!r}, opt_level='3', debug_level='0')\n"
            "for module in modules:\n"  # Calls within the build then need not go through a table.
            "    module.extra_compile_args += ['-fvisibility=hidden', '-fno-plt']\n"
            "setup(name='outcry-engine', packages=[], ext_modules=modules)\n"
        )
        Path(scratch, "setup.py").write_text(script)
        subprocess.run(
            [sys.executable, "setup.py", "--quiet", "build_ext", "--build-lib", "built"],
            cwd=scratch, check=True, env={**os.environ, "OUTCRY_ENGINE": "interpreted"},
        )
        shutil.rmtree(COMPILED, ignore_errors=True)
        shutil.copytree(Path(scratch) / "built", COMPILED)
    DIGEST.write_text(digest)


if __name__ == "__main__":
    main()
