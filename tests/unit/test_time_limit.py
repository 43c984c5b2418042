"""No test of ours holds a run up for ever."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
IN_A_LOOP = """
import asyncio

async def test_hangs():
    await asyncio.Event().wait()
"""
IN_A_FIXTURE = """
import asyncio
import pytest

@pytest.fixture
async def never():
    yield
    await asyncio.Event().wait()

async def test_hangs(never):
    pass
"""
SYNCHRONOUS = """
import threading

def test_hangs():
    threading.Event().wait()
"""


@pytest.mark.parametrize(("hanging", "place"), [
    pytest.param(IN_A_LOOP, r'test_hanging\.py", line 5 in test_hangs', id="loop"),
    # Python does not tell where an asynchronous generator waits.
    pytest.param(IN_A_FIXTURE, "async_generator_asend", id="fixture"),
    pytest.param(SYNCHRONOUS, r"test_hanging\.py:5:", id="synchronous"),
])
def test_a_test_that_hangs_ends_and_says_where(
    tmp_path: Path, hanging: str, place: str,
) -> None:
    (tmp_path / "test_hanging.py").write_text(hanging)
    command = [
        sys.executable, "-m", "pytest", "--timeout", "1",
        "-c", str(TESTS.parent / "pyproject.toml"), "--rootdir", str(tmp_path),
        "--confcutdir", str(tmp_path), "-p", "conftest", str(tmp_path / "test_hanging.py"),
    ]
    ran = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True, text=True, check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert re.search(place, ran.stdout + ran.stderr), ran.stdout + ran.stderr
