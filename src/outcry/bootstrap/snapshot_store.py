"""The snapshot store of a venue, by its settings."""

from outcry.adapters.postgres.snapshots import PostgresSnapshots
from outcry.adapters.snapshots.both import BothSnapshots
from outcry.adapters.snapshots.files import FileSnapshots
from outcry.runtime.config import Settings


def snapshot_store(settings: Settings) -> FileSnapshots | PostgresSnapshots | BothSnapshots:
    """The store that `OUTCRY_SNAPSHOTS` names."""
    files = FileSnapshots(settings.snapshot_dir, kept=settings.snapshots_kept)
    if settings.snapshots == "files":
        return files
    url = settings.with_servers().database_url
    database = PostgresSnapshots(url, kept=settings.snapshots_kept)
    return database if settings.snapshots == "postgres" else BothSnapshots(files, database)
