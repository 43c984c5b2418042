"""Benchmarks. Speed is measured here and asserted nowhere."""
