"""Log lines for people: JSON into files, readable text on a terminal. Never the journal."""

import contextlib
import errno
import logging
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from outcry.runtime.log_throttle import LogThrottle, cut_texts


class BestEffortStream:
    """A text stream without errors: a full disk or a closed terminal ends nobody's work.

    Text may be lost while the disk is full. Once the reader has gone, all text is.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write, if possible."""
        with self._best_effort():
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if possible."""
        with self._best_effort():
            self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    @contextlib.contextmanager
    def _best_effort(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in (errno.EPIPE, errno.EIO):  # Nobody will ever read there again.
                with Path(os.devnull).open("w") as nowhere:
                    os.dup2(nowhere.fileno(), self._file.fileno())


def set_up_logs(process: str, level: str) -> None:
    """Send this process's log lines, and those of the libraries it uses, to its error output."""

    def name_process(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_process,
    ]
    rendering: list[Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if sys.stderr.isatty()
        else [
            structlog.processors.format_exc_info, cut_texts, structlog.processors.JSONRenderer(),
        ]
    )
    throttle = LogThrottle(time.monotonic)
    errors: Any = BestEffortStream(sys.stderr)
    severity = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[throttle.process, *shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(severity),
        logger_factory=structlog.WriteLoggerFactory(file=errors),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(errors)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    handler.addFilter(throttle.filter)
    logging.basicConfig(handlers=[handler], level=max(severity, logging.INFO), force=True)
