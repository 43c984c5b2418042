"""An operator's work on a venue: its beginning, its rules, verification, restoring.

May import `log`, `runtime`, `ports` and the pure rooms.
"""
