"""Data of older builds, kept in `tests/data`, opens with this one: every order and balance."""

import asyncio
import json
import subprocess
import tarfile
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import zstandard

from outcry.client import ApiKey, OrderRequest, RestClient
from outcry.launcher.servers import EmbeddedPostgres, running
from outcry.launcher.servers.postgres import postgres_programs
from outcry.runtime.secrets import SecretsFile
from rigs.venues import Venue, outcry, running_venue

VENUES = sorted((Path(__file__).parents[1] / "data").glob("venue-*.tar.zst"))
SYMBOL = "SOL_USDC"


def put_back(packed: Path, data_dir: Path) -> dict[str, Any]:
    """Lay a kept venue out; what a client saw of it."""
    content = zstandard.decompress(packed.read_bytes(), max_output_size=1 << 28)
    with tarfile.open(fileobj=BytesIO(content)) as tar:
        tar.extractall(data_dir, filter="data")
    (data_dir / "valkey").chmod(0o700)
    server = EmbeddedPostgres(data_dir / "postgres", SecretsFile(data_dir / "secrets.json"))
    with running(server):
        subprocess.run(
            [postgres_programs() / "psql", "--quiet", "--set=ON_ERROR_STOP=1", server.url,
             "--file", data_dir / "database.sql"],
            check=True, capture_output=True,
        )
    seen: dict[str, Any] = json.loads((data_dir / "seen.json").read_text())
    return seen


async def sees(venue: Venue, key: ApiKey) -> dict[str, Any]:
    """As `make_venue.py` looks at it; and the venue takes one more order."""
    async with RestClient(venue.url, key=key) as rest:
        orders, balances = await rest.open_orders(SYMBOL), await rest.balances()
        await rest.place_order(OrderRequest(
            symbol=SYMBOL, side="Bid", price=Decimal(70), quantity=Decimal("0.5")
        ))
    return {
        "orders": sorted([order.id, str(order.price), str(order.quantity)] for order in orders),
        "balances": {
            asset: [str(each.available), str(each.locked)] for asset, each in balances.items()
        },
    }


def test_there_is_one() -> None:
    assert VENUES


@pytest.mark.parametrize("packed", VENUES, ids=lambda path: path.name)
def test_it_opens_and_verifies(packed: Path, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    seen = put_back(packed, data_dir)
    key = ApiKey(seen.pop("api_key"), seen.pop("api_secret"))
    with running_venue(data_dir, "--no-maker", "--prices", "sim") as venue:
        assert seen == asyncio.run(sees(venue, key))
        for start in ("oldest", "start"):
            ended = outcry("verify", "--from", start, data_dir=data_dir)
            assert 0 == ended.returncode, ended.stderr
