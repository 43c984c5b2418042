"""`outcry snapshot list`: which engine snapshots there are."""

import sys
from datetime import UTC, datetime

from outcry.adapters.snapshots import FileSnapshots
from outcry.config import Settings


def main(settings: Settings) -> None:
    """Write a line for each snapshot, oldest first: entry, time, bytes of the file, state hash."""
    for entry_id, state_hash, size in FileSnapshots(settings.snapshot_dir).described():
        taken = datetime.fromtimestamp(entry_id.ms / 1000, UTC)
        sys.stdout.write(f"{entry_id!s:<20} {taken:%Y-%m-%d %H:%M:%S}Z {size:>12} {state_hash}\n")
