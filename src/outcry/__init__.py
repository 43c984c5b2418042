"""A self-hosted, real-time trading venue: a spot exchange and a CFD broker on one ledger."""

__version__ = "0.1.0"
