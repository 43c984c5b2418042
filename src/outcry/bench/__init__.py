"""Benchmarks: speed is measured here and asserted nowhere.

May import everything but `cli`.
"""
