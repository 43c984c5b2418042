"""Real servers and whole venues for tests."""

import asyncio
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis

from outcry.launcher.servers import EmbeddedPostgres, EmbeddedValkey, running
from outcry.runtime.secrets import SecretsFile
from rigs import order, time_limit
from rigs.unbounded import without_bounds
from rigs.venues import Venue, running_venue

_NOT_RUN = pytest.StashKey[set[str]]()
_STDERR = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8")  # Nobody captures it.
ROOT = Path(__file__).parents[1]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_NOT_RUN] = set()


@pytest.hookimpl(wrapper=True)
def pytest_timeout_set_timer(settings: Any) -> Iterator[object]:
    """End tests too that the alarm of pytest-timeout cannot end."""
    is_set = yield
    time_limit.watch(settings.timeout, _STDERR)
    return is_set


@pytest.hookimpl(wrapper=True)
def pytest_timeout_cancel_timer() -> Iterator[object]:
    """Stop watching a test that ended."""
    time_limit.leave()
    return (yield)


def pytest_report_header() -> str:
    return f"order: TEST_ORDER_SEED={order.SEED}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle the tests, mark the quick ones, and leave out what cannot be run."""
    items.sort(key=order.place_of)
    for item in items:
        if order.is_quick(item):
            item.add_marker("quick")
    leave_out(config, items)


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, loudly, what needs something that is not here; under CI it fails instead."""
    for need, missing_for in NEEDS.items():
        needy = [item for item in items if item.get_closest_marker(need)]
        missing = missing_for() if needy and os.environ.get("CI") != "true" else None
        if missing is not None:
            items[:] = [item for item in items if item not in needy]
            config.hook.pytest_deselected(items=needy)
            config.stash[_NOT_RUN] |= {f"{item.nodeid}: {missing}" for item in needy}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker has no terminal: whoever started it says what it left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_run"] = sorted(session.config.stash[_NOT_RUN])


def pytest_testnodedown(node: Any) -> None:
    """Take down what a worker left out."""
    node.config.stash[_NOT_RUN] |= set(getattr(node, "workeroutput", {}).get("not_run", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Say at the end how to repeat a failure, and what was not run and is not tested."""
    if exitstatus == pytest.ExitCode.TESTS_FAILED:
        terminalreporter.line(f"to repeat this order: TEST_ORDER_SEED={order.SEED}")
    not_run = terminalreporter.config.stash[_NOT_RUN]
    if not_run:
        terminalreporter.section("NOT RUN", sep="!", red=True, bold=True)
        for line in sorted(not_run):
            terminalreporter.line(line)


def _missing_for_a_browser() -> str | None:
    if shutil.which("npx") is None or not (ROOT / "web" / "node_modules").is_dir():
        return "no Node.js 20 or newer"
    found = subprocess.run([ROOT / ".ci" / "chromium"], capture_output=True, check=False)
    return None if found.returncode == 0 else found.stderr.decode().strip()


def _missing_for_a_compiled_engine() -> str | None:
    compilers = (os.environ.get("CC", "cc"), "gcc", "clang")
    return None if any(map(shutil.which, compilers)) else "no C compiler"


NEEDS = {"browser": _missing_for_a_browser, "compiler": _missing_for_a_compiled_engine}


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Each asynchronous test has an event loop of its own, of the kind that processes run on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def servers_directory() -> Iterator[Path]:
    """A place for the servers' data that goes with the run; short enough for a socket's path."""
    with tempfile.TemporaryDirectory(prefix="outcry-test-") as directory:
        yield Path(directory)


@pytest.fixture(scope="session")
def valkey_url(servers_directory: Path) -> Iterator[str]:
    """An embedded Valkey with the venue's own settings. Tests share it: see `fresh_valkey`."""
    valkey = EmbeddedValkey(servers_directory / "valkey", maxmemory="1gb")
    with running(valkey):
        yield valkey.url


@pytest.fixture
def fresh_valkey(valkey_url: str) -> str:
    """The shared Valkey, emptied for this test."""
    with redis.Redis.from_url(valkey_url) as client:
        client.flushall()
    return valkey_url


@pytest.fixture(scope="session")
def database_url(servers_directory: Path) -> Iterator[str]:
    """An embedded PostgreSQL. Tests share it: take an empty database from `fresh_database`."""
    secrets = SecretsFile(servers_directory / "secrets.json")
    postgres = EmbeddedPostgres(servers_directory / "postgres", secrets)
    with running(postgres):
        # With the password in it, so that tests can make other addresses of it.
        password = secrets.get("postgres_password")
        yield postgres.url.partition("?")[0].replace("outcry@", f"outcry:{password}@", 1)


@pytest.fixture(scope="session")
def fresh_database(database_url: str) -> Iterator[Callable[[], str]]:
    """A function that makes a new, empty database and returns its address."""
    numbers = itertools.count(1)

    async def make(name: str) -> None:
        connection = await asyncpg.connect(database_url)
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()

    def fresh() -> str:
        name = f"test_{next(numbers)}"
        thread.submit(asyncio.run, make(name)).result()
        return database_url.rsplit("/", 1)[0] + f"/{name}"

    with ThreadPoolExecutor(1) as thread:  # A test may have a loop that runs here.
        yield fresh


@pytest.fixture(scope="module")
def data_directory(servers_directory: Path) -> Iterator[Path]:
    """A place for the data of one file's venue."""
    with tempfile.TemporaryDirectory(dir=servers_directory) as directory:
        yield Path(directory) / "data"


@pytest.fixture(scope="module")
def venue(data_directory: Path) -> Iterator[Venue]:
    """A whole venue without a market maker and without bounds, for the tests of one file."""
    with running_venue(data_directory, "--no-maker", "--prices", "sim") as venue:
        yield without_bounds(venue)


@pytest.fixture(scope="module")
def venue_with_maker(data_directory: Path) -> Iterator[Venue]:
    """A whole venue whose market maker quotes around simulated prices, for one file."""
    with running_venue(data_directory, "--prices", "sim") as venue:
        yield venue
