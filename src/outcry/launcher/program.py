"""A server or a process of the venue, as the supervisor sees it."""

import signal
import subprocess
from pathlib import Path
from typing import Protocol


class Program(Protocol):
    """A program that runs as a child process of ours."""

    @property
    def name(self) -> str:
        """Name in messages."""

    @property
    def stop_signal(self) -> signal.Signals:
        """The signal that asks it to end."""

    @property
    def advice(self) -> str:
        """What helps when it does not start; empty when its log says that."""

    @property
    def log(self) -> Path:
        """Its log, whose last line is shown when it fails."""

    def prepare(self) -> None:
        """Prepare a start; may take seconds. Raises `OperatorError`."""

    def spawn(self) -> "subprocess.Popen[bytes]":
        """Start it, from the main thread."""

    def ready(self) -> bool:
        """Whether it works now; answers within two seconds."""
