"""`outcry snapshot list` and `take`: which engine snapshots there are, and one more."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from datetime import UTC, datetime

from outcry.adapters.valkey.streams import RedisLog
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.cli.status import main as status
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError
from outcry.wire.journal import EntryId

PATIENCE_S = 60.0
PAUSE_S = 0.1
ASKED_AGAIN_S = 1.0


def main(settings: Settings) -> None:
    """Write a line for each snapshot, oldest first: entry, time, bytes of the file, state hash."""
    for entry_id, state_hash, size in snapshot_store(settings).described():
        taken = datetime.fromtimestamp(entry_id.ms / 1000, UTC)
        sys.stdout.write(f"{entry_id!s:<20} {taken:%Y-%m-%d %H:%M:%S}Z {size:>12} {state_hash}\n")


def take(settings: Settings) -> None:
    """Ask the standby for a snapshot, or the leader where there is none, and wait for it.

    It is of the venue as it is when this is called, or later. Raises `OperatorError` when no
    engine runs here, or none writes one in time.
    """
    found = asyncio.run(status(settings))
    here = {each["pid"] for each in found["processes"] if each["state"] == "running"}
    asked = found["engines"]["standby"] or found["engines"]["leader"]
    if asked not in here:
        raise OperatorError("no engine of this venue says that it runs; see `outcry status`")
    reached = asyncio.run(_top(settings))
    store = snapshot_store(settings)
    give_up_at = time.monotonic() + PATIENCE_S
    ask_at = 0.0
    while max(store.ids(), default=reached) <= reached:
        if time.monotonic() >= ask_at:  # Again, for what it takes first may be a moment too old.
            with contextlib.suppress(ProcessLookupError):
                os.kill(asked, signal.SIGUSR1)
            ask_at = time.monotonic() + ASKED_AGAIN_S
        if time.monotonic() > give_up_at:
            raise OperatorError(
                f"process {asked} has written no snapshot in {PATIENCE_S:.0f} s: see its log"
            )
        time.sleep(PAUSE_S)
    sys.stdout.write(f"{store.ids()[-1]}\n")


async def _top(settings: Settings) -> EntryId:
    assert settings.redis_url is not None
    log = RedisLog(settings.redis_url)
    try:
        return await log.top()
    finally:
        await log.close()
