"""The servers a venue needs when it is given none: Valkey and PostgreSQL, started by us."""

from outcry.adapters.servers.child import running
from outcry.adapters.servers.postgres import EmbeddedPostgres
from outcry.adapters.servers.valkey import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedValkey", "running"]
