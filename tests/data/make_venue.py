"""Keeps a small venue of the build that runs this, so that later builds open it.

    python tests/data/make_venue.py tests/data/venue-NAME.tar.zst

A file is made once for each released build, and never again. It has the log server's files, the
snapshots, a dump of PostgreSQL, and what a client saw.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import zstandard

from outcry.client import ApiKey, CfdClient, OrderRequest, RestClient
from outcry.launcher.servers import EmbeddedPostgres, running
from outcry.launcher.servers.postgres import postgres_programs
from outcry.runtime.secrets import SecretsFile

PATIENCE_S = 90
SYMBOL = "SOL_USDC"
PORT, STREAM_PORT = "3805", "3806"


def outcry(*arguments: str, data_dir: Path) -> str:
    return subprocess.run(
        [sys.executable, "-m", "outcry", *arguments, "--data-dir", str(data_dir)],
        check=True, capture_output=True, text=True,
    ).stdout


async def live(url: str, key: ApiKey) -> dict[str, Any]:
    """Resting, waiting, filled and canceled orders, and positions; what the client sees of it."""
    async with RestClient(url, key=key) as rest:
        for number in range(12):
            side, price = (("Bid", 90), ("Ask", 90), ("Bid", 80))[number % 3]
            await rest.place_order(OrderRequest(
                symbol=SYMBOL, side=side, price=Decimal(price), quantity=Decimal("0.5"),
                client_id=number + 1,
            ))
        async with CfdClient(url, key=key) as desk:
            await desk.open(SYMBOL, "LONG", margin=Decimal("10"), leverage=Decimal("2"))
        orders = await rest.open_orders(SYMBOL)
        balances = await rest.balances()
    return {
        "orders": sorted((order.id, str(order.price), str(order.quantity)) for order in orders),
        "balances": {
            asset: [str(each.available), str(each.locked)] for asset, each in balances.items()
        },
    }


def dumped(data_dir: Path) -> bytes:
    server = EmbeddedPostgres(data_dir / "postgres", SecretsFile(data_dir / "secrets.json"))
    with running(server):
        return subprocess.run(
            [postgres_programs() / "pg_dump", "--no-owner", "--inserts", server.url],
            check=True, capture_output=True,
        ).stdout


def make(target: Path, data_dir: Path) -> None:
    up = subprocess.Popen(
        [sys.executable, "-m", "outcry", "up", "--no-maker", "--no-standby", "--prices", "sim",
         "--port", PORT, "--stream-port", STREAM_PORT, "--data-dir", str(data_dir)],
        env=os.environ | {"OUTCRY_SNAPSHOT_INTERVAL_S": "1"},
    )
    try:
        give_up_at = time.monotonic() + PATIENCE_S
        while not (data_dir / "venue.json").exists() or not json.loads(
            (data_dir / "venue.json").read_text()
        )["ready"]:
            assert time.monotonic() < give_up_at
            time.sleep(0.1)
        user = json.loads(outcry(
            "user", "create", "ann@example.com", "--api-key", "--deposit=USDC=100000",
            "--deposit=SOL=1000", data_dir=data_dir,
        ))
        key = ApiKey(user["api_key"], user["api_secret"])
        seen = asyncio.run(live(f"http://127.0.0.1:{PORT}", key))
        outcry("snapshot", "take", data_dir=data_dir)
        outcry("verify", data_dir=data_dir)
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(PATIENCE_S)
    seen |= {"api_key": user["api_key"], "api_secret": user["api_secret"]}
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name in ("valkey/appendonlydir", "snapshots"):
            tar.add(data_dir / name, arcname=name)
        for name, content in (
            ("database.sql", dumped(data_dir)), ("seen.json", json.dumps(seen).encode())
        ):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, BytesIO(content))
    target.write_bytes(zstandard.compress(packed.getvalue(), 19))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        make(Path(sys.argv[1]).absolute(), Path(folder) / "data")
