"""Engine snapshots: their format, in files, and in two places at once.

May import `adapters.postgres`, `runtime`, `ports` and the pure rooms.
"""
