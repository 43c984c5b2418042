"""An operator's work on a venue: its first entry, its rules, its verification, its restoration.

May import `log`, `runtime`, `ports` and the pure rooms.
"""
