"""One process of the venue as a child of `outcry up`, and the ways to ask whether it works."""

import errno
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from outcry.launcher.servers.child import spawn
from outcry.launcher.servers.logfile import last_words

PATIENCE_S = 1.0

_HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: b3V0Y3J5IGlzIHVwIG5vdw==\r\n\r\n"
)


class VenueProcess:
    """`outcry run NAME`, with the settings it gets from whoever starts it."""

    stop_signal = signal.SIGTERM

    def __init__(
        self, name: str, *, log: Path, environment: Mapping[str, str],
        ready: Callable[[], bool] = lambda: True, runs: str | None = None,
    ) -> None:
        """`environment` is all the process learns of the settings; `ready` asks it for work.

        `runs` is the process to run, where that is not its name.
        """
        self.name = name
        self._runs = runs or name
        self._log = log
        self._environment = environment
        self._ready = ready

    def prepare(self) -> None:
        """Nothing precedes a start."""

    def spawn(self) -> "subprocess.Popen[bytes]":
        """Start it."""
        inherited = {name: text for name, text in os.environ.items() if name[:7] != "OUTCRY_"}
        engine = {name: os.environ[name] for name in ("OUTCRY_ENGINE",) if name in os.environ}
        return spawn(
            [sys.executable, "-m", "outcry", "run", self._runs], log=self._log,
            death_signal=signal.SIGTERM, env={**inherited, **engine, **self._environment},
        )

    def ready(self) -> bool:
        """Whether it does its work."""
        return self._ready()

    def last_words(self) -> str:
        """The last line of its log."""
        return last_words(self._log)


def takes_orders(host: str, port: int) -> bool:
    """Whether the gateway's status is `Ok`, which it says when the engine answers it."""
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/api/v1/status")
        response = connection.getresponse()
        return response.status == 200 and json.loads(response.read()).get("status") == "Ok"
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()


def takes_subscribers(host: str, port: int) -> bool:
    """Whether the stream lets a WebSocket client in."""
    try:
        with socket.create_connection((host, port), timeout=PATIENCE_S) as client:
            client.sendall(_HANDSHAKE.format(host=host, port=port).encode())
            return client.recv(64).startswith(b"HTTP/1.1 101")
    except OSError:
        return False


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now; raises `OSError` when none ever could."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
    return True
