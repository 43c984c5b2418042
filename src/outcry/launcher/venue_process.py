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

from outcry.launcher.servers.child import inherited, spawn
from outcry.runtime.config import ENV_FILE

PATIENCE_S = 1.0

_HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: b3V0Y3J5IGlzIHVwIG5vdw==\r\n\r\n"
)


class VenueProcess:
    """`outcry run NAME`, with the settings that `outcry up` gives it and no others."""

    stop_signal = signal.SIGTERM
    advice = ""

    def __init__(
        self, name: str, *, runs: str, log: Path, environment: Mapping[str, str],
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        """`environment` is all the process learns of the settings; `ready` asks it for work.

        `runs` is the process to run: of one kind there can be several, each with a name.
        """
        self.name = name
        # A `.env` in the current directory may hold the secrets of other processes.
        self.environment = {**environment, ENV_FILE: ""}
        self._runs = runs
        self.log = log
        self.ready = ready

    def prepare(self) -> None:
        """Nothing precedes a start."""

    def spawn(self) -> "subprocess.Popen[bytes]":
        """Start it."""
        engine = {name: os.environ[name] for name in ("OUTCRY_ENGINE",) if name in os.environ}
        return spawn(
            [sys.executable, "-m", "outcry", "run", self._runs], log=self.log,
            death_signal=signal.SIGTERM, env={**inherited(), **engine, **self.environment},
        )


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
