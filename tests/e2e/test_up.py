"""`outcry up`: ready when an order can be placed, healed after kill -9, gone when it is stopped."""

import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from rigs.patience import until
from rigs.venues import Venue, outcry, running_venue

SERVERS = ("valkey", "postgres")
PROCESSES = ("engine", "standby", "recorder", "gateway", "stream", "prices")


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    """One venue that this file's tests share, whatever they do to it."""
    data_dir = tmp_path_factory.mktemp("up") / "data"
    with running_venue(data_dir, "--no-maker", "--prices", "sim") as venue:
        yield venue


def api_status(venue: Venue) -> str | None:
    """What the gateway says of itself; None when it does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", venue.port, timeout=2)
    try:
        connection.request("GET", "/api/v1/status")
        answer = json.loads(connection.getresponse().read())
        return str(answer["status"])
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def test_the_ready_line_is_true(lasting: Venue) -> None:
    """When it is printed the gateway takes orders and the stream takes clients."""
    assert f"outcry is ready: {lasting.url}\n" in lasting.lines
    assert "Ok" == api_status(lasting)
    with socket.create_connection(("127.0.0.1", lasting.stream_port), timeout=2):
        pass


def test_everything_is_the_owners_alone(lasting: Venue) -> None:
    """Secrets and the database's address are readable by nobody else."""
    for name in ("venue.json", "secrets.json"):
        assert 0o600 == (lasting.data_dir / name).stat().st_mode & 0o777
    for name in ("valkey", "logs", "snapshots", "outbox"):
        assert 0o700 == (lasting.data_dir / name).stat().st_mode & 0o777


def test_a_second_up_says_so_and_stops(lasting: Venue) -> None:
    """In one line, with what to do; the venue that runs does not notice."""
    ended = outcry("up", data_dir=lasting.data_dir)
    assert 1 == ended.returncode
    assert 1 == len(ended.stderr.splitlines())
    assert f"a venue already runs on {lasting.data_dir}" in ended.stderr
    assert "Ok" == api_status(lasting)


def test_a_port_that_is_taken_is_named(lasting: Venue, tmp_path: Path) -> None:
    """Which one, and the option that chooses another."""
    ended = outcry("up", "--port", str(lasting.port), data_dir=tmp_path / "data")
    assert 1 == ended.returncode
    assert f"port {lasting.port} on 127.0.0.1 is taken" in ended.stderr
    assert "--port" in ended.stderr


def test_status_names_every_process_and_how_far_it_came(lasting: Venue) -> None:
    """For programs: names, process ids and states; ids that follow one another closely."""
    status = lasting.status()
    states = {process["name"]: process["state"] for process in status["processes"]}
    assert dict.fromkeys(("up", *SERVERS, *PROCESSES), "running") == states
    assert all(psutil.pid_exists(process["pid"]) for process in status["processes"])
    assert {"journal", "engine", "recorder", "archive"} == status["ids"].keys()
    assert all(status["ids"].values())
    until(lambda: lasting.status()["prices"]["source"] == "sim", "a price")


@pytest.mark.parametrize("name", [*PROCESSES, *SERVERS])
def test_a_killed_process_comes_back(lasting: Venue, name: str) -> None:
    """After kill -9 it runs again under another id, and orders can be placed again."""
    lasting.kill(name)
    until(lambda: api_status(lasting) == "Ok", "orders to be taken again")
    said = f"{name} ended by SIGKILL"
    until(lambda: said in lasting.output, "a word about it")


def test_users_can_be_made_while_it_runs(lasting: Venue) -> None:
    """The command finds the venue by its data directory and prints one JSON object."""
    created = lasting.create_user("alice@example.com", USDC="1000", SOL="10")
    assert {"account_id", "api_key", "api_secret"} == created.keys()


def test_stopping_leaves_no_process(tmp_path: Path) -> None:
    """Ctrl-C ends everything in order, within seconds, and what it had is there the next time."""
    data_dir = tmp_path / "data"
    venue = Venue(data_dir, "--no-maker", "--prices", "sim").until_ready()
    family = psutil.Process(venue.up.pid).children(recursive=True)
    began = time.monotonic()
    assert 0 == venue.stop(signal.SIGINT)
    assert time.monotonic() - began < 20
    assert [] == [process for process in family if process.is_running()]
    assert not (data_dir / "venue.json").exists()
    again = Venue(data_dir, "--no-maker", "--prices", "sim").until_ready()
    assert 0 == again.stop(signal.SIGTERM)


def test_a_killed_up_does_not_stand_in_the_way(tmp_path: Path) -> None:
    """After kill -9 of `outcry up` itself the next one starts, on the same data."""
    data_dir = tmp_path / "data"
    venue = Venue(data_dir, "--no-maker", "--prices", "sim").until_ready()
    family = psutil.Process(venue.up.pid).children(recursive=True)
    os.kill(venue.up.pid, signal.SIGKILL)
    venue.up.wait()
    with running_venue(data_dir, "--no-maker", "--prices", "sim") as again:
        assert "Ok" == api_status(again)
        assert [] == [process for process in family if process.is_running()]


def test_stopping_while_it_starts_stops_it(tmp_path: Path) -> None:
    """Ctrl-C does not have to wait for the ready line."""
    venue = Venue(tmp_path / "data", "--no-maker", "--prices", "sim")
    until(lambda: (tmp_path / "data" / "venue.json").exists(), "its first process")
    assert 0 == venue.stop(signal.SIGINT)
    assert "outcry is ready" not in venue.output
    assert "Traceback" not in venue.output
