"""Stopping a venue, and its processes, while something is in the way."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from outcry.launcher.venue_process import takes_orders
from outcry.runtime.venue_file import alive, read_venue
from rigs.patience import PATIENCE_S, until
from rigs.venues import Venue, free_ports, running_venue

PROCESSES = ("engine", "standby", "recorder", "gateway", "stream", "prices")


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    """One venue that this file's tests share, whatever they do to it."""
    data_dir = tmp_path_factory.mktemp("stopping") / "data"
    with running_venue(data_dir, "--no-maker", "--prices", "sim") as venue:
        yield venue


@pytest.fixture
def whole(lasting: Venue) -> Venue:
    """The venue with all of its processes, whatever the test before did to them."""
    until(lambda: set(PROCESSES) <= lasting.pids().keys(), "all processes to run")
    until(lambda: takes_orders("127.0.0.1", lasting.port), "the venue to be itself")
    return lasting


@pytest.mark.parametrize("server", ["valkey", "postgres"])
def test_a_process_ends_though_a_server_says_nothing(whole: Venue, server: str) -> None:
    """It takes connections and does not answer, as one does whose disk has come to a halt.

    A process that waited for the server would end on the error of that question, and say so.
    """
    pids = whole.pids()
    head = psutil.Process(pids[server])
    silent = [head, *head.children(recursive=True)]
    told = [psutil.Process(pids[name]) for name in PROCESSES]
    logs = {name: whole.data_dir / "logs" / f"{name}.log" for name in PROCESSES}
    before = {name: log.stat().st_size for name, log in logs.items()}
    for process in silent:
        process.suspend()
    try:
        for process in told:
            process.send_signal(signal.SIGTERM)
        _, late = psutil.wait_procs(told, timeout=PATIENCE_S)
        assert [] == late
    finally:
        for process in silent:
            process.resume()
    for name, log in logs.items():
        assert b"ends on an error" not in log.read_bytes()[before[name]:], name


@pytest.mark.parametrize("path", ["/api/v1/engine", "/api/v1/order", "/api/v1/user/signup"])
def test_who_sends_half_a_request_holds_nobody_up(whole: Venue, path: str) -> None:
    """A gateway that stops tells them so, and its log is no place for a traceback."""
    head = f"POST {path} HTTP/1.1\r\nHost: venue\r\nContent-Length: 9\r\n\r\n{{"
    log = whole.data_dir / "logs" / "gateway.log"
    before = log.stat().st_size
    gateway = psutil.Process(whole.pids()["gateway"])
    with socket.create_connection(("127.0.0.1", whole.port), timeout=PATIENCE_S) as client:
        client.sendall(head.encode())
        # What is asked for on another connection later on is answered when this has arrived.
        assert takes_orders("127.0.0.1", whole.port)
        gateway.send_signal(signal.SIGTERM)
        answer = client.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"The gateway stops" in answer
    assert (b'"orderId"' in answer) == path.endswith("engine")
    psutil.wait_procs([gateway], timeout=PATIENCE_S)
    assert not gateway.is_running()
    assert "Traceback" not in log.read_text()[before:]
    until(lambda: takes_orders("127.0.0.1", whole.port), "the venue to be itself again")


def test_who_asks_again_and_again_sees_it_end_well(tmp_path: Path) -> None:
    """To the very end, when nothing is left to be done."""
    venue = Venue(tmp_path / "data", "--no-maker", "--no-standby", "--prices", "sim")
    venue.until_ready()

    def ended_when_told() -> bool:
        venue.up.send_signal(signal.SIGTERM)
        return venue.up.poll() is not None

    while not ended_when_told():
        with suppress(subprocess.TimeoutExpired):
            venue.up.wait(0.005)
    assert 0 == venue.stop()


def test_a_closed_terminal_stops_the_venue_in_order(tmp_path: Path) -> None:
    """Nobody is left to read what it says: that is no reason to let everything fall."""
    ours, terminal = os.openpty()
    port, stream_port = free_ports(2)
    up = subprocess.Popen(
        [
            sys.executable, "-m", "outcry", "up", "--data-dir", str(tmp_path / "data"),
            "--no-maker", "--no-standby", "--prices", "sim",
            "--port", str(port), "--stream-port", str(stream_port),
        ],
        stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(terminal)
    try:
        said = b""
        while b"outcry is ready" not in said:
            said += os.read(ours, 65_536)
        record = read_venue(tmp_path / "data")
        assert record is not None
    finally:
        os.close(ours)
        status = up.wait(PATIENCE_S)
    assert 0 == status
    assert not [process.name for process in record.processes if alive(process.pid, process.began)]
