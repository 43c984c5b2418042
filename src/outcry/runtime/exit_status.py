"""Exit statuses that mean something to the program that started a process."""

from collections.abc import Mapping
from typing import Final

from outcry.engine.rules import VersionUnknown
from outcry.ports.log import LogBroken, LogTrimmed

FAILED: Final = 1
STOP_FOR_A_PERSON: Final = 70  # It must not simply be started again.

# Errors that a new start would meet again. Gateway and stream start at a newer snapshot.
_STOPPING: Final[Mapping[str, tuple[type[Exception], ...]]] = {
    "engine": (AssertionError, LogBroken, VersionUnknown),
    "recorder": (AssertionError, LogBroken),
    "prices": (LogBroken,),
    "bridge": (LogBroken,),
}


def exit_status(process: str, error: BaseException) -> int:
    """The status that a process ends with on an error."""
    if isinstance(error, LogTrimmed):
        return FAILED  # The log is whole, and there is a newer snapshot to begin at.
    return STOP_FOR_A_PERSON if isinstance(error, _STOPPING.get(process, ())) else FAILED
