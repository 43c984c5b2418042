"""`outcry snapshot list`: which engine snapshots there are."""

from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from outcry.adapters.snapshots import FileSnapshots
from outcry.config import Settings


def main(settings: Settings) -> None:
    """Print a table of the snapshots, oldest first."""
    table = Table()
    for heading in ("entry", "time (UTC)", "bytes", "state hash"):
        table.add_column(heading, justify="right" if heading == "bytes" else "left", no_wrap=True)
    for entry_id, state_hash, size in FileSnapshots(settings.snapshot_dir).described():
        taken = datetime.fromtimestamp(entry_id.ms / 1000, UTC)
        table.add_row(str(entry_id), f"{taken:%Y-%m-%d %H:%M:%S}", f"{size:,}", state_hash)
    Console().print(table)
