"""Quotes and trades through the public API, like any client."""
