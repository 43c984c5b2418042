"""Compiles the engine ahead of time: `python -m outcry.engine_build`."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from outcry.engine_build import COMPILED, DIGEST, ENGINE, PACKAGE, source_digest

# Message types are msgspec's and already run in C; the rest of the engine is compiled.
NOT_COMPILED = {
    "__init__.py", "commands.py", "events.py", "image.py", "message.py", "rejects.py",
    "session_events.py",
}


def main() -> None:
    """Compile the engine in a scratch folder, then put the result in place."""
    digest = source_digest()
    if DIGEST.exists() and DIGEST.read_text() == digest:
        return
    with tempfile.TemporaryDirectory() as scratch:
        # Compiled under their own names and from the same root, modules import each other.
        package = Path(scratch) / "outcry"
        shutil.copytree(ENGINE, package / "engine", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("__init__.py", "py.typed"):
            shutil.copy(PACKAGE / name, package / name)
        shutil.copytree(PACKAGE / "engine_build", package / "engine_build")
        sources = [
            path.relative_to(scratch) for path in sorted((package / "engine").rglob("*.py"))
            if path.name not in NOT_COMPILED
        ]
        script = (
            "from setuptools import setup\n"
            "from mypyc.build import mypycify\n"
            f"modules = mypycify({[str(path) for path in sources]!r}, opt_level='3',"
            " debug_level='0')\n"
            "for module in modules:\n"  # Calls within the build then need not go through a table.
            "    module.extra_compile_args += ['-fvisibility=hidden', '-fno-plt']\n"
            "setup(name='outcry-engine', packages=[], ext_modules=modules)\n"
        )
        Path(scratch, "setup.py").write_text(script)
        subprocess.run(
            [sys.executable, "setup.py", "--quiet", "build_ext", "--build-lib", "built"],
            cwd=scratch, check=True, env={**os.environ, "OUTCRY_ENGINE": "interpreted"},
        )
        built = Path(scratch) / "built"
        for path in sorted((package / "engine").rglob("*.py")):
            if path.name in NOT_COMPILED:
                shutil.copy(path, built / path.relative_to(scratch))
        shutil.rmtree(COMPILED, ignore_errors=True)
        shutil.copytree(built, COMPILED)
    DIGEST.write_text(digest)


if __name__ == "__main__":
    main()
