"""`outcry snapshot`: the engine's snapshots of a running venue, and one more."""

import asyncio
import contextlib
import os
import signal
import time
from datetime import UTC, datetime

import typer

from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.cli.edge import DataDir, running
from outcry.cli.status import status_of
from outcry.runtime.config import VenueSettings
from outcry.runtime.errors import OperatorError
from outcry.wire.journal import EntryId

PATIENCE_S = 60.0
PAUSE_S = 0.1
ASKED_AGAIN_S = 1.0

app = typer.Typer()
snapshot_app = typer.Typer(help="Manage the engine's snapshots.", no_args_is_help=True)
app.add_typer(snapshot_app, name="snapshot")


@snapshot_app.command("list")
def snapshot_list(data_dir: DataDir = None) -> None:
    """Show the snapshots, oldest first: entry, time, size in bytes, state hash."""
    for entry_id, state_hash, size in snapshot_store(running(data_dir)).described():
        taken = datetime.fromtimestamp(entry_id.ms / 1000, UTC)
        typer.echo(f"{entry_id!s:<20} {taken:%Y-%m-%d %H:%M:%S}Z {size:>12} {state_hash}")


@snapshot_app.command("take")
def snapshot_take(data_dir: DataDir = None) -> None:
    """Ask the running engine for a snapshot now, and print its entry's id."""
    typer.echo(_taken(running(data_dir)))


def _taken(settings: VenueSettings) -> EntryId:
    """Ask the standby for a snapshot, or the leader where there is none, and wait for it.

    It is of the venue as it is now, or later. Raises `OperatorError` when no engine runs here,
    or none writes one in time.
    """
    found = asyncio.run(status_of(settings))
    here = {each["pid"] for each in found["processes"] if each["state"] == "running"}
    asked = found["engines"]["standby"] or found["engines"]["leader"]
    if asked not in here:
        raise OperatorError("no engine of this venue says that it runs; see `outcry status`")
    reached = EntryId.parse(found["ids"]["engine"])
    store = snapshot_store(settings)
    give_up_at = time.monotonic() + PATIENCE_S
    ask_at = 0.0
    while (newest := max(store.ids(), default=reached)) <= reached:
        if time.monotonic() >= ask_at:  # Again, for what it takes first may be a moment too old.
            with contextlib.suppress(ProcessLookupError):
                os.kill(asked, signal.SIGUSR1)
            ask_at = time.monotonic() + ASKED_AGAIN_S
        if time.monotonic() > give_up_at:
            raise OperatorError(
                f"process {asked} has written no snapshot in {PATIENCE_S:.0f} s: see its log"
            )
        time.sleep(PAUSE_S)
    return newest
