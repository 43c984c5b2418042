"""The servers and processes of a venue, each with its settings."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from outcry.bootstrap.prices import settings_of_processes
from outcry.launcher.program import Program
from outcry.launcher.servers import EmbeddedPostgres, EmbeddedValkey
from outcry.launcher.servers.postgres import postgres_version
from outcry.launcher.servers.valkey import valkey_version
from outcry.launcher.venue_process import VenueProcess, takes_orders, takes_subscribers
from outcry.ports.price_facts import process_of
from outcry.runtime.config import Settings, VenueSettings
from outcry.runtime.secrets import SecretsFile

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - not bound here


def client_host(host: str) -> str:
    """Where a client on this machine finds a server that listens on `host`."""
    return _ANY_ADDRESS.get(host, host)


class Programs:
    """Makes the programs of one run. `settings` has the servers' addresses once they have run."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        logs = settings.data_dir / "logs"
        secrets = SecretsFile(settings.data_dir / "secrets.json")
        self._valkey = None if settings.redis_url else EmbeddedValkey(
            settings.data_dir / "valkey", log=logs / "valkey.log",
            maxmemory=settings.valkey_maxmemory,
        )
        self._postgres = None if settings.database_url else EmbeddedPostgres(
            settings.data_dir / "postgres", secrets, log=logs / "postgres.log"
        )

    @property
    def settings(self) -> VenueSettings:
        """The settings with the addresses of the servers; these must be running."""
        found = {}
        if self._valkey is not None:
            found["redis_url"] = self._valkey.url
        if self._postgres is not None:
            found["database_url"] = self._postgres.url
        return self._settings.model_copy(update=found).with_servers()

    def servers_text(self) -> str:
        """The servers with their versions, for a person."""
        valkey = "your log server" if self._valkey is None else f"Valkey {valkey_version()}"
        postgres = (
            "your database" if self._postgres is None else f"PostgreSQL {postgres_version()}"
        )
        return f"{valkey}, {postgres}"

    def servers(self) -> Sequence[Program]:
        """The embedded servers that replace unnamed ones."""
        return [server for server in (self._valkey, self._postgres) if server is not None]

    def engine(self) -> Program:
        """The engine, which everything else waits for."""
        return self._process("engine")

    def standby(self) -> Program:
        """A second engine, which leads when the first does not."""
        return self._process("standby", runs="engine")

    def edges(self) -> Sequence[Program]:
        """The processes around the engine."""
        host = client_host(self._settings.host)
        return [
            self._process("recorder"),
            self._process("gateway", partial(takes_orders, host, self._settings.port)),
            self._process("stream", partial(takes_subscribers, host, self._settings.stream_port)),
            *(
                self._process(process_of(each.prices_for), runs="prices", settings=each)
                for each in settings_of_processes(self.settings)
            ),
        ]

    def bridge(self) -> Program:
        """The bridge to programs for other designs."""
        return self._process("bridge")

    def maker(self, keys: Mapping[str, str]) -> Program:
        """The market maker, with the keys of its accounts by the names of their settings."""
        return self._process("maker", settings=self.settings.model_copy(update=dict(keys)))

    def _process(
        self, name: str, ready: Callable[[], bool] = lambda: True, *, runs: str | None = None,
        settings: Settings | None = None,
    ) -> VenueProcess:
        runs = runs or name
        return VenueProcess(
            name, runs=runs, log=self._settings.data_dir / "logs" / f"{name}.log",
            environment=(settings or self.settings).environment_of(runs), ready=ready,
        )
