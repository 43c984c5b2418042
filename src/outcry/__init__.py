"""Outcry: a self-hosted, real-time trading venue. A spot exchange and a CFD broker on one ledger."""

__version__ = "0.1.0"
