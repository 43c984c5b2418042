"""What can be kept running: a server or a process of the venue, as its keepers see it."""

import signal
import subprocess
from typing import Protocol


class Program(Protocol):
    """A program that runs as a child process of ours."""

    @property
    def name(self) -> str:
        """Name in messages."""

    @property
    def stop_signal(self) -> signal.Signals:
        """What asks it to end."""

    def prepare(self) -> None:
        """Do what must precede a start; may take seconds. Raises `OperatorError`."""

    def spawn(self) -> "subprocess.Popen[bytes]":
        """Start it, from the main thread."""

    def ready(self) -> bool:
        """Whether it does its work now; answers within two seconds."""

    def last_line(self) -> str:
        """The last line it wrote, and where to read more, for a message."""
