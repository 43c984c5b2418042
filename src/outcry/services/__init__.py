"""Loops over ports. What the processes of the venue do."""
