"""The log on Valkey or Redis: connections, both streams, trimming and making it again.

May import `runtime`, `ports` and the pure rooms.
"""
