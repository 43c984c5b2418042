"""A self-hosted, real-time trading venue: a spot exchange and a CFD broker on one ledger."""

from outcry.engine_build import choose_build

__version__ = "0.1.0"

choose_build(__path__)
