"""PostgreSQL: history, archive, users and snapshots, with the SQL and the migrations.

May import `runtime`, `ports` and the pure rooms.
"""
