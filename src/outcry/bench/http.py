"""`outcry bench http`: one order at a time over HTTP, with a whole venue running beside it.

Starts a venue of its own with simulated prices, market maker, stream and recorder, and places
signed orders one after the other on one connection. Time runs from the first byte sent to the last
received; the client signs before. `GET /api/v1/time` on the same connection is the ceiling: what
HTTP alone costs here.
"""

import http.client
import socket
import subprocess
import sys
import time

import msgspec
from rich.console import Console
from rich.progress import track

from outcry.bench.machine import percentile_table
from outcry.bench.venue import running_venue
from outcry.client.keys import ApiKey

ORDERS = 2_000
SYMBOL = "SOL_USDC"


def main() -> None:
    """Start a venue, measure, and print percentiles."""
    console = Console()
    with running_venue(console) as venue:
        _measure(venue.data_dir, venue.port, console)


def _measure(data_dir: str, port: int, console: Console) -> None:
    created = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "outcry", "user", "create", "bench@example.com", "--api-key",
         "--deposit", "USDC=1000000000", "--data-dir", data_dir],
        capture_output=True, text=True, check=True,
    )
    user = msgspec.json.decode(created.stdout)
    key = ApiKey(user["api_key"], user["api_secret"])
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    took: dict[str, list[float]] = {"place": [], "cancel": [], "time (ceiling)": []}
    order: dict[str, str] = {
        "symbol": SYMBOL, "side": "Bid", "orderType": "Limit", "price": "1", "quantity": "0.01",
    }
    for _ in track(range(ORDERS), description="placing and canceling", console=console):
        placed = _request(connection, key, "POST", "orderExecute", order, took["place"])
        named = {"symbol": SYMBOL, "orderId": placed["id"]}
        _request(connection, key, "DELETE", "orderCancel", named, took["cancel"])
        started = time.perf_counter()
        connection.request("GET", "/api/v1/time")
        connection.getresponse().read()
        took["time (ceiling)"].append(1000 * (time.perf_counter() - started))
    title = "one request at a time over HTTP, everything running"
    console.print(percentile_table(title, "request", took))
    console.print(f"{ORDERS:,} of each, in turn; client, venue, Valkey and PostgreSQL together")


def _request(
    connection: http.client.HTTPConnection, key: ApiKey, method: str, instruction: str,
    body: dict[str, str], took: list[float],
) -> dict[str, str]:
    headers = key.headers(instruction, [body])
    headers["Content-Type"] = "application/json"
    text = msgspec.json.encode(body)
    started = time.perf_counter()
    connection.request(method, "/api/v1/order", body=text, headers=headers)
    response = connection.getresponse()
    content = response.read()
    took.append(1000 * (time.perf_counter() - started))
    if response.status != 200:
        sys.exit(f"{method} was answered {response.status}: {content!r}")
    answer: dict[str, str] = msgspec.json.decode(content)
    return answer
