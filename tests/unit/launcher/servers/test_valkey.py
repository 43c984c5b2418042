"""The embedded Valkey: durable, private, back after every kind of end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import redis

from outcry.launcher.servers import EmbeddedValkey, running
from outcry.launcher.servers.child import start, stop
from outcry.runtime.errors import OperatorError
from rigs.patience import PATIENCE_S


def client_of(valkey: EmbeddedValkey) -> redis.Redis:
    return redis.Redis.from_url(valkey.url, decode_responses=True)


def test_it_syncs_every_write_and_forgets_nothing(valkey_url: str) -> None:
    """The settings that make "acknowledged means durable" true."""
    with redis.Redis.from_url(valkey_url, decode_responses=True) as client:
        found = client.config_get(
            "appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory-policy", "save",
            "port",
        )
    assert {
        "appendonly": "yes", "appendfsync": "always", "no-appendfsync-on-rewrite": "no",
        "maxmemory-policy": "noeviction", "save": "", "port": "0",
    } == found


def test_a_killed_server_comes_back_with_every_write(tmp_path: Path) -> None:
    """After kill -9 the next start loads the file and answers only when it has."""
    valkey = EmbeddedValkey(tmp_path / "valkey")
    with running(valkey) as child, client_of(valkey) as client:
        for number in range(1000):
            client.xadd("journal", {"n": number})
        child.kill()
        child.wait()
    with running(valkey), client_of(valkey) as client:
        assert 1000 == client.xlen("journal")


def test_a_server_left_behind_is_ended_by_the_next_start(tmp_path: Path) -> None:
    """An earlier server on the same files is stopped first, never joined."""
    valkey = EmbeddedValkey(tmp_path / "valkey")
    left_behind = start(valkey)
    with client_of(valkey) as client:
        client.set("kept", "yes")
    with running(EmbeddedValkey(tmp_path / "valkey")) as child, client_of(valkey) as client:
        assert left_behind.wait(PATIENCE_S) is not None
        assert child.pid != left_behind.pid
        assert "yes" == client.get("kept")


def test_the_process_id_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """A pid file may name a process that has nothing to do with us: ids are used again."""
    directory = tmp_path / "valkey"
    directory.mkdir(mode=0o700)
    other = subprocess.Popen(["sleep", "60"])
    try:
        (directory / "valkey.pid").write_text(f"{other.pid}\n")
        with running(EmbeddedValkey(directory)):
            assert other.poll() is None
    finally:
        other.kill()
        other.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals orphans")
def test_it_ends_when_whoever_started_it_is_killed(tmp_path: Path) -> None:
    """A SIGKILLed `outcry up` leaves no server behind."""
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from outcry.launcher.servers import EmbeddedValkey\n"
        "from outcry.launcher.servers.child import start\n"
        f"child = start(EmbeddedValkey(Path({str(tmp_path / 'valkey')!r})))\n"
        "print(child.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    server = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    gone, _ = psutil.wait_procs([server], timeout=PATIENCE_S)
    assert [server] == gone


def test_a_long_path_gets_a_short_private_socket(tmp_path: Path) -> None:
    """A socket's path holds 108 bytes at most; the data directory's may be longer."""
    valkey = EmbeddedValkey(tmp_path / ("deep" * 40) / "valkey")
    with running(valkey), client_of(valkey) as client:
        assert client.ping()
        socket = Path(valkey.url.removeprefix("unix://"))
        assert len(os.fsencode(socket)) < 104
        assert 0o700 == socket.parent.stat().st_mode & 0o777
    socket.parent.rmdir()


def test_a_path_with_odd_characters_works(tmp_path: Path) -> None:
    """Quotes, blanks and percent signs are taken literally in configuration and address."""
    valkey = EmbeddedValkey(tmp_path / 'a "b" 100%25 ü#?')
    with running(valkey), client_of(valkey) as client:
        assert client.ping()


def test_a_folder_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    """The socket has no password, so the folder must keep everybody else out."""
    directory = tmp_path / "valkey"
    directory.mkdir()
    directory.chmod(0o755)
    with pytest.raises(OperatorError, match="others can enter"):
        EmbeddedValkey(directory).prepare()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The message carries the last line of the server's own log."""
    valkey = EmbeddedValkey(tmp_path / "valkey", maxmemory="plenty")
    with pytest.raises(OperatorError, match=r"valkey did not start: .*memory"):
        start(valkey)


def test_stopping_keeps_the_data(tmp_path: Path) -> None:
    """A clean stop loses nothing and takes no more than moments."""
    valkey = EmbeddedValkey(tmp_path / "valkey")
    child = start(valkey)
    with client_of(valkey) as client:
        client.set("kept", "yes")
    stop(child, valkey.stop_signal)
    assert 0 == child.returncode
    with running(valkey), client_of(valkey) as client:
        assert "yes" == client.get("kept")
