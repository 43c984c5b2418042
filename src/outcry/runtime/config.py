"""Every setting, in one place. Each is an `OUTCRY_…` variable, read from the environment or `.env`.

`outcry up` starts the servers itself and hands their addresses to its processes through these
same variables, so a process never needs to know whether a server is ours or somebody else's.
A secret reaches only the processes that its setting names.
"""

import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from outcry.runtime.errors import OperatorError
from outcry.runtime.reference_names import ReferenceNames
from outcry.runtime.venue_file import running_venue

ENV_FILE = "OUTCRY_ENV_FILE"  # Names another file than `.env`; empty: no file is read.


class Secret:
    """Marks a setting as a secret, and names the processes that are given it."""

    def __init__(self, *processes: str) -> None:
        self.processes = frozenset(processes)


class Settings(BaseSettings):
    """Settings of one run of the venue. `docs/operations.md` has the same table."""

    model_config = SettingsConfigDict(
        env_prefix="OUTCRY_", env_file=os.environ.get(ENV_FILE, ".env") or None, extra="ignore",
        use_attribute_docstrings=True,
    )

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Names of other designs come last."""
        own = (init_settings, env_settings, dotenv_settings, file_secret_settings)
        return (*own, ReferenceNames(settings_cls))

    mode: Literal["demo", "production"] = "demo"
    """demo: generated secrets, deposits on the house. production: neither."""

    data_dir: Path = Path(".outcry")
    """Data directory of the venue."""

    host: str = "127.0.0.1"
    """Address that the gateway and the stream process listen on."""

    port: int = Field(default=3005, ge=0, le=65_535)
    """Port of REST and the terminal."""

    stream_port: int = Field(default=8080, ge=0, le=65_535)
    """Port of the WebSocket stream."""

    redis_url: Annotated[
        str | None, Secret("engine", "recorder", "gateway", "stream", "prices", "bridge")
    ] = None
    """Address of a Valkey or Redis that replaces the embedded one."""

    database_url: Annotated[
        str | None, Secret("engine", "recorder", "gateway", "stream", "prices", "bridge")
    ] = None
    """Address of a PostgreSQL that replaces the embedded one."""

    valkey_maxmemory: str = "4gb"
    """Memory of the embedded Valkey; at 70 % of it new orders are refused."""

    prices: Annotated[str, Secret("prices")] = "auto"  # The address of a server can be in it.
    """Price source: auto, backpack, sim, stream:URL, redis:URL or tape:FILE?speed=N&loop=true."""

    cfd_prices: Annotated[str | None, Secret()] = None  # Its process has it as its `prices`.
    """Separate price source for CFDs, or `own`: the venue's own spot books. None: the same."""

    prices_for: Literal["all", "spot", "cfd"] = "all"
    """Markets that a prices process feeds; `outcry up` decides it for its own."""

    assets: str | None = None
    """Symbols that the price sources follow, separated by commas. None: all that are listed."""

    catalogue: Literal["coins", "all"] = "coins"
    """Contracts that `outcry up` lists: the coins, or also currencies, metals and indices."""

    price_interval: int = Field(default=0, ge=0, le=60_000)
    """Milliseconds between two entries with quotes of a symbol; 0 writes every quote."""

    cfd_profile: Literal["reference", "retail", "crypto"] | None = None
    """Rules of the CFDs of a new venue. None: `reference` in demo mode; production needs one."""

    cfd_profile_confirmation: str | None = None
    """Words that production requires for `reference`; its refusal states them."""

    price_stream: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.:-]{1,100}$")
    """Stream of the log server that CFD prices are also written to."""

    bridge: bool = False
    """Run the bridge to programs for other designs; see `docs/reference-names.md`."""

    bridge_redis_url: Annotated[str | None, Secret("bridge")] = None
    """Server of the bridge's streams. None: the log server."""

    prices_seed: int | None = None
    """Seed of simulated prices and of the market maker. None: a new one at each start."""

    prices_stray: Decimal = Field(default=Decimal("0.005"), gt=0, le=1, decimal_places=6)
    """Distance to the median of several sources beyond which a source is left out."""

    backpack_stream_url: str = "wss://ws.backpack.exchange"
    """Address of the live price feed."""

    maker_api_key: Annotated[str | None, Secret("maker")] = None
    """The market maker's API key."""

    maker_api_secret: Annotated[str | None, Secret("maker")] = None
    """The market maker's API secret."""

    taker_api_key: Annotated[str | None, Secret("maker")] = None
    """API key of the market maker's second account, which takes. None: it only quotes."""

    taker_api_secret: Annotated[str | None, Secret("maker")] = None
    """The second account's API secret."""

    gateway_url: str = "http://127.0.0.1:3005"
    """Address of REST for the venue's own clients."""

    stream_url: str = "ws://127.0.0.1:8080/"
    """Address of the WebSocket stream for the venue's own clients."""

    lease_ms: int = 1000
    """Time for which an engine may publish without renewing its lease."""

    heartbeat_ms: int = 250
    """Interval of heartbeats, which move the journal's clock."""

    snapshot_interval_s: int = 5
    """Least time between two engine snapshots."""

    snapshots_kept: int = 10
    """Newest engine snapshots kept; besides these one of each hour for a day, and of each day."""

    snapshots: Literal["files", "postgres", "both"] = "files"
    """Store of engine snapshots."""

    backup_dir: Path | None = None
    """Directory into which `outcry up` backs the venue up at an interval."""

    backup_interval_s: int = Field(default=3_600, ge=60)
    """Pause between two such backups."""

    backups_kept: int = Field(default=48, ge=1)
    """Newest backups kept in that directory."""

    backup_passphrase: Annotated[str | None, Secret()] = None
    """Passphrase that seals the secrets of a backup; without one the tool asks."""

    log_kept_s: int = Field(default=300, ge=0)
    """Journal time that the log keeps at least, while half of its memory is free."""

    trim_interval_s: int = Field(default=10, ge=1)
    """Pause between two trimmings of the log."""

    rate_limit_per_minute: int = 120_000
    """Requests a minute of one account, and of one address without a signature; 0 is no limit."""

    connections_per_address: int = Field(default=1_000, ge=0)
    """HTTP connections that one address may have open; 0 is no limit but half of all."""

    trusted_proxies: str | None = None
    """Proxies whose X-Forwarded-For and -Proto count: addresses or networks with commas."""

    stream_connections_per_address: int = 1_000
    """WebSocket connections that one address may have open; 0 is no limit."""

    demo_deposit: str = "USDC=5000"
    """Amount of a new account, and of each further deposit, in demo mode."""

    demo_deposits_per_day: int = 10
    """Further deposits of one user in a day (UTC) in demo mode."""

    demo_accounts_per_hour: int = 30
    """Demo accounts that one IP address may open in an hour; 0 is no limit."""

    public_url: str | None = None
    """Address of the venue in browsers: links in mails start with it. None: `gateway_url`."""

    origins: str | None = None
    """Further origins whose pages may use the cookie, separated by commas."""

    session_secret: Annotated[str | None, Secret("gateway", "stream")] = Field(
        default=None, min_length=32
    )
    """Signs cookies and links; at least 32 characters. Demo mode makes one."""

    session_secrets_before: Annotated[str | None, Secret("gateway", "stream")] = None
    """Earlier session secrets, separated by commas, whose cookies stay valid."""

    allow_root: bool = False
    """Lets production run as root."""

    mail: Literal["outbox", "smtp", "resend"] = "outbox"
    """Way to send mail. outbox, in demo mode only: it stays in the data directory."""

    mail_sender: str | None = None
    """Sender of mail: an address, or `Name <address>`."""

    mail_smtp_host: str | None = None
    """Host of the SMTP server."""

    mail_smtp_port: int = 587
    """Port of the SMTP server."""

    mail_smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """Encryption of the connection to it."""

    mail_smtp_user: str | None = None
    """User there; without one there is no sign-in."""

    mail_smtp_password: Annotated[str | None, Secret("gateway")] = None
    """Password of that user; for Gmail, an app password."""

    mail_resend_url: str = "https://api.resend.com"
    """Address of Resend's API."""

    mail_resend_api_key: Annotated[str | None, Secret("gateway")] = None
    """Key of Resend's API."""

    mails_per_email_per_hour: int = 5
    """Sign-in mails to one e-mail address that one IP asks for in an hour; 0 is no limit."""

    mails_per_ip_per_hour: int = 30
    """Sign-in mails that one IP address may ask for in an hour; 0 is no limit."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe line that is logged."""

    @field_validator("price_stream")
    @classmethod
    def _is_not_ours(cls, name: str | None) -> str | None:
        if name is not None and name.startswith("outcry:"):
            raise ValueError("names that begin with outcry: are the venue's own")
        return name

    @property
    def log_server(self) -> str:
        """Address of the log server; raises `OperatorError` when there is none."""
        if self.redis_url is None:
            raise OperatorError("set OUTCRY_REDIS_URL to the address of the log server")
        return self.redis_url

    def with_servers(self) -> "VenueSettings":
        """The same, with the addresses of both servers; raises `OperatorError` without them."""
        if self.database_url is None:
            raise OperatorError("set OUTCRY_DATABASE_URL to the address of PostgreSQL")
        return VenueSettings.model_construct(
            self.model_fields_set, **{**self.__dict__, "redis_url": self.log_server}
        )

    @property
    def snapshot_dir(self) -> Path:
        """Folder of engine snapshots."""
        return self.data_dir / "snapshots"

    def environment_of(self, process: str) -> dict[str, str]:
        """Variables by which a process has these settings; of the secrets, it has its own only."""
        stated = self.model_dump(mode="json", exclude_none=True)
        return {
            f"OUTCRY_{name.upper()}": str(value) for name, value in stated.items()
            if name not in SECRETS or process in SECRETS[name]
        }


# The processes that are given a secret, by the name of its setting.
SECRETS = {
    name: mark.processes for name, field in Settings.model_fields.items()
    for mark in field.metadata if isinstance(mark, Secret)
}


class VenueSettings(Settings):
    """Settings of a venue whose servers are known. Made by `Settings.with_servers`."""

    redis_url: str
    database_url: str


def settings_of_running_venue(data_dir: Path | None = None) -> VenueSettings:
    """Settings by which to reach the venue that runs on a data directory.

    Its addresses come from `venue.json`; `OUTCRY_…` variables win. Raises `NoVenue` when none runs
    there and the variables do not name both servers either.
    """
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    if settings.redis_url is not None and settings.database_url is not None:
        return settings.with_servers()
    venue = running_venue(settings.data_dir)
    found = {
        "redis_url": venue.redis_url, "database_url": venue.database_url,
        "gateway_url": venue.gateway_url, "stream_url": venue.stream_url, "mode": venue.mode,
        "snapshots": venue.snapshots,
    }
    stated = settings.model_fields_set
    return settings.model_copy(
        update={name: value for name, value in found.items() if name not in stated}
    ).with_servers()
