"""Spot: instruments, books, matching, and the handlers of orders.

Pure; may import the files of `engine`, never `engine.cfd`.
"""
