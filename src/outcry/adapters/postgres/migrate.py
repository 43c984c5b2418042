"""Brings a database's tables to the shape this version expects.

Migrations are numbered SQL files, each applied once, in one transaction, in the order of their
numbers. Several processes may start at once: an advisory lock lets one work and the others wait. A
file that was applied must never change; a new file makes the difference.
"""

import hashlib
import re
from importlib import resources
from typing import NamedTuple

from outcry.adapters.postgres.pool import Database, PostgresConnection
from outcry.adapters.postgres.timescale import make_hypertables

_LOCK_KEY = 0x6F757463727901  # "outcry" and a 1: anything fixed that nobody else would choose.
_FILE_NAME = re.compile(r"^(?P<number>\d{4})_[a-z0-9_]+\.sql$")

_MIGRATIONS_TABLE = """
CREATE TABLE IF NOT EXISTS outcry_migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class MigrationsBroken(Exception):
    """The files contradict each other, or the migrations of this database."""


class Migration(NamedTuple):
    """One numbered file."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Digest of the file, to notice when one changes after it was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> list[Migration]:
    """All migration files by number; raises `MigrationsBroken` for a bad name or a number twice."""
    found: dict[int, Migration] = {}
    folder = resources.files("outcry.adapters.postgres") / "migrations"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".sql"):
            continue
        match = _FILE_NAME.match(file.name)
        if match is None:
            raise MigrationsBroken(f"{file.name}: not named like 0001_some_words.sql")
        number = int(match["number"])
        if number in found:
            raise MigrationsBroken(f"{file.name}: {found[number].name} has this number already")
        found[number] = Migration(number, file.name, file.read_text(encoding="utf-8"))
    return list(found.values())


async def migrate(database: Database) -> list[str]:
    """Apply missing migrations; returns the names of the files that were applied now.

    Raises `MigrationsBroken` and `DatabaseUnavailable`; safe to call again after either.
    """
    wanted = migrations()
    async with database.connection() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK_KEY)
        try:
            applied = await _apply(connection, wanted)
            await make_hypertables(connection)
        finally:
            # A lost connection has lost its locks too.
            if not connection.is_closed():
                await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK_KEY)
    return applied


async def _apply(connection: PostgresConnection, wanted: list[Migration]) -> list[str]:
    await connection.execute(_MIGRATIONS_TABLE)
    rows = await connection.fetch("SELECT number, sha256 FROM outcry_migrations")
    known = {row["number"]: row["sha256"] for row in rows}
    unknown = known.keys() - {migration.number for migration in wanted}
    if unknown:
        raise MigrationsBroken(f"the database is of a newer version: it has {sorted(unknown)}")
    applied = []
    for migration in wanted:
        if migration.number in known:
            if known[migration.number] != migration.sha256:
                raise MigrationsBroken(f"{migration.name} changed after it was applied")
            continue
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO outcry_migrations (number, name, sha256) VALUES ($1, $2, $3)",
                migration.number, migration.name, migration.sha256,
            )
        applied.append(migration.name)
    return applied
