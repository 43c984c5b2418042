"""Stopping a venue, and its processes, while something is in the way."""

import signal
from collections.abc import Iterator

import psutil
import pytest

from outcry.adapters.venue_process import takes_orders
from venues import Venue, running_venue, until

PROCESSES = ("engine", "standby", "recorder", "gateway", "stream", "prices")
STOPPED_S_MAX = 7.0  # Meant are less than 5; who waits for the server's answer takes 10 and more.


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    """One venue that this file's tests share, whatever they do to it."""
    data_dir = tmp_path_factory.mktemp("stopping") / "data"
    with running_venue(data_dir, "--no-maker", "--prices", "sim") as venue:
        yield venue


@pytest.mark.parametrize("server", ["valkey", "postgres"])
def test_a_process_ends_though_a_server_says_nothing(lasting: Venue, server: str) -> None:
    """It takes connections and does not answer, as one does whose disk has come to a halt."""
    pids = lasting.pids()
    head = psutil.Process(pids[server])
    silent = [head, *head.children(recursive=True)]
    told = [psutil.Process(pids[name]) for name in PROCESSES]
    for process in silent:
        process.suspend()
    try:
        for process in told:
            process.send_signal(signal.SIGTERM)
        psutil.wait_procs(told, timeout=STOPPED_S_MAX)
        late = [name for name, process in zip(PROCESSES, told, strict=True) if process.is_running()]
        assert [] == late
    finally:
        for process in silent:
            process.resume()
    until(lambda: set(PROCESSES) <= lasting.pids().keys(), "all to come back")
    until(lambda: takes_orders("127.0.0.1", lasting.port), "the venue to be itself again")
