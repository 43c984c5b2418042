"""A whole venue for a test: `outcry up` as a process, on ports and a data directory of its own."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from rigs.patience import PATIENCE_S, until


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        found = []
        for _ in range(count):
            probe = stack.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            found.append(int(probe.getsockname()[1]))
        return found


def outcry(
    *arguments: str, data_dir: Path | None = None, **settings: str
) -> "subprocess.CompletedProcess[str]":
    """Run one command of ours to its end, with settings in lower case."""
    where = [] if data_dir is None else ["--data-dir", str(data_dir)]
    return subprocess.run(
        [sys.executable, "-m", "outcry", *arguments, *where],
        capture_output=True, text=True, check=False, env=_environment() | _variables(settings),
    )


class Venue:
    """A running venue."""

    def __init__(self, data_dir: Path, *arguments: str, **settings: str) -> None:
        """Start it on free ports, with settings in lower case; `until_ready` waits for it."""
        self.data_dir = data_dir
        self.port, self.stream_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        self.stream_url = f"ws://127.0.0.1:{self.stream_port}/"
        self.lines: list[str] = []
        self.up = subprocess.Popen(
            [
                sys.executable, "-m", "outcry", "up", "--data-dir", str(data_dir),
                "--port", str(self.port), "--stream-port", str(self.stream_port), *arguments,
            ],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=_environment() | {"OUTCRY_PRICES_SEED": "1"} | _variables(settings),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def until_ready(self) -> "Venue":
        """Wait for the line that says so."""
        until(lambda: self._said_ready() or self.up.poll() is not None, "the ready line")
        assert self._said_ready(), self.output
        return self

    @property
    def output(self) -> str:
        """All that `outcry up` has said."""
        return "".join(self.lines)

    def status(self) -> dict[str, Any]:
        """What `outcry status --json` says."""
        ended = outcry("status", "--json", data_dir=self.data_dir)
        assert ended.returncode == 0, ended.stderr
        found: dict[str, Any] = json.loads(ended.stdout)
        return found

    def pids(self) -> dict[str, int]:
        """Process ids of what is running now, by name."""
        record = json.loads((self.data_dir / "venue.json").read_text())
        return {
            process["name"]: process["pid"]
            for process in record["processes"]
            if process["state"] == "running" and _lives(process["pid"])
        }

    def kill(self, name: str) -> None:
        """kill -9 one process, and wait until another runs in its place."""
        before = self.pids()[name]
        os.kill(before, signal.SIGKILL)
        until(lambda: self.pids().get(name, before) != before, f"{name} to come back")

    def create_user(self, email: str, **deposits: str) -> dict[str, Any]:
        """Sign somebody up with an API key and deposits, such as `USDC="1000"`."""
        options = [f"--deposit={asset}={amount}" for asset, amount in deposits.items()]
        ended = outcry(
            "user", "create", email, "--api-key", "--withdraw", *options, data_dir=self.data_dir
        )
        assert ended.returncode == 0, ended.stderr
        created: dict[str, Any] = json.loads(ended.stdout)
        return created

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Stop it as Ctrl-C does; returns its exit status."""
        if self.up.poll() is None:
            self.up.send_signal(how)
        status = self.up.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return status

    def _said_ready(self) -> bool:
        return f"outcry is ready: {self.url}\n" in self.lines

    def _read(self) -> None:
        assert self.up.stdout is not None
        for line in self.up.stdout:
            self.lines.append(line)


@contextlib.contextmanager
def running_venue(data_dir: Path, *arguments: str, **settings: str) -> Iterator[Venue]:
    """A venue that is ready, for as long as the block lasts."""
    venue = Venue(data_dir, *arguments, **settings)
    try:
        yield venue.until_ready()
    finally:
        venue.stop()


def _lives(pid: int) -> bool:
    """Whether a process runs; one that was killed exists until its end is noticed."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _variables(settings: dict[str, str]) -> dict[str, str]:
    return {f"OUTCRY_{name.upper()}": text for name, text in settings.items()}


def _environment() -> dict[str, str]:
    """Ours without settings that were meant for another venue; the engine's build stays chosen."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("OUTCRY_")}
    return kept | {name: os.environ[name] for name in ("OUTCRY_ENGINE",) if name in os.environ}
