"""One process of the venue, from its start to its exit status."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any, TypeAlias

import structlog
import uvloop

from outcry.engine.rules import VersionUnknown
from outcry.runtime.errors import OperatorError
from outcry.runtime.exit_status import STOP_FOR_A_PERSON, exit_status
from outcry.runtime.stopping import stop_signal

Work: TypeAlias = Callable[[asyncio.Event, AsyncExitStack], Coroutine[Any, Any, None]]

log = structlog.get_logger()


def run_process(name: str, work: Work) -> None:
    """Do the work of a process until SIGTERM or SIGINT.

    `work` is given the event that tells it to stop, and a stack for the resources that are closed
    when it has ended.
    """
    with exits(name):
        uvloop.run(_run(work))


@contextmanager
def exits(name: str) -> Iterator[None]:
    """Log the end of a process, once, and end it with the status that belongs to it."""
    try:
        yield
    except Exception as error:
        cause = max(_causes(error), key=lambda each: exit_status(name, each))
        if isinstance(cause, OperatorError):
            raise SystemExit(str(cause)) from None
        status = exit_status(name, cause)
        if status == STOP_FOR_A_PERSON:
            # `outcry up` shows this line. A traceback does not help an operator who needs
            # another build.
            trace = None if isinstance(cause, VersionUnknown) else cause
            log.error(f"the venue stops for a person: {cause}{_advice(cause)}", exc_info=trace)
        else:
            log.error("the process ends on an error", exc_info=cause)
        raise SystemExit(status) from None
    log.info("stopped")


async def _run(work: Work) -> None:
    async with stop_signal() as stop, AsyncExitStack() as resources:
        await work(stop, resources)


def _advice(cause: BaseException) -> str:
    """The command that helps, unless the error names one."""
    if "`outcry" in str(cause) or isinstance(cause, VersionUnknown):
        return ""
    return ". Stop the venue and run `outcry doctor`"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The errors in a group, and in the groups within it."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _causes(each)
    else:
        yield error
