"""How a process of the venue ends: its exit status, its last line, and what it closes."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
import structlog
from structlog.testing import capture_logs

from outcry.engine.rules import VersionUnknown
from outcry.ports.log import LogBroken, LogTrimmed
from outcry.processes.engine.snapshotter import InvariantBroken
from outcry.runtime.errors import OperatorError
from outcry.runtime.exit_status import exit_status
from outcry.runtime.process import run_process
from outcry.runtime.stopping import unless_stopped

pytestmark = pytest.mark.usefixtures("every_line")
PROCESSES = ("engine", "recorder", "prices", "gateway", "stream", "bridge", "maker")


@pytest.fixture
def every_line() -> Iterator[None]:
    """Lines of every severity are logged, even after a test that let only warnings pass."""
    before = structlog.get_config()
    structlog.reset_defaults()
    yield
    structlog.configure(**before)


@pytest.mark.parametrize(("error", "stays_down"), [
    (AssertionError(), {"engine", "recorder"}),
    (InvariantBroken(), {"engine", "recorder"}),
    (LogBroken(), {"engine", "recorder", "prices", "bridge"}),
    (LogTrimmed(), set()),
    (VersionUnknown(), {"engine"}),
    (ValueError(), set()),
])
def test_only_what_a_new_start_would_meet_again_keeps_a_process_down(
    error: Exception, stays_down: set[str]
) -> None:
    """As the table in the log protocol says."""
    assert stays_down == {name for name in PROCESSES if exit_status(name, error) == 70}
    assert {1, 70} >= {exit_status(name, error) for name in PROCESSES}


def ended(name: str, error: Exception | None) -> tuple[object, list[str], list[object]]:
    """The exit status of a process that fails with an error, its log, and what it closed."""
    closed: list[object] = []

    async def work(_: asyncio.Event, resources: AsyncExitStack) -> None:
        resources.callback(closed.append, "log")
        resources.callback(closed.append, "database")
        if error is not None:
            raise error

    with capture_logs() as lines:
        try:
            run_process(name, work)
        except SystemExit as end:
            return end.code, [line["event"] for line in lines], closed
    return 0, [line["event"] for line in lines], closed


def test_a_process_that_has_done_its_work_says_so_and_closes_in_reverse() -> None:
    assert (0, ["stopped"], ["database", "log"]) == ended("gateway", None)


def test_a_process_that_fails_says_it_once_and_closes_all_the_same() -> None:
    assert (1, ["the process ends on an error"], ["database", "log"]) == ended(
        "gateway", LogBroken("an entry is gone")
    )


def test_the_gravest_error_of_a_group_decides() -> None:
    """Tasks of a group can fail at once, and groups be in groups."""
    errors = ExceptionGroup("", [ValueError(), ExceptionGroup("", [LogBroken("gone"), OSError()])])
    assert (70, [
        "the venue stops for a person: gone. Stop the venue and run `outcry doctor`"
    ]) == ended("recorder", errors)[:2]


def test_what_an_operator_can_correct_is_one_line_and_no_traceback() -> None:
    assert ("set something", []) == ended("maker", OperatorError("set something"))[:2]
    grouped = ExceptionGroup("", [OperatorError("another recorder")])
    assert ("another recorder", []) == ended("recorder", grouped)[:2]


def test_a_signal_stops_a_process_while_it_starts() -> None:
    """What it waits for then is given up."""
    given_up: list[bool] = []

    async def start() -> str:
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await asyncio.Event().wait()
        finally:
            given_up.append(True)
        return "started"

    async def work(stop: asyncio.Event, _: AsyncExitStack) -> None:
        assert await unless_stopped(stop, start()) is None

    run_process("gateway", work)
    assert [True] == given_up


def test_work_that_is_done_gives_its_result_or_its_error() -> None:
    async def scenario() -> None:
        stop = asyncio.Event()
        assert "a" == await unless_stopped(stop, asyncio.sleep(0, "a"))
        with pytest.raises(ZeroDivisionError):
            await unless_stopped(stop, fail())

    async def fail() -> None:
        raise ZeroDivisionError

    asyncio.run(scenario())


@pytest.mark.parametrize(("error", "advice"), [
    (LogBroken("an entry is gone"), ". Stop the venue and run `outcry doctor`"),
    (LogBroken("run `outcry restore`"), ""),
    (VersionUnknown("another build is needed"), ""),
])
def test_the_line_of_status_70_names_the_command_that_helps(
    error: Exception, advice: str
) -> None:
    status, [line], _ = ended("engine", error)
    assert 70 == status
    assert f"the venue stops for a person: {error}{advice}" == line
