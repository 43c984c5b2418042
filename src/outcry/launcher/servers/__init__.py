"""Embedded servers: a Valkey and a PostgreSQL for a venue that is given none.

May import `runtime` and the files of `launcher`.
"""

from outcry.launcher.servers.child import running
from outcry.launcher.servers.postgres import EmbeddedPostgres
from outcry.launcher.servers.valkey import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedValkey", "running"]
