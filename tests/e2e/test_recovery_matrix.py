"""Every part of a venue in every state: what `doctor`, `restore` and `up` make of it.

A venue is stopped, one part of its data directory is spoiled, and the operator does what the
messages say. In the end the venue starts, verifies, and has the book that it had. By default a few
cases run; `RECOVERY_MATRIX=all` (`make recovery-matrix`) runs every part in every state, and pairs.
"""

import asyncio
import itertools
import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from outcry.client import ApiKey, OrderRequest, RestClient
from rigs.patience import until
from rigs.venues import Venue, outcry, running_venue

EAGER = {
    "log_kept_s": "2", "trim_interval_s": "1", "snapshot_interval_s": "1", "snapshots_kept": "3",
}
PARTS = {
    "log": "valkey/appendonlydir", "archive": "postgres", "snapshots": "snapshots",
    "secrets": "secrets.json", "venue.json": "venue.json",
}
MOVE_DATABASE = "move the folder `postgres` away"
MOVE_SECRETS = "put back a copy of it, or move it away"
REMOVE_PASSWORD = "remove `postgres_password`"


class Template(NamedTuple):
    """A stopped venue, as it is and as it was a while before."""

    now: Path
    before: Path
    book: Any


def gone(path: Path, _: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def old(path: Path, before: Path) -> None:
    gone(path, before)
    if before.exists():
        copy(before, path)


def torn(path: Path, _: Path) -> None:
    file = newest(path)
    content = file.read_bytes()
    file.write_bytes(content[: max(0, len(content) - 7)])


def flipped(path: Path, _: Path) -> None:
    file = newest(path)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x10
    file.write_bytes(content)


def another_owner(path: Path, _: Path) -> None:
    for each in (path, *(path.rglob("*") if path.is_dir() else ())):
        os.chown(each, 4711, 4711)


STATES: dict[str, Callable[[Path, Path], None]] = {
    "gone": gone, "old": old, "torn": torn, "flipped": flipped, "another owner": another_owner,
}
DEFAULT = [
    (("log", "gone"),), (("log", "flipped"),), (("archive", "old"),), (("archive", "gone"),),
    (("snapshots", "flipped"),), (("secrets", "gone"),), (("venue.json", "torn"),),
    (("log", "old"), ("archive", "old")),
]
SINGLE = [((part, state),) for part in PARTS for state in STATES]
PAIRS = [
    ((one, first), (other, second))
    for one, other in itertools.combinations(("log", "archive", "snapshots"), 2)
    for first in ("gone", "old") for second in ("gone", "old")
]
# Nothing has the entries between the older parts and the trimmed log: only a backup helps.
BEYOND = [
    (("archive", first), ("snapshots", second))
    for first in ("gone", "old") for second in ("gone", "old")
]
CASES = SINGLE + PAIRS if os.environ.get("RECOVERY_MATRIX") == "all" else DEFAULT


def newest(path: Path) -> Path:
    """The file with the newest data of a part."""
    if path.is_file():
        return path
    if path.name == "postgres":
        return max((path / "base").rglob("*[0-9]"), key=lambda each: each.stat().st_size)
    names = "*.incr.aof" if path.name == "appendonlydir" else "*.snapshot"
    return max(path.glob(names), key=lambda each: each.stat().st_mtime_ns)


def copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def book_of(venue: Venue) -> Any:
    with urllib.request.urlopen(f"{venue.url}/api/v1/depth?symbol=SOL_USDC") as answer:
        depth = json.load(answer)
    return depth["bids"], depth["asks"]


async def place(venue: Venue, key: ApiKey, count: int) -> None:
    async with RestClient(venue.url, key=key) as rest:
        for number in range(count):
            await rest.place_order(OrderRequest(
                symbol="SOL_USDC", side="Bid", price=Decimal(60 + number % 7),
                quantity=Decimal("0.5"),
            ))


def trimmed(venue: Venue) -> bool:
    first = venue.status()["first"]
    return bool(first["log"] != first["archive"])


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    root = tmp_path_factory.mktemp("matrix")
    now, before = root / "now", root / "before"
    with running_venue(now, "--no-maker", "--prices", "sim", **EAGER) as venue:
        user = venue.create_user("ann@example.com", USDC="100000")
        key = ApiKey(user["api_key"], user["api_secret"])
        asyncio.run(place(venue, key, 10))
        until(lambda: trimmed(venue), "the log to be trimmed")
    copy(now, before)
    with running_venue(now, "--no-maker", "--prices", "sim", **EAGER) as venue:
        asyncio.run(place(venue, key, 15))
        trimmed_to = venue.status()["first"]["log"]
        until(lambda: venue.status()["first"]["log"] != trimmed_to, "it to be trimmed beyond")
        book = book_of(venue)
    return Template(now, before, book)


@pytest.fixture
def spoiled(
    template: Template, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Path]:
    data_dir = tmp_path / "data"
    copy(template.now, data_dir)
    for part, state in request.getfixturevalue("case"):
        path = data_dir / PARTS[part]
        if not path.exists():
            path.write_text('{"pid": 1}')  # venue.json is there after a kill only.
        STATES[state](path, template.before / PARTS[part])
    yield data_dir
    shutil.rmtree(data_dir)


def starts(data_dir: Path) -> Venue | str:
    """The venue, or the one line with which it refuses to start."""
    venue = Venue(data_dir, "--no-maker", "--prices", "sim", **EAGER)
    until(lambda: "outcry is ready" in venue.output or venue.up.poll() is not None, "an end")
    return venue if venue.up.poll() is None else venue.output.splitlines()[-1]


def follow(data_dir: Path, line: str) -> None:
    """Do what a message says, and what the next one says."""
    secrets = data_dir / "secrets.json"
    if MOVE_SECRETS in line:
        secrets.rename(data_dir / "secrets.aside")
    elif REMOVE_PASSWORD in line:
        kept = json.loads(secrets.read_text())
        del kept["postgres_password"]
        secrets.write_text(json.dumps(kept))
    elif MOVE_DATABASE in line:
        (data_dir / "postgres").rename(data_dir / "postgres.aside")
    else:
        assert "outcry restore" in line or "outcry doctor" in line, line
    ended = outcry("restore", "--yes", data_dir=data_dir)
    assert "Traceback" not in ended.stderr
    if ended.returncode != 0:
        assert line != ended.stderr, "advice that does not help"
        follow(data_dir, ended.stderr)


@pytest.mark.parametrize(
    "case", CASES, ids=[" and ".join(f"{part} {state}" for part, state in case) for case in CASES],
)
def test_the_venue_comes_back_with_the_book_it_had(
    case: tuple[tuple[str, str], ...], spoiled: Path, template: Template
) -> None:
    doctor = outcry("doctor", data_dir=spoiled)
    assert "Traceback" not in doctor.stderr
    print(doctor.stdout, doctor.stderr)
    if case in BEYOND:
        assert "not enough is left: restore a backup" in doctor.stderr
        assert isinstance(starts(spoiled), str), "it does not hide the loss"
        return
    if doctor.returncode != 0:
        follow(spoiled, doctor.stderr)
    found = starts(spoiled)
    assert isinstance(found, Venue), found
    try:
        assert template.book == book_of(found)
        found.create_user("eve@example.com", USDC="1")
        verified = outcry("verify", data_dir=spoiled)
        assert 0 == verified.returncode, verified.stderr
    finally:
        found.stop()
