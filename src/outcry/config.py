"""Every setting, in one place. Each is an `OUTCRY_…` variable, read from the environment or `.env`.

`outcry up` starts the servers itself and hands their addresses to its processes through these
same variables, so a process never needs to know whether a server is ours or somebody else's.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What one run of the venue is told from outside. `docs/operations.md` has the same table."""

    model_config = SettingsConfigDict(env_prefix="OUTCRY_", env_file=".env", extra="ignore")

    mode: Literal["demo", "production"] = Field(
        "demo", description="demo: generated secrets, deposits on the house. production: neither."
    )
    data_dir: Path = Field(Path(".outcry"), description="Where the venue keeps everything it has.")
    host: str = Field("127.0.0.1", description="Address the gateway and the stream listen on.")
    port: int = Field(3005, description="Port of REST and the terminal.")
    stream_port: int = Field(8080, description="Port of the WebSocket stream.")
    redis_url: str | None = Field(
        None, description="An existing Valkey or Redis instead of the embedded one."
    )
    database_url: str | None = Field(
        None, description="An existing PostgreSQL instead of the embedded one."
    )
    prices: str = Field(
        "auto", description="Price source: auto, backpack, sim or tape:FILE?speed=N&loop=true."
    )
    prices_seed: int = Field(1, description="Seed of the simulated prices.")
    backpack_stream_url: str = Field(
        "wss://ws.backpack.exchange", description="Where the live price feed is."
    )
    maker_api_key: str | None = Field(None, description="The market maker's API key.")
    maker_api_secret: str | None = Field(None, description="The market maker's API secret.")
    gateway_url: str = Field(
        "http://127.0.0.1:3005", description="Where clients of ours (the maker) find REST."
    )
    stream_url: str = Field(
        "ws://127.0.0.1:8080/", description="Where clients of ours find the WebSocket stream."
    )
    lease_ms: int = Field(1500, description="How long an engine may publish without renewing.")
    heartbeat_ms: int = Field(250, description="Beat of the journal's clock.")
    snapshot_interval_s: int = Field(5, description="Least time between two engine snapshots.")
    snapshots_kept: int = Field(10, description="Newest engine snapshots kept.")
    rate_limit_per_minute: int = Field(
        120_000, description="Requests one API key may send in a minute; 0 is no limit."
    )
    demo_deposit: str = Field("USDC=5000", description="What a new account gets in demo mode.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe line that is logged."
    )

    @property
    def snapshot_dir(self) -> Path:
        """Folder of engine snapshots."""
        return self.data_dir / "snapshots"
