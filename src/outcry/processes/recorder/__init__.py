"""The recorder process: the log into PostgreSQL, exactly once, and trimming behind it.

May import `log`, `runtime`, `ports` and the pure rooms.
"""
